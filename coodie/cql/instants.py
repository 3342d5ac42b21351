"""Dates, times and timestamps as the numbers that they are on the wire, and back.

They are days since 1970, nanoseconds since midnight and milliseconds since 1970. Not every number has a value in
Python; for such there is an `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from coodie.cql.values import EPOCH, Unreadable, milliseconds

_EPOCH_DAY: Final = EPOCH.toordinal()
_MILLISECOND: Final = timedelta(milliseconds=1)


def days(day: date) -> int:
    """Days since 1970."""
    return day.toordinal() - _EPOCH_DAY


def nanoseconds(moment: time) -> int:
    """Nanoseconds since midnight."""
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return seconds * 10**9 + moment.microsecond * 1000


def date_of(number: int) -> date | Unreadable:
    """The day that is so many days after, or before, 1970-01-01."""
    try:
        return date.fromordinal(number + _EPOCH_DAY)
    except (ValueError, OverflowError):
        return _beyond("date", number, "it lies outside the years 1 to 9999, and date holds no others")


def time_of(number: int) -> time | Unreadable:
    """The time of day that is so many nanoseconds after midnight."""
    seconds, rest = divmod(number, 10**9)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    if rest % 1000:
        return _beyond("time", number, "it has nanoseconds, and time holds whole microseconds only")
    if not 0 <= hour < 24:  # the server takes such, too
        return _beyond("time", number, "it lies outside the hours of a day")
    return time(hour, minute, second, rest // 1000)


def datetime_of(number: int) -> datetime | Unreadable:
    """The instant that is so many milliseconds after, or before, 1970."""
    try:
        moment: datetime = EPOCH + number * _MILLISECOND
    except OverflowError:
        return _beyond("timestamp", number, "it lies outside the years 1 to 9999, and datetime holds no others")
    return moment


def _beyond(kind: str, number: int, why: str) -> Unreadable:
    return Unreadable(f"{why}; a field of Annotated[int, {kind.title()}()] has its number", number)


@dataclass(frozen=True, slots=True)
class Counted:
    """A type whose values are numbers on the wire, of which Python's type holds some only.

    - ``numbers`` are those that CQL holds.
    - ``value_of`` gives Python's value of a number, or an `Unreadable`; ``number_of`` is the way back.
    - ``shift`` is what CQL adds to a number in its literals.
    """

    name: str
    numbers: range
    value_of: Callable[[int], Any]
    number_of: Callable[[Any], int]
    shift: int = 0

    def number_in(self, value: Any) -> int | None:
        """The number, if the value is one; None for any other value.

        Raises ValueError for a number that the type does not hold.
        """
        number = value.number if isinstance(value, Unreadable) else value
        if not isinstance(number, int) or isinstance(number, bool):
            return None
        if number not in self.numbers:
            raise ValueError(f"the number is not one that {self.name} holds")
        return number


DATES: Final = Counted("date", range(-(2**31), 2**31), date_of, days, 2**31)
TIMES: Final = Counted("time", range(86_400 * 10**9), time_of, nanoseconds)
MOMENTS: Final = Counted("timestamp", range(-(2**63), 2**63), datetime_of, milliseconds)


def unreadable_in(value: Any) -> Unreadable | None:
    """The first `Unreadable` in a value, at any depth."""
    if isinstance(value, Unreadable):
        return value
    parts: Any = ()
    if _is(value, dict):
        parts = (*value, *value.values())
    elif _is(value, list, tuple, set, frozenset):
        parts = value
    return next(filter(None, map(unreadable_in, parts)), None)


def _is(value: Any, *types: type) -> bool:
    """``isinstance`` for a value that stays Any: type checkers do not agree on what it would be narrowed to."""
    return isinstance(value, types)
