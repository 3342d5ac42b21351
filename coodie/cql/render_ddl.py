"""From a schema statement to its text. DDL has no bind marks: the server takes none there, so each value in it is a
name, quoted in ``names.py``, or an option's literal, written here.
"""

from __future__ import annotations

from typing import Any

from coodie.cql.names import check_name, qualified, quote
from coodie.cql.nodes import (
    AddColumns,
    ColumnDefinition,
    CreateIndex,
    CreateKeyspace,
    CreateTable,
    Drop,
    DropKeyspace,
    SchemaStatement,
    Truncate,
)
from coodie.exceptions import InvalidQueryError


def render_ddl(node: SchemaStatement) -> str:
    """The text of a statement that changes the schema, or empties a table."""
    match node:
        case CreateTable():
            return _create_table(node)
        case AddColumns(table, columns):
            added = ", ".join(map(_column, columns))
            return f"ALTER TABLE {qualified(table.keyspace, table.name)} ADD {added}"
        case CreateIndex():
            return _create_index(node)
        case Truncate(table):
            return f"TRUNCATE TABLE {qualified(table.keyspace, table.name)}"
        case Drop(what, name, if_exists):
            return f"DROP {what} {'IF EXISTS ' if if_exists else ''}{qualified(name.keyspace, name.name)}"
        case CreateKeyspace():
            return _create_keyspace(node)
        case DropKeyspace(keyspace, if_exists):
            return f"DROP KEYSPACE {'IF EXISTS ' if if_exists else ''}{quote(check_name(keyspace, 'keyspace'))}"


def option_literal(value: object) -> str:
    """An option's value as CQL writes it: a string, number, boolean, or a map of those."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
        case dict():
            return "{" + ", ".join(f"{option_literal(k)}: {option_literal(v)}" for k, v in value.items()) + "}"
        case _:
            raise InvalidQueryError(f"an option takes a string, number, boolean or map, not a {type(value).__name__}")


def _create_table(node: CreateTable) -> str:
    partition_key = ", ".join(map(quote, node.partition_key))
    if len(node.partition_key) > 1 or node.clustering_key:
        partition_key = f"({partition_key})"
    key = ", ".join([partition_key, *map(quote, node.clustering_key)])
    columns = ", ".join(map(_column, node.columns))
    exists = "IF NOT EXISTS " if node.if_not_exists else ""
    text = f"CREATE TABLE {exists}{qualified(node.table.keyspace, node.table.name)} ({columns}, PRIMARY KEY ({key}))"
    options = _table_options(node)
    return f"{text} WITH {' AND '.join(options)}" if options else text


def _table_options(node: CreateTable) -> list[str]:
    options = [f"{quote(name)} = {option_literal(_plain(value))}" for name, value in node.options]
    if any(order.descending for order in node.clustering_order):
        orders = ", ".join(f"{quote(o.column)} {'DESC' if o.descending else 'ASC'}" for o in node.clustering_order)
        options.insert(0, f"CLUSTERING ORDER BY ({orders})")
    return options


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, tuple) else value


def _column(column: ColumnDefinition) -> str:
    return f"{quote(column.name)} {column.type}{' STATIC' if column.static else ''}"


def _create_index(node: CreateIndex) -> str:
    exists = "IF NOT EXISTS " if node.if_not_exists else ""
    name = f"{quote(check_name(node.name, 'index'))} " if node.name is not None else ""
    return f"CREATE INDEX {exists}{name}ON {qualified(node.table.keyspace, node.table.name)} ({quote(node.column)})"


def _create_keyspace(node: CreateKeyspace) -> str:
    exists = "IF NOT EXISTS " if node.if_not_exists else ""
    replication = option_literal(dict(node.replication))
    text = f"CREATE KEYSPACE {exists}{quote(check_name(node.name, 'keyspace'))} WITH replication = {replication}"
    return text if node.durable_writes else f"{text} AND durable_writes = false"
