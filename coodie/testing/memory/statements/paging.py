"""Where a page ended: after which row of which partition, and how much of the limits is left.

It is opaque to clients: a version, the table, the key, the clustering values, and two counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct, error

from coodie.testing.memory.errors.statements import PAGING_STATE
from coodie.testing.memory.schema import Table

_HEAD = Struct(">B16sqqB")
_VERSION = 1
_LENGTH = Struct(">I")


@dataclass(frozen=True, slots=True)
class Position:
    """``clustering`` is None after a row without one: a partition of static columns alone, or one of DISTINCT."""

    key: bytes
    clustering: tuple[bytes, ...] | None
    left: int
    """Rows that LIMIT still allows; -1 for any number."""
    taken: int
    """Rows, or groups, that the partition has given."""

    def pack(self, table: Table) -> bytes:
        """As bytes."""
        parts = (self.key, *(self.clustering or ()))
        head = _HEAD.pack(_VERSION, table.id.bytes, self.left, self.taken, self.clustering is not None)
        return head + b"".join([_LENGTH.pack(len(part)) + part for part in parts])


def unpack(state: bytes, table: Table) -> Position:
    """The position that `Position.pack` made. Raises for what is damaged, or of another table."""
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
    if version != _VERSION or own != table.id.bytes or len(parts) != 1 + width:
        raise PAGING_STATE()
    return Position(parts[0], tuple(parts[1:]) if clustered else None, left, taken)
