"""The rows of ``system_schema`` that describe a schema: the inverse of ``introspect.py``.

For every schema, ``found_schema(keyspace, system_rows(schema))`` is that schema. Only the options that a table sets are
included; a real server has a value for every option.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coodie.cql.names import quote
from coodie.tables.indexes import default_name
from coodie.tables.introspect import Answers
from coodie.tables.options import as_map
from coodie.tables.table import Column, ColumnKind, Index, Schema, Table, UserType, View


def system_rows(schema: Schema) -> Answers:
    """The rows of the tables of ``system_schema`` that describe the content of a keyspace, by the name of the table."""
    tables = (*schema.tables, *(view.table for view in schema.views))
    return {
        "types": [_type(each, schema) for each in schema.types],
        "tables": [_named(table, schema) | _options(table) for table in schema.tables],
        "columns": [_named(table, schema) | row for table in tables for row in _columns(table)],
        "dropped_columns": [_named(table, schema) | _dropped(each) for table in tables for each in table.dropped],
        "indexes": [_named(table, schema) | _index(table, each) for table in tables for each in table.indexes],
        "views": [_view(view, schema) for view in schema.views],
    }


def _named(table: Table, schema: Schema) -> dict[str, Any]:
    return {"keyspace_name": schema.keyspace, "table_name": table.name}


def _type(user_type: UserType, schema: Schema) -> dict[str, Any]:
    return {
        "keyspace_name": schema.keyspace,
        "type_name": user_type.name,
        "field_names": [name for name, _ in user_type.fields],
        "field_types": [str(cql_type) for _, cql_type in user_type.fields],
    }


def _columns(table: Table) -> Iterator[dict[str, Any]]:
    for column in table.columns:
        key = table.partition_key if column.kind is ColumnKind.PARTITION_KEY else table.clustering_key
        order = "desc" if column.descending else "asc"
        yield {
            "column_name": column.name,
            "clustering_order": order if column.kind is ColumnKind.CLUSTERING else "none",
            "kind": column.kind.value,
            "position": key.index(column.name) if column.name in key else -1,
            "type": str(column.type),
        }


def _dropped(column: Column) -> dict[str, Any]:
    return {"column_name": column.name, "kind": column.kind.value, "type": str(column.type)}


def _index(table: Table, index: Index) -> dict[str, Any]:
    target = quote(index.column)
    options: dict[str, Any] = {key: str(value) for key, value in index.options}
    options["target"] = target if index.target is None else f"{index.target}({target})"
    if index.using is not None:
        options["class_name"] = index.using
    return {
        "index_name": index.name or default_name(table, index),
        "kind": "COMPOSITES" if index.using is None else "CUSTOM",
        "options": options,
    }


def _options(table: Table) -> dict[str, Any]:
    return {name: as_map(value) for name, value in table.options}


def _view(view: View, schema: Schema) -> dict[str, Any]:
    return {
        "keyspace_name": schema.keyspace,
        "view_name": view.table.name,
        "base_table_name": view.base,
        "where_clause": " AND ".join(view.where),
        "include_all_columns": view.all_columns,
        **_options(view.table),
    }
