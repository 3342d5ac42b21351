"""``coodie schema show``: a keyspace, or one of its tables, types and views, as tables for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from coodie.cli.command import Call
from coodie.cli.connection import connected, found_schema
from coodie.cli.stop import DONE, Stop
from coodie.cql.names import quote
from coodie.tables.show import shown_index, shown_key
from coodie.tables.table import Schema, Table, UserType


def show(
    call: Call,
    name: Annotated[str | None, typer.Argument(help="A table, type or view; without it, all of them.")] = None,
) -> int:
    """Show what is in the keyspace, or the columns of one table, type or view."""
    with connected(call.settings, call.timeout):
        schema = found_schema(call.settings.keyspace)
    if name is None:
        listed = list(_listed(schema))
        call.output.document({"keyspace": schema.keyspace, "objects": listed})
        call.output.say(f"keyspace {quote(schema.keyspace or '')}")
        call.output.table(("kind", "name", "columns", "key"), [tuple(each.values()) for each in listed])
        return DONE
    for table in _tables(schema):
        if table.name == name:
            _show_table(call, table)
            return DONE
    for user_type in schema.types:
        if user_type.name == name:
            _show_type(call, user_type)
            return DONE
    raise Stop(f"there is no table, type or view {name} in {schema.keyspace}")


def _tables(schema: Schema) -> tuple[Table, ...]:
    return (*schema.tables, *(view.table for view in schema.views))


def _listed(schema: Schema) -> Iterator[dict[str, Any]]:
    for user_type in schema.types:
        yield {"kind": "type", "name": quote(user_type.name), "columns": len(user_type.fields), "key": None}
    views = {view.table.name for view in schema.views}
    for table in _tables(schema):
        kind = "view" if table.name in views else "table"
        key = shown_key(table).removeprefix("PRIMARY KEY ")
        yield {"kind": kind, "name": quote(table.name), "columns": len(table.columns), "key": key}


def _show_type(call: Call, found: UserType) -> None:
    fields = [{"field": quote(name), "type": str(cql_type)} for name, cql_type in found.fields]
    call.output.document({"name": found.name, "fields": fields})
    call.output.table(("field", "type"), [tuple(each.values()) for each in fields])


def _show_table(call: Call, found: Table) -> None:
    columns = [
        {
            "column": quote(each.name),
            "type": str(each.type),
            "kind": each.kind.value.replace("_", " ") + (" (descending)" if each.descending else ""),
        }
        for each in found.ordered_columns
    ]
    indexes = [shown_index(each) for each in found.indexes]
    call.output.document({"name": found.name, "columns": columns, "indexes": indexes, "key": shown_key(found)})
    call.output.table(("column", "type", "kind"), [tuple(each.values()) for each in columns])
    call.output.say(shown_key(found))
    for index in indexes:
        call.output.say(f"index {index}")
