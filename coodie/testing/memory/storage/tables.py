"""The partitions of a table, by key and in the order of the ring."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TypeAlias

from coodie.cql.murmur3 import partition_key, token
from coodie.testing.memory.storage.partitions import Partition

Ring: TypeAlias = "tuple[int, bytes]"
State: TypeAlias = "tuple[dict[bytes, Partition], list[Ring]]"


class TableData:
    """The data of one table."""

    __slots__ = ("order", "owner", "partitions", "writes")

    def __init__(self) -> None:
        self.partitions: dict[bytes, Partition] = {}
        self.order: list[Ring] = []
        self.owner = object()
        self.writes = 0
        """How often it was written to, so that what is made of it is known to be old."""

    def get(self, parts: tuple[bytes, ...]) -> Partition | None:
        """The partition of a key, if anything was ever written to it."""
        return self.partitions.get(partition_key(parts))

    def written(self, parts: tuple[bytes, ...]) -> Partition:
        """The partition of a key for writing, created if necessary."""
        self.writes += 1
        key = partition_key(parts)
        found = self.partitions.get(key)
        if found is None:
            found = Partition(key, parts, token(key), self.owner)
            self.partitions[key] = found
            insort(self.order, (found.token, key))
        elif found.owner is not self.owner:
            found = self.partitions[key] = found.copy(self.owner)
        return found

    def clear(self) -> None:
        """Remove all partitions."""
        self.writes += 1
        self.partitions, self.order = {}, []

    def place(self, position: Ring) -> int:
        """The index of the first partition at or after a position on the ring."""
        return bisect_left(self.order, position)

    def snapshot(self) -> State:
        """The current content; from now on, partitions are copied before they are changed."""
        self.owner = object()
        return self.partitions.copy(), self.order.copy()

    def restore(self, state: State) -> None:
        """Bring back the content of a snapshot."""
        self.owner = object()
        self.partitions, self.order = state[0].copy(), state[1].copy()
