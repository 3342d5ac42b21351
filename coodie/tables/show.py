"""Parts of a schema as text for readers, used for the two sides of a difference."""

from __future__ import annotations

from coodie.cql.names import quote
from coodie.tables.table import Column, ColumnKind, Index, Keyspace, Table, UserType, View


def shown_key(table: Table) -> str:
    """``PRIMARY KEY ((a int, b text), c uuid DESC)``: the key with the types of its columns, unlike in CQL."""
    partition = f"({', '.join(_key_column(table.by_name[name]) for name in table.partition_key)})"
    clustering = (_key_column(table.by_name[name]) for name in table.clustering_key)
    return f"PRIMARY KEY ({', '.join([partition, *clustering])})"


def shown_column(column: Column) -> str:
    """``age bigint (static)``."""
    return f"{quote(column.name)} {column.type} ({column.kind.value.replace('_', ' ')})"


def shown_table(table: Table) -> str:
    """The key and the other columns, on one line."""
    columns = (
        f"{quote(column.name)} {column.type}{' STATIC' if column.kind is ColumnKind.STATIC else ''}"
        for column in table.columns
        if column.name not in table.primary_key
    )
    return f"({', '.join([shown_key(table), *columns])})"


def shown_index(index: Index) -> str:
    """``tags_idx on values(tags) using sai {'case_sensitive': 'false'}``."""
    column = f"{index.target}({quote(index.column)})" if index.target else quote(index.column)
    using = f" using {index.using}" if index.using else ""
    options = f" {dict(index.options)}" if index.options else ""
    return f"{quote(index.name) if index.name else 'an index'} on {column}{using}{options}"


def shown_type(user_type: UserType) -> str:
    """``(street text, zip int)``."""
    return f"({', '.join(f'{quote(name)} {field}' for name, field in user_type.fields)})"


def shown_view(view: View) -> str:
    """What it selects, from where, and its key."""
    columns = ", ".join(quote(column.name) for column in view.table.ordered_columns)
    where = " AND ".join(sorted(view.where))
    return f"SELECT {columns} FROM {quote(view.base)} WHERE {where} {shown_key(view.table)}"


def shown_keyspace(keyspace: Keyspace) -> str:
    """``{'class': 'SimpleStrategy', 'replication_factor': '1'}``, and whether writes are durable."""
    durable = "" if keyspace.durable_writes else f", {shown_durable_writes(keyspace)}"
    return f"{dict(keyspace.replication)}{durable}"


def shown_durable_writes(keyspace: Keyspace) -> str:
    """``durable_writes = true``."""
    return f"durable_writes = {str(keyspace.durable_writes).lower()}"


def _key_column(column: Column) -> str:
    return f"{quote(column.name)} {column.type}{' DESC' if column.descending else ''}"
