"""Arithmetic operators: the types of their results, and the results."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from struct import Struct
from typing import Any, Final

from coodie.cql.codecs.times import DURATION
from coodie.cql.types import NATIVE, CqlType, Native
from coodie.cql.values import MAX_DIGITS, Duration
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.functions.numbers import NAMES, READ, TYPES, WIDTHS, WRITE, is_whole
from coodie.testing.memory.functions.registry import OPERATORS, Call, Function, register
from coodie.testing.memory.java import (
    NO_NUMBER,
    WIDE,
    decimal_quotient,
    decimal_remainder,
    double_text,
    near,
    scale_of,
    to_float,
    wrapped,
)
from coodie.testing.memory.moments import (
    DAY,
    civil,
    days_of,
    days_of_julian,
    duration_text,
    julian,
    julian_length,
    month_length,
)

_BYTES: Final = {**{name: bits // 8 for name, bits in WIDTHS.items()}, "float": 4, "double": 8}
_ENDLESS: Final = 1 << 31
_FLOATING: Final = frozenset({"float", "double", "decimal"})


def result_name(left: str, right: str) -> str:
    """The result type of an operator on two numbers: as wide as the wider one, and floating if either is."""
    size = max(_BYTES.get(left, _ENDLESS), _BYTES.get(right, _ENDLESS))
    if left in _FLOATING or right in _FLOATING:
        return {4: "float", 8: "double", 1: "float", 2: "float"}.get(size, "decimal")
    return {1: "tinyint", 2: "smallint", 4: "int", 8: "bigint"}.get(size, "varint")


class _Failed(Exception):
    pass


def _converter(name: str, result: str) -> Callable[[bytes], Any]:
    read = READ[name]
    if result == "decimal":
        return lambda data: _decimal(name, read(data))
    return (lambda data: float(read(data))) if result in _FLOATING else read


def _decimal(name: str, value: Any) -> Decimal:
    if name in ("decimal", "varint"):
        return Decimal(value)
    value = float(value)
    if math.isnan(value):
        raise _Failed("A NaN cannot be converted into a decimal")
    if math.isinf(value):
        raise _Failed("An infinite number cannot be converted into a decimal")
    return Decimal(double_text(value))  # all other numbers are converted via a double


def operation(left: str, sign: str, right: str) -> Call:
    """The function that applies an operator to the bytes of two numbers."""
    result = result_name(left, right)
    first, second = _converter(left, result), _converter(right, result)
    kind = "whole" if is_whole(result) else "decimal" if result == "decimal" else "floating"
    work, write, narrow = _WORK[kind, sign], WRITE[result], result == "float"

    def call(one: bytes, other: bytes) -> bytes | None:
        if not one or not other:
            return None
        try:
            a, b = first(one), second(other)
            if narrow:
                a, b = to_float(a), to_float(b)
            return write(work(a, b, result))
        except _Failed as error:
            raise errors.operation_failed(left, sign, right, error) from None

    return call


def _zero(result: str) -> _Failed:
    return _Failed("BigInteger divide by zero" if result in ("varint", "decimal") else "/ by zero")


def _whole_quotient(a: int, b: int, result: str) -> int:
    if not b:
        raise _zero(result)
    found = abs(a) // abs(b)
    return found if (a < 0) == (b < 0) else -found


def _whole_remainder(a: int, b: int, result: str) -> int:
    return a - b * _whole_quotient(a, b, result)


def _quotient(a: float, b: float, result: str) -> float:
    if b:
        return a / b
    if math.isnan(a):
        return a
    if a == 0:
        return NO_NUMBER
    return math.copysign(math.inf, a) * math.copysign(1, b)


def _remainder(a: float, b: float, result: str) -> float:
    if math.isnan(a) or math.isnan(b):
        return a if math.isnan(a) else b
    if not b or math.isinf(a):
        return NO_NUMBER
    return math.fmod(a, b)


def _decimal_product(a: Decimal, b: Decimal, result: str) -> Decimal:
    scale = scale_of(a) + scale_of(b)
    if scale != wrapped(scale, 32):
        raise _Failed("Underflow" if scale > 0 else "Overflow")
    return WIDE.multiply(a, b)


def _decimal_quotient(a: Decimal, b: Decimal, result: str) -> Decimal:
    if not b:
        raise _zero(result)
    if max(scale_of(a), scale_of(b)) > MAX_DIGITS:
        raise gaps.LONG_NUMBER()
    return decimal_quotient(near(a, b), b)


def _decimal_remainder(a: Decimal, b: Decimal, result: str) -> Decimal:
    if not b:
        raise _Failed("Division by zero" if a else "Division undefined")
    return decimal_remainder(near(a, b), b)


_WORK: Final[dict[tuple[str, str], Callable[[Any, Any, str], Any]]] = {
    **{(kind, "+"): lambda a, b, _: a + b for kind in ("whole", "floating")},
    **{(kind, "-"): lambda a, b, _: a - b for kind in ("whole", "floating")},
    **{(kind, "*"): lambda a, b, _: a * b for kind in ("whole", "floating")},
    ("decimal", "+"): lambda a, b, _: WIDE.add(near(a, b), b),
    ("decimal", "-"): lambda a, b, _: WIDE.subtract(near(a, b), b),
    ("decimal", "*"): _decimal_product,
    ("whole", "/"): _whole_quotient,
    ("whole", "%"): _whole_remainder,
    ("floating", "/"): _quotient,
    ("floating", "%"): _remainder,
    ("decimal", "/"): _decimal_quotient,
    ("decimal", "%"): _decimal_remainder,
}


def _negation(name: str) -> Call:
    read, write = READ[name], WRITE[name]

    def negate(value: bytes) -> bytes | None:
        if not value:
            return None
        number = read(value)
        return write(WIDE.minus(number) if isinstance(number, Decimal) else -number)

    return negate


_long: Final = Struct(">q")
_days: Final = Struct(">I")
_MILLISECOND: Final = 10**6
_GREGORIAN: Final = -141_427
"""1582-10-15, in days since 1970."""


def add_months(days: int, months: int) -> int:
    """The same day this many months later, or the last day of a month that is too short for it.

    As in Java's calendar, days before 15 October 1582 are Julian.
    """
    year, month, day = civil(days) if days >= _GREGORIAN else julian(days)
    year, month = divmod(year * 12 + month - 1 + months, 12)
    found = days_of(year, month + 1, min(day, month_length(year, month + 1)))
    if found >= _GREGORIAN:
        return found
    return days_of_julian(year, month + 1, min(day, julian_length(year, month + 1)))


def add_to_millis(moment: int, duration: Duration, sign: int = 1) -> int:
    """A timestamp moved forwards or backwards by a duration, in UTC."""
    days, of_day = divmod(moment, DAY)
    days = add_months(days, sign * duration.months) if duration.months else days
    return (days + sign * duration.days) * DAY + of_day + sign * (duration.nanoseconds // _MILLISECOND)


def _moved_timestamp(sign: str) -> Call:
    def call(moment: bytes, duration: bytes) -> bytes | None:
        if not moment:
            return None
        by = DURATION.decode(duration)
        if by.nanoseconds % _MILLISECOND:
            why = f"The duration must have a millisecond precision. Was: {duration_text(by)}"
            raise errors.operation_failed("timestamp", sign, "duration", why)
        return _long.pack(wrapped(add_to_millis(_long.unpack(moment)[0], by, -1 if sign == "-" else 1), 64))

    return call


def _moved_date(sign: str) -> Call:
    def call(day: bytes, duration: bytes) -> bytes | None:
        if not day:
            return None
        by = DURATION.decode(duration)
        if by.nanoseconds:
            why = f"The duration must have a day precision. Was: {duration_text(by)}"
            raise errors.operation_failed("date", sign, "duration", why)
        days = _days.unpack(day)[0] - (1 << 31)
        moved = add_to_millis(days * DAY, by, -1 if sign == "-" else 1) // DAY
        return _days.pack((moved + (1 << 31)) % (1 << 32))

    return call


def _joined(one: bytes, other: bytes) -> bytes:
    return one + other


def sum_of_type(left: CqlType, sign: str, right: CqlType) -> Call:
    """The function that applies an operator to a column's value and another one; the result has the column's type."""
    match left, right:
        case Native("text" | "ascii"), _:
            return _joined
        case Native(name), Native("duration"):
            return _moved_date(sign) if name == "date" else _moved_timestamp(sign)
        case Native(name), Native(other) if name in NAMES and other in NAMES:
            return operation(name, sign, other)
        case _:
            raise errors.NO_OPERATION(sign, left, right)


def _functions() -> Iterator[Function]:
    for sign, name in OPERATORS.items():
        for left in NAMES:
            for right in NAMES:
                returns = NATIVE[result_name(left, right)]
                yield Function(name, (TYPES[left], TYPES[right]), returns, operation(left, sign, right))
    for name in NAMES:
        yield Function("_negate", (TYPES[name],), TYPES[name], _negation(name))
    ascii_, text, timestamp, date, duration = (
        NATIVE[each] for each in ("ascii", "text", "timestamp", "date", "duration")
    )
    for one, other in ((text, text), (ascii_, ascii_), (ascii_, text), (text, ascii_)):
        yield Function("_add", (one, other), ascii_ if one == other == ascii_ else text, _joined)
    for sign in "+-":
        yield Function(OPERATORS[sign], (timestamp, duration), timestamp, _moved_timestamp(sign))
        yield Function(OPERATORS[sign], (date, duration), date, _moved_date(sign))


register(_functions())
