"""The first and last timeuuid of a millisecond: the values of the server's ``minTimeuuid()`` and ``maxTimeuuid()``."""

from __future__ import annotations

from typing import Final
from uuid import UUID

_EPOCH: Final = 0x01B21DD213814000
"""1970 in units of 100 ns since 1582-10-15, from which a UUID of version 1 counts."""
_PER_MILLISECOND: Final = 10_000
_LEAST: Final = 0x8080808080808080
_GREATEST: Final = 0x7F7F7F7F7F7F7F7F
"""The last eight bytes, which the server compares as signed numbers."""


def is_timeuuid(value: UUID) -> bool:
    """Whether the server accepts it as a timeuuid. The last one of a millisecond has no variant that Python knows."""
    return value.int >> 76 & 0xF == 1


def first_timeuuid(millisecond: int) -> UUID:
    """The smallest timeuuid of a millisecond since 1970. Raises ValueError for one that no timeuuid can hold."""
    return _timeuuid(millisecond * _PER_MILLISECOND, _LEAST)


def last_timeuuid(millisecond: int) -> UUID:
    """The largest timeuuid of a millisecond since 1970. Raises ValueError for one that no timeuuid can hold."""
    return _timeuuid((millisecond + 1) * _PER_MILLISECOND - 1, _GREATEST)


def _timeuuid(ticks: int, rest: int) -> UUID:
    time = ticks + _EPOCH
    if not 0 <= time < 1 << 60:
        raise ValueError("a timeuuid holds moments from 1582 to 5236")
    high = (time & 0xFFFFFFFF) << 32 | (time >> 32 & 0xFFFF) << 16 | 0x1000 | time >> 48
    return UUID(int=high << 64 | rest)
