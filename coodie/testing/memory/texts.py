"""The texts of native values as the server prints them in casts to text and, slightly differently, in JSON."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address
from struct import Struct
from typing import Final
from uuid import UUID

from coodie.cql.codecs.numbers import DECIMAL
from coodie.cql.codecs.times import DURATION
from coodie.cql.vints import unpack_varint
from coodie.testing.memory.errors.gaps import LONG_NUMBER
from coodie.testing.memory.java import double_text, float_text
from coodie.testing.memory.moments import DAY, civil, duration_text


def _number(layout: str) -> Callable[[bytes], str]:
    unpack = Struct(layout).unpack_from
    return lambda data: str(unpack(data)[0])


_float: Final = Struct(">f").unpack
_double: Final = Struct(">d").unpack
_long: Final = Struct(">q").unpack
_day: Final = Struct(">I").unpack


def date_text(data: bytes) -> str:
    """A date, with a sign before a year that does not have four digits."""
    return day_text(_day(data)[0] - (1 << 31))


def day_text(days: int) -> str:
    """The date that is this many days after 1970-01-01."""
    year, month, day = civil(days)
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04}-{month:02}-{day:02}"


def time_text(data: bytes) -> str:
    """A time of day, with all nine digits of its fraction. One below midnight has a sign in each of its parts."""
    (rest,) = _long(data)
    parts: list[str] = []
    for size, digits in ((1000, 3), (1000, 3), (1000, 3), (60, 2), (60, 2), (24, 2)):
        part = abs(rest) % size * (-1 if rest < 0 else 1)
        rest = (rest - part) // size
        parts.append("0" * sum(part < 10**place for place in range(1, digits)) + str(part))
    nanos, micros, millis, seconds, minutes, hours = parts
    return f"{hours}:{minutes}:{seconds}.{millis}{micros}{nanos}"


def timestamp_text(data: bytes, between: str = "T") -> str:
    """A timestamp in UTC."""
    days, of_day = divmod(_long(data)[0], DAY)
    seconds, thousandths = divmod(of_day, 1000)
    year, month, date = civil(days)
    if year < 1:
        year = 1 - year  # the year within its era, which the text does not name
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    day = f"{'+' if year > 9999 else ''}{year:04}-{month:02}-{date:02}"
    return f"{day}{between}{hour:02}:{minute:02}:{second:02}.{thousandths:03}Z"


def inet_text(data: bytes) -> str:
    """An address as Java prints it, with no part abbreviated."""
    if len(data) == 4:
        return str(IPv4Address(data))
    return ":".join(f"{int.from_bytes(data[at : at + 2], 'big'):x}" for at in range(0, 16, 2))


def _varint(data: bytes) -> str:
    try:
        return str(unpack_varint(data))
    except ValueError:  # Python writes no longer numbers
        raise LONG_NUMBER() from None


def _duration(data: bytes) -> str:
    return duration_text(DURATION.decode(data))


TEXTS: Final[dict[str, Callable[[bytes], str]]] = {
    "ascii": bytes.decode,
    "bigint": _number(">q"),
    "blob": lambda data: f"0x{data.hex()}",
    "boolean": lambda data: "true" if data != b"\x00" else "false",
    "counter": _number(">q"),
    "date": date_text,
    "decimal": lambda data: str(DECIMAL.decode(data)),
    "double": lambda data: double_text(_double(data)[0]),
    "duration": _duration,
    "float": lambda data: float_text(_float(data)[0]),
    "inet": inet_text,
    "int": _number(">i"),
    "smallint": _number(">h"),
    "text": bytes.decode,
    "time": time_text,
    "timestamp": timestamp_text,
    "timeuuid": lambda data: str(UUID(bytes=data)),
    "tinyint": _number(">b"),
    "uuid": lambda data: str(UUID(bytes=data)),
    "varint": _varint,
}
"""From bytes, by the name of the type."""
