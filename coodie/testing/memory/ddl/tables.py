"""CREATE, ALTER and DROP TABLE.

CREATE TABLE is checked in the server's order, which decides the error: the keyspace, the name, an existing table,
columns and their types, the key, counters, static columns, CLUSTERING ORDER, options.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from coodie.cql.nodes import (
    AddColumns,
    AlterOptions,
    ColumnDefinition,
    CreateTable,
    Drop,
    DropColumns,
    Name,
    RenameColumns,
)
from coodie.cql.types import COUNTER, DURATION, CqlType, Udt, is_multicell
from coodie.tables.dropped import can_be_read_as
from coodie.tables.table import Column, ColumnKind
from coodie.testing.memory.answers import Change
from coodie.testing.memory.ddl.change import (
    Changed,
    Context,
    check_types,
    space_of,
    type_of,
    with_space,
    with_table,
    without,
)
from coodie.testing.memory.ddl.options import altered, check_id, check_options, read_options
from coodie.testing.memory.ddl.views import alter_view, renamed, with_added, with_renamed
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import schema as errors
from coodie.testing.memory.errors.options import OTHER_TABLE_ID
from coodie.testing.memory.errors.views import (
    BASE_GRACE,
    DROP_BASE,
    DROP_BASE_COLUMN,
    NO_ALTER_TABLE,
    NO_DROP_TABLE,
)
from coodie.testing.memory.schema import Dropped, Keyspace, Schema, Table, in_order

_WORD: Final = re.compile(r"\w+", re.ASCII)
_LONGEST: Final = 222


def create_table(schema: Schema, node: CreateTable, context: Context) -> Changed:
    """``CREATE TABLE``."""
    _check_form(node)
    options = read_options(node.options)
    space, name = space_of(schema, node.table, context), node.table.name
    if name in space.views:
        raise gaps.NAME_OF_VIEW()
    if name in space.tables:
        if node.if_not_exists:
            return schema, None
        raise errors.TABLE_EXISTS(name, space.name, keyspace=space.name, table=name)
    check_options(options)
    check_types(space, context)
    columns = _columns(space, node)
    _check_key(space, node, columns)
    _check_counters(columns, node.partition_key + node.clustering_key)
    key = (node.partition_key, node.clustering_key)
    if not node.clustering_key and any(each.static for each in node.columns):
        raise errors.STATIC_WITHOUT_CLUSTERING()
    _check_order(node)
    table = Table(space.name, name, context.id, in_order(columns, *key), *key, options)
    _check_counter_ttl(table)
    check_id(options)
    _check_name(space.name, name)
    return with_space(schema, with_table(space, table)), Change("CREATED", "TABLE", space.name, name)


def _check_counter_ttl(table: Table) -> None:
    if table.is_counter and table.default_ttl:
        raise errors.COUNTER_TTL()


def _check_form(node: CreateTable) -> None:
    """What the server refuses before it looks at anything that is there."""
    shown = ".".join(filter(None, (node.table.keyspace, node.table.name)))
    names = [each.name for each in node.columns]
    if twice := [name for place, name in enumerate(names) if name in names[:place]]:
        raise errors.COLUMN_TWICE(twice[0], shown)
    if not node.partition_key:
        raise errors.NO_KEY(shown)


def _check_name(space: str, name: str) -> None:
    if not _WORD.fullmatch(name):
        raise errors.BAD_TABLE_NAME(space, name, name)
    if len(name) > _LONGEST:
        raise errors.LONG_TABLE_NAME(space, name, len(name), name)


def _columns(space: Keyspace, node: CreateTable) -> dict[str, Column]:
    kinds = {
        **dict.fromkeys(node.partition_key, ColumnKind.PARTITION_KEY),
        **dict.fromkeys(node.clustering_key, ColumnKind.CLUSTERING),
    }
    descending = {each.column for each in node.clustering_order if each.descending}
    found: dict[str, Column] = {}
    for each in node.columns:
        kind = kinds.get(each.name, ColumnKind.STATIC if each.static else ColumnKind.REGULAR)
        found[each.name] = Column(each.name, _type(space, each), kind, each.name in descending)
    return found


def _type(space: Keyspace, definition: ColumnDefinition) -> CqlType:
    if definition.mask is not None:
        raise gaps.MASKS()
    return type_of(space, definition.type)


def _check_key(space: Keyspace, node: CreateTable, columns: Mapping[str, Column]) -> None:
    seen: set[str] = set()
    statics = {each.name for each in node.columns if each.static}
    for name in node.partition_key + node.clustering_key:
        if name not in columns:
            raise errors.UNKNOWN_KEY(name, node.table.name)
        if name in seen:
            raise errors.KEY_TWICE(name, node.table.name)
        if name in statics:
            raise errors.STATIC_KEY(name)
        seen.add(name)
        cql_type = columns[name].type
        if cql_type == COUNTER:
            raise errors.COUNTER_KEY(name)
        if cql_type == DURATION:
            raise errors.DURATION_KEY(name)
        if is_multicell(cql_type):
            if isinstance(cql_type, Udt):
                raise errors.UDT_KEY(f"{space.name}.{cql_type}", name)
            raise errors.COLLECTION_KEY(cql_type, name)


def _check_counters(columns: Mapping[str, Column], key: tuple[str, ...]) -> None:
    others = [column.type == COUNTER for name, column in columns.items() if name not in key]
    if any(others) and not all(others):
        raise errors.MIXED_COUNTERS()


def _check_order(node: CreateTable) -> None:
    named = [each.column for each in node.clustering_order]
    if not named:
        return
    others = [name for name in named if name not in node.clustering_key]
    if others:
        raise errors.ORDER_OF_OTHERS(f"[{', '.join(others)}]")
    for name, wanted in zip(named, node.clustering_key, strict=False):
        if name != wanted:
            raise errors.ORDER_AS_DECLARED(wanted, name) if wanted in named else errors.ORDER_INCOMPLETE(wanted)


def _found(schema: Schema, name: Name, if_exists: bool, context: Context) -> tuple[Keyspace, Table | None]:
    space = space_of(schema, name, context)
    found = space.tables.get(name.name)
    if name.name in space.views:
        raise NO_ALTER_TABLE()
    if found is None and not if_exists:
        raise errors.NO_SUCH_TABLE(space.name, name.name)
    return space, found


def _altered(schema: Schema, space: Keyspace, table: Table) -> Changed:
    return with_space(schema, with_table(space, table)), Change("UPDATED", "TABLE", space.name, table.name)


def add_columns(schema: Schema, node: AddColumns, context: Context) -> Changed:
    """``ALTER TABLE ... ADD``. A column that was dropped comes back without its old values."""
    space, table = _found(schema, node.table, node.if_exists, context)
    if table is None:
        return schema, None
    check_types(space, context)
    columns = dict(table.columns)
    for each in node.columns:
        cql_type = _type(space, each)
        if each.name in columns:
            if node.if_not_exists:
                continue
            raise errors.COLUMN_EXISTS(each.name)
        kind = ColumnKind.STATIC if each.static else ColumnKind.REGULAR
        column = Column(each.name, cql_type, kind)
        if each.static and not table.clustering_key:
            raise errors.STATIC_WITHOUT_CLUSTERING()
        if table.is_counter != (column.type == COUNTER):
            raise (errors.ADD_TO_COUNTERS if table.is_counter else errors.ADD_COUNTER)(table, each.name)
        _check_dropped(table, column)
        columns[each.name] = column
    made = replace(table, columns=in_order(columns, table.partition_key, table.clustering_key))
    return _altered(schema, with_added(space, made), made)


def _check_dropped(table: Table, column: Column) -> None:
    old = table.dropped.get(column.name)
    if old is None:
        return
    if not can_be_read_as(column.type, old.column.type):
        raise errors.READD_OTHER_TYPE(column.name, column.type, column.name, old.column.type)
    if (column.kind is ColumnKind.STATIC) != (old.column.kind is ColumnKind.STATIC):
        raise errors.READD_STATIC(column.name, column.kind.value.upper(), old.column.kind.value.upper())


def drop_columns(schema: Schema, node: DropColumns, context: Context) -> Changed:
    """``ALTER TABLE ... DROP``: removes everything written until now, or until the given time."""
    space, table = _found(schema, node.table, node.if_exists, context)
    if table is None:
        return schema, None
    columns, dropped = dict(table.columns), dict(table.dropped)
    for name in node.columns:
        column = columns.get(name)
        if column is None:
            if node.columns_if_exist:
                continue
            raise errors.NO_SUCH_COLUMN(name, space.name, table.name)
        if name in table.primary_key:
            raise errors.DROP_KEY(name)
        if isinstance(column.type, Udt) and is_multicell(column.type):
            raise errors.DROP_UDT(name, column.type)
        if using := _indexes_on(table, name):
            raise errors.DROP_INDEXED(name, using)
        if space.views_of(table):
            raise DROP_BASE_COLUMN(name, table.name)
        dropped[name] = Dropped(column, context.micros if node.timestamp is None else node.timestamp)
        del columns[name]
    return _altered(schema, space, replace(table, columns=columns, dropped=dropped))


def _indexes_on(table: Table, column: str) -> str:
    return ", ".join(each.name or "" for each in table.indexes if each.column == column)


def rename_columns(schema: Schema, node: RenameColumns, context: Context) -> Changed:
    """``ALTER TABLE ... RENAME``: only key columns can be renamed."""
    space, table = _found(schema, node.table, node.if_exists, context)
    if table is None:
        return schema, None
    for old, new in node.names:
        if old not in table.columns:
            # also where the statement says IF EXISTS
            raise errors.RENAME_NO_COLUMN(old, space.name, table.name)
        if old not in table.primary_key:
            raise errors.RENAME_OTHER(old)
        if new in table.columns:
            raise errors.RENAME_TO_EXISTING(old, new, space.name, table.name)
        if using := _indexes_on(table, old):
            raise errors.RENAME_INDEXED(old, using)
        table, space = renamed(table, old, new), with_renamed(space, table.name, old, new)
    return _altered(schema, space, table)


def alter_options(schema: Schema, node: AlterOptions, context: Context) -> Changed:
    """``ALTER TABLE ... WITH``, and ``ALTER MATERIALIZED VIEW ... WITH``."""
    if node.what != "TABLE":
        return alter_view(schema, node, context)
    options = read_options(node.options)
    space, table = _found(schema, node.table, node.if_exists, context)
    if table is None:
        return schema, None
    check_options(options)
    check_id(options)
    given = dict(options)
    if "id" in given:
        raise OTHER_TABLE_ID()
    if given.get("gc_grace_seconds") == 0 and space.views_of(table):
        raise BASE_GRACE()
    table = replace(table, options=altered(table.options, given))
    _check_counter_ttl(table)
    return _altered(schema, space, table)


def drop_table(schema: Schema, node: Drop, context: Context) -> Changed:
    """``DROP TABLE``, with its content."""
    space = space_of(schema, node.name, context)
    if node.name.name in space.views:
        raise NO_DROP_TABLE()
    space, table = _found(schema, node.name, node.if_exists, context)
    if table is None:
        return schema, None
    if space.views_of(table):
        raise DROP_BASE(space.name)
    made = replace(space, tables=without(space.tables, table.name))
    return with_space(schema, made), Change("DROPPED", "TABLE", space.name, table.name)
