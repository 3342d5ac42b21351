"""Dates, times and timestamps as the numbers that they are on the wire, and back.

They are days since 1970, nanoseconds since midnight and milliseconds since 1970. Not every number has a value in
Python; for such there is an `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.values import EPOCH, Unreadable, wire_number

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


_OF_NUMBERS: Final[dict[str, Callable[[int], Any]]] = {"date": date_of, "time": time_of, "timestamp": datetime_of}


def as_read(cql_type: CqlType | None, value: Any) -> Any:
    """The value as a driver gives it: no number where there is a date, a time or a datetime for it, at any depth."""
    match cql_type:
        case Native(name) if name in _OF_NUMBERS:
            number = wire_number(value, name)
            return value if number is None else _OF_NUMBERS[name](number)
        case List(element) | Set(element) | Vector(element) if _is(value, list, tuple, set, frozenset):
            return type(value)([as_read(element, item) for item in value])
        case Tuple(elements) if _is(value, list, tuple):
            return type(value)([as_read(element, item) for element, item in zip(elements, value, strict=True)])
        case Map(key, item) if _is(value, dict):
            return type(value)([(as_read(key, name), as_read(item, each)) for name, each in value.items()])
        case Udt(_, fields) if _is(value, dict):
            types = dict(fields)
            return type(value)([(name, as_read(types.get(name), each)) for name, each in value.items()])
        case _:
            return value


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
