"""Cells, and the rules by which one of two cells wins, the same as on all replicas of a server."""

from __future__ import annotations

from typing import Final, NamedTuple

NEVER: Final = -(1 << 63)
"""The timestamp that means "never deleted": the server stores no cell that is this old."""


class Cell(NamedTuple):
    """One value with its timestamp in microseconds; replaced, never changed.

    ``value`` is None for a tombstone. ``ttl`` in seconds is 0 without a TTL; ``expires`` is the time in seconds since
    1970 at which a cell with a TTL expires or a tombstone was written, and None for any other cell.
    """

    timestamp: int
    value: bytes | None
    ttl: int = 0
    expires: int | None = None

    def is_live(self, now: int) -> bool:
        """Whether it has a value at that time."""
        return self.value is not None and (self.expires is None or now < self.expires)


class Liveness(NamedTuple):
    """The marker of an inserted row, which exists whatever its cells hold."""

    timestamp: int
    ttl: int = 0
    expires: int | None = None

    def is_live(self, now: int) -> bool:
        """Whether it has not expired at that time."""
        return self.expires is None or now < self.expires


def later(left: Cell, right: Cell) -> Cell:
    """The winner of two cells, whatever their order."""
    if left.timestamp != right.timestamp:
        return left if left.timestamp > right.timestamp else right
    if left.expires != right.expires or left.ttl != right.ttl or left.expires is not None:
        # At the same timestamp, a tombstone wins over an expiring cell, and that over a plain one.
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
    """The winner of two markers of a row."""
    if left is None:
        return right
    if left.timestamp != right.timestamp:
        return left if left.timestamp > right.timestamp else right
    if left.expires is None or right.expires is None:
        return left if left.expires is not None else right
    return left if left.expires >= right.expires else right


class Complex:
    """A collection or user-defined type that is not frozen: its elements by path, and its last deletion.

    The path is a timeuuid in a list, the element in a set, the key in a map, and the field's number in two bytes in a
    user-defined type.
    """

    __slots__ = ("cells", "deletion")

    def __init__(self, deletion: int = NEVER, cells: dict[bytes, Cell] | None = None) -> None:
        self.deletion = deletion
        self.cells: dict[bytes, Cell] = {} if cells is None else cells

    def copy(self) -> Complex:
        """A copy with the same elements."""
        return Complex(self.deletion, dict(self.cells))

    def merge(self, other: Complex) -> None:
        """Merge the elements of another one into this one."""
        if other.deletion > self.deletion:
            self.deletion = other.deletion
            self.cells = {path: cell for path, cell in self.cells.items() if cell.timestamp > self.deletion}
        cells = self.cells
        for path, cell in other.cells.items():
            if cell.timestamp > self.deletion:
                old = cells.get(path)
                cells[path] = cell if old is None else later(old, cell)
