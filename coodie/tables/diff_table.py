"""The changes of one table: of its key and order, columns, options and indexes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from coodie.cql.nodes import SchemaStatement
from coodie.cql.types import COUNTER, Udt
from coodie.tables import ddl
from coodie.tables.change import Change, Danger, Side, path
from coodie.tables.dropped import unfit
from coodie.tables.fitting import fitting_marker
from coodie.tables.indexes import check_index, same_options, same_place, target_of
from coodie.tables.options import as_map, normal_option, same_option
from coodie.tables.show import shown_column, shown_index, shown_key
from coodie.tables.table import Column, ColumnKind, Index, Table


def table_changes(wanted: Table, found: Table) -> Iterator[Change]:
    """The changes that turn the table ``found`` into ``wanted``."""
    yield from _key_changes(wanted, found)
    yield from _column_changes(wanted, found)
    yield from option_changes(wanted, found)
    yield from _index_changes(wanted, found)


def _path(table: Table, *names: str) -> str:
    return path(table.keyspace, table.name, *names)


_KEY: Final = (
    "where a row lies follows from its key, so it can never be changed: make a table of another name and copy the rows"
)
_ORDER: Final = (
    "rows lie on disk in this order, so it can never be changed: make a table of another name and copy the rows"
)


def _key_changes(wanted: Table, found: Table) -> Iterator[Change]:
    sides = shown_key(wanted), shown_key(found)
    if (wanted.partition_key, wanted.clustering_key) != (found.partition_key, found.clustering_key):
        yield Change("key", _path(wanted), Side.DIFFERENT, Danger.IMPOSSIBLE, _KEY, (), *sides)
    elif any(wanted.by_name[name].descending != found.by_name[name].descending for name in wanted.clustering_key):
        yield Change("order", _path(wanted), Side.DIFFERENT, Danger.IMPOSSIBLE, _ORDER, (), *sides)


_TYPE: Final = (
    "Cassandra cannot change the type of a column: add one of another name, copy the values, and drop this one"
)
_STATIC: Final = "a column cannot become static, or cease to be: add one of another name and copy the values"


def _column_changes(wanted: Table, found: Table) -> Iterator[Change]:
    for column in wanted.ordered_columns:
        has = found.by_name.get(column.name)
        if has is not None:
            yield from _same_column(wanted, column, has)
        # a difference in the key columns is reported as a change of the key
        elif column.name not in wanted.primary_key:
            yield _new_column(wanted, column, found)
    for column in found.columns:
        if column.name not in wanted.by_name and column.name not in found.primary_key:
            yield _extra_column(found, column)


def _same_column(table: Table, wanted: Column, found: Column) -> Iterator[Change]:
    where, sides = _path(table, wanted.name), (shown_column(wanted), shown_column(found))
    if wanted.type != found.type:
        why = _KEY if wanted.name in table.primary_key else _TYPE
        if marker := fitting_marker(wanted.type, found.type):
            why = f"{marker}, and the model fits the table; the table cannot be changed: {why}"
        yield Change("column", where, Side.DIFFERENT, Danger.IMPOSSIBLE, why, (), *sides)
    elif {wanted.kind, found.kind} == {ColumnKind.STATIC, ColumnKind.REGULAR}:
        yield Change("column", where, Side.DIFFERENT, Danger.IMPOSSIBLE, _STATIC, (), *sides)


def _new_column(table: Table, column: Column, found: Table) -> Change:
    where, shown = _path(table, column.name), shown_column(column)
    dropped = next((old for old in found.dropped if old.name == column.name), None)
    if dropped is not None and (reason := unfit(column, dropped)):
        why = f"{reason}; choose another name"
        before = f"nothing, but {shown_column(dropped)} before it was dropped"
        return Change("column", where, Side.MISSING, Danger.IMPOSSIBLE, why, (), shown, before)
    if (column.type == COUNTER) != any(each.type == COUNTER for each in found.columns):
        why = "a table has counters only beside its key, or none: make a table of another name"
        return Change("column", where, Side.MISSING, Danger.IMPOSSIBLE, why, (), shown)
    node = ddl.add_column(table, column)
    why = "a new column is null in every row that is there; nothing is rewritten"
    return Change("column", where, Side.MISSING, Danger.SAFE, why, (node,), shown)


def _extra_column(found: Table, column: Column) -> Change:
    where, shown = _path(found, column.name), shown_column(column)
    if isinstance(column.type, Udt) and not column.type.frozen:
        why = "a column of a user-defined type that is not frozen cannot be dropped"
        return Change("column", where, Side.EXTRA, Danger.IMPOSSIBLE, why, (), None, shown)
    # The server refuses to drop a column that has an index, so the index goes first.
    names = [index.name for index in found.indexes if index.column == column.name and index.name]
    nodes: tuple[SchemaStatement, ...] = (
        *(ddl.drop_index(found, name) for name in names),
        ddl.drop_column(found, column.name),
    )
    why = "the values of all rows are gone; no column of another type can ever have the name again"
    return Change("column", where, Side.EXTRA, Danger.DESTROYS_DATA, why, nodes, None, shown)


_OPTION_DANGERS: Final = {
    "compaction": (Danger.SLOW, "another strategy rewrites all files of the table, on every node at once"),
    "compression": (Danger.SAFE, "files that are there stay as they are until they are compacted"),
    "gc_grace_seconds": (Danger.SAFE, "tombstones are kept longer, so reads pass more of them"),
    "default_time_to_live": (
        Danger.SAFE,
        "what is written from then on is deleted by the server when its time is up; rows that are there stay",
    ),
    "bloom_filter_fp_chance": (Danger.SAFE, "files that are there keep their filters until they are compacted"),
    "cdc": (Danger.SAFE, "a log of changes that nobody reads fills up, and then the server refuses writes"),
}
_OPTION: Final = (Danger.SAFE, "it holds from then on; no row is touched")
_RESURRECTS: Final = (
    Danger.DESTROYS_DATA,
    "a node that was away for longer than this brings deleted rows back; repair more often than that first",
)

_UNSEEN: Final = frozenset({"paxos_grace_seconds", "per_partition_rate_limit", "synchronous_updates", "tombstone_gc"})
"""Options that ScyllaDB does not keep in ``system_schema.tables``, so that their values cannot be compared."""


def option_changes(wanted: Table, found: Table, what: str = "TABLE") -> Iterator[Change]:
    """The options that differ; ``what`` is TABLE or MATERIALIZED VIEW. Options that the model does not set are
    ignored.
    """
    has = dict(found.options)
    for name, value in wanted.options:
        if (name in has or name not in _UNSEEN) and not same_option(name, value, has.get(name)):
            danger, why = _option_danger(name, value, has.get(name))
            node = ddl.set_options(wanted, ((name, value),), what)
            where = f"{_path(wanted)} {name}"
            sides = _shown_option(value), _shown_option(has.get(name))
            yield Change("option", where, Side.DIFFERENT, danger, why, (node,), *sides)


def _option_danger(name: str, wanted: Any, found: Any) -> tuple[Danger, str]:
    if name == "gc_grace_seconds" and isinstance(found, int) and wanted < found:
        return _RESURRECTS
    if name == "compaction" and _compaction_class(wanted) == _compaction_class(found):
        return Danger.SAFE, "it holds for the compactions from then on"
    if name == "default_time_to_live" and wanted == 0:
        return Danger.SAFE, "what is written from then on stays; rows that are there still go when their time is up"
    return _OPTION_DANGERS.get(name, _OPTION)


def _compaction_class(value: Any) -> Any:
    return normal_option("compaction", value).get("class")


def _shown_option(value: Any) -> str:
    return "nothing" if value is None else str(as_map(value))


_BUILT: Final = "the index is built from all rows that are there, and queries by it fail before that is done"


def _index_changes(wanted: Table, found: Table) -> Iterator[Change]:
    for index in wanted.indexes:
        check_index(wanted, index)
    meant = _counterparts(wanted, found)
    for index in wanted.indexes:
        change = _index_change(wanted, index, meant.get(index))
        if change is not None:
            yield change
    for index in found.indexes:
        if index.name and index not in meant.values():
            yield _extra_index(found, index)


def _counterparts(wanted: Table, found: Table) -> dict[Index, Index]:
    """The found index that corresponds to each wanted one, if there is one."""
    meant: dict[Index, Index] = {}
    left = list(found.indexes)
    # The most specific ones choose first: an index without a name or class could otherwise take the only match of
    # another.
    for index in sorted(wanted.indexes, key=lambda index: (index.name is None, index.using is None)):
        has = _counterpart(index, left, wanted)
        if has is not None:
            left.remove(has)
            meant[index] = has
    return meant


def _counterpart(wanted: Index, found: list[Index], table: Table) -> Index | None:
    """The found index that corresponds to ``wanted``: the one with its name, else one that does the same."""
    by_name = next((index for index in found if wanted.name is not None and index.name == wanted.name), None)
    if by_name is not None:
        return by_name
    cql_type = table.types[wanted.column]
    return next((index for index in found if same_place(wanted, index, cql_type)), None)


def _index_change(table: Table, wanted: Index, found: Index | None) -> Change | None:
    where, shown = _path(table, wanted.column), shown_index(_spelled_out(wanted, table))
    node = ddl.create_index(table, wanted)
    if found is None:
        return Change("index", where, Side.MISSING, Danger.SLOW, _BUILT, (node,), shown)
    named = wanted.name is None or wanted.name == found.name
    if named and same_place(wanted, found, table.types[wanted.column]) and same_options(wanted, found):
        return None
    why = f"an index cannot be altered: it is dropped and made anew; {_BUILT}"
    drop = ddl.drop_index(table, found.name or "")
    return Change("index", where, Side.DIFFERENT, Danger.SLOW, why, (drop, node), shown, shown_index(found))


def _spelled_out(index: Index, table: Table) -> Index:
    return Index(index.column, index.name, target_of(index, table.types[index.column]), index.using, index.options)


def _extra_index(found: Table, index: Index) -> Change:
    where, node = _path(found, index.column), ddl.drop_index(found, index.name or "")
    why = "queries by it fail from then on; to have it back, it must be built anew from all rows"
    return Change("index", where, Side.EXTRA, Danger.SLOW, why, (node,), None, shown_index(index))
