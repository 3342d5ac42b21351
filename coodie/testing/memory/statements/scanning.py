"""Scans the rows of a SELECT, partition by partition, in the server's order, from a position on."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from coodie.cql.murmur3 import partition_key, token
from coodie.testing.memory.analysis.filtering import Filter, Test
from coodie.testing.memory.analysis.finding import Keys, Parts, Range, Ranges, Slices, check_key
from coodie.testing.memory.errors.statements import PAGING_STATE
from coodie.testing.memory.schema import Table
from coodie.testing.memory.statements.paging import Position
from coodie.testing.memory.storage.partitions import Partition, Place, Slice
from coodie.testing.memory.storage.tables import TableData
from coodie.testing.memory.terms import Run
from coodie.testing.memory.view import RowView


@dataclass(frozen=True, slots=True)
class Scan:
    """The partitions to read, their rows, and the filter of these.

    ``whole`` is whether whole partitions are selected: then a partition with static columns only gives a row.
    """

    table: Table
    keys: Keys | None
    ring: Ranges | None
    slices: Slices
    filter: Filter | None
    whole: bool
    descending: bool = False
    distinct: bool = False
    reads_statics: bool = False
    """Whether static columns are selected, so that partitions are read even if an empty IN matches no rows."""
    reads_anyway: Callable[[Run], bool] = lambda run: False
    """Whether a range that has no rows is read all the same: for static columns in a scan, or beside a null."""
    queried: frozenset[str] | None = None
    """The columns that are selected or used by filters; None for all."""
    from_the_start: bool = False
    """Whether rows are found only from the start of the partition, and on the first page alone: a server's index of a
    static column holds no clustering values, so a range that begins with some does not find the partition in it.
    """

    def start(self, run: Run) -> Found:
        """Evaluate all bound values, in the server's order: filters, keys, ranges of rows, validity of keys."""
        test = self.filter(run) if self.filter is not None else None
        keys = self.keys(run) if self.keys is not None else None
        if keys is not None and not keys:
            return Found(self, run.now, keys, None, [], test)
        slices = self.slices(run)
        asks = bool(slices) or self.reads_statics or self.reads_anyway(run)
        if keys is not None and asks:
            for parts in keys:
                check_key(parts)
        ring = self.ring(run) if self.ring is not None and asks else None
        if (self.ring is not None and ring is None) or (self.from_the_start and all(each.start for each in slices)):
            slices = []
        if keys is not None and ring is not None:
            keys = [parts for parts in keys if _is_within(partition_key(parts), ring)]
        return Found(self, run.now, keys, ring, slices[::-1] if self.descending else slices, test, asks)


def _is_within(key: bytes, ring: Range) -> bool:
    """Whether a partition lies in a part of the ring."""
    place = (token(key), key)
    return ring[0] <= place and (ring[1] is None or place < ring[1])


@dataclass(frozen=True, slots=True)
class Found:
    """A scan whose bound values are known."""

    scan: Scan
    now: int
    keys: list[Parts] | None
    ring: Range | None
    slices: list[Slice]
    test: Test | None
    asks: bool = False
    """Whether anything must be read."""

    def rows(self, data: TableData, after: Position | None) -> Iterator[RowView]:
        """All matching rows, as they are at the time of the execution."""
        if self.slices:
            for partition in self._partitions(data, after):
                yield from self._partition(partition, after)

    def _partitions(self, data: TableData, after: Position | None) -> Iterator[Partition]:
        if self.keys is not None:
            wanted = [partition_key(parts) for parts in self.keys]
            if after is not None:
                if after.key not in wanted:
                    raise PAGING_STATE()
                wanted = wanted[wanted.index(after.key) :]
            yield from (data.partitions[key] for key in wanted if key in data.partitions)
            return
        ring = self.ring
        start = data.place(ring[0]) if ring is not None else 0
        end = data.place(ring[1]) if ring is not None and ring[1] is not None else len(data.order)
        if after is not None:
            start = max(start, data.place((token(after.key), after.key)))
        for _, key in data.order[start:end]:
            yield data.partitions[key]

    def _partition(self, partition: Partition, after: Position | None) -> Iterator[RowView]:
        scan, test = self.scan, self.test
        resumed = after if after is not None and after.key == partition.key else None
        if resumed is not None and not resumed.clustering:
            return
        last = scan.table.place(resumed.clustering) if resumed is not None and resumed.clustering else None
        alone = RowView(scan.table, partition, None, partition.deletion, self.now)
        found = False
        for wanted in self.slices:
            for view in self._slice(partition, wanted, last):
                if test is None or test(view):
                    found = True
                    if scan.distinct:
                        yield alone
                        return
                    yield view
        if not found and resumed is None and scan.whole and alone.has_statics() and (test is None or test(alone)):
            yield alone

    def _slice(self, partition: Partition, wanted: Slice, last: Place | None) -> Iterator[RowView]:
        scan, now = self.scan, self.now
        start, end = partition.within(wanted)
        if last is not None:
            if scan.descending:
                end = min(end, bisect_left(partition.keys, last))
            else:
                start = max(start, bisect_right(partition.keys, last))
        numbers = range(end - 1, start - 1, -1) if scan.descending else range(start, end)
        keys, rows = partition.keys, partition.rows
        for at in numbers:
            floor = partition.deleted_at(keys[at]) if partition.ranges else partition.deletion
            view = RowView(scan.table, partition, rows[at], floor, now)
            if view.is_live(None, scan.queried):
                yield view
