"""Conversion of dates, times and timestamps to their numbers on the wire, and back.

A date is days since 1970, a time nanoseconds since midnight, a timestamp milliseconds since 1970. A number that no
Python value can hold becomes an `Unreadable`.
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
    """The date that is ``number`` days after 1970-01-01, or before it if negative."""
    try:
        return date.fromordinal(number + _EPOCH_DAY)
    except (ValueError, OverflowError):
        return _beyond("date", number, "it lies outside the years 1 to 9999, which is all that date can hold")


def time_of(number: int) -> time | Unreadable:
    """The time of day that is ``number`` nanoseconds after midnight."""
    seconds, rest = divmod(number, 10**9)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    if rest % 1000:
        return _beyond("time", number, "it has nanoseconds, but time holds whole microseconds only")
    if not 0 <= hour < 24:  # the server accepts these as well
        return _beyond("time", number, "it lies outside the hours of a day")
    return time(hour, minute, second, rest // 1000)


def datetime_of(number: int) -> datetime | Unreadable:
    """The datetime that is ``number`` milliseconds after 1970, or before it if negative."""
    try:
        moment: datetime = EPOCH + number * _MILLISECOND
    except OverflowError:
        return _beyond("timestamp", number, "it lies outside the years 1 to 9999, which is all that datetime can hold")
    return moment


def _beyond(kind: str, number: int, why: str) -> Unreadable:
    return Unreadable(f"{why}; a field of Annotated[int, {kind.title()}()] has its number", number)


@dataclass(frozen=True, slots=True)
class Counted:
    """A type whose values are numbers on the wire, not all of which Python's type can hold.

    - ``numbers`` are those that are valid in CQL.
    - ``value_of`` converts a number to Python's value, or to an `Unreadable`; ``number_of`` converts it back.
    - ``shift`` is added to a number in CQL literals.
    """

    name: str
    numbers: range
    value_of: Callable[[int], Any]
    number_of: Callable[[Any], int]
    shift: int = 0

    def number_in(self, value: Any) -> int | None:
        """The number, if the value is one; None for any other value.

        Raises ValueError for a number that is not valid for the type.
        """
        number = value.number if isinstance(value, Unreadable) else value
        if not isinstance(number, int) or isinstance(number, bool):
            return None
        if number not in self.numbers:
            raise ValueError(f"the number is out of range for {self.name}")
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
    """``isinstance`` that does not narrow, since mypy and pyright disagree about what Any is narrowed to."""
    return isinstance(value, types)
