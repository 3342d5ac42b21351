"""Whether a statement on the schema has happened, judged by the schema that is found.

A run that was interrupted, or whose coordinator gave no answer, does not know it. A statement that would change nothing
any more has happened; one that makes something has happened if what is found is what it makes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coodie._errors import InvalidQueryError
from coodie.cql.message import Kind
from coodie.cql.nodes import (
    AddColumns,
    AddField,
    ColumnDefinition,
    CreateIndex,
    CreateKeyspace,
    CreateTable,
    CreateType,
    CreateView,
    Drop,
    DropColumns,
    DropKeyspace,
    Name,
    Node,
    Opaque,
    RenameColumns,
    RenameFields,
    Truncate,
)
from coodie.cql.parsing.facts import kind
from coodie.migrations.qualify import names_in
from coodie.tables.apply import apply
from coodie.tables.diff import diff
from coodie.tables.table import Column, ColumnKind, Schema
from coodie.tables.within import known_type, name_of_index


def is_schema(node: Node) -> bool:
    """Whether the statement changes the schema, so that it can be judged by it. TRUNCATE changes only rows."""
    return kind(node) is Kind.SCHEMA and not isinstance(node, Truncate)


def repeats(node: Node) -> bool:
    """Whether the statement on the schema may simply be sent again, as the rest of them that is no part of a schema."""
    if isinstance(node, Opaque):
        words = node.text.upper().split()
        guarded = "REPLACE" in words[:3] or "EXISTS" in words[:6]
        return guarded or words[0] in ("GRANT", "REVOKE", "ALTER")
    return not isinstance(node, Truncate)


def happened(found: Schema, node: Any) -> bool:
    """Whether the statement has happened already. Its names must be in the keyspace of the schema, or in none."""
    match node:
        case CreateTable() | CreateType() | CreateView():
            return _made(found, node)
        case CreateIndex():
            return _index_made(found, node)
        case AddColumns(table, columns):
            has = next((each for each in found.tables if each.name == table.name), None)
            return has is not None and all(has.by_name.get(each.name) == _column(found, each) for each in columns)
        case DropColumns():
            return _nothing_left(found, replace(node, columns_if_exist=True, timestamp=None))
        case RenameColumns(table, names):
            has = next((each for each in found.tables if each.name == table.name), None)
            return has is not None and all(old not in has.by_name and new in has.by_name for old, new in names)
        case AddField(name, field):
            return field in _fields(found, name)
        case RenameFields(name, names):
            fields = _fields(found, name)
            return all(new in fields and (old not in fields) for old, new in names)
        case Drop():
            return _nothing_left(found, replace(node, if_exists=True))
        case CreateKeyspace() | DropKeyspace():
            return False  # judged by the server: IF [NOT] EXISTS
        case _:
            return False  # options and masks, which may be set again


def _column(found: Schema, definition: ColumnDefinition) -> Column | None:
    """The column that ALTER TABLE ... ADD makes; None if its type does not exist."""
    try:
        cql_type = known_type(found, definition.type)
    except InvalidQueryError:
        return None
    return Column(definition.name, cql_type, ColumnKind.STATIC if definition.static else ColumnKind.REGULAR)


def _nothing_left(found: Schema, node: Any) -> bool:
    try:
        return apply(found, node) == found
    except InvalidQueryError:
        return False


def _made(found: Schema, node: CreateTable | CreateType | CreateView) -> bool:
    """Whether what is found under the name is what the statement makes."""
    (name, *_) = names_in(node)
    without = _without(found, name.name)
    if without == found:
        return False
    try:
        made = apply(without, replace(node, if_not_exists=False))
    except InvalidQueryError:
        return False
    return not diff(_only(made, name.name), _only(found, name.name))


def _without(schema: Schema, name: str) -> Schema:
    return replace(
        schema,
        types=tuple(each for each in schema.types if each.name != name),
        tables=tuple(each for each in schema.tables if each.name != name),
        views=tuple(each for each in schema.views if each.table.name != name),
    )


def _only(schema: Schema, name: str) -> Schema:
    # Indexes come later, by statements of their own.
    return Schema(
        schema.keyspace,
        tuple(each for each in schema.types if each.name == name),
        tuple(replace(each, indexes=()) for each in schema.tables if each.name == name),
        tuple(each for each in schema.views if each.table.name == name),
    )


def _index_made(found: Schema, node: CreateIndex) -> bool:
    """Whether there is such an index: of that name, or without one on that column."""
    bare = replace(found, tables=tuple(replace(each, indexes=()) for each in found.tables))
    try:
        table = next(each for each in apply(bare, node).tables if each.name == node.table.name)
    except InvalidQueryError:
        return False
    has = next(each for each in found.tables if each.name == node.table.name)
    names = {name_of_index(has, each) for each in has.indexes}
    return name_of_index(table, table.indexes[0]) in names


def _fields(found: Schema, name: Name) -> frozenset[str]:
    held = next((each for each in found.types if each.name == name.name), None)
    return frozenset() if held is None else frozenset(field for field, _ in held.fields)
