"""Partitions: rows in clustering order, a static row, and deletions of the whole partition or of ranges.

A place in a partition is a tuple of sort keys, one for each given clustering column. A shorter tuple sorts before all
places that begin with it, and one that ends with `TOP` after them, so two tuples describe a range of rows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import total_ordering
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeAlias

from coodie.testing.memory.storage.cells import NEVER
from coodie.testing.memory.storage.rows import Row

Place: TypeAlias = tuple[Any, ...]


class _Top:
    """A value that sorts after every sort key."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return other is not self

    def __le__(self, other: object) -> bool:
        return other is self

    def __ge__(self, other: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "TOP"


TOP: Final = _Top()
END: Final[Place] = (TOP,)


@total_ordering
class Descending:
    """The sort key of a clustering column in descending order."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Descending) and self.key == other.key

    def __lt__(self, other: Any) -> bool:
        return other.key < self.key if isinstance(other, Descending) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.key)


class Slice(NamedTuple):
    """The places from ``start`` up to, but not including, ``end``."""

    start: Place = ()
    end: Place = END

    def __contains__(self, place: object) -> bool:
        return self.start <= place < self.end  # type: ignore[operator]


class Deleted(NamedTuple):
    """A range of places, and the timestamp of its deletion."""

    start: Place
    end: Place
    timestamp: int


class Partition:
    """The rows of one partition key; ``keys`` are the places of ``rows``.

    ``edges`` are the clustering values at the ends of deleted ranges, by their places without `TOP`.
    """

    __slots__ = ("deletion", "edges", "key", "keys", "owner", "parts", "ranges", "rows", "static", "token")

    def __init__(self, key: bytes, parts: tuple[bytes, ...], token: int, owner: object) -> None:
        self.key = key
        self.parts = parts
        self.token = token
        self.owner = owner
        self.deletion = NEVER
        self.static: Row | None = None
        self.keys: list[Place] = []
        self.rows: list[Row] = []
        self.ranges: tuple[Deleted, ...] = ()
        self.edges: dict[Place, tuple[bytes, ...]] = {}

    def copy(self, owner: object) -> Partition:
        """The same partition for another owner; the rows are still shared."""
        made = Partition(self.key, self.parts, self.token, owner)
        made.deletion, made.static, made.ranges = self.deletion, self.static, self.ranges
        made.keys, made.rows, made.edges = self.keys.copy(), self.rows.copy(), self.edges
        return made

    def get(self, place: Place) -> Row | None:
        """The row at a place, if one was ever written."""
        at = bisect_left(self.keys, place)
        return self.rows[at] if at < len(self.keys) and self.keys[at] == place else None

    def merge_row(self, place: Place, row: Row) -> None:
        """Write a row at a place."""
        at = bisect_left(self.keys, place)
        if at < len(self.keys) and self.keys[at] == place:
            old = self.rows[at]
            if old.owner is not self.owner:
                self.rows[at] = old = old.copy(self.owner)
        else:
            old = Row(row.clustering, self.owner)
            self.keys.insert(at, place)
            self.rows.insert(at, old)
        old.merge(row)

    def merge_static(self, row: Row) -> None:
        """Write static columns."""
        if self.static is None:
            self.static = Row((), self.owner)
        elif self.static.owner is not self.owner:
            self.static = self.static.copy(self.owner)
        self.static.merge(row)

    def delete(self, timestamp: int) -> None:
        """Delete the whole partition."""
        self.deletion = max(self.deletion, timestamp)

    def delete_range(self, deleted: Slice, timestamp: int) -> None:
        """Delete a range of rows. Deleted ranges are kept sorted and without overlaps."""
        start, end = deleted
        if not start < end:
            return
        edges: list[Place] = [start, end]
        inside: list[Deleted] = []
        kept: list[Deleted] = []
        for each in self.ranges:
            if each.end <= start or end <= each.start:
                kept.append(each)
            else:
                inside.append(each)
                edges += each[:2]
        edges.sort()
        for low, high in pairwise(edges):
            if low < high:
                times = [each.timestamp for each in inside if each.start <= low < each.end]
                if start <= low < end:
                    times.append(timestamp)
                if times:
                    kept.append(Deleted(low, high, max(times)))
        kept.sort(key=lambda each: each.start)
        self.ranges = tuple(kept)

    def deleted_at(self, place: Place) -> int:
        """The timestamp of the last deletion of a place, by a range or with the whole partition."""
        if not self.ranges:
            return self.deletion
        at = bisect_right(self.ranges, place, key=lambda each: each.start) - 1
        if at >= 0 and place < self.ranges[at].end:
            return max(self.deletion, self.ranges[at].timestamp)
        return self.deletion

    def within(self, wanted: Slice) -> tuple[int, int]:
        """The indexes of the first row in a slice, and of the first row after it."""
        start = bisect_left(self.keys, wanted.start) if wanted.start else 0
        return start, len(self.keys) if wanted.end == END else bisect_left(self.keys, wanted.end)
