"""The table of the functions that execute schema statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    Node,
    RenameColumns,
    RenameFields,
)
from coodie.testing.memory.answers import Change
from coodie.testing.memory.ddl import indexes, keyspaces, tables, user_types, views
from coodie.testing.memory.ddl.change import Changed, Context
from coodie.testing.memory.errors import gaps, vectors
from coodie.testing.memory.errors.views import EXPERIMENTAL
from coodie.testing.memory.schema import Schema

Ddl = Callable[[Schema, Any, Context], Changed]


def _drop(schema: Schema, node: Drop, context: Context) -> Changed:
    return DROP[node.what](schema, node, context)


def _masks(schema: Schema, node: MaskColumn, context: Context) -> Changed:
    raise gaps.MASKS()


DROP: Final[Mapping[str, Ddl]] = {
    "TABLE": tables.drop_table,
    "TYPE": user_types.drop_type,
    "INDEX": indexes.drop_index,
    "MATERIALIZED VIEW": views.drop_view,
}
DDL: Final[Mapping[type, Ddl]] = {
    CreateKeyspace: keyspaces.create_keyspace,
    AlterKeyspace: keyspaces.alter_keyspace,
    DropKeyspace: keyspaces.drop_keyspace,
    CreateTable: tables.create_table,
    AddColumns: tables.add_columns,
    DropColumns: tables.drop_columns,
    RenameColumns: tables.rename_columns,
    AlterOptions: tables.alter_options,
    CreateType: user_types.create_type,
    AddField: user_types.add_field,
    RenameFields: user_types.rename_fields,
    CreateIndex: indexes.create_index,
    CreateView: views.create_view,
    MaskColumn: _masks,
    Drop: _drop,
}


def warnings_of(node: Node, schema: Schema, change: Change | None) -> tuple[str, ...]:
    """What the answer warns of. ``schema`` is how it is afterwards."""
    if isinstance(node, CreateView):
        return (EXPERIMENTAL,)
    if isinstance(node, (CreateIndex, AddColumns)) and change is not None:
        return (vectors.EXPERIMENTAL,) * len(schema.keyspaces[change.keyspace].tables[change.name].similarities)
    return ()
