"""Applies schema statements to a schema: the inverse of ``ddl.py``.

For every schema, ``apply_all(nothing, statements(schema))`` is that schema. A statement that a server would refuse
because of the rest of the schema is an `InvalidQueryError` here. Whether the server knows a type, an option or a
restriction is not checked.
https://cassandra.apache.org/doc/latest/cassandra/developing/cql/ddl.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from coodie.cql.nodes import (
    AddColumns,
    AddField,
    AlterKeyspace,
    AlterOptions,
    CreateIndex,
    CreateKeyspace,
    CreateTable,
    CreateType,
    CreateView,
    Drop,
    DropColumns,
    DropKeyspace,
    MaskColumn,
    Name,
    RenameColumns,
    RenameFields,
    SchemaStatement,
    Truncate,
)
from coodie.tables.apply_table import (
    add_columns,
    alter_options,
    create_index,
    create_table,
    create_view,
    drop_columns,
    rename_columns,
)
from coodie.tables.apply_types import add_field, create_type, rename_fields
from coodie.tables.table import Schema
from coodie.tables.user_types import types_of
from coodie.tables.within import fields_in, is_missing, name_of_index, own_name, refuse, shown, with_table


def apply_all(schema: Schema, nodes: Iterable[SchemaStatement]) -> Schema:
    """The schema after these statements, applied in order. Raises as `apply` does."""
    for node in nodes:
        schema = apply(schema, node)
    return schema


def apply(schema: Schema, node: SchemaStatement) -> Schema:
    """The schema of one keyspace after a statement; the same object if the statement changes nothing.

    Raises `InvalidQueryError` for a statement about another keyspace, for an object that already exists or is missing
    (unless the statement says IF [NOT] EXISTS), and for dropping something that the rest of the schema still needs.
    Masks, and the settings of the keyspace itself, are not part of a schema.
    """
    return _APPLY[type(node)](schema, node)


def _drop(schema: Schema, node: Drop) -> Schema:
    return _DROP[node.what](schema, own_name(schema, node.name), node)


def _drop_table(schema: Schema, name: str, node: Drop) -> Schema:
    if not any(table.name == name for table in schema.tables):
        return is_missing(schema, node.name, node.if_exists)
    if any(view.base == name for view in schema.views):
        refuse(schema, f"{shown(schema, name)} has views, which must be dropped first")
    return replace(schema, tables=tuple(table for table in schema.tables if table.name != name))


def _drop_view(schema: Schema, name: str, node: Drop) -> Schema:
    if not any(view.table.name == name for view in schema.views):
        return is_missing(schema, node.name, node.if_exists)
    return replace(schema, views=tuple(view for view in schema.views if view.table.name != name))


def _drop_index(schema: Schema, name: str, node: Drop) -> Schema:
    for table in schema.tables:
        kept = tuple(index for index in table.indexes if name_of_index(table, index) != name)
        if len(kept) < len(table.indexes):
            return with_table(schema, replace(table, indexes=kept))
    return is_missing(schema, node.name, node.if_exists)


def _drop_type(schema: Schema, name: str, node: Drop) -> Schema:
    if name not in fields_in(schema):
        return is_missing(schema, node.name, node.if_exists)
    held = [column.type for table in schema.tables for column in table.columns]
    held += [cql_type for each in schema.types if each.name != name for _, cql_type in each.fields]
    if any(each.name == name for each in types_of(held)):
        refuse(schema, f"{shown(schema, name)} is the type of a column or field, which must be dropped first")
    return replace(schema, types=tuple(each for each in schema.types if each.name != name))


def _empty(schema: Schema, node: DropKeyspace) -> Schema:
    own_name(schema, Name("", node.name))
    return Schema(schema.keyspace)


def _unchanged(schema: Schema, node: Truncate | MaskColumn | CreateKeyspace | AlterKeyspace) -> Schema:
    return schema


_DROP: Final[Mapping[str, Callable[[Schema, str, Drop], Schema]]] = {
    "TABLE": _drop_table,
    "MATERIALIZED VIEW": _drop_view,
    "INDEX": _drop_index,
    "TYPE": _drop_type,
}
_APPLY: Final[Mapping[type, Callable[[Schema, Any], Schema]]] = {
    CreateTable: create_table,
    CreateIndex: create_index,
    CreateType: create_type,
    CreateView: create_view,
    AddColumns: add_columns,
    DropColumns: drop_columns,
    RenameColumns: rename_columns,
    AlterOptions: alter_options,
    AddField: add_field,
    RenameFields: rename_fields,
    Drop: _drop,
    DropKeyspace: _empty,
    **dict.fromkeys((Truncate, MaskColumn, CreateKeyspace, AlterKeyspace), _unchanged),
}
