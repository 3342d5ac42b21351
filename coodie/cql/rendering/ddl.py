"""The text of schema statements.

The server allows no bind marks in DDL, so each value in it is either a name, quoted by ``names.py``, or the literal of
an option, written here.
"""

from __future__ import annotations

from typing import Any, Final, cast

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.codecs.texts import text_literal
from coodie.cql.literals import literal
from coodie.cql.names import check_name, qualified, quote
from coodie.cql.nodes import (
    AddColumns,
    AddField,
    AlterKeyspace,
    AlterOptions,
    ColumnDefinition,
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
    OrderBy,
    RenameColumns,
    RenameFields,
    SchemaStatement,
    Truncate,
)

_Options = tuple[tuple[str, Any], ...]


def render_ddl(node: SchemaStatement) -> str:
    """The text of a statement that changes the schema or truncates a table."""
    match node:
        case CreateTable():
            return _create_table(node)
        case CreateIndex():
            return _create_index(node)
        case CreateView():
            return _create_view(node)
        case CreateType(name, fields, if_not_exists):
            listed = ", ".join(f"{quote(field)} {cql_type}" for field, cql_type in fields)
            return f"CREATE TYPE {_if_not_exists(if_not_exists)}{_name(name)} ({listed})"
        case AddColumns() | DropColumns() | RenameColumns() | MaskColumn() | AlterOptions():
            return _alter_table(node)
        case AddField() | RenameFields():
            return _alter_type(node)
        case Truncate(table):
            return f"TRUNCATE TABLE {_name(table)}"
        case Drop(what, name, if_exists):
            return f"DROP {what} {_if_exists(if_exists)}{_name(name)}"
        case CreateKeyspace() | AlterKeyspace() | DropKeyspace():
            return _keyspace(node)


def option_literal(value: object, name: str) -> str:
    """The value of the option ``name`` as CQL: a string, number, boolean, or a map of those in its own order."""
    match value:
        case bool() | int() | float() | str():
            return literal(value)
        case dict():
            pairs = cast("dict[object, object]", value).items()
            if any(isinstance(each, dict) for pair in pairs for each in pair):
                raise InvalidQueryError(
                    f"the option {name!r} takes a map of strings, numbers and booleans, not of maps"
                )
            listed = (f"{option_literal(key, name)}: {option_literal(item, name)}" for key, item in pairs)
            return f"{{{', '.join(listed)}}}"
        case _:
            raise InvalidQueryError(f"the option {name!r} takes a string, number, boolean or map, not {a_type(value)}")


def _create_table(node: CreateTable) -> str:
    columns = ", ".join(map(_column, node.columns))
    key = _primary_key(node.partition_key, node.clustering_key)
    text = f"CREATE TABLE {_if_not_exists(node.if_not_exists)}{_name(node.table)} ({columns}, {key})"
    return text + _with(_order(node.clustering_order) + _options(node.options))


def _create_view(node: CreateView) -> str:
    columns = ", ".join(map(quote, node.columns)) or "*"
    key = _primary_key(node.partition_key, node.clustering_key)
    where = f"WHERE {' AND '.join(node.where)} " if node.where else ""
    text = (
        f"CREATE MATERIALIZED VIEW {_if_not_exists(node.if_not_exists)}{_name(node.view)} AS SELECT {columns} "
        f"FROM {_name(node.base)} {where}{key}"
    )
    # Always written: without it, the server takes the order that the columns have in the base table.
    return text + _with(_orders(node.clustering_order) + _options(node.options))


def index_class(using: str | None) -> str | None:
    """The class of an index: ``sai`` for each name of that index, None for the server's default, others unchanged."""
    return "sai" if using is not None and using.lower() in _SAI else using


_SAI: Final = frozenset({"sai", "storageattachedindex", "org.apache.cassandra.index.sai.storageattachedindex"})


def _create_index(node: CreateIndex) -> str:
    name = f"{quote(check_name(node.name, 'index'))} " if node.name is not None else ""
    column = f"{node.target}({quote(node.column)})" if node.target else quote(node.column)
    custom = "CUSTOM " if node.using is not None else ""
    text = f"CREATE {custom}INDEX {_if_not_exists(node.if_not_exists)}{name}ON {_name(node.table)} ({column})"
    if node.using is not None:
        # Every server that has this index knows the long class name; only Cassandra 5 knows the short one.
        using = "StorageAttachedIndex" if index_class(node.using) == "sai" else node.using
        text += f" USING {text_literal(using)}"
    options = {key: index_option(value) for key, value in node.options}
    return f"{text} WITH OPTIONS = {option_literal(options, 'OPTIONS')}" if options else text


def _alter_table(node: AddColumns | DropColumns | RenameColumns | MaskColumn | AlterOptions) -> str:
    what = node.what if isinstance(node, AlterOptions) else "TABLE"
    start = f"ALTER {what} {_if_exists(node.if_exists)}{_name(node.table)}"
    match node:
        case AddColumns(_, columns):
            return f"{start} ADD {_if_not_exists(node.if_not_exists)}{_several([_column(each) for each in columns])}"
        case DropColumns(_, names):
            timed = "" if node.timestamp is None else f" USING TIMESTAMP {literal(node.timestamp)}"
            return f"{start} DROP {_if_exists(node.columns_if_exist)}{_several(list(map(quote, names)))}{timed}"
        case RenameColumns(_, renamed):
            return f"{start} RENAME {_if_exists(node.columns_if_exist)}{_renamed(renamed)}"
        case MaskColumn(_, column, mask):
            how = "DROP MASKED" if mask is None else f"MASKED WITH {mask}"
            return f"{start} ALTER {_if_exists(node.column_if_exists)}{quote(column)} {how}"
        case AlterOptions(_, options):
            return f"{start}{_with(_options(options))}"


def _alter_type(node: AddField | RenameFields) -> str:
    start = f"ALTER TYPE {_if_exists(node.if_exists)}{_name(node.type)}"
    match node:
        case AddField(_, field, field_type):
            return f"{start} ADD {_if_not_exists(node.if_not_exists)}{quote(field)} {field_type}"
        case RenameFields(_, renamed):
            return f"{start} RENAME {_if_exists(node.fields_if_exist)}{_renamed(renamed)}"


def _renamed(names: tuple[tuple[str, str], ...]) -> str:
    return " AND ".join(f"{quote(old)} TO {quote(new)}" for old, new in names)


def _keyspace(node: CreateKeyspace | AlterKeyspace | DropKeyspace) -> str:
    name = quote(check_name(node.name, "keyspace"))
    match node:
        case CreateKeyspace(_, replication, durable_writes, if_not_exists):
            durable: _Options = () if durable_writes else (("durable_writes", False),)
            options = _options((("replication", replication), *durable))
            return f"CREATE KEYSPACE {_if_not_exists(if_not_exists)}{name}{_with(options)}"
        case AlterKeyspace(_, replication, durable_writes, if_exists):
            given = (("replication", replication), ("durable_writes", durable_writes))
            options = _options(tuple(each for each in given if each[1] is not None))
            return f"ALTER KEYSPACE {_if_exists(if_exists)}{name}{_with(options)}"
        case DropKeyspace(_, if_exists):
            return f"DROP KEYSPACE {_if_exists(if_exists)}{name}"


def _name(name: Name) -> str:
    return qualified(name.keyspace, name.name)


def _if_not_exists(wanted: bool) -> str:
    return "IF NOT EXISTS " if wanted else ""


def _if_exists(wanted: bool) -> str:
    return "IF EXISTS " if wanted else ""


def _several(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def _column(column: ColumnDefinition) -> str:
    mask = f" MASKED WITH {column.mask}" if column.mask is not None else ""
    return f"{quote(column.name)} {column.type}{' STATIC' if column.static else ''}{mask}"


def _primary_key(partition_key: tuple[str, ...], clustering_key: tuple[str, ...]) -> str:
    partition = ", ".join(map(quote, partition_key))
    if len(partition_key) > 1 or clustering_key:
        partition = f"({partition})"
    return f"PRIMARY KEY ({', '.join([partition, *map(quote, clustering_key)])})"


def _with(options: list[str]) -> str:
    return f" WITH {' AND '.join(options)}" if options else ""


def _order(order: tuple[OrderBy, ...]) -> list[str]:
    return _orders(order) if any(each.descending for each in order) else []


def _orders(order: tuple[OrderBy, ...]) -> list[str]:
    if not order:
        return []
    orders = ", ".join(f"{quote(each.column)} {'DESC' if each.descending else 'ASC'}" for each in order)
    return [f"CLUSTERING ORDER BY ({orders})"]


def _options(options: _Options) -> list[str]:
    return [f"{quote(name)} = {option_literal(_plain(value), name)}" for name, value in options]


def _plain(value: Any) -> Any:
    return dict(cast("tuple[tuple[str, Any], ...]", value)) if isinstance(value, tuple) else value


def index_option(value: object) -> str:
    """The value of an index option, which the server keeps as text whatever its type."""
    return str(value).lower() if isinstance(value, bool) else str(value)
