"""CREATE, ALTER and DROP MATERIALIZED VIEW, and what a change of the base table does to its views.

CREATE is checked in the server's order, which decides the error: the keyspaces, the base table, the name, what the
table may not be, the SELECT list, the key, the order, WHERE, options. A view holds nothing: its rows follow from its
base table when they are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from coodie.cql.nodes import NULL, AlterOptions, CreateView, Drop, Items, Name, Relation, TokenCall
from coodie.cql.parsing.cursor import Cursor
from coodie.cql.parsing.relations import read_relation
from coodie.cql.types import DURATION, Udt, holds, is_multicell
from coodie.tables.table import Column, ColumnKind
from coodie.tables.views import renamed_restriction
from coodie.testing.memory.analysis.relations import column_of
from coodie.testing.memory.analysis.restrictions import check_select, relations_of
from coodie.testing.memory.answers import Change
from coodie.testing.memory.ddl.change import Changed, Context, space_of, with_space, without
from coodie.testing.memory.ddl.options import altered, check_id, check_options, read_options
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import views as errors
from coodie.testing.memory.errors.options import OTHER_TABLE_ID
from coodie.testing.memory.errors.schema import DURATION_KEY, TABLE_EXISTS
from coodie.testing.memory.java_sets import hash_of_bytes, in_a_set
from coodie.testing.memory.schema import Keyspace, Schema, Table, View, in_order
from coodie.testing.memory.terms import Scope
from coodie.testing.memory.type_names import class_of

_WORD: Final = re.compile(r"\w+", re.ASCII)


def create_view(schema: Schema, node: CreateView, context: Context) -> Changed:
    """``CREATE MATERIALIZED VIEW``."""
    if node.base.keyspace is not None and node.base.keyspace != (node.view.keyspace or context.keyspace):
        raise errors.OTHER_KEYSPACE()
    space = space_of(schema, node.view, context)
    name = node.view.name
    base = space.tables.get(node.base.name)
    if base is None:
        raise errors.NO_BASE(node.base.name)
    if name in space.tables:
        raise errors.TABLE_EXISTS(name)
    if name in space.views:
        if node.if_not_exists:
            return schema, None
        raise TABLE_EXISTS(name, space.name, keyspace=space.name, table=name)
    if base.is_counter:
        raise errors.OF_COUNTERS()
    if dict(base.options).get("gc_grace_seconds") == 0:
        raise errors.NO_GRACE(name, base.name)
    selected = _selected(node, base)
    _check_key(node, base, selected)
    relations = [relation_of(text) for text in node.where]
    _check_where(relations, node, base, Scope(schema, space.name, base))
    options = read_options(node.options)
    check_options(options)
    check_id(options)
    if dict(options).get("default_time_to_live"):
        raise errors.TTL()
    if not _WORD.fullmatch(name):
        raise errors.NAME(space.name, name, name)
    view = View(base.name, node.where, not node.columns)
    made = _table(node, base, selected, Table(space.name, name, context.id, {}, (), options=options, view=view))
    return _with_view(schema, space, made), Change("CREATED", "TABLE", space.name, name)


def _with_view(schema: Schema, space: Keyspace, view: Table) -> Schema:
    return with_space(schema, replace(space, views={**space.views, view.name: view}))


def _table(node: CreateView, base: Table, selected: Sequence[str], made: Table) -> Table:
    """The view as a table; without an order of its own, a clustering column has that of the base table."""
    directions = {each.column: each.descending for each in node.clustering_order}
    columns: dict[str, Column] = {}
    for name in selected:
        column = base.columns[name]
        if name in node.partition_key:
            columns[name] = replace(column, kind=ColumnKind.PARTITION_KEY, descending=False)
        elif name in node.clustering_key:
            columns[name] = replace(
                column, kind=ColumnKind.CLUSTERING, descending=directions.get(name, column.descending)
            )
        else:
            columns[name] = column
    key = (node.partition_key, node.clustering_key)
    return replace(made, columns=in_order(columns, *key), partition_key=key[0], clustering_key=key[1])


def _selected(node: CreateView, base: Table) -> list[str]:
    found = [column_of(base, name).name for name in dict.fromkeys(node.columns)] or list(base.columns)
    for name in found:
        if base.columns[name].kind is ColumnKind.STATIC:
            raise errors.STATIC(name, node.view.name)
    return found


def _check_key(node: CreateView, base: Table, selected: Sequence[str]) -> None:
    view, seen = node.view.name, set[str]()
    for name in node.partition_key + node.clustering_key:
        if name not in selected:
            raise errors.UNKNOWN_KEY(name, view)
        if name in seen:
            raise errors.KEY_TWICE(name, view)
        seen.add(name)
        cql_type = base.columns[name].type
        if is_multicell(cql_type):
            row = errors.UDT_KEY if isinstance(cql_type, Udt) else errors.COLLECTION_KEY
            raise row(class_of(cql_type, base.keyspace), name)
        if holds(cql_type, DURATION):
            raise DURATION_KEY(name)
    if node.clustering_order and tuple(each.column for each in node.clustering_order) != node.clustering_key:
        raise errors.ORDER()
    missing = [name for name in base.primary_key if name not in seen]
    if missing:
        raise errors.MISSING_KEY(view, ", ".join(missing), base.name)
    others = seen.difference(base.primary_key)
    if len(others) > 1:
        raise errors.TWO_OTHERS(", ".join(_hashed(others)))


def relation_of(text: str) -> Relation:
    """A relation of a view's WHERE clause, which is kept as text."""
    return read_relation(Cursor(text))


def _check_where(relations: Sequence[Relation], node: CreateView, base: Table, scope: Scope) -> None:
    if any(isinstance(each.left, TokenCall) for each in relations):
        raise errors.TOKEN()
    where = relations_of(relations, [0] * len(relations), base, scope, allow_filtering=True, of_view=True)
    check_select(where, statics_only=False, allow_filtering=True)
    restrictions = where.partition.all() + where.clustering.all()
    restricted = {column.name for each in restrictions for column in each.columns}.union(where.not_null)
    free = set(node.partition_key + node.clustering_key) - restricted
    others = {column.name for each in where.others.all() for column in each.columns}
    if free - others:
        raise errors.MAY_BE_NULL(", ".join(_hashed(free)))
    if others:
        raise errors.RESTRICTED(",".join(_hashed(others)))
    if any(_with_null(each) for each in relations):
        raise gaps.VIEW_WITH_NULL()


def _with_null(relation: Relation) -> bool:
    right = relation.right
    parts = right.items if isinstance(right, Items) else (right,)
    return relation.operator != "IS NOT" and NULL in parts


def _hashed(names: Iterable[str]) -> list[str]:
    return in_a_set(names, lambda name: hash_of_bytes(name.encode()))


def alter_view(schema: Schema, node: AlterOptions, context: Context) -> Changed:
    """``ALTER MATERIALIZED VIEW ... WITH``."""
    space, view = _found(schema, node.table, context)
    if space is None or view is None:
        if node.if_exists:
            return schema, None
        raise errors.NO_SUCH_VIEW(node.table.keyspace or context.keyspace, node.table.name)
    given = read_options(node.options)
    check_options(given)
    check_id(given)
    if "id" in dict(given):
        raise OTHER_TABLE_ID()
    options = altered(view.options, dict(given))
    if dict(options).get("gc_grace_seconds") == 0:
        raise errors.ALTER_GRACE()
    if dict(options).get("default_time_to_live"):
        raise errors.ALTER_TTL()
    made = _with_view(schema, space, replace(view, options=options))
    return made, Change("UPDATED", "TABLE", space.name, view.name)


def drop_view(schema: Schema, node: Drop, context: Context) -> Changed:
    """``DROP MATERIALIZED VIEW``."""
    space, view = _found(schema, node.name, context)
    if space is None or view is None:
        if node.if_exists:
            return schema, None
        raise errors.NO_SUCH_VIEW(node.name.keyspace or context.keyspace, node.name.name)
    made = with_space(schema, replace(space, views=without(space.views, view.name)))
    return made, Change("DROPPED", "TABLE", space.name, view.name)


def _found(schema: Schema, name: Name, context: Context) -> tuple[Keyspace | None, Table | None]:
    """The view and its keyspace. A keyspace that does not exist is a view that does not exist."""
    if name.keyspace is not None and name.keyspace not in schema.keyspaces:
        return None, None
    space = space_of(schema, name, context)
    return space, space.views.get(name.name)


def with_added(space: Keyspace, base: Table) -> Keyspace:
    """The keyspace after columns were added to a table: views of all its columns have them, too."""
    views = dict(space.views)
    for each in space.views_of(base):
        if each.view is not None and each.view.all_columns:
            added = {column.name: column for column in base.regulars if column.name not in each.columns}
            columns = in_order({**each.columns, **added}, each.partition_key, each.clustering_key)
            views[each.name] = replace(each, columns=columns)
    return replace(space, views=views)


def with_renamed(space: Keyspace, base: str, old: str, new: str) -> Keyspace:
    """The keyspace after a key column of a table was renamed, which every view of it has."""
    views = dict(space.views)
    for name, each in space.views.items():
        if each.view is not None and each.view.base == base:
            where = tuple(renamed_restriction(text, old, new) for text in each.view.where)
            views[name] = replace(renamed(each, old, new), view=replace(each.view, where=where))
    return replace(space, views=views)


def renamed(table: Table, old: str, new: str) -> Table:
    """A table with one key column renamed."""
    names = {old: new}
    key = tuple(tuple(names.get(name, name) for name in part) for part in (table.partition_key, table.clustering_key))
    columns = {names.get(name, name): replace(each, name=names.get(name, name)) for name, each in table.columns.items()}
    return replace(table, columns=in_order(columns, key[0], key[1]), partition_key=key[0], clustering_key=key[1])
