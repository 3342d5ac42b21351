"""INSERT, UPDATE and DELETE as plans: the rows that they write to, and the changes.

A plan writes nothing itself: `Modification.changes` returns everything that it would write. All of it is computed
before any of it is applied, so a statement that fails has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from coodie.cql.message import Mark
from coodie.tables.table import ColumnKind
from coodie.testing.memory.analysis.conditions import Condition
from coodie.testing.memory.analysis.finding import Keys, Prefixes, Slices, check_key
from coodie.testing.memory.analysis.operations import Operations, Patch
from coodie.testing.memory.analysis.using import Times
from coodie.testing.memory.answers import ResultColumn, Store
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.errors.base import NotSupportedByMemoryDriver
from coodie.testing.memory.schema import Table
from coodie.testing.memory.storage.cells import Cell, Liveness
from coodie.testing.memory.storage.partitions import Partition, Slice
from coodie.testing.memory.storage.rows import Row
from coodie.testing.memory.terms import Run
from coodie.testing.memory.view import RowView

Verb = Literal["INSERT", "UPDATE", "DELETE"]
Parts = tuple[bytes, ...]


@dataclass(slots=True)
class Change:
    """The changes to one partition: rows by clustering values, the static row, deletions, increments of counters."""

    table: Table
    parts: Parts
    timestamp: int
    rows: list[Row] = field(default_factory=list[Row])
    static: Row | None = None
    deletes_partition: bool = False
    deletes: Sequence[Slice] = ()
    counters: list[tuple[Parts | None, str, int]] = field(default_factory=list[tuple[Parts | None, str, int]])

    def commit(self, store: Store) -> None:
        """Apply the changes."""
        partition = store.data(self.table).written(self.parts)
        if self.deletes_partition:
            partition.delete(self.timestamp)
        for deleted in self.deletes:
            partition.delete_range(deleted, self.timestamp)
        for row in self.rows:
            partition.merge_row(self.table.place(row.clustering), row)
        if self.static is not None:
            partition.merge_static(self.static)
        for clustering, column, step in self.counters:
            _count(self.table, partition, clustering, column, step, self.timestamp)


def _count(table: Table, partition: Partition, clustering: Parts | None, column: str, step: int, at: int) -> None:
    """Increment a counter. A counter that was deleted stays invisible."""
    row = partition.static if clustering is None else partition.get(table.place(clustering))
    old = row.cells.get(column) if row is not None else None
    total, timestamp = step, at
    if isinstance(old, Cell):
        if old.value is None:
            return
        total += int.from_bytes(old.value, "big", signed=True)
        timestamp = max(at, old.timestamp + 1)
    made = Row(clustering or ())
    wrapped = (total + (1 << 63)) % (1 << 64) - (1 << 63)
    made.cells[column] = Cell(timestamp, wrapped.to_bytes(8, "big", signed=True))
    if clustering is None:
        partition.merge_static(made)
    else:
        partition.merge_row(table.place(clustering), made)


@dataclass(slots=True)
class Modification:
    """A plan that writes. ``rows`` returns complete clustering values, or ``slices`` ranges of rows to delete."""

    verb: Verb
    table: Table
    marks: tuple[Mark, ...]
    key_indexes: tuple[int, ...] | None
    keys: Keys
    rows: Prefixes | None
    slices: Slices | None
    operations: Sequence[Operations]
    times: Times
    has_null_bound: Callable[[Run], bool]
    conditions: Sequence[Condition] = ()
    exists: bool | None = None
    """IF EXISTS, or if False IF NOT EXISTS."""
    has_timestamp: bool = False
    has_ttl: bool = False
    has_clustering: bool = False
    key_in: bool = False
    clustering_in: bool = False
    regular: Sequence[Operations] = field(init=False)
    static: Sequence[Operations] = field(init=False)

    def __post_init__(self) -> None:
        self.static = [each for each in self.operations if each.column.kind is ColumnKind.STATIC]
        self.regular = [each for each in self.operations if each.column.kind is not ColumnKind.STATIC]

    @property
    def columns(self) -> Sequence[ResultColumn]:
        """No columns: those of the answer to conditions are known only after execution."""
        return ()

    @property
    def conditional(self) -> bool:
        """Whether it has conditions."""
        return bool(self.conditions) or self.exists is not None

    @property
    def writes_rows(self) -> bool:
        """Whether it writes to rows, and not to static columns alone."""
        return not self.table.clustering_key or self.has_clustering

    def check(self) -> None:
        """Refuse clauses that counters do not support."""
        if self.table.is_counter:
            if self.has_timestamp:
                raise errors.COUNTER_TIMESTAMP()
            if self.has_ttl:
                raise errors.COUNTER_TTL()

    def changes(self, store: Store, run: Run, timestamp: int) -> list[Change]:
        """The changes that it would make; ``timestamp`` applies unless the statement has one of its own."""
        keys = self.keys(run)
        for parts in keys:
            check_key(parts)
        if self.slices is not None:
            found = self.slices(run)
            if self.has_null_bound(run):
                raise NotSupportedByMemoryDriver("a DELETE of a range with a null bound, which makes a server fail")
            if not found:
                return []
            at = self._timestamp(run, timestamp)
            if self.operations:
                raise errors.RANGE_OF_COLUMNS()
            return [Change(self.table, parts, at, deletes=found) for parts in keys]
        rows: list[Parts] = self.rows(run) if self.rows is not None else [()]
        if not rows:
            return []
        if not keys and any(each.reads for each in self.operations):
            raise errors.NOTHING_TO_READ()
        at, ttl = self._timestamp(run, timestamp), self.times.ttl(run)
        return [self._change(store, run, parts, rows, at, ttl) for parts in keys]

    def _timestamp(self, run: Run, timestamp: int) -> int:
        own = self.times.timestamp(run) if self.times.timestamp is not None else None
        return timestamp if own is None else own

    def _change(self, store: Store, run: Run, parts: Parts, rows: list[Parts], at: int, ttl: int) -> Change:
        change = Change(self.table, parts, at)
        partition = store.data(self.table).get(parts)
        if self.verb == "DELETE" and not self.operations:
            if not self.table.clustering_key or not self.has_clustering:
                change.deletes_partition = True
            else:
                for clustering in rows:
                    made = Row(clustering)
                    made.deletion = at
                    change.rows.append(made)
            return change
        if self.verb == "DELETE" and self.regular and not self.writes_rows:
            raise errors.RANGE_OF_COLUMNS()
        if (self.verb != "DELETE" and self.writes_rows) or self.regular:
            for clustering in rows:
                self._row(change, run, partition, clustering, at, ttl)
        if self.static:
            self._static(change, run, partition, at, ttl)
        return change

    def _row(self, change: Change, run: Run, partition: Partition | None, clustering: Parts, at: int, ttl: int) -> None:
        patch = Patch(run, at, ttl, Row(clustering))
        if self.verb == "INSERT":
            patch.row.marker = Liveness(at, ttl, run.now + ttl) if ttl else Liveness(at)
        if any(each.reads for each in self.regular):
            patch.before = view_at(self.table, partition, clustering, run.now)
        for each in self.regular:
            each.apply(patch)
        if patch.row.cells or patch.row.marker is not None:
            change.rows.append(patch.row)
        change.counters += [(clustering, column, step) for column, step in patch.counters]

    def _static(self, change: Change, run: Run, partition: Partition | None, at: int, ttl: int) -> None:
        patch = Patch(run, at, ttl, Row())
        if any(each.reads for each in self.static) and partition is not None:
            patch.before = RowView(self.table, partition, None, partition.deletion, run.now)
        for each in self.static:
            each.apply(patch)
        change.static = patch.row
        change.counters += [(None, column, step) for column, step in patch.counters]


def view_at(table: Table, partition: Partition | None, clustering: Parts, now: int) -> RowView | None:
    """The row, live or not; None if its partition was never written to."""
    if partition is None:
        return None
    place = table.place(clustering)
    return RowView(table, partition, partition.get(place), partition.deleted_at(place), now)
