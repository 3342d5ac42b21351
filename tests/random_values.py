"""CQL types and values of them, drawn by a `random.Random`: faster by far than Hypothesis, for tests of a million."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import Any
from uuid import UUID

from coodie.cql.types import NATIVE, CqlType, List, Map, Native, Set, Tuple, Udt, Vector, freeze
from coodie.cql.values import Duration, UdtValue

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999
"""Milliseconds of the first and the last moment that a datetime can hold."""


def how_many(variable: str, default: int) -> int:
    """How much a test tries: what the environment variable says, else little."""
    return int(os.environ.get(variable, default))


def edgy(random: Random, low: int, high: int) -> int:
    """A number from low to high, of any size, and often one at an edge."""
    if random.random() < 0.2:
        return random.choice([low, high, max(low, min(0, high)), max(low, min(1, high)), max(low, min(-1, high))])
    number = random.getrandbits(random.randrange(1, 1 + max(abs(low), abs(high)).bit_length()))
    return max(low, min(high, random.choice([number, -number])))


def whole(bits: int) -> Callable[[Random], int]:
    return lambda random: edgy(random, -(1 << bits - 1), (1 << bits - 1) - 1)


def text(random: Random) -> str:
    alphabet = random.choice(["ab", "aß√𝄞\u0000\uffff", "\U0010ffff z'\\"])
    return "".join(random.choices(alphabet, k=random.randrange(6)))


def number(random: Random) -> float:
    if random.random() < 0.3:
        return random.choice([0.0, -0.0, 1.5, float("inf"), float("-inf"), 5e-324, -1e308])
    found: float = struct.unpack(">d", random.randbytes(8))[0]
    return found if found == found else 0.5


def single(random: Random) -> float:
    if random.random() < 0.3:
        return random.choice([0.0, -0.0, 1.5, float("inf"), float("-inf"), -0.5])
    found: float = struct.unpack(">f", random.randbytes(4))[0]
    return found if found == found else 0.5


def decimal(random: Random) -> Decimal:
    unscaled = edgy(random, -(10**40), 10**40)
    exponent = edgy(random, -60, 60) if random.random() < 0.9 else edgy(random, 1 - 2**31, 2**31 - 1)
    return Decimal((unscaled < 0, tuple(map(int, str(abs(unscaled)))), exponent))


def timeuuid(random: Random) -> UUID:
    pool = random.getrandbits(128) if random.random() < 0.5 else random.choice([0, 0x7F, 0x80, 0xFF << 56, 1 << 96])
    return UUID(int=pool, version=1)


def uuid(random: Random) -> UUID:
    return timeuuid(random) if random.random() < 0.3 else UUID(int=random.getrandbits(128))


def day_time(random: Random) -> time:
    return (datetime.min + timedelta(microseconds=edgy(random, 0, 86_400_000_000 - 1))).time()


def duration(random: Random) -> Duration:
    sign = random.choice([1, -1])
    return Duration(*(sign * edgy(random, 0, (1 << bits) - 1) for bits in (31, 31, 63)))


def address(random: Random) -> IPv4Address | IPv6Address:
    return IPv4Address(random.getrandbits(32)) if random.random() < 0.5 else IPv6Address(random.getrandbits(128))


NATIVES: dict[str, Callable[[Random], Any]] = {
    "ascii": lambda random: "".join(random.choices("aZ \x00\x7f'", k=random.randrange(6))),
    "bigint": whole(64),
    "blob": lambda random: random.randbytes(random.randrange(6)),
    "boolean": lambda random: random.random() < 0.5,
    "counter": whole(64),
    "date": lambda random: date.fromordinal(edgy(random, 1, date.max.toordinal())),
    "decimal": decimal,
    "double": number,
    "duration": duration,
    "float": single,
    "inet": address,
    "int": whole(32),
    "smallint": whole(16),
    "text": text,
    "time": day_time,
    "timestamp": lambda random: EPOCH + timedelta(milliseconds=edgy(random, FIRST, LAST)),
    "timeuuid": timeuuid,
    "tinyint": whole(8),
    "uuid": uuid,
    "varint": lambda random: edgy(random, -(1 << 200), 1 << 200),
}
NESTABLE = sorted(NATIVES.keys() - {"counter"})
KEYS = sorted(NATIVES.keys() - {"counter", "duration"})


def cql_type(random: Random, depth: int = 2, names: list[str] = NESTABLE) -> CqlType:
    """A type, nested up to so many times; what is nested is frozen, as the server has it."""
    kind = random.randrange(9) if depth else 8

    def inner() -> CqlType:
        return freeze(cql_type(random, depth - 1, names))

    match kind:
        case 0:
            return List(inner())
        case 1:
            return Set(inner())
        case 2:
            return Map(inner(), inner())
        case 3:
            return Tuple(tuple(inner() for _ in range(random.randrange(1, 4))))
        case 4:
            fields = tuple((f"f{place}", inner()) for place in range(random.randrange(1, 4)))
            return Udt(f"u{random.getrandbits(60):x}", fields, frozen=False)
        case 5:
            return Vector(inner(), random.randrange(1, 4))
        case _:
            return NATIVE[random.choice(names)]


def value(random: Random, kind: CqlType, hashable: bool = False) -> Any:
    """A value of the type, as the driver border has it. A `UdtValue` has a hash whatever is in it."""
    match kind:
        case Native(name):
            return NATIVES[name](random)
        case List(element):
            return (tuple if hashable else list)(values(random, element, hashable))
        case Set(element):
            return (frozenset if hashable else set)(values(random, element, True))
        case Map(key, item):
            make = UdtValue if hashable else dict
            return make((name, value(random, item)) for name in values(random, key, True))
        case Tuple(elements):
            return tuple(or_null(random, element, hashable) for element in elements)
        case Udt(_, fields):
            return UdtValue((name, or_null(random, field)) for name, field in fields)
        case Vector(element, dimension):
            return (tuple if hashable else list)(value(random, element, hashable) for _ in range(dimension))
        case _:
            raise TypeError(kind)


def values(random: Random, kind: CqlType, hashable: bool) -> list[Any]:
    return [value(random, kind, hashable) for _ in range(random.randrange(4))]


def or_null(random: Random, kind: CqlType, hashable: bool = False) -> Any:
    return None if random.random() < 0.2 else value(random, kind, hashable)
