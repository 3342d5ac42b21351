"""How many bytes values take on the wire, roughly: enough to warn before a batch grows too large for the server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coodie.cql.message import UNSET

# For pyright: what is tested by a tuple of unnamed classes stays Any, instead of a container of unknown things.
_SIZED: tuple[type[Any], ...] = (bytes, bytearray, memoryview)
_MAPS: tuple[type[Any], ...] = (dict,)
_MANY: tuple[type[Any], ...] = (list, tuple, set, frozenset)


def estimated_bytes(values: Iterable[Any]) -> int:
    """The bytes of all values together."""
    return sum(map(_bytes, values))


def _bytes(value: Any) -> int:
    if value is None or value is UNSET:
        return 0
    if isinstance(value, str):
        # One byte a character: wrong for other scripts than Latin, and right enough for a warning.
        return len(value)
    if isinstance(value, _SIZED):
        return len(value)
    if isinstance(value, _MAPS):
        return estimated_bytes(value) + estimated_bytes(value.values())
    if isinstance(value, _MANY):
        return estimated_bytes(value)
    return 8
