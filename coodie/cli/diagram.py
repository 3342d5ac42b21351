"""``coodie schema diagram``: a picture of a keyspace, as Mermaid, as DOT of Graphviz, or as a page of HTML."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from html import escape
from typing import Annotated, NamedTuple

import typer

from coodie.cli.command import Call
from coodie.cli.connection import connected, found_schema
from coodie.cli.files import Force, Output, check_new, put
from coodie.cli.stop import DONE
from coodie.tables.show import shown_index
from coodie.tables.table import Column, ColumnKind, Schema, Table
from coodie.tables.user_types import types_of


class Format(Enum):
    """The languages of a diagram."""

    MERMAID = "mermaid"
    DOT = "dot"
    HTML = "html"


class Row(NamedTuple):
    """A line of a box: its name, its type, and what it is in the key, or an index."""

    name: str
    type: str
    mark: str = ""


class Box(NamedTuple):
    """A table, view or type, and the names of the boxes that it points at, with why."""

    name: str
    kind: str
    rows: tuple[Row, ...]
    arrows: tuple[tuple[str, str], ...]


def diagram(
    call: Call,
    format_: Annotated[Format, typer.Option("--format", help="The language of the picture.")] = Format.MERMAID,
    output: Output = None,
    force: Force = False,
) -> int:
    """Draw the tables, views, types, keys and indexes of the keyspace. Nothing is written to it."""
    if output is not None:
        check_new(output, force=force)
    with connected(call.settings, call.timeout):
        schema = found_schema(call.settings.keyspace)
    boxes = [*_boxes(schema)]
    text = {Format.MERMAID: _mermaid, Format.DOT: _dot, Format.HTML: _html}[format_](schema.keyspace or "", boxes)
    call.output.document({"keyspace": schema.keyspace, "format": format_.value, "diagram": text})
    put(call.output, text, output)
    return DONE


def _boxes(schema: Schema) -> Iterator[Box]:
    for table in schema.tables:
        yield _box(table, "table", ())
    for view in schema.views:
        yield _box(view.table, "view", ((view.base, "of"),))
    for user_type in schema.types:
        arrows = {each.name: "has" for _, field in user_type.fields for each in types_of([field])}
        rows = tuple(Row(name, str(field)) for name, field in user_type.fields)
        yield Box(user_type.name, "type", rows, tuple(arrows.items()))


def _box(table: Table, kind: str, arrows: tuple[tuple[str, str], ...]) -> Box:
    indexes = {each.column: shown_index(each).partition(" on ")[0] for each in table.indexes}
    rows = tuple(Row(each.name, str(each.type), _mark(each, indexes)) for each in table.ordered_columns)
    types = {each.name: "has" for column in table.columns for each in types_of([column.type])}
    return Box(table.name, kind, rows, (*arrows, *types.items()))


def _mark(column: Column, indexes: dict[str, str]) -> str:
    order = " descending" if column.descending else ""
    role = "" if column.kind is ColumnKind.REGULAR else column.kind.value.replace("_", " ") + order
    return ", ".join(filter(None, [role, f"index {indexes[column.name]}" if column.name in indexes else ""]))


def _mermaid(keyspace: str, boxes: list[Box]) -> str:
    """An entity relationship diagram; names that it cannot take are those with other signs than letters and digits."""
    lines = ["---", f"title: {_plain(keyspace)}", "---", "erDiagram"]
    for box in boxes:
        lines.append(f'  {_plain(box.name)}["{_quoted(box.name)} ({box.kind})"] {{')
        for row in box.rows:
            mark = f' "{_quoted(row.mark)}"' if row.mark else ""
            key = " PK" if row.mark.startswith(("partition", "clustering")) else ""
            lines.append(f"    {_typed(row.type)} {_plain(row.name)}{key}{mark}")
        lines.append("  }")
    for box in boxes:
        lines += [f"  {_plain(box.name)} }}o--|| {_plain(name)} : {why}" for name, why in box.arrows]
    return "\n".join(lines) + "\n"


def _plain(name: str) -> str:
    return "".join(each if each.isascii() and (each.isalnum() or each == "_") else "_" for each in name)


def _typed(text: str) -> str:
    """A type as Mermaid takes it: without spaces, and with other brackets."""
    for old, new in ((", ", "-"), ("<", "("), (">", ")"), (" ", "-"), ('"', "")):
        text = text.replace(old, new)
    return text


def _quoted(text: str) -> str:
    return text.replace('"', "'")


def _dot(keyspace: str, boxes: list[Box]) -> str:
    lines = [f"digraph {_id(keyspace)} {{", "  rankdir=LR;", "  node [shape=plain, fontname=sans];"]
    lines += [f"  {_id(box.name)} [label=<{_table(box)}>];" for box in boxes]
    for box in boxes:
        lines += [f"  {_id(box.name)} -> {_id(name)} [label={_id(why)}];" for name, why in box.arrows]
    return "\n".join([*lines, "}"]) + "\n"


def _id(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _table(box: Box) -> str:
    head = f'<tr><td colspan="3"><b>{escape(box.name)}</b> ({box.kind})</td></tr>'
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in box.rows)
    return f'<table border="1" cellborder="0" cellspacing="4">{head}{rows}</table>'


def _html(keyspace: str, boxes: list[Box]) -> str:
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(keyspace)}</title>',
        "<style>body{font-family:sans-serif}section{display:inline-block;vertical-align:top;margin:1em}"
        "table{border-collapse:collapse}td,th{border:1px solid #999;padding:.2em .5em;text-align:left}</style>",
        f"</head><body><h1>{escape(keyspace)}</h1>",
    ]
    for box in boxes:
        at = escape(box.name)
        rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in box.rows)
        links = "".join(f'<p>{why} <a href="#{escape(name)}">{escape(name)}</a></p>' for name, why in box.arrows)
        parts.append(f'<section id="{at}"><h2>{at} ({box.kind})</h2><table>{rows}</table>{links}</section>')
    return "\n".join([*parts, "</body></html>"]) + "\n"
