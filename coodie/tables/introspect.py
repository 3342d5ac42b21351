"""Reads the schema of a cluster from the tables of ``system_schema``.

The metadata of the vendor's driver is not used: it is a copy that lags behind and differs between drivers. The tables
of ``system_schema`` are the server's own, and the same in Cassandra 3, 4, 5 and ScyllaDB except for some options.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from coodie._errors import InvalidQueryError
from coodie.cql.message import Kind, Mark, Statement
from coodie.cql.types import TEXT, CqlType, Native, Udt, parse_type
from coodie.tables.indexes import read_index
from coodie.tables.options import TableOptions, as_pairs
from coodie.tables.own import OWN_TABLES
from coodie.tables.table import Column, ColumnKind, Index, Keyspace, OptionPairs, Schema, Table, UserType, View
from coodie.tables.user_types import in_order
from coodie.tables.views import restrictions

SystemRow: TypeAlias = Mapping[str, Any]
Answers: TypeAlias = Mapping[str, Sequence[SystemRow]]
"""Rows of ``system_schema`` by the name of the table. A table that was not read is missing."""

_COLUMNS: Final = {
    "keyspaces": "keyspace_name, durable_writes, replication",
    "columns": "table_name, column_name, type, kind, position, clustering_order",
    "dropped_columns": "table_name, column_name, type, kind",
    "indexes": "table_name, index_name, options",
    "types": "type_name, field_names, field_types",
    # The set of options depends on the server and its version, so all columns are selected and read by name.
    "tables": "*",
    "views": "*",
}
_NAME: Final = {"types": "type_name", "views": "view_name"}


def question(part: str, keyspace: str, name: str | None = None) -> Statement:
    """The SELECT from ``system_schema.<part>`` for a keyspace, or for one table, view or type in it."""
    text = f"SELECT {_COLUMNS[part]} FROM system_schema.{part} WHERE keyspace_name = ?"
    values, marks = [keyspace], [Mark("keyspace_name", TEXT)]
    if name is not None:
        column = _NAME.get(part, "table_name")
        text += f" AND {column} = ?"
        values, marks = [*values, name], [*marks, Mark(column, TEXT)]
    return Statement(text, tuple(values), tuple(marks), Kind.READ, True)


def found_keyspace(answers: Answers) -> Keyspace | None:
    """The keyspace, or None if it does not exist."""
    for row in answers["keyspaces"]:
        return Keyspace(row["keyspace_name"], tuple(row["replication"].items()), row["durable_writes"])
    return None


def found_schema(keyspace: str, answers: Answers) -> Schema:
    """The schema of a keyspace, from these answers: its types, tables and views, without coodie's own tables."""
    types, udts = _types(keyspace, answers.get("types", ()))
    views = {row["view_name"]: row for row in answers.get("views", ())}
    tables = [_table(keyspace, name, answers, udts) for name in _in_order_of_rows(answers.get("columns", ()))]
    return Schema(
        keyspace,
        types,
        tuple(table for table in tables if table.name not in views and table.name not in OWN_TABLES),
        tuple(_view(table, views[table.name]) for table in tables if table.name in views),
        tuple((row["index_name"], row["table_name"]) for row in answers.get("indexes", ())),
    )


def _in_order_of_rows(rows: Iterable[SystemRow]) -> Iterable[str]:
    return dict.fromkeys(row["table_name"] for row in rows)


def _types(keyspace: str, rows: Iterable[SystemRow]) -> tuple[tuple[UserType, ...], dict[str, Udt]]:
    rows = list(rows)
    # A field may have a type that is listed later, so the types are sorted before their fields are read.
    bare = in_order(_user_type(keyspace, row, {}) for row in rows)
    by_name = {row["type_name"]: row for row in rows}
    types: list[UserType] = []
    udts: dict[str, Udt] = {}
    for each in bare:
        user_type = _user_type(keyspace, by_name[each.name], udts)
        udts[each.name] = Udt(each.name, user_type.fields)
        types.append(user_type)
    return tuple(types), udts


def _user_type(keyspace: str, row: SystemRow, udts: dict[str, Udt]) -> UserType:
    fields = zip(row["field_names"], row["field_types"], strict=True)
    return UserType(row["type_name"], tuple((name, _type(text, udts)) for name, text in fields), keyspace)


def _type(text: str, udts: dict[str, Udt]) -> CqlType:
    try:
        return parse_type(text, udts)
    except InvalidQueryError:
        return Native(text)  # a quoted class of the user's own; kept as a type that differs from any wanted one


def _table(keyspace: str, name: str, answers: Answers, udts: dict[str, Udt]) -> Table:
    rows = _of_table("columns", name, answers)
    return Table(
        name,
        tuple(_column(row, udts) for row in rows),
        _key(rows, ColumnKind.PARTITION_KEY),
        _key(rows, ColumnKind.CLUSTERING),
        keyspace,
        _indexes(name, answers),
        tuple(option for row in _of_table("tables", name, answers) for option in _options(row)),
        tuple(_column(row, udts) for row in _of_table("dropped_columns", name, answers)),
    )


def _of_table(part: str, name: str, answers: Answers) -> list[SystemRow]:
    return [row for row in answers.get(part, ()) if row["table_name"] == name]


def _column(row: SystemRow, udts: dict[str, Udt]) -> Column:
    kind = ColumnKind(row["kind"])
    return Column(row["column_name"], _type(row["type"], udts), kind, row.get("clustering_order") == "desc")


def _key(rows: Iterable[SystemRow], kind: ColumnKind) -> tuple[str, ...]:
    parts = sorted((row["position"], row["column_name"]) for row in rows if row["kind"] == kind.value)
    return tuple(name for _, name in parts)


def _indexes(name: str, answers: Answers) -> tuple[Index, ...]:
    return tuple(read_index(row["index_name"], row["options"]) for row in _of_table("indexes", name, answers))


def _options(row: SystemRow) -> OptionPairs:
    known = TableOptions.__annotations__
    return tuple((name, as_pairs(value)) for name, value in row.items() if name in known and value is not None)


def _view(table: Table, row: SystemRow) -> View:
    own = Table(table.name, table.columns, table.partition_key, table.clustering_key, table.keyspace, (), _options(row))
    return View(own, row["base_table_name"], _where(row["where_clause"]), row["include_all_columns"])


def _where(clause: str) -> tuple[str, ...]:
    try:
        return restrictions(clause)
    except InvalidQueryError:
        return (clause,)  # syntax that only this server knows; kept as one restriction that differs from any wanted one
