"""From a table to the statements that create it, or add to one that is there."""

from __future__ import annotations

from collections.abc import Sequence

from coodie.cql.nodes import AddColumns, ColumnDefinition, CreateIndex, CreateTable, Name, OrderBy, SchemaStatement
from coodie.exceptions import SchemaMismatch
from coodie.tables.table import Column, ColumnKind, Table


def creation(table: Table, keyspace: str | None) -> list[SchemaStatement]:
    """The statements for a table that is not there: CREATE TABLE, then its indexes."""
    name = Name(table.name, keyspace)
    order = tuple(OrderBy(column, table.by_name[column].descending) for column in table.clustering_key)
    columns = tuple(map(_definition, table.ordered_columns))
    create = CreateTable(name, columns, table.partition_key, table.clustering_key, order, table.options)
    return [create, *_indexes(table, name)]


def additions(table: Table, keyspace: str | None, has: Sequence[Column]) -> list[SchemaStatement]:
    """The statements that add what a table with the columns ``has`` lacks.

    Raises `SchemaMismatch` if a column has another type, kind or order than wanted, or a key column is missing.
    """
    found = {column.name: column for column in has}
    for column in table.columns:
        if column.name in found and column != found[column.name]:
            raise SchemaMismatch(_difference(table, column, found[column.name]))
    missing = [column for column in table.columns if column.name not in found]
    for column in missing:
        if column.name in table.primary_key:
            raise SchemaMismatch(f"table {table.name} has no key column {column.name!r}, and a key cannot be changed")
    name = Name(table.name, keyspace)
    added = [AddColumns(name, tuple(map(_definition, missing)))] if missing else []
    return [*added, *_indexes(table, name)]


def _indexes(table: Table, name: Name) -> list[SchemaStatement]:
    return [CreateIndex(name, index.column, index.name) for index in table.indexes]


def _definition(column: Column) -> ColumnDefinition:
    return ColumnDefinition(column.name, column.type, column.kind is ColumnKind.STATIC)


def _difference(table: Table, wanted: Column, found: Column) -> str:
    return (
        f"column {table.name}.{wanted.name} differs: the model wants {_described(wanted)}, "
        f"the table has {_described(found)}; this cannot be altered"
    )


def _described(column: Column) -> str:
    order = " DESC" if column.descending else ""
    return f"{column.type} ({column.kind.value}{order})"
