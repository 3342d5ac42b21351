"""Rows that are given by column, as the statements that write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.message import Kind, Statement
from coodie.cql.nodes import Assignment, Insert, Name, Ref, Relation, Select, Selector, Star, Update
from coodie.cql.parsing.cursor import Cursor
from coodie.cql.rendering.statements import render
from coodie.testing.arguments import is_a
from coodie.testing.memory.schema import Table


def name_of(table: str) -> Name:
    """The table called ``name`` or ``keyspace.name``. Raises `InvalidQueryError` for anything else."""
    if not is_a(table, str):
        raise InvalidQueryError(f"the name of a table must be a str, not {a_type(table)}")
    c = Cursor(table)
    name = c.qualified()
    c.end()
    return name


_EVERY_ROW: Final = Statement("").options.with_(fetch_size=0)


def reading(name: Name) -> Statement:
    """The statement that reads a whole table in one page."""
    return Statement(render(Select(name, (Selector(Star()),))).cql, kind=Kind.READ, options=_EVERY_ROW)


def writing(table: Table, rows: Any) -> Iterator[Statement]:
    """The statement for each row: an INSERT of the columns that it names, or an UPDATE of counters."""
    if not is_a(rows, Iterable) or is_a(rows, str, bytes, Mapping):
        raise InvalidQueryError(f"the rows of {table.name} must be a list of mappings, not {a_type(rows)}")
    for row in rows:
        if not is_a(row, Mapping) or not row:
            what = a_type(row) if row else "empty"
            raise InvalidQueryError(f"a row of {table.name} must be a mapping of columns to values, not {what}")
        yield _counting(table, row) if table.is_counter else _inserting(table, row)


def _inserting(table: Table, row: Mapping[str, Any]) -> Statement:
    node = Insert(Name(table.name, table.keyspace), tuple(row))
    return Statement(render(node).cql, tuple(row.values()))


def _counting(table: Table, row: Mapping[str, Any]) -> Statement:
    counted = [name for name in row if name not in table.primary_key]
    key = [name for name in row if name in table.primary_key]
    node = Update(
        Name(table.name, table.keyspace),
        tuple(Assignment(Ref(name), "+") for name in counted),
        tuple(Relation(Ref(name)) for name in key),
    )
    return Statement(render(node).cql, tuple(row[name] for name in (*counted, *key)), kind=Kind.COUNTER)
