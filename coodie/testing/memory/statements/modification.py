"""INSERT, UPDATE and DELETE as plans: the rows that they write to, and the changes.

A plan writes nothing itself: `Modification.changes` returns everything that it would write. All of it is computed
before any of it is applied, so a statement that fails has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from coodie.cql.message import Mark
from coodie.tables.table import ColumnKind
from coodie.testing.memory.analysis.conditions import Condition
from coodie.testing.memory.analysis.finding import Ends, Keys, Prefixes, Slices, check_key
from coodie.testing.memory.analysis.neighbours import check_fit
from coodie.testing.memory.analysis.patches import Operations, Patch
from coodie.testing.memory.analysis.using import Times
from coodie.testing.memory.answers import ResultColumn, Store
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.schema import Table
from coodie.testing.memory.storage.cells import NEVER, Cell, Complex, Liveness
from coodie.testing.memory.storage.partitions import Partition, Place, Slice
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
    ends: Sequence[Ends] = ()
    """Of each deleted range, the clustering values at both its ends."""
    counters: list[tuple[Parts | None, str, int]] = field(default_factory=list[tuple[Parts | None, str, int]])
    read: Collection[Place] | None = None

    def deletes_before(self, ballot: int) -> None:
        """Let deletions happen just before what is written by the same ballot, which they do not touch."""
        self.timestamp = ballot - 1
        for row in (*self.rows, *([self.static] if self.static is not None else [])):
            if row.deletion != NEVER:
                row.deletion = ballot - 1
            for cell in row.cells.values():
                if isinstance(cell, Complex):
                    cell.deletion = min(cell.deletion, ballot - 1)

    def commit(self, store: Store) -> None:
        """Apply the changes."""
        partition = store.data(self.table).written(self.parts)
        if self.deletes_partition:
            partition.delete(self.timestamp)
        for deleted in self.deletes:
            partition.delete_range(deleted, self.timestamp)
        if self.ends:
            found = [values[: at + 1] for end in self.ends for values in end for at in range(len(values))]
            partition.edges = partition.edges | {self.table.place(values): values for values in found}
        for row in self.rows:
            partition.merge_row(self.table.place(row.clustering), row)
        if self.static is not None:
            partition.merge_static(self.static)
        for clustering, column, step in self.counters:
            _count(self.table, partition, clustering, column, step, self.timestamp)


def _check_counter(table: Table, partition: Partition | None, clustering: Parts | None, column: str) -> None:
    """Refuse to add to what was deleted as a whole row: a server may come back to the old value."""
    if partition is None:
        return
    row = _counted(table, partition, clustering)
    old = row.cells.get(column) if row is not None else None
    if row is None or not isinstance(old, Cell):
        return
    around = partition.deletion if clustering is None else partition.deleted_at(table.place(clustering))
    if old.timestamp <= max(row.deletion, around):
        raise gaps.DELETED_COUNTER()


def _counted(table: Table, partition: Partition, clustering: Parts | None) -> Row | None:
    """The row of a counter."""
    return partition.static if clustering is None else partition.get(table.place(clustering))


def _count(table: Table, partition: Partition, clustering: Parts | None, column: str, step: int, at: int) -> None:
    """Increment a counter. A counter that was deleted stays invisible."""
    row = _counted(table, partition, clustering)
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
    key_marks: Mapping[str, int]
    """The marks of the partition key by column: not all of it need be bound."""
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
    ends: Callable[[Run], Sequence[Ends]] | None = None
    """Of each range to delete, the clustering values at both its ends."""
    regular: Sequence[Operations] = field(init=False)
    static: Sequence[Operations] = field(init=False)

    def __post_init__(self) -> None:
        self.static = [each for each in self.operations if each.column.kind is ColumnKind.STATIC]
        self.regular = [each for each in self.operations if each.column.kind is not ColumnKind.STATIC]

    @property
    def key_indexes(self) -> tuple[int, ...] | None:
        """The numbers of the marks that give the partition key, in its order; None if not all of them do."""
        return indexes_of(self.key_marks, self.table)

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
        """Refuse clauses that counters do not support, and writes to a view."""
        if self.table.is_counter:
            if self.has_timestamp:
                raise errors.COUNTER_TIMESTAMP()
            if self.has_ttl:
                raise errors.COUNTER_TTL()
        if self.table.view is not None:
            raise errors.WRITE_TO_VIEW()

    def changes(self, store: Store, run: Run, timestamp: int, read: Collection[Place] | None = None) -> list[Change]:
        """What it would write; ``timestamp`` holds unless it says one itself.

        ``read`` is for conditional writes: the timestamp then holds in any case, and operations that depend on the old
        value see only these rows, which the conditions have read.
        """
        keys = self.keys(run)
        for parts in keys:
            check_key(parts)
        if self.slices is not None:
            found = self.slices(run)
            if self.has_null_bound(run):
                raise gaps.NULL_BOUND()
            if not found:
                return []
            at = self._timestamp(run, timestamp, read is not None)
            if self.operations:
                raise errors.RANGE_OF_COLUMNS()
            ends = self.ends(run) if self.ends is not None else ()
            return [Change(self.table, parts, at, deletes=found, ends=ends) for parts in keys]
        rows: list[Parts] = self.rows(run) if self.rows is not None else [()]
        if not rows:
            return []
        if not keys and any(each.reads for each in self.operations):
            raise errors.NOTHING_TO_READ()
        at, ttl = self._timestamp(run, timestamp, read is not None), self.times.ttl(run)
        changes = [Change(self.table, parts, at, read=read) for parts in keys]
        for change in changes:
            self._change(change, store.data(self.table).get(change.parts), run, rows, ttl)
        return changes

    def _timestamp(self, run: Run, timestamp: int, ballot: bool) -> int:
        own = self.times.timestamp(run) if self.times.timestamp is not None else None
        return timestamp if own is None or ballot else own

    def _change(self, change: Change, partition: Partition | None, run: Run, rows: list[Parts], ttl: int) -> None:
        at = change.timestamp
        if self.verb == "DELETE" and not self.operations:
            if not self.table.clustering_key or not self.has_clustering:
                change.deletes_partition = True
            else:
                for clustering in rows:
                    made = Row(clustering)
                    made.deletion = at
                    change.rows.append(made)
            return
        if self.verb == "DELETE" and self.regular and not self.writes_rows:
            raise errors.RANGE_OF_COLUMNS()
        if (self.verb != "DELETE" and self.writes_rows) or self.regular:
            for clustering in rows:
                self._row(change, run, partition, clustering, at, ttl)
        for _ in rows if self.static else ():  # once for each row, which shows in counters and in lists
            self._static(change, run, partition, at, ttl)

    def _row(self, change: Change, run: Run, partition: Partition | None, clustering: Parts, at: int, ttl: int) -> None:
        patch = Patch(run, at, ttl, Row(clustering))
        if self.verb == "INSERT":
            patch.row.marker = Liveness(at, ttl, run.now + ttl) if ttl else Liveness(at)
        if any(each.reads for each in self.regular) and (
            change.read is None or self.table.place(clustering) in change.read
        ):
            patch.before = view_at(self.table, partition, clustering, run.now)
        for each in self.regular:
            each.apply(patch)
        for name in self.table.similarities:
            cell = patch.row.cells.get(name)
            if isinstance(cell, Cell) and cell.value is not None:
                check_fit(self.table, name, cell.value)
        if patch.row.cells or patch.row.marker is not None:
            change.rows.append(patch.row)
        for column, step in patch.counters:
            _check_counter(self.table, partition, clustering, column)
            change.counters.append((clustering, column, step))

    def _static(self, change: Change, run: Run, partition: Partition | None, at: int, ttl: int) -> None:
        patch = Patch(run, at, ttl, Row())
        if any(each.reads for each in self.static) and partition is not None:
            patch.before = RowView(self.table, partition, None, partition.deletion, run.now)
        for each in self.static:
            each.apply(patch)
        change.static = change.static or Row()
        change.static.merge(patch.row)
        for column, step in patch.counters:
            _check_counter(self.table, partition, None, column)
            change.counters.append((None, column, step))


def indexes_of(marks: Mapping[str, int], table: Table) -> tuple[int, ...] | None:
    """The marks of the whole partition key, in its order; None if one is missing."""
    return tuple(marks[name] for name in table.partition_key) if len(marks) == len(table.partition_key) else None


def view_at(table: Table, partition: Partition | None, clustering: Parts, now: int) -> RowView | None:
    """The row, live or not; None if its partition was never written to."""
    if partition is None:
        return None
    place = table.place(clustering)
    return RowView(table, partition, partition.get(place), partition.deleted_at(place), now)
