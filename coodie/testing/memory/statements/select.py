"""SELECT as a plan: reads and groups rows, and answers page by page.

The checks have the server's order, which decides the error: the table; the columns of the SELECT list, then of ORDER
BY; WHERE; the types of the SELECT list; DISTINCT; GROUP BY; PER PARTITION LIMIT with aggregates; ORDER BY; ALLOW
FILTERING. Limits are checked on execution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from coodie.cql.message import UNSET, Mark
from coodie.cql.murmur3 import partition_key
from coodie.cql.nodes import Bound, OrderBy, Select, Star
from coodie.cql.parsing.facts import clause_items
from coodie.cql.types import INT
from coodie.tables.table import Column, ColumnKind
from coodie.testing.memory.analysis.filtering import filter_of
from coodie.testing.memory.analysis.finding import at_null, keys_of, ring_of, slices_of
from coodie.testing.memory.analysis.indexing import by_static_index, supported
from coodie.testing.memory.analysis.merging import first_position, is_slice
from coodie.testing.memory.analysis.neighbours import MOST_ROWS, Nearest, nearest_of, only_one
from coodie.testing.memory.analysis.ordering import Grouping, grouping_of, is_reversed, ordering_of, post_order
from coodie.testing.memory.analysis.relations import Contains, Restriction
from coodie.testing.memory.analysis.restrictions import (
    Where,
    check_filtering,
    check_select,
    partition_needs_filter,
    prefix_of,
    relations_of,
)
from coodie.testing.memory.analysis.selection import Selection, read_selection, statics_alone
from coodie.testing.memory.analysis.using import term_of
from coodie.testing.memory.answers import Answer, Paging, ResultColumn, ResultRow, Store
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.errors import vectors
from coodie.testing.memory.schema import Schema, Table
from coodie.testing.memory.statements.modification import indexes_of
from coodie.testing.memory.statements.paging import Position, unpack
from coodie.testing.memory.statements.scanning import Scan
from coodie.testing.memory.statements.write import key_marks
from coodie.testing.memory.storage.cells import NEVER
from coodie.testing.memory.storage.partitions import Partition
from coodie.testing.memory.terms import Group, Receiver, Run, Scope, marks_of, value_term
from coodie.testing.memory.view import RowView

Limit = Callable[[Run], "int | None"]


@dataclass(slots=True)
class Reading:
    """A plan that reads."""

    table: Table
    marks: tuple[Mark, ...]
    key_indexes: tuple[int, ...] | None
    selection: Selection
    scan: Scan
    grouping: Grouping | None
    limit: Limit
    per_partition: Limit
    order: Callable[[RowView], Any] | None
    nearest: Nearest | None
    warning: str | None

    @property
    def columns(self) -> Sequence[ResultColumn]:
        """The columns of its answer."""
        return self.selection.columns

    def run(self, store: Store, run: Run, paging: Paging) -> Answer:
        """One page."""
        limit, per_partition = self.limit(run), self.per_partition(run)
        self.selection.check(run)
        grouped = self.grouping is not None or bool(self.selection.aggregates)
        if self.nearest is not None:
            return self._nearest(self.nearest, store, run, paging.size)
        warnings = (self.warning,) if grouped and self.warning is not None else ()
        found = self.scan.start(run)
        keys = found.keys
        size = paging.size
        if keys is not None and not self.table.clustering_key and self.grouping is not None:
            size = 0  # groups of one row: the server returns them all in one page
        if size and self.order is not None and (found.asks or grouped):
            raise errors.ORDER_PAGED_IN()
        after = unpack(paging.state, self.table) if paging.state is not None else None
        if after is not None and after.left >= 0:
            limit = after.left
        views = found.rows(store.visible(self.table, run.now), after)
        if self.scan.from_the_start:
            views = islice(views, paging.size or None) if after is None else iter(())
        if self.grouping is None and self.selection.aggregates:
            return Answer(self.columns, [self._all_in_one(views, run)], None, warnings)
        if not self.table.clustering_key or self.scan.distinct:
            per_partition = 1
        page = _Page(size, limit, per_partition, after)
        if self.order is not None:
            page.limit = None
        rows = self._groups(views, run, page) if self.grouping is not None else self._plain(views, run, page)
        if self.order is not None:
            rows = rows[:limit]
        return Answer(self.columns, rows, page.state(self.table, self._last_key(keys)), warnings)

    def _nearest(self, nearest: Nearest, store: Store, run: Run, size: int) -> Answer:
        """The rows nearest to a vector, the nearest first, in one page."""
        limit, per_partition = self.limit(run), self.per_partition(run)
        if self.grouping is not None or self.selection.aggregates:
            raise vectors.AGGREGATION()
        found = self.scan.start(run)
        key = nearest.order(self.table, run)
        if per_partition is not None:
            raise vectors.PER_PARTITION()
        if limit is None:
            raise vectors.NO_LIMIT()
        if limit > MOST_ROWS:
            raise vectors.LIMIT(MOST_ROWS, limit)
        scored = [
            (score, view) for view in found.rows(store.data(self.table), None) if (score := key(view)) is not None
        ]
        scored.sort(key=lambda each: each[0])
        warnings = (vectors.PAGE_SIZE.format(size, limit, limit),) if 0 < size < limit else ()
        return Answer(self.columns, [self.selection.evaluate(run, view) for _, view in scored[:limit]], None, warnings)

    def _last_key(self, keys: list[tuple[bytes, ...]] | None) -> bytes | None:
        """The key of the last partition, if partitions are selected by keys."""
        return partition_key(keys[-1]) if keys else None

    def _plain(self, views: Iterator[RowView], run: Run, page: _Page) -> list[ResultRow]:
        if self.order is not None:
            views = iter(sorted(page.limited(views), key=self.order, reverse=self.scan.descending))
            return [self.selection.evaluate(run, view) for view in views]
        return [self.selection.evaluate(run, view) for view in page.limited(views)]

    def _groups(self, views: Iterator[RowView], run: Run, page: _Page) -> list[ResultRow]:
        """One row per group. A page ends with the last row of a group, which the first row of the next group
        reveals.
        """
        assert self.grouping is not None
        rows: list[ResultRow] = []
        first: RowView | None = None
        states: list[Group] = []
        for view in views:
            if first is not None and self.grouping.key(first) == self.grouping.key(view):
                page.last = view
            else:
                if first is not None:
                    rows.append(self._result(run, first, states))
                    first = None
                if not page.takes(view):
                    if page.is_full:
                        return rows
                    continue
                first, states = view, [each.new() for each in self.selection.aggregates]
            for state in states:
                state.add(run, view)
        if first is not None:
            rows.append(self._result(run, first, states))
        return rows

    def _result(self, run: Run, first: RowView, states: list[Group]) -> ResultRow:
        first.aggregates = [state.result() for state in states]
        return self.selection.evaluate(run, first)

    def _all_in_one(self, views: Iterator[RowView], run: Run) -> ResultRow:
        states = [each.new() for each in self.selection.aggregates]
        first: RowView | None = None
        for view in views:
            first = first or view
            for state in states:
                state.add(run, view)
        return self._result(run, first or self._nothing(run.now), states)

    def _nothing(self, now: int) -> RowView:
        """A row of nulls."""
        parts: Any = (None,) * len(self.table.partition_key)
        return RowView(self.table, Partition(b"", parts, 0, None), None, NEVER, now)


class _Page:
    """Counts rows, or groups, until a page is full or a limit is used up."""

    def __init__(self, size: int, limit: int | None, per_partition: int | None, after: Position | None) -> None:
        self.size, self.limit, self.per_partition = size, limit, per_partition
        self.count = 0
        self.last: RowView | None = None
        self.key = after.key if after is not None else None
        self.taken = after.taken if after is not None else 0
        self.is_full = False

    def takes(self, view: RowView) -> bool:
        """Count a row and return whether it belongs to the page. If not, the page is full, or the limit of its
        partition is reached.
        """
        if (self.size and self.count >= self.size) or (self.limit is not None and self.count >= self.limit):
            self.is_full = True
            return False
        if view.partition.key != self.key:
            self.key, self.taken = view.partition.key, 0
        if self.per_partition is not None and self.taken >= self.per_partition:
            return False
        self.count += 1
        self.taken += 1
        self.last = view
        return True

    def limited(self, views: Iterator[RowView]) -> Iterator[RowView]:
        """The rows of the page."""
        for view in views:
            if self.takes(view):
                yield view
            elif self.is_full:
                return
            if (self.size and self.count >= self.size) or (self.limit is not None and self.count >= self.limit):
                return

    def state(self, table: Table, last_key: bytes | None) -> bytes | None:
        """The paging state; None unless the page is full and the limits allow more rows."""
        if not self.size or self.count < self.size or self.last is None:
            return None
        left = -1 if self.limit is None else self.limit - self.count
        view = self.last
        if left == 0:
            return None
        used_up = self.per_partition is not None and self.taken >= self.per_partition
        if (used_up or view.row is None) and view.partition.key == last_key:
            return None
        clustering = view.clustering if view.row is not None else None
        return Position(view.partition.key, clustering, left, self.taken).pack(table)


def select(node: Select, schema: Schema, keyspace: str | None) -> Reading:
    """``SELECT ... FROM``."""
    table = schema.table(node.table, keyspace)
    scope = Scope(schema, table.keyspace, table)
    items = clause_items(node)

    def marks(clause: str) -> list[int]:
        return [each.mark for each in items if each.clause == clause]

    only_statics = statics_alone(node, marks("select"), table, scope)
    ordering = ordering_of(node, table)
    nearest = nearest_of(ordering, marks("order"), table, scope)
    where = relations_of(
        node.where, marks("where"), table, Scope(schema, table.keyspace, table, scope.marks), node.allow_filtering
    )
    if nearest:
        restricted = where.others.by_column.get(nearest[0].column.name, ())
        where.nearest = only_one(nearest, ordering, restricted)
    check_select(where, only_statics, node.allow_filtering)
    selection = read_selection(node, marks("select"), table, scope)
    if node.distinct:
        _check_distinct(node, where, selection.named, ordering, table)
    grouping = grouping_of(node, where, table)
    if selection.aggregates and grouping is None and node.per_partition_limit is not False:
        raise errors.PER_PARTITION_AGGREGATE()
    descending = bool(ordering) and not nearest and is_reversed(ordering, where)
    check_filtering(where, node.allow_filtering)
    per_partition = _limit(node.per_partition_limit, marks("per_partition_limit"), "[per_partition_limit]", scope)
    limit = _limit(node.limit, marks("limit"), "[limit]", scope)
    return Reading(
        table,
        marks_of(scope),
        indexes_of(key_marks(table, items), table),
        selection,
        scan_of(where, node, selection.named, descending=descending),
        grouping,
        limit,
        per_partition,
        post_order(ordering, table) if ordering and where.has_in else None,
        where.nearest,
        _warning(where),
    )


def _check_distinct(
    node: Select, where: Where, named: Sequence[Column], ordering: Sequence[OrderBy], table: Table
) -> None:
    if node.per_partition_limit is not False:
        raise errors.DISTINCT_PER_PARTITION()
    if where.clustering or where.of_regular:
        raise errors.DISTINCT_WHERE()
    columns = list(table.columns.values() if isinstance(node.selectors[0].term, Star) else named)
    if where.has_in:  # rows are sorted after all are read, so the columns that they are sorted by must be read
        columns += [table.columns[each.column] for each in ordering]
    for column in columns:
        if column.kind not in (ColumnKind.PARTITION_KEY, ColumnKind.STATIC):
            raise errors.DISTINCT_OTHER(column.name)
    if where.key_range:
        for column in table.partition:
            if column not in columns:
                raise errors.DISTINCT_MISSING(column.name)


def scan_of(
    where: Where, node: Select | None = None, named: Sequence[Column] = (), *, descending: bool = False
) -> Scan:
    """How the rows of a WHERE clause are found, of a SELECT if it is one."""
    table = where.table
    by_key = bool(where.partition) and not partition_needs_filter(where)
    used = prefix_of(where)
    filters = _filters(where)
    reads_all = node is None or isinstance(node.selectors[0].term, Star)
    queried = None if reads_all else _queried(named, filters, table)
    null_range = at_null(table, used)
    selected = table.columns.values() if node is not None and reads_all else named
    scans_statics = not by_key and not _names_rows(where) and any(each.kind is ColumnKind.STATIC for each in selected)
    return Scan(
        table,
        keys_of(table, where.partition.in_order(table)) if by_key else None,
        ring_of(where.tokens) if where.tokens else None,
        slices_of(table, used),
        filter_of(filters, table, where.uses_index),
        where.whole_partitions,
        descending,
        node is not None and node.distinct,
        _names_rows(where) and any(column.name in (queried or table.columns) for column in table.statics),
        lambda run: scans_statics or null_range(run),
        queried,
        by_key and where.uses_index and by_static_index(where.filters, table),
    )


def _filters(where: Where) -> list[Restriction]:
    """The restrictions that are checked in each row, in the order in which the server evaluates their values."""
    held = where.partition.in_order(where.table)
    found = held if partition_needs_filter(where) else []
    position = len(where.table.partition_key)
    for each in where.clustering.in_order(where.table):
        by_index = each in where.filters and supported(each, where.table)
        if isinstance(each, Contains) or by_index or first_position(each, where.table) != position:
            found.append(each)  # and with it all that follow
        elif not is_slice(each):
            position += len(each.columns)
    return found + sorted(where.others.all(), key=lambda each: (each.columns[0].name, _kind(each)))


def _kind(restriction: Restriction) -> int:
    """Of several CONTAINS on one column, those of values come first, then those of keys."""
    kinds = ("CONTAINS", "CONTAINS KEY", "[]")
    return kinds.index(restriction.operator) if isinstance(restriction, Contains) else 0


def _names_rows(where: Where) -> bool:
    """Whether rows are selected by all of their clustering columns."""
    held = where.clustering
    whole = bool(held) and all(name in held.by_column for name in where.table.clustering_key)
    return whole and not any(map(is_slice, held.all()))


def _queried(named: Sequence[Column], filters: Sequence[Restriction], table: Table) -> frozenset[str] | None:
    found = {column.name for column in named} | {column.name for each in filters for column in each.columns}
    return frozenset(found.difference(table.primary_key)) or None


def _warning(where: Where) -> str | None:
    if not where.partition and not where.tokens:
        return "Aggregation query used without partition key"
    return "Aggregation query used on multiple partition keys (IN restriction)" if where.has_in else None


def _no_limit(run: Run) -> int | None:
    return None


def _limit(bound: Bound, marks: list[int], name: str, scope: Scope) -> Limit:
    if bound is False:
        return _no_limit
    scope.marks.at = marks[0]
    term = value_term(term_of(bound), Receiver(name, INT), scope)

    def limit(run: Run) -> int | None:
        value = term.evaluate(run, None)
        if value is UNSET:
            return None
        if not isinstance(value, bytes):
            raise errors.NULL_LIMIT()
        found = int.from_bytes(value, "big", signed=True)
        if found <= 0:
            raise errors.LIMIT_NOT_POSITIVE()
        return found

    return limit
