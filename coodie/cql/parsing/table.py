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
    MaskColumn,
    Name,
    Node,
    Opaque,
    RenameColumns,
)
from coodie.cql.parsing.cursor import Cursor
from coodie.cql.parsing.options import read_options
from coodie.cql.parsing.terms import read_constant, read_term
from coodie.cql.parsing.types import read_type

Key = tuple[tuple[str, ...], tuple[str, ...]]


def create_table(c: Cursor, start: int) -> CreateTable | Opaque:
    """The rest of ``CREATE TABLE ...``. The key must be given once, beside a column or as ``PRIMARY KEY (...)``.

    A table with COMPACT STORAGE, which coodie never creates, is kept as its text.
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
    if len(keys) != 1 and not (c.grammar_only and not keys):
        c.refuse(f"a table has one PRIMARY KEY, and this one {len(keys) or 'none'}")
    c.expect(")")
    options, order, compact = read_options(c)
    if compact:
        return Opaque(c.source(start), table)
    return CreateTable(table, tuple(columns), *(keys[0] if keys else ((), ())), order, options, absent)


def primary_key(c: Cursor) -> Key:
    """``PRIMARY KEY ((a, b), c)``: the partition key columns and the clustering columns."""
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
    """The rest of ``ALTER TABLE ...``, which begins at the token ``start``."""
    exists = c.option("IF", "EXISTS")
    table = c.qualified()
    read = _CHANGES.get(c.word)
    if read is None:
        c.fail("ADD, DROP, RENAME, ALTER or WITH")
    return read(c, table, exists) or Opaque(c.source(start), table)


def _add(c: Cursor, table: Name, exists: bool) -> AddColumns:
    c.expect("ADD")
    absent = c.option("IF", "NOT", "EXISTS")
    columns = c.bracketed(_column) if c.word == "(" else (_column(c),)
    return AddColumns(table, columns, exists, absent)


def _drop(c: Cursor, table: Name, exists: bool) -> DropColumns | None:
    c.expect("DROP")
    if c.accepts("COMPACT", "STORAGE"):
        return None
    columns_exist = c.option("IF", "EXISTS")
    columns = c.bracketed(column_name) if c.word == "(" else (column_name(c),)
    timestamp = _integer(c) if c.option("USING", "TIMESTAMP") else None
    return DropColumns(table, columns, exists, columns_exist, timestamp)


def _integer(c: Cursor) -> int:
    at = c.at
    found = read_constant(c)
    if found.kind != "integer":
        c.fail("a number of microseconds", at)
    return int(found.text)


def _with(c: Cursor, table: Name, exists: bool) -> AlterOptions:
    at = c.at
    options, order, compact = read_options(c)
    if order or compact:
        c.refuse("the order and the storage of a table cannot be altered", at)
    return AlterOptions(table, options, if_exists=exists)


def _rename(c: Cursor, table: Name, exists: bool) -> RenameColumns:
    c.expect("RENAME")
    columns_exist = c.option("IF", "EXISTS")
    return RenameColumns(table, renamed(c), exists, columns_exist)


def _retype(c: Cursor, table: Name, exists: bool) -> MaskColumn | None:
    c.expect("ALTER")
    column_exists = c.option("IF", "EXISTS")
    column = column_name(c)
    if c.accept("TYPE"):
        read_type(c)  # checked and kept as text: no server since Cassandra 3.11 changes the type of a column
        return None
    mask = None if c.accepts("DROP", "MASKED") else _mask(c)
    if mask is None and c.words[c.at - 1] != "MASKED":
        c.fail("TYPE, MASKED WITH or DROP MASKED")
    return MaskColumn(table, column, mask, exists, column_exists)


_Alter = AddColumns | DropColumns | RenameColumns | MaskColumn | AlterOptions
_CHANGES: Final[dict[str, Callable[[Cursor, Name, bool], _Alter | None]]] = {
    "ADD": _add,
    "DROP": _drop,
    "WITH": _with,
    "RENAME": _rename,
    "ALTER": _retype,
}
"""The readers of what follows ALTER TABLE; if one returns None, the statement is kept as its text."""


def renamed(c: Cursor) -> tuple[tuple[str, str], ...]:
    """``a TO b AND c TO d``: pairs of old and new names."""
    pairs: list[tuple[str, str]] = []
    while True:
        old = column_name(c)
        c.expect("TO")
        pairs.append((old, column_name(c)))
        if not c.accept("AND"):
            return tuple(pairs)
