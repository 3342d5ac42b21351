"""A rough estimate of the size of values on the wire, enough to warn about batches that are too large."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from coodie.cql.message import UNSET

# Typed as plain classes for pyright, which would otherwise narrow to containers of unknown types.
_SIZED: tuple[type[Any], ...] = (bytes, bytearray, memoryview)
_MAPS: tuple[type[Any], ...] = (dict,)
_MANY: tuple[type[Any], ...] = (list, tuple, set, frozenset)


_WIDTH: Final = 8
"""The size of any other value; most are a few bytes more or less."""
_FIXED: Final = frozenset({int, float, bool, UUID, datetime, date, time, Decimal})


def estimated_bytes(values: Iterable[Any]) -> int:
    """The estimated number of bytes of all values together."""
    return sum([_WIDTH if type(value) in _FIXED else _bytes(value) for value in values])


def _bytes(value: Any) -> int:
    if value is None or value is UNSET:
        return 0
    if isinstance(value, str):
        # One byte per character is wrong for scripts other than Latin, but good enough for a warning.
        return len(value)
    if isinstance(value, _SIZED):
        return len(value)
    if isinstance(value, _MAPS):
        return estimated_bytes(value) + estimated_bytes(value.values())
    if isinstance(value, _MANY):
        return estimated_bytes(value)
    return _WIDTH
