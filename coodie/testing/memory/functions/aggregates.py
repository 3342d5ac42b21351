"""Aggregate functions over the rows of a group."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from struct import Struct
from typing import Final

from coodie.cql.frames import elements
from coodie.cql.order import sort_key
from coodie.cql.types import BIGINT, NATIVE, CqlType, List, Map, Set
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.functions.numbers import NAMES, READ, TYPES, WRITE
from coodie.testing.memory.functions.registry import Factory, Function, Parameter, register
from coodie.testing.memory.java import WIDE, scale_of, to_scale
from coodie.testing.memory.typed import State

_long: Final = Struct(">q")
NUMERIC: Final = frozenset(NAMES) - {"counter"}
EXTREMES: Final[dict[str, Callable[..., bytes]]] = {"min": min, "max": max}


class _Count:
    def __init__(self) -> None:
        self._count = 0

    def add(self, *arguments: bytes | None) -> None:
        self._count += all(argument is not None for argument in arguments)

    def result(self) -> bytes:
        return _long.pack(self._count)


class _Extreme:
    def __init__(self, cql_type: CqlType, highest: bool) -> None:
        self._key, self._highest = sort_key(cql_type), highest
        self._width = 2 if isinstance(cql_type, Map) else 1 if isinstance(cql_type, (List, Set)) else 0
        self._best: bytes | None = None

    def add(self, *arguments: bytes | None) -> None:
        (value,) = arguments
        if value is None:
            return
        if self._best is None or self._is_better(value, self._best):
            self._best = value

    def _is_better(self, value: bytes, best: bytes) -> bool:
        if self._width:
            self._check_nulls(value, best)
        one, other = self._key(value), self._key(best)
        return bool(one > other if self._highest else one < other)

    def _check_nulls(self, value: bytes, best: bytes) -> None:
        """A server fails when it compares a null in a collection, as one of a SELECT list may have."""
        for one, other in zip(elements(value, self._width), elements(best, self._width), strict=False):
            if one is None or other is None:
                raise errors.NULL_IN_SET()
            if one != other:
                return

    def result(self) -> bytes | None:
        return self._best


class _Whole:
    """Sum and mean of integers; the sum overflows silently, the mean does not."""

    def __init__(self, name: str, mean: bool) -> None:
        self._read, self._write, self._mean = READ[name], WRITE[name], mean
        self._sum = self._count = 0

    def add(self, *arguments: bytes | None) -> None:
        (value,) = arguments
        if value:
            self._sum += self._read(value)
            self._count += 1

    def result(self) -> bytes:
        if not self._mean:
            return self._write(self._sum)
        whole = abs(self._sum) // self._count if self._count else 0
        return self._write(-whole if self._sum < 0 else whole)


class _Floating:
    """Sum and mean of floats in 64 bits, with compensation of rounding errors."""

    def __init__(self, name: str, mean: bool) -> None:
        self._read, self._write, self._mean = READ[name], WRITE[name], mean
        self._sum = self._compensation = self._simple = 0.0
        self._count = 0

    def add(self, *arguments: bytes | None) -> None:
        (value,) = arguments
        if not value:
            return
        number = self._read(value)
        self._simple += number
        self._count += 1
        compensated = number - self._compensation
        total = self._sum + compensated
        self._compensation = (total - self._sum) - compensated
        self._sum = total

    def result(self) -> bytes:
        total = self._sum + self._compensation
        if math.isnan(total) and math.isinf(self._simple):
            total = self._simple
        if self._mean:
            total = total / self._count if self._count else 0.0
        return self._write(total)


class _Decimals:
    """Sum and mean of decimals; the mean is updated value by value, at the scale of each."""

    def __init__(self, mean: bool) -> None:
        self._mean, self._count = mean, 0
        self._found = Decimal(0)

    def add(self, *arguments: bytes | None) -> None:
        (value,) = arguments
        if not value:
            return
        number = READ["decimal"](value)
        self._count += 1
        if not self._mean:
            self._found = WIDE.add(self._found, number)
            return
        difference = WIDE.subtract(number, self._found)
        scale = scale_of(difference)
        context = WIDE.copy()
        context.prec = max(difference.adjusted() + scale + 30, 30)
        share = to_scale_quotient(difference, self._count, scale)
        self._found = WIDE.add(self._found, share)

    def result(self) -> bytes:
        return WRITE["decimal"](self._found)


def to_scale_quotient(value: Decimal, count: int, scale: int) -> Decimal:
    """A decimal divided by a number, with this many digits after the point, rounded half to even."""
    digits = WIDE.copy()
    digits.prec = max(value.adjusted() + scale, 0) + 60
    return to_scale(digits.divide(value, Decimal(count)), scale, ROUND_HALF_EVEN)


def _state(name: str, mean: bool) -> State:
    if name == "decimal":
        return _Decimals(mean)
    return _Floating(name, mean) if name in ("float", "double") else _Whole(name, mean)


STATES: Final[dict[str, Callable[[str], State]]] = {
    "sum": lambda name: _state(name, False),
    "avg": lambda name: _state(name, True),
}
"""The states of numeric aggregates by name, each made for the name of a type."""


def _maker(make: Callable[[str], State], name: str) -> Callable[[], State]:
    return lambda: make(name)


def _extreme(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    (cql_type,) = types
    return Function(name, types, cql_type, state=lambda: _Extreme(cql_type, name == "max"))


COUNT_ROWS: Final = Function("count", (), BIGINT, state=_Count)


def count_of(cql_type: CqlType) -> Function:
    """The ``count`` of values of a type."""
    return Function("count", (cql_type,), BIGINT, state=_Count)


def _functions() -> Iterator[Function | Factory]:
    for name in NAMES:
        for aggregate, make in STATES.items():
            yield Function(aggregate, (TYPES[name],), TYPES[name], state=_maker(make, name))
    yield Function("count", (NATIVE["blob"],), BIGINT, state=_Count)
    for aggregate in EXTREMES:
        yield Factory(aggregate, (Parameter("any", received=True),), _extreme)


register(_functions())
