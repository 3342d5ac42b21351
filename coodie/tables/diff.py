"""The difference between a wanted schema and that of a cluster, as a list of changes.

The list is complete: it includes changes that coodie never makes by itself, such as dropping a column.
``plans/schema_flows.py`` decides which of them are made. ``options.py`` and ``indexes.py`` recognise different
spellings of the same thing. The order of columns matters only in the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from coodie._raise import check_kind
from coodie.cql.nodes import AlterKeyspace, SchemaStatement
from coodie.tables import ddl
from coodie.tables.change import Change, Danger, Side, path
from coodie.tables.diff_table import option_changes, table_changes
from coodie.tables.diff_types import type_changes
from coodie.tables.show import shown_durable_writes, shown_index, shown_keyspace, shown_table, shown_view
from coodie.tables.table import Keyspace, Schema, Table, UserType, View
from coodie.tables.user_types import in_partition_key

T = TypeVar("T", Table, UserType)


def diff(wanted: Schema, found: Schema) -> list[Change]:
    """The changes that turn ``found`` into ``wanted``, in an order in which they can be made."""
    check_kind("diff()", wanted, Schema)
    check_kind("diff()", found, Schema)
    return [
        *_each_type(wanted, found),
        *_each_table(wanted, found),
        *_each_view(wanted, found),
    ]


def _each_type(wanted: Schema, found: Schema) -> Iterator[Change]:
    for user_type in wanted.types:
        held = next((table.name for table in found.tables if in_partition_key(table, user_type.name)), None)
        yield from type_changes(user_type, _named(found.types, user_type.name), held)
    for name, user_type in _extra(wanted.types, found.types):
        why = "no table in the model needs it; the server refuses as long as one does"
        node = ddl.drop_type(user_type)
        yield Change("type", path(found.keyspace, name), Side.EXTRA, Danger.SAFE, why, (node,), None, name)


def _each_table(wanted: Schema, found: Schema) -> Iterator[Change]:
    for table in wanted.tables:
        has = _named(found.tables, table.name)
        if has is not None:
            yield from table_changes(table, has)
            yield from _taken_index_names(table, found)
        elif any(view.table.name == table.name for view in found.views):
            why = "a view has this name; drop the view, or give the table another name"
            where = path(table.keyspace, table.name)
            yield Change("table", where, Side.DIFFERENT, Danger.IMPOSSIBLE, why, (), "a table", "a materialized view")
        else:
            yield from _taken_index_names(table, found)
            yield _new_table(table)
    named_by_views = {view.table.name for view in wanted.views}
    for name, table in _extra(wanted.tables, found.tables):
        if name in named_by_views:
            continue  # reported with the view whose name it takes
        where, node = path(table.keyspace, name), ddl.drop_table(table)
        why = "the table goes with all of its rows"
        yield Change("table", where, Side.EXTRA, Danger.DESTROYS_DATA, why, (node,), None, shown_table(table))


def _taken_index_names(table: Table, found: Schema) -> Iterator[Change]:
    for index in table.indexes:
        other = next((owner for name, owner in found.index_names if name == index.name), table.name)
        if other != table.name:
            why = "a keyspace has each index name but once, and IF NOT EXISTS would do nothing; rename one of the two"
            sides = f"{shown_index(index)} of {path(table.name)}", f"an index of {path(other)}"
            where = path(table.keyspace, table.name, index.column)
            yield Change("index", where, Side.DIFFERENT, Danger.IMPOSSIBLE, why, (), *sides)


def _new_table(table: Table) -> Change:
    nodes: tuple[SchemaStatement, ...] = (
        ddl.create_table(table),
        *(ddl.create_index(table, index) for index in table.indexes),
    )
    why = "a new table touches no other, and its indexes have nothing to read yet"
    where = path(table.keyspace, table.name)
    return Change("table", where, Side.MISSING, Danger.SAFE, why, nodes, shown_table(table))


def _each_view(wanted: Schema, found: Schema) -> Iterator[Change]:
    by_name = {view.table.name: view for view in found.views}
    for view in wanted.views:
        has = by_name.pop(view.table.name, None)
        if has is None and _named(found.tables, view.table.name) is not None:
            why = "a table has this name; give the view another name"
            where = path(view.table.keyspace, view.table.name)
            yield Change("view", where, Side.DIFFERENT, Danger.IMPOSSIBLE, why, (), "a materialized view", "a table")
        elif has is None:
            yield _new_view(view)
        else:
            yield from view_changes(view, has)
    for name, view in by_name.items():
        where, node = path(found.keyspace, name), ddl.drop_view(view)
        why = "queries of the view fail from then on; to have it back, it must be built anew from all rows"
        yield Change("view", where, Side.EXTRA, Danger.SLOW, why, (node,), None, shown_view(view))


_BUILT = "the view is built from all rows that its table has, and is not complete before that is done"


def _new_view(view: View) -> Change:
    where, node = path(view.table.keyspace, view.table.name), ddl.create_view(view)
    return Change("view", where, Side.MISSING, Danger.SLOW, _BUILT, (node,), shown_view(view))


def view_changes(wanted: View, found: View) -> Iterator[Change]:
    """The changes of one view. Only its options can be altered."""
    if _differ(wanted, found):
        where = path(wanted.table.keyspace, wanted.table.name)
        nodes = ddl.drop_view(wanted), ddl.create_view(wanted)
        why = (
            "a view cannot be altered: dropped and made anew, it answers nothing in between and is built from all rows"
        )
        sides = shown_view(wanted), shown_view(found)
        yield Change("view", where, Side.DIFFERENT, Danger.SLOW, why, nodes, *sides)
    yield from option_changes(wanted.table, found.table, "MATERIALIZED VIEW")


def _differ(wanted: View, found: View) -> bool:
    one, other = wanted.table, found.table
    keys = (one.partition_key, one.clustering_key) == (other.partition_key, other.clustering_key)
    same = keys and wanted.base == found.base and set(wanted.where) == set(found.where)
    # Additional columns in the view do no harm.
    return not same or any(
        column.name not in other.by_name
        or (column.type, column.descending) != (other.by_name[column.name].type, other.by_name[column.name].descending)
        for column in one.columns
    )


def keyspace_changes(wanted: Keyspace, found: Keyspace | None) -> list[Change]:
    """The changes that turn the ``found`` keyspace into ``wanted``: its replication and its durable writes."""
    check_kind("keyspace_changes()", wanted, Keyspace)
    name = path(wanted.name)
    if found is None:
        nodes, why = (ddl.create_keyspace(wanted),), "a new keyspace touches no other"
        return [Change("keyspace", name, Side.MISSING, Danger.SAFE, why, nodes, shown_keyspace(wanted))]
    check_kind("keyspace_changes()", found, Keyspace)
    changes: list[Change] = []
    if not _same_replication(wanted, found):
        node = AlterKeyspace(wanted.name, wanted.replication)
        why = "copies are not moved by itself: run a full repair on every node, else reads can miss rows"
        sides = str(dict(wanted.replication)), str(dict(found.replication))
        changes.append(Change("replication", name, Side.DIFFERENT, Danger.SLOW, why, (node,), *sides))
    if wanted.durable_writes != found.durable_writes:
        node = AlterKeyspace(wanted.name, durable_writes=wanted.durable_writes)
        danger, why = _DURABLE[wanted.durable_writes]
        sides = shown_durable_writes(wanted), shown_durable_writes(found)
        changes.append(Change("keyspace", name, Side.DIFFERENT, danger, why, (node,), *sides))
    return changes


_DURABLE: Final = {
    True: (Danger.SAFE, "what is written from then on goes through the commit log"),
    False: (Danger.DESTROYS_DATA, "writes skip the commit log: what a node had not flushed is lost when it stops"),
}


def _same_replication(wanted: Keyspace, found: Keyspace) -> bool:
    one, other = _replication(wanted), _replication(found)
    factor = one.get("replication_factor")
    if one["class"] == "NetworkTopologyStrategy" and factor is not None and "replication_factor" not in other:
        # The server expands this single number to one entry for each data centre that it knows.
        centres = {value for key, value in other.items() if key != "class"}
        return other["class"] == one["class"] and centres == {factor}
    return one == other


def _replication(keyspace: Keyspace) -> dict[str, str]:
    named = {key: str(value) for key, value in keyspace.replication}
    return {**named, "class": named.get("class", "").rpartition(".")[2]}


def _named(values: Sequence[T], name: str) -> T | None:
    return next((value for value in values if value.name == name), None)


def _extra(wanted: Sequence[T], found: Sequence[T]) -> list[tuple[str, T]]:
    names = {value.name for value in wanted}
    return [(value.name, value) for value in found if value.name not in names]
