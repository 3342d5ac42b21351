"""The statements that create, extend and drop the parts of a schema."""

from __future__ import annotations

from typing import Any

from coodie._raise import check_kind
from coodie.cql.nodes import (
    AddColumns,
    AddField,
    AlterOptions,
    ColumnDefinition,
    CreateIndex,
    CreateKeyspace,
    CreateTable,
    CreateType,
    CreateView,
    Drop,
    DropColumns,
    Name,
    OrderBy,
    SchemaStatement,
)
from coodie.cql.rendering.ddl import render_ddl
from coodie.cql.types import CqlType, freeze
from coodie.tables.indexes import check_index, target_of
from coodie.tables.table import Column, ColumnKind, Index, Keyspace, Schema, Table, UserType, View


def statements(schema: Schema) -> list[str]:
    """The CQL that creates a whole schema in an empty keyspace, in an order in which it can be sent."""
    check_kind("statements()", schema, Schema)
    nodes: list[SchemaStatement] = [create_type(each) for each in schema.types]
    for table in schema.tables:
        nodes += [create_table(table), *(create_index(table, index) for index in table.indexes)]
    nodes += [create_view(view) for view in schema.views]
    return [render_ddl(node) for node in nodes]


def create_table(table: Table) -> CreateTable:
    """``CREATE TABLE IF NOT EXISTS ...``, without the indexes, which are separate statements."""
    columns = tuple(map(_definition, table.ordered_columns))
    return CreateTable(name_of(table), columns, table.partition_key, table.clustering_key, _order(table), table.options)


def create_index(table: Table, index: Index) -> CreateIndex:
    """``CREATE INDEX IF NOT EXISTS ... ON ...``."""
    target = index.target
    check_index(table, index)
    if target is None and target_of(index, table.types[index.column]) == "full":
        target = "full"  # a frozen collection has no default part: the server requires FULL to be written
    return CreateIndex(name_of(table), index.column, index.name, True, target, index.using, index.options)


def create_view(view: View) -> CreateView:
    """``CREATE MATERIALIZED VIEW IF NOT EXISTS ... AS SELECT ...``."""
    table = view.table
    columns = () if view.all_columns else tuple(column.name for column in table.ordered_columns)
    return CreateView(
        name_of(table),
        Name(view.base, table.keyspace),
        columns,
        view.where,
        table.partition_key,
        table.clustering_key,
        _order(table),
        table.options,
    )


def create_type(user_type: UserType) -> CreateType:
    """``CREATE TYPE IF NOT EXISTS ...``."""
    return CreateType(Name(user_type.name, user_type.keyspace), user_type.fields)


def add_field(user_type: UserType, field: str, cql_type: CqlType) -> AddField:
    """``ALTER TYPE ... ADD ...``."""
    return AddField(Name(user_type.name, user_type.keyspace), field, freeze(cql_type))


def add_column(table: Table, column: Column) -> AddColumns:
    """``ALTER TABLE ... ADD ...`` for one column, so that a column that already exists does not stop the others."""
    return AddColumns(name_of(table), (_definition(column),))


def drop_column(table: Table, column: str) -> DropColumns:
    """``ALTER TABLE ... DROP ...``."""
    return DropColumns(name_of(table), (column,))


def set_options(table: Table, options: tuple[tuple[str, Any], ...], what: str = "TABLE") -> AlterOptions:
    """``ALTER TABLE ... WITH ...``, or ``ALTER MATERIALIZED VIEW ... WITH ...``."""
    return AlterOptions(name_of(table), options, what)


def drop_index(table: Table, index: str) -> Drop:
    """``DROP INDEX IF EXISTS ...``."""
    return Drop("INDEX", Name(index, table.keyspace))


def drop_table(table: Table) -> Drop:
    """``DROP TABLE IF EXISTS ...``."""
    return Drop("TABLE", name_of(table))


def drop_view(view: View) -> Drop:
    """``DROP MATERIALIZED VIEW IF EXISTS ...``."""
    return Drop("MATERIALIZED VIEW", name_of(view.table))


def drop_type(user_type: UserType) -> Drop:
    """``DROP TYPE IF EXISTS ...``."""
    return Drop("TYPE", Name(user_type.name, user_type.keyspace))


def create_keyspace(keyspace: Keyspace) -> CreateKeyspace:
    """``CREATE KEYSPACE IF NOT EXISTS ...``."""
    return CreateKeyspace(keyspace.name, keyspace.replication, keyspace.durable_writes)


def name_of(table: Table) -> Name:
    """The table's name in its keyspace."""
    return Name(table.name, table.keyspace)


def _order(table: Table) -> tuple[OrderBy, ...]:
    return tuple(OrderBy(name, table.by_name[name].descending) for name in table.clustering_key)


def _definition(column: Column) -> ColumnDefinition:
    return ColumnDefinition(column.name, column.type, column.kind is ColumnKind.STATIC)
