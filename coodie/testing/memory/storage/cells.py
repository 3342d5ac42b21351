"""Cells, and which of two wins: the rules by which the server's replicas agree."""

from __future__ import annotations

from typing import Final, NamedTuple

NEVER: Final = -(1 << 63)
"""The timestamp of a deletion that has not happened: the server keeps no cell that is as old."""


class Cell(NamedTuple):
    """One value with the time of its writing in microseconds; replaced, never changed.

    ``value`` is None for a tombstone. ``ttl`` in seconds is 0 for none; ``expires`` is the second since 1970 at which a
    cell with a TTL ends, or at which a tombstone was written; None for a plain cell.
    """

    timestamp: int
    value: bytes | None
    ttl: int = 0
    expires: int | None = None

    def is_live(self, now: int) -> bool:
        """Whether it has a value at that second."""
        return self.value is not None and (self.expires is None or now < self.expires)


class Liveness(NamedTuple):
    """That a row was inserted, whatever its cells hold."""

    timestamp: int
    ttl: int = 0
    expires: int | None = None

    def is_live(self, now: int) -> bool:
        """Whether it holds at that second."""
        return self.expires is None or now < self.expires


def later(left: Cell, right: Cell) -> Cell:
    """The one of two cells that is kept; the order of the two never matters."""
    if left.timestamp != right.timestamp:
        return left if left.timestamp > right.timestamp else right
    if left.expires != right.expires or left.ttl != right.ttl or left.expires is not None:
        # A tombstone or a cell that expires wins over a plain one, a tombstone over a cell that expires.
        if left.expires is None or right.expires is None:
            return left if left.expires is not None else right
        if (left.value is None) != (right.value is None):
            return left if left.value is None else right
        if left.expires != right.expires:
            return left if left.expires > right.expires else right
        if left.ttl != right.ttl:
            return left if left.ttl < right.ttl else right
    return left if (left.value or b"") >= (right.value or b"") else right


def later_liveness(left: Liveness | None, right: Liveness) -> Liveness:
    """The one of two markers of a row that is kept."""
    if left is None:
        return right
    if left.timestamp != right.timestamp:
        return left if left.timestamp > right.timestamp else right
    if left.expires is None or right.expires is None:
        return left if left.expires is not None else right
    return left if left.expires >= right.expires else right


class Complex:
    """A collection or user-defined type that is not frozen: its elements by their paths, and when it was last deleted.

    The path is a timeuuid in a list, the element in a set, the key in a map, the field's number in two bytes else.
    """

    __slots__ = ("cells", "deletion")

    def __init__(self, deletion: int = NEVER, cells: dict[bytes, Cell] | None = None) -> None:
        self.deletion = deletion
        self.cells: dict[bytes, Cell] = {} if cells is None else cells

    def copy(self) -> Complex:
        """Another one with the same elements."""
        return Complex(self.deletion, dict(self.cells))

    def merge(self, other: Complex) -> None:
        """Take in what another one holds."""
        if other.deletion > self.deletion:
            self.deletion = other.deletion
            self.cells = {path: cell for path, cell in self.cells.items() if cell.timestamp > self.deletion}
        cells = self.cells
        for path, cell in other.cells.items():
            if cell.timestamp > self.deletion:
                old = cells.get(path)
                cells[path] = cell if old is None else later(old, cell)
