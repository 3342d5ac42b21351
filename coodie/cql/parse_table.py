"""Reads CREATE TABLE and ALTER TABLE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from coodie.cql.nodes import (
    AddColumns,
    AlterOptions,
    ColumnDefinition,
    CreateTable,
    DropColumns,
    Name,
    Node,
    Opaque,
)
from coodie.cql.parse_cursor import Cursor
from coodie.cql.parse_options import read_options
from coodie.cql.parse_terms import read_constant, read_term
from coodie.cql.parse_types import read_type

Key = tuple[tuple[str, ...], tuple[str, ...]]


def create_table(c: Cursor, start: int) -> CreateTable | Opaque:
    """``CREATE TABLE ...``, after those words. The key is given once, beside a column or as ``PRIMARY KEY (...)``.

    One with COMPACT STORAGE, which coodie never makes, is kept as its text.
    """
    absent = c.option("IF", "NOT", "EXISTS")
    table = c.qualified()
    columns: list[ColumnDefinition] = []
    keys: list[Key] = []
    c.expect("(")
    while True:
        if c.word == "PRIMARY":
            keys.append(primary_key(c))
        else:
            columns.append(_column(c))
            keys += [((columns[-1].name,), ())] * c.option("PRIMARY", "KEY")
        if not c.more():
            break
    if len(keys) != 1:
        c.refuse(f"a table has one PRIMARY KEY, and this one {len(keys) or 'none'}")
    c.expect(")")
    options, order, compact = read_options(c)
    if compact:
        return Opaque(c.source(start), table)
    return CreateTable(table, tuple(columns), *keys[0], order, options, absent)


def primary_key(c: Cursor) -> Key:
    """``PRIMARY KEY ((a, b), c)``: the columns of the partition key and those that cluster."""
    c.expect("PRIMARY", "KEY", "(")
    partition = c.bracketed(column_name) if c.word == "(" else (column_name(c),)
    clustering = c.listed(column_name) if c.accept(",") else ()
    c.expect(")")
    return partition, clustering


def column_name(c: Cursor) -> str:
    """A column."""
    return c.name("the name of a column")


def _column(c: Cursor) -> ColumnDefinition:
    return ColumnDefinition(column_name(c), read_type(c), c.accept("STATIC"), _mask(c))


def _mask(c: Cursor) -> str | None:
    if not c.option("MASKED", "WITH"):
        return None
    start = c.at
    if not c.accept("DEFAULT"):
        c.qualified("the name of a function")
        c.expect("(")
        if c.word != ")":
            c.listed(read_term)
        c.expect(")")
    return c.source(start)


def alter_table(c: Cursor, start: int) -> Node:
    """``ALTER TABLE ...``, after those words, which begin at the token ``start``."""
    exists = c.option("IF", "EXISTS")
    table = c.qualified()
    read = _CHANGES.get(c.word)
    if read is None:
        c.fail("ADD, DROP, RENAME, ALTER or WITH")
    node = read(c, table)
    return Opaque(c.source(start), table) if exists or node is None else node


def _add(c: Cursor, table: Name) -> AddColumns | None:
    c.expect("ADD")
    absent = c.option("IF", "NOT", "EXISTS")
    columns = c.bracketed(_column) if c.word == "(" else (_column(c),)
    return None if absent else AddColumns(table, columns)


def _drop(c: Cursor, table: Name) -> DropColumns | None:
    c.expect("DROP")
    if c.accepts("COMPACT", "STORAGE"):
        return None
    exists = c.option("IF", "EXISTS")
    columns = c.bracketed(column_name) if c.word == "(" else (column_name(c),)
    timed = c.option("USING", "TIMESTAMP")
    if timed:
        read_constant(c)
    return None if exists or timed else DropColumns(table, columns)


def _with(c: Cursor, table: Name) -> AlterOptions:
    at = c.at
    options, order, compact = read_options(c)
    if order or compact:
        c.refuse("the order and the storage of a table cannot be altered", at)
    return AlterOptions(table, options)


def _rename(c: Cursor, table: Name) -> None:
    c.expect("RENAME")
    renamed(c)


def _retype(c: Cursor, table: Name) -> None:
    c.expect("ALTER")
    c.option("IF", "EXISTS")
    column_name(c)
    if c.accept("TYPE"):
        read_type(c)
    elif not c.accepts("DROP", "MASKED") and _mask(c) is None:
        c.fail("TYPE, MASKED WITH or DROP MASKED")


_CHANGES: Final[dict[str, Callable[[Cursor, Name], AddColumns | DropColumns | AlterOptions | None]]] = {
    "ADD": _add,
    "DROP": _drop,
    "WITH": _with,
    "RENAME": _rename,
    "ALTER": _retype,
}
"""What may be altered; where None comes out, the statement is kept as its text."""


def renamed(c: Cursor) -> None:
    """``a TO b AND c TO d``."""
    c.option("IF", "EXISTS")
    while True:
        column_name(c)
        c.expect("TO")
        column_name(c)
        if not c.accept("AND"):
            return
