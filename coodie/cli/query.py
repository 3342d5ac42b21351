"""``coodie query``: a statement that reads, with its parameters, and its rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Annotated, Any, Final

import typer

from coodie.cli.command import CLUSTER, KEYSPACE, Call, command
from coodie.cli.connection import connected, found_schema
from coodie.cli.output import count
from coodie.cli.stop import DONE, Stop
from coodie.cli.table_files.csv_text import csv_line
from coodie.cli.values import read_value, shown
from coodie.cql.lexer import marks
from coodie.cql.nodes import Select
from coodie.cql.parsing.statements import parse
from coodie.cql.rendering.statements import Text, render
from coodie.migrations.qualify import qualified
from coodie.plans import raw
from coodie.sync._run import stream

_NAME: Final = re.compile(r":\s*(\w+)")


class Format(Enum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "query", CLUSTER, KEYSPACE)(query)


def query(
    call: Call,
    statement: Annotated[str, typer.Argument(help="A SELECT; parameters are written :name.")],
    param: Annotated[
        list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="A parameter; may be repeated.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.TABLE,
    fetch_size: Annotated[
        int | None, typer.Option("--fetch-size", metavar="ROWS", help="How many rows to fetch at a time.")
    ] = None,
) -> int:
    """Send a SELECT and print its rows. Nothing is written.

    A table without a keyspace is in that of the settings. A parameter is read by the type of its column: a text as it
    is, dates and times as in ISO 8601, anything else as in CQL; null is null.
    """
    call.output.as_json = call.output.as_json or format_ is Format.JSON
    text, names = _statement(call, statement)
    given = _given(param or (), names)
    with connected(call.settings, call.timeout):
        values = _values(text, names, given)
        pages = raw.execute_raw(text[0].cql, values, timeout=call.timeout, fetch_size=fetch_size)
        rows = stream(pages)
        if format_ is Format.CSV and not call.output.as_json:
            _print_csv(call, rows)
            return DONE
        found = list(rows)
    call.output.document({"rows": [{name: _plain(value) for name, value in row.items()} for row in found]})
    if found:
        call.output.table(tuple(found[0]), [[_cell(value) for value in row.values()] for row in found])
    call.output.say(count(len(found), "row"))
    return DONE


def _statement(call: Call, text: str) -> tuple[tuple[Text, Select], list[str]]:
    """The statement with ``?`` for each parameter, and the names of those. Raises `Stop` unless it is a SELECT."""
    names: list[str] = []
    pieces: list[str] = []
    end = 0
    for mark in marks(text):
        found = _NAME.match(text, mark.start)
        if found is None:
            raise Stop("write a parameter as :name, and give it by --param name=value")
        names.append(found[1])
        pieces += [text[end : mark.start], "?"]
        end = found.end()
    node = parse("".join([*pieces, text[end:]]))
    if not isinstance(node, Select):
        raise Stop("query takes a SELECT; it writes nothing")
    if node.table.keyspace is None:
        node = qualified(node, call.settings.keyspace)
        assert isinstance(node, Select)
    return (render(node), node), names


def _given(params: Iterable[str], names: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for each in params:
        name, separator, value = each.partition("=")
        if not separator:
            raise Stop(f"write --param NAME=VALUE, not {name}")
        given[name] = value
    for name in names:
        if name not in given:
            raise Stop(f"the parameter {name} has no value; give it by --param {name}=VALUE")
    for name in given:
        if name not in names:
            raise Stop(f"the statement has no parameter :{name}")
    return given


def _values(statement: tuple[Text, Select], names: Sequence[str], given: dict[str, str]) -> list[Any]:
    if not names:
        return []
    text, node = statement
    schema = found_schema(node.table.keyspace or "")
    known = [*schema.tables, *(view.table for view in schema.views)]
    table = next((each for each in known if each.name == node.table.name), None)
    if table is None:
        raise Stop(f"there is no table {node.table.name} in {node.table.keyspace}")
    values: list[Any] = []
    for name, mark in zip(names, text.marks(table.types), strict=True):
        if mark.type is None:
            raise Stop(f"the type of the parameter {name} cannot be told; write the value into the statement")
        values.append(read_value(name, given[name], mark.type))
    return values


def _cell(value: Any) -> str:
    text = shown(value)
    return "null" if text is None else text


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else shown(value)


def _print_csv(call: Call, rows: Iterator[dict[str, Any]]) -> None:
    for number, row in enumerate(rows):
        if number == 0:
            call.output.raw(csv_line(tuple(row)))
        call.output.raw(csv_line([shown(value) for value in row.values()]))
