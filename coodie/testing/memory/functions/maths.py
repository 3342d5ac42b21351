"""``abs``, ``exp``, ``log``, ``log10`` and ``round``, which return the type of their argument."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, Overflow
from typing import Any, Final

from coodie.cql.values import MAX_DIGITS
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.functions.numbers import NAMES, READ, TYPES, WIDTHS, WRITE
from coodie.testing.memory.functions.registry import Function, Unary, register
from coodie.testing.memory.java import NO_NUMBER, WIDE, near, rounded, saturated, to_scale, unscaled

_DIGITS: Final = 32
_DECIMAL: Final = Context(prec=_DIGITS, rounding=ROUND_HALF_UP, Emax=WIDE.Emax, Emin=WIDE.Emin)


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _log(value: float) -> float:
    return math.log(value) if value > 0 else _not_positive(value)


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else _not_positive(value)


def _not_positive(value: float) -> float:
    return value if math.isnan(value) else -math.inf if value == 0 else NO_NUMBER


_FLOATING: Final[dict[str, Callable[[float], float]]] = {"exp": _exp, "log": _log, "log10": _log10}


def _decimal(function: str, value: Decimal) -> Decimal:
    if function == "exp":
        if not -(1 << 31) <= value < 1 << 31:
            raise errors.OVERFLOW()
        return _DECIMAL.exp(value)
    if value <= 0:
        raise errors.NO_LOGARITHM("Natural log" if function == "log" else "Log10")
    if value == 1 and function == "log":
        return Decimal(0)
    found = _DECIMAL.ln(value) if function == "log" else _DECIMAL.log10(value)
    if found == found.to_integral_value() and unscaled(value) != 1:
        return to_scale(found, _DIGITS - 1 - found.adjusted())  # even for a power of ten, whose logarithm is exact
    return found


def _of_floating(function: str, name: str) -> Unary:
    read, write, work = READ[name], WRITE[name], _FLOATING[function]

    return lambda data: write(work(read(data))) if data else None


def _of_whole(function: str, name: str) -> Unary:
    read, write, work = READ[name], WRITE[name], _FLOATING[function]
    bits = 64 if WIDTHS[name] == 64 else 32
    return lambda data: write(saturated(work(float(read(data))), bits)) if data else None


def _of_decimal(function: str) -> Unary:
    read, write = READ["decimal"], WRITE["decimal"]

    def call(data: bytes) -> bytes | None:
        if not data:
            return None
        try:
            return write(_decimal(function, read(data)))
        except (InvalidOperation, Overflow):
            raise errors.OVERFLOW() from None

    return call


def _of_varint(function: str) -> Unary:
    read, write = READ["varint"], WRITE["varint"]

    def call(data: bytes) -> bytes | None:
        if not data:
            return None
        try:
            found = _decimal(function, Decimal(read(data)))
        except (InvalidOperation, Overflow):
            raise errors.OVERFLOW() from None
        if found.adjusted() > MAX_DIGITS:
            raise errors.OVERFLOW()
        return write(int(found))

    return call


def _math(function: str, name: str) -> Unary:
    if name in ("float", "double"):
        return _of_floating(function, name)
    if name == "decimal":
        return _of_decimal(function)
    return _of_varint(function) if name == "varint" else _of_whole(function, name)


def _absolute(name: str) -> Unary:
    read, write = READ[name], WRITE[name]

    def call(data: bytes) -> bytes | None:
        if not data:
            return None
        value: Any = read(data)
        return write(value.copy_abs() if isinstance(value, Decimal) else abs(value))

    return call


def _rounded(name: str) -> Unary:
    read, write = READ[name], WRITE[name]
    if name == "decimal":
        return lambda data: write(to_scale(near(read(data), Decimal(1)), 0)) if data else None
    if name in ("float", "double"):
        bits = 32 if name == "float" else 64
        return lambda data: write(float(rounded(read(data), bits))) if data else None
    return lambda data: write(read(data)) if data else None


def _functions() -> Iterator[Function]:
    for name in NAMES:
        kind = TYPES[name]
        for function in _FLOATING:
            yield Function(function, (kind,), kind, _math(function, name))
        yield Function("abs", (kind,), kind, _absolute(name))
        yield Function("round", (kind,), kind, _rounded(name))


register(_functions())
