"""Casts: ``cast_as_int`` and so on, one function for each pair of types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from math import isinf, isnan
from typing import Any, Final

from coodie.cql.types import NATIVE
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.functions.numbers import NAMES, READ, WIDTHS, WRITE, is_whole
from coodie.testing.memory.functions.registry import Function, Unary, register
from coodie.testing.memory.functions.times import CONVERSIONS
from coodie.testing.memory.java import double_text, float_text, near, saturated, to_float, wrapped
from coodie.testing.memory.texts import TEXTS

_TARGETS: Final = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "varint")


def _number(source: str, target: str) -> Unary:
    read, write = READ[source], WRITE[target]
    change = _changer(source, target)
    return lambda data: write(change(read(data))) if data else None


def _changer(source: str, target: str) -> Callable[[Any], Any]:
    if source in ("float", "double"):
        return _from_floating(source, target)
    if target in ("float", "double"):
        return _to_floating
    if target == "varint":
        return lambda value: wrapped(_whole(value), 64)  # as on the server, whatever the type was before
    if is_whole(target):
        return _whole
    return Decimal


def _whole(value: int | Decimal) -> int:
    return int(near(value, Decimal(1))) if isinstance(value, Decimal) else value


def _to_floating(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _from_floating(source: str, target: str) -> Callable[[float], Any]:
    if target in ("float", "double"):
        return to_float if target == "float" else float
    if target == "decimal":
        text = float_text if source == "float" else double_text
        return lambda value: Decimal(text(_finite(value)))
    bits = max(WIDTHS.get(target, 64), 32)
    if target == "varint":
        return lambda value: saturated(value, 64)
    return lambda value: saturated(value, bits)


def _finite(value: float) -> float:
    if isnan(value) or isinf(value):
        raise errors.NOT_FINITE("N" if isnan(value) else "I")
    return value


def _text_of(source: str) -> Unary:
    text = TEXTS[source]
    return lambda data: text(data).encode() if data or source in ("ascii", "text") else None


def _ascii_of_text(data: bytes) -> bytes:
    return data


def _functions() -> Iterator[Function]:
    for target in _TARGETS:
        for source in NAMES:
            if source != target:
                yield Function(f"cast_as_{target}", (NATIVE[source],), NATIVE[target], _number(source, target))
    texts = [*NAMES, "boolean", "date", "inet", "time", "timestamp", "timeuuid", "uuid"]
    for target in ("ascii", "text"):
        for source in texts:
            yield Function(f"cast_as_{target}", (NATIVE[source],), NATIVE[target], _text_of(source))
    yield Function("cast_as_text", (NATIVE["ascii"],), NATIVE["text"], _ascii_of_text)
    for source, target in (
        ("timestamp", "date"),
        ("timeuuid", "date"),
        ("date", "timestamp"),
        ("timeuuid", "timestamp"),
    ):
        yield Function(f"cast_as_{target}", (NATIVE[source],), NATIVE[target], CONVERSIONS[source, target])


register(_functions())
