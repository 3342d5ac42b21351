"""Paging states: after which row of which partition a page ended, and how much of the limits is left.

A paging state is opaque to clients: it has a version, the table, the key, the clustering values, and two counts. The
table is known by its name, so that a state is also valid after the engine was kept in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct, error

from coodie.testing.memory.errors.statements import PAGING_STATE
from coodie.testing.memory.schema import Table

_HEAD = Struct(">B16sqqB")
_VERSION = 1
_LENGTH = Struct(">I")


@dataclass(frozen=True, slots=True)
class Position:
    """The end of a page. ``clustering`` is None after a row without it: of static columns only, or of DISTINCT."""

    key: bytes
    clustering: tuple[bytes, ...] | None
    left: int
    """The number of rows that LIMIT still allows; -1 without a limit."""
    taken: int
    """The number of rows, or groups, already returned from the partition."""

    def pack(self, table: Table) -> bytes:
        """The position as bytes."""
        parts = (self.key, *(self.clustering or ()))
        head = _HEAD.pack(_VERSION, _digest(table), self.left, self.taken, self.clustering is not None)
        return head + b"".join([_LENGTH.pack(len(part)) + part for part in parts])


def unpack(state: bytes, table: Table) -> Position:
    """The position in bytes made by `Position.pack`. Raises `CqlError` if they are damaged, or of another table."""
    try:
        version, own, left, taken, clustered = _HEAD.unpack_from(state)
        parts: list[bytes] = []
        at = _HEAD.size
        while at < len(state):
            (size,) = _LENGTH.unpack_from(state, at)
            at += _LENGTH.size
            if at + size > len(state):
                raise PAGING_STATE()
            parts.append(state[at : at + size])
            at += size
    except error:
        raise PAGING_STATE() from None
    width = len(table.clustering_key) if clustered else 0
    if version != _VERSION or own != _digest(table) or len(parts) != 1 + width:
        raise PAGING_STATE()
    return Position(parts[0], tuple(parts[1:]) if clustered else None, left, taken)


def _digest(table: Table) -> bytes:
    return blake2b(str(table).encode(), digest_size=16).digest()
