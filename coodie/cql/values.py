"""The Python values that CQL types take at the driver border, and the classes of those that Python has none for.

Those of the native types stand in the rows of ``natives.py``; the others take these:

================================  ==================================================================
CQL                               Python, at the driver border, both ways
================================  ==================================================================
list, set, map                    list, set, dict
tuple                             tuple
a user-defined type               `UdtValue`, a dictionary of all its fields
vector                            list
================================  ==================================================================

Inside a set, or as the key of a map, a value must be hashable: a list is a tuple there, a set a frozenset, a map and
a user-defined type a `UdtValue`. None is null.

A timestamp is an aware datetime in UTC, of whole milliseconds. A timestamp, date or time may be a number, too: that of
the wire, for what Python's types cannot hold. A driver gives a date, time or datetime wherever there is one, and else
an `Unreadable` with the number, which it takes, too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Duration:
    """A CQL duration. Months, days and nanoseconds are kept apart, since a month is no fixed number of days.

    All three must have the same sign, as the server demands. ``coodie.types.CqlDuration`` is this class.
    """

    months: int = 0
    days: int = 0
    nanoseconds: int = 0

    def __post_init__(self) -> None:
        parts: tuple[Any, ...] = (self.months, self.days, self.nanoseconds)
        if any(isinstance(part, bool) or not isinstance(part, int) for part in parts):
            raise ValueError("months, days and nanoseconds of a duration are whole numbers")
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
    """What stands in a row for a value that Python has no value for: a year beyond 9999, say, or a broken text.

    ``why`` says what is wrong with it. ``number`` is what a `date`, `time` or `timestamp` of CQL is on the wire: days
    or milliseconds since 1970, nanoseconds since midnight; None for any other type.
    """

    why: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A place on the ring, as the partitioner gives it; to compare with the token of a partition key."""

    value: int


class Secret(str):
    """A text that is bound as it is, and shown masked."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'**********'"


class SecretBlob(bytes):
    """Bytes that are bound as they are, and shown masked."""

    def __repr__(self) -> str:
        return "'**********'"


class UdtValue(dict[str, Any]):
    """A value of a user-defined type, or a map, that can stand in a set or as the key of a map."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self))


def but_not(value: dict[str, Any], fields: Collection[str]) -> str:
    """What a value of a class has beyond these fields, to end a message with; a dictionary's keys may be values."""
    return f", not {', '.join(name for name in value if name not in fields)}" if isinstance(value, UdtValue) else ""


MAX_DIGITS: Final = 4300
"""How many digits a decimal or varint may have: so many Python reads and prints, since more take quadratic time."""

_END: Final = 10**MAX_DIGITS


def check_whole(value: int) -> None:
    """Raise ValueError for a whole number of more than `MAX_DIGITS`."""
    if not -_END < value < _END:
        check_digits(MAX_DIGITS + 1)


def check_digits(count: int) -> None:
    """Raise ValueError for so many digits."""
    if count > MAX_DIGITS:
        raise ValueError(f"a number of more than {MAX_DIGITS} digits could not be read back")


EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MICROSECOND: Final = timedelta(microseconds=1)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime: what the wire carries for a ``timestamp``."""
    return (moment - EPOCH) // _MILLISECOND


def ceiling(moment: datetime) -> datetime | int:
    """The first whole millisecond that is not before a datetime; a number where no datetime can hold it."""
    rest = -microseconds(moment) % 1000
    try:
        return moment + timedelta(microseconds=rest)
    except OverflowError:
        return microseconds(moment) // 1000 + 1


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, as ``USING TIMESTAMP`` takes them; a naive datetime is taken as UTC."""
    aware = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment
    return (aware - EPOCH) // _MICROSECOND
