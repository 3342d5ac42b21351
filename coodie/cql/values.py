"""The Python values of CQL types at the driver border, and the classes for values that Python has no class for.

The values of the native types are listed in ``natives.py``; those of the other types are:

================================  ==================================================================
CQL                               Python, at the driver border, both ways
================================  ==================================================================
list, set, map                    list, set, dict
tuple                             tuple
a user-defined type               `UdtValue`, a dictionary of all its fields
vector                            list
================================  ==================================================================

Inside a set, and as a key of a map, a value must be hashable: there a list is a tuple, a set a frozenset, and a map or
user-defined type a `UdtValue`. None is null.

A timestamp is an aware datetime in UTC, in whole milliseconds. A timestamp, date or time that Python's types cannot
hold is sent as its number on the wire. A driver returns a date, time or datetime if one can hold the value, and
otherwise an `Unreadable` with the number, which it also accepts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Duration:
    """A CQL duration. Months, days and nanoseconds are separate, since a month has no fixed number of days.

    All three must have the same sign, as the server requires. ``coodie.types.CqlDuration`` is this class.
    """

    months: int = 0
    days: int = 0
    nanoseconds: int = 0

    def __post_init__(self) -> None:
        parts: tuple[Any, ...] = (self.months, self.days, self.nanoseconds)
        if any(isinstance(part, bool) or not isinstance(part, int) for part in parts):
            raise ValueError("months, days and nanoseconds of a duration must be whole numbers")
        if min(parts) < 0 < max(parts):
            raise ValueError("months, days and nanoseconds of a duration must have one sign")
        if any(abs(part) >= limit for part, limit in zip(parts, (2**31, 2**31, 2**63), strict=True)):
            raise ValueError("a duration holds 32 bits of months and days and 64 of nanoseconds")

    @classmethod
    def from_timedelta(cls, delta: timedelta) -> Duration:
        """The same span as days and nanoseconds; a negative one has both negative."""
        sign = -1 if delta < timedelta() else 1
        delta = abs(delta)
        return cls(0, sign * delta.days, sign * (delta.seconds * 10**9 + delta.microseconds * 1000))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A placeholder in a row for a value that Python cannot hold, such as a year beyond 9999 or invalid UTF-8.

    ``why`` says what is wrong. ``number`` is the value of a CQL ``date``, ``time`` or ``timestamp`` on the wire (days
    since 1970, nanoseconds since midnight, milliseconds since 1970), and None for any other type.
    """

    why: str
    number: int | None = None


def unreadable(cql_type: str) -> Unreadable:
    """The placeholder for a value of a type whose bytes no decoder takes."""
    more = f"; a decimal may have {MAX_DIGITS:,} digits there" if "decimal" in cql_type else ""
    return Unreadable(f"Python cannot hold this {cql_type}{more}")


def readable(value: Any) -> Any:
    """The value itself. Raises TypeError for what stands for a value that Python cannot hold."""
    if isinstance(value, Unreadable):
        raise TypeError("Python cannot hold this value")
    return value


def as_text(value: Any) -> str:
    """A value as Python prints it. Raises TypeError for what stands for a value that Python cannot hold."""
    return str(readable(value))


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the partitioner computes it, for comparison with the token of a partition key."""

    value: int


class Secret(str):
    """A str that is bound as it is and shown masked."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'**********'"


class SecretBlob(bytes):
    """Bytes that are bound as they are, and shown masked."""

    def __repr__(self) -> str:
        return "'**********'"


class UdtValue(dict[str, Any]):
    """A value of a user-defined type, or a map, that is hashable, so that it can be an element of a set or a map
    key.
    """

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self))


def but_not(value: dict[str, Any], fields: Collection[str]) -> str:
    """The end of a message that names a value's surplus fields; empty for a plain dict, whose keys may be data."""
    return f", not {', '.join(name for name in value if name not in fields)}" if isinstance(value, UdtValue) else ""


MAX_DIGITS: Final = 4300
"""The most digits of a decimal or varint. It is Python's own limit for converting ints, which takes quadratic time."""

_END: Final = 10**MAX_DIGITS


def check_whole(value: int) -> None:
    """Raise ValueError for an int of more than `MAX_DIGITS` digits."""
    if not -_END < value < _END:
        check_digits(MAX_DIGITS + 1)


def check_digits(count: int) -> None:
    """Raise ValueError if ``count`` is more than `MAX_DIGITS`."""
    if count > MAX_DIGITS:
        raise ValueError(f"a number of more than {MAX_DIGITS} digits could not be read back")


EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND: Final = timedelta(microseconds=1)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime, which is how a ``timestamp`` is encoded."""
    since = moment - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000  # a third less time than `//`


def ceiling(moment: datetime) -> datetime | int:
    """The datetime rounded up to whole milliseconds; a number if no datetime can hold the result."""
    rest = -microseconds(moment) % 1000
    try:
        return moment + timedelta(microseconds=rest)
    except OverflowError:
        return microseconds(moment) // 1000 + 1


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, as for ``USING TIMESTAMP``; a naive datetime is taken as UTC."""
    aware = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment
    return (aware - EPOCH) // _MICROSECOND
