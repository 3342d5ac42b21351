"""Applies statements on tables, indexes and views to a schema."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from coodie.cql.names import quote
from coodie.cql.nodes import (
    AddColumns,
    AlterOptions,
    ColumnDefinition,
    CreateIndex,
    CreateTable,
    CreateView,
    DropColumns,
    RenameColumns,
)
from coodie.cql.types import NATIVE, Udt, freeze, is_collection, is_multicell
from coodie.tables.dropped import unfit
from coodie.tables.indexes import same_place, target_of
from coodie.tables.table import Column, ColumnKind, Index, Schema, Table, Target, View
from coodie.tables.views import renamed_restriction
from coodie.tables.within import (
    found_table,
    is_missing,
    is_taken,
    known_type,
    name_of_index,
    own_name,
    refuse,
    shown,
    table_in,
    with_table,
)


def create_table(schema: Schema, node: CreateTable) -> Schema:
    """``CREATE TABLE``."""
    if is_taken(schema, node.table, node.if_not_exists):
        return schema
    kinds = _kinds(node.partition_key, node.clustering_key)
    descending = {each.column for each in node.clustering_order if each.descending}
    columns = tuple(
        replace(_column(schema, each), kind=kinds.get(each.name, _kind(each)), descending=each.name in descending)
        for each in node.columns
    )
    table = Table(
        node.table.name, columns, node.partition_key, node.clustering_key, schema.keyspace, options=node.options
    )
    for name in table.primary_key:
        if name not in table.by_name:
            refuse(schema, f"the key of {shown(schema, table.name)} has no column {quote(name)}")
    return replace(schema, tables=(*schema.tables, table))


def _kinds(partition_key: Iterable[str], clustering_key: Iterable[str]) -> dict[str, ColumnKind]:
    return {
        **dict.fromkeys(partition_key, ColumnKind.PARTITION_KEY),
        **dict.fromkeys(clustering_key, ColumnKind.CLUSTERING),
    }


def _kind(definition: ColumnDefinition) -> ColumnKind:
    return ColumnKind.STATIC if definition.static else ColumnKind.REGULAR


def _column(schema: Schema, definition: ColumnDefinition) -> Column:
    return Column(definition.name, known_type(schema, definition.type), _kind(definition))


def create_index(schema: Schema, node: CreateIndex) -> Schema:
    """``CREATE INDEX``."""
    table = table_in(schema, node.table)
    if node.column not in table.by_name:
        refuse(schema, f"{shown(schema, table.name)} has no column {quote(node.column)}")
    cql_type = table.types[node.column]
    if NATIVE["counter"] in table.types.values():
        refuse(schema, f"{shown(schema, table.name)} has counters, so it has no indexes")
    if table.partition_key == (node.column,):
        refuse(schema, f"{shown(schema, table.name, node.column)} is the whole partition key, which has no index")
    if isinstance(cql_type, Udt) and not cql_type.frozen:
        refuse(schema, f"{shown(schema, table.name, node.column)} is not frozen, so it has no index")
    if is_collection(cql_type) and not is_multicell(cql_type) and node.target is None:
        refuse(schema, f"{shown(schema, table.name, node.column)} is frozen, so its index is on FULL of it")
    index = Index(node.column, node.name, cast("Target | None", node.target), node.using, node.options)
    # The server lists which part of a collection is indexed even if the statement did not say.
    index = replace(index, target=target_of(index, cql_type))
    names = {name_of_index(each, other) for each in schema.tables for other in each.indexes}
    there = any(same_place(index, other, cql_type) for other in table.indexes) if node.name is None else False
    if there or node.name in names:
        if node.if_not_exists:
            return schema
        refuse(schema, f"there is such an index on {shown(schema, table.name)} already")
    return with_table(schema, replace(table, indexes=(*table.indexes, index)))


def create_view(schema: Schema, node: CreateView) -> Schema:
    """``CREATE MATERIALIZED VIEW``: the columns take their types from the base table."""
    if is_taken(schema, node.view, node.if_not_exists):
        return schema
    base = table_in(schema, node.base)
    kinds = _kinds(node.partition_key, node.clustering_key)
    names = node.columns or tuple(base.by_name)
    if why := _unfit_view(node, base, names):
        refuse(schema, f"{shown(schema, node.view.name)} {why}")
    # Without an explicit order, the server takes that of the base table.
    said = {each.column: each.descending for each in node.clustering_order}
    descending = {each for each in node.clustering_key if said.get(each, base.by_name[each].descending)}
    columns = tuple(
        Column(name, base.types[name], kinds.get(name, ColumnKind.REGULAR), name in descending) for name in names
    )
    table = Table(
        node.view.name, columns, node.partition_key, node.clustering_key, schema.keyspace, options=node.options
    )
    return replace(schema, views=(*schema.views, View(table, base.name, node.where, not node.columns)))


def _unfit_view(node: CreateView, base: Table, names: Iterable[str]) -> str | None:
    """The reason why these columns cannot be a view of this table; None if they can."""
    key = (*node.partition_key, *node.clustering_key)
    for name in (*names, *key):
        if name not in base.by_name or name not in names:
            return f"has no column {quote(name)} of its table"
        if base.by_name[name].kind is ColumnKind.STATIC:
            return f"cannot have the static column {quote(name)}"
    if missing := [name for name in base.primary_key if name not in key]:
        return f"has no {quote(missing[0])} in its key, which is in the key of its table"
    others = [name for name in key if name not in base.primary_key]
    if len(others) > 1:
        return f"has {len(others)} columns in its key that are not in the key of its table; one may be"
    if others and base.types[others[0]] != freeze(base.types[others[0]]):
        return f"has {quote(others[0])} in its key, which is not frozen"
    return None


def add_columns(schema: Schema, node: AddColumns) -> Schema:
    """``ALTER TABLE ... ADD``; views that select all columns get the new ones as well."""
    table = found_table(schema, node.table, node.if_exists)
    if table is None:
        return schema
    new: list[Column] = []
    for column in (_column(schema, each) for each in node.columns):
        if column.name not in table.by_name:
            dropped = next((each for each in table.dropped if each.name == column.name), None)
            if dropped is not None and (why := unfit(column, dropped)):
                refuse(schema, f"{shown(schema, table.name, column.name)}: {why}")
            new.append(column)
        elif not node.if_not_exists:
            refuse(schema, f"{shown(schema, table.name)} has a column {quote(column.name)} already")
    views = tuple(
        _with_columns(view, (*view.table.columns, *new)) if view.base == table.name and view.all_columns else view
        for view in schema.views
    )
    return replace(with_table(schema, replace(table, columns=(*table.columns, *new))), views=views)


def _with_columns(view: View, columns: tuple[Column, ...]) -> View:
    return replace(view, table=replace(view.table, columns=columns))


def drop_columns(schema: Schema, node: DropColumns) -> Schema:
    """``ALTER TABLE ... DROP``; the table remembers them as dropped."""
    table = found_table(schema, node.table, node.if_exists)
    if table is None:
        return schema
    gone = [name for name in node.columns if _can_go(schema, table, name, node.columns_if_exist)]
    kept = tuple(column for column in table.columns if column.name not in gone)
    before = tuple(column for column in table.dropped if column.name not in gone)
    dropped = (*before, *(table.by_name[name] for name in gone))
    return with_table(schema, replace(table, columns=kept, dropped=dropped))


def _can_go(schema: Schema, table: Table, name: str, if_exists: bool) -> bool:
    where = shown(schema, table.name, name)
    if name not in table.by_name:
        if not if_exists:
            refuse(schema, f"there is no column {where}")
        return False
    if name in table.primary_key:
        refuse(schema, f"{where} belongs to the primary key, so it cannot be dropped")
    if any(index.column == name for index in table.indexes):
        refuse(schema, f"{where} has an index, which must be dropped first")
    if any(view.base == table.name for view in schema.views):
        refuse(schema, f"{shown(schema, table.name)} has views, which must be dropped before any of its columns")
    return True


def rename_columns(schema: Schema, node: RenameColumns) -> Schema:
    """``ALTER TABLE ... RENAME``; the views of the table are changed as well."""
    table = found_table(schema, node.table, node.if_exists)
    if table is None:
        return schema
    for old, new in node.names:
        if old not in table.by_name and node.columns_if_exist:
            continue
        if old not in table.primary_key:
            refuse(
                schema,
                f"{shown(schema, table.name, old)} is not in the primary key; only columns of the key can be renamed",
            )
        if new in table.by_name:
            refuse(schema, f"{shown(schema, table.name)} has a column {quote(new)} already")
        if any(index.column == old for index in table.indexes):
            refuse(schema, f"{shown(schema, table.name, old)} has an index, which must be dropped first")
        table = _renamed(table, old, new)
        schema = replace(
            with_table(schema, table),
            views=tuple(_renamed_in_view(view, old, new) if view.base == table.name else view for view in schema.views),
        )
    return schema


def _renamed(table: Table, old: str, new: str) -> Table:
    return replace(
        table,
        columns=tuple(replace(column, name=_other(column.name, old, new)) for column in table.columns),
        partition_key=tuple(_other(name, old, new) for name in table.partition_key),
        clustering_key=tuple(_other(name, old, new) for name in table.clustering_key),
    )


def _renamed_in_view(view: View, old: str, new: str) -> View:
    where = tuple(renamed_restriction(each, old, new) for each in view.where)
    return replace(view, table=_renamed(view.table, old, new), where=where)


def alter_options(schema: Schema, node: AlterOptions) -> Schema:
    """``ALTER TABLE ... WITH`` and ``ALTER MATERIALIZED VIEW ... WITH``; options that are not named keep their
    values.
    """
    views = node.what == "MATERIALIZED VIEW"
    held = [view.table for view in schema.views] if views else schema.tables
    table = next((each for each in held if each.name == own_name(schema, node.table)), None)
    if table is None:
        return is_missing(schema, node.table, node.if_exists)
    altered = replace(table, options=tuple({**dict(table.options), **dict(node.options)}.items()))
    if not views:
        return with_table(schema, altered)
    found = tuple(replace(view, table=altered) if view.table is table else view for view in schema.views)
    return replace(schema, views=found)


def _other(name: str, old: str, new: str) -> str:
    return new if name == old else name
