"""Texts of dates, times, timestamps, durations and addresses, as the server reads them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from ipaddress import IPv6Address
from struct import Struct
from typing import Final

from coodie.cql.codecs.times import DURATION
from coodie.cql.values import Duration
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.base import invalid
from coodie.testing.memory.java_numbers import is_of_units, whole

_long: Final = Struct(">q")
_days: Final = Struct(">I")
_WHOLE: Final = re.compile(r"-?[0-9]+")
DAY: Final = 86_400_000
_NANOSECONDS_A_DAY: Final = 86_400 * 10**9


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1970 of a day of the calendar that is carried on before its start, years below 1 included."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since 1970."""
    era, of_era = divmod(days + 719_468, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + era * 400 + (month <= 2), month, day


def month_length(year: int, month: int) -> int:
    """How many days a month has."""
    return monthrange(2000 + year % 400, month)[1]


def days_of_julian(year: int, month: int, day: int) -> int:
    """Days since 1970 of a day of the Julian calendar."""
    year -= month <= 2
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return year * 365 + year // 4 + of_year - 719_470


def julian(days: int) -> tuple[int, int, int]:
    """Year, month and day in the Julian calendar."""
    four, of_four = divmod(days + 719_470, 1461)
    year = (of_four - of_four // 1460) // 365
    of_year = of_four - 365 * year
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + four * 4 + (month <= 2), month, day


def julian_length(year: int, month: int) -> int:
    """How many days a month of the Julian calendar has."""
    return 29 if month == 2 and year % 4 == 0 else monthrange(2001, month)[1]


_DATE: Final = re.compile(r"([+-]?)([0-9]{4,9})-([0-9]{2})-([0-9]{2})")


def date_bytes(text: str) -> bytes:
    """A date: ``2020-02-03``, or days with 1970-01-01 in the middle of 32 bits."""
    if _WHOLE.fullmatch(text):
        if not 0 <= whole(text) < 1 << 32:
            raise errors.NO_DAYS(text)
        return _days.pack(int(text))
    found = _DATE.fullmatch(text)
    if found is None or (found[1] != "-" and len(found[2]) > 4) != (found[1] == "+"):
        raise errors.NO_DATE(text)
    year, month, day = int(found[1] + found[2]), int(found[3]), int(found[4])
    if not 1 <= month <= 12 or not 1 <= day <= month_length(year, month) or (found[1] == "-" and not year):
        raise errors.NO_DATE(text)
    days = days_of(year, month, day) + (1 << 31)
    if not 0 <= days < 1 << 32:
        raise errors.NO_DATE(text)
    return _days.pack(days)


# `Integer.parseInt` reads the parts.
_TIME: Final = re.compile(r"\+?(\d+):\+?(\d+):\+?(\d+)(?:\.(\d{1,9}))?")


def time_bytes(text: str) -> bytes:
    """A time of day: ``08:30:00.5``, or nanoseconds."""
    if _WHOLE.fullmatch(text):
        if not 0 <= whole(text) < _NANOSECONDS_A_DAY:
            raise errors.NO_NANOSECONDS(text)
        return _long.pack(int(text))
    found = _TIME.fullmatch(text.strip())
    if found is None or not is_of_units(text):
        raise errors.NO_TIME(text)
    hour, minute, second = map(int, found.groups()[:3])
    if hour > 23 or minute > 59 or second > 59:
        raise errors.NO_TIME(text)
    return _long.pack((hour * 3600 + minute * 60 + second) * 10**9 + int((found[4] or "0").ljust(9, "0")))


_MOMENT: Final = re.compile(
    r"([0-9]{4}|-[0-9]{4,9}|\+[0-9]{5,9})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)?"
    r"(?: ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)| ([A-Za-z][A-Za-z_/+-]*))?"
)
_UTC: Final = frozenset({"UTC", "GMT", "UT", "Z"})


def timestamp_bytes(text: str, now: Callable[[], int]) -> bytes:
    """A timestamp: ``2020-02-03T04:05:06.789Z`` and its shorter forms, milliseconds since 1970, or ``now``."""
    if not text:
        return b""
    if text.lower() == "now":
        return _long.pack(now() // 1000)
    if _WHOLE.fullmatch(text):
        if not -(1 << 63) <= whole(text) < 1 << 63:
            raise errors.NO_MILLISECONDS(text)
        return _long.pack(int(text))
    return _long.pack(_milliseconds(text))


def _milliseconds(text: str) -> int:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise errors.NO_MOMENT(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    of_day = hour * 3600 + minute * 60 + second
    thousandths = int((found[7] or "0").ljust(9, "0")) // 10**6
    late = hour > 23 and not (hour == 24 and of_day == 86_400 and not thousandths)
    if not 1 <= month <= 12 or not 1 <= day <= 31 or late or minute > 59 or second > 59:
        raise errors.NO_MOMENT(text)
    day = min(day, month_length(year, month))
    return days_of(year, month, day) * DAY + of_day * 1000 + thousandths - _offset(text, found[8], found[9])


def _offset(text: str, zone: str | None, name: str | None) -> int:
    """Milliseconds that a zone is ahead of UTC, which is the server's own."""
    if name is not None and name not in _UTC:
        raise gaps.ZONE()
    if not zone or zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or "0")
    if minutes > 59 or hours * 60 + minutes > 18 * 60:
        raise errors.NO_MOMENT(text)
    return (hours * 60 + minutes) * (-60_000 if zone[0] == "-" else 60_000)


_NANOSECONDS: Final = {"h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 1000, "µs": 1000, "ns": 1}
_NAMES: Final = {
    "y": "years",
    "mo": "months",
    "w": "weeks",
    "d": "days",
    "h": "hours",
    "m": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "µs": "microseconds",
    "ns": "nanoseconds",
}
_ORDER: Final = [*dict.fromkeys(_NAMES.values())]
_PART: Final = re.compile(r"([0-9]+)(mo|ms|us|ns|µs|[ywdhms])", re.IGNORECASE)
_PARTS: Final = re.compile(f"(?:{_PART.pattern})+", re.IGNORECASE)
_ISO: Final = re.compile(r"P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?")
_ISO_WEEKS: Final = re.compile(r"P([0-9]+)W")
_ISO_DATE: Final = re.compile(r"P([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})")
_OUT_OF_ORDER: Final = invalid("Invalid duration. The {} should be after {}")
_TWICE: Final = invalid("Invalid duration. The {} are specified multiple times")


def duration_bytes(text: str) -> bytes:
    """A duration in one of its four forms."""
    return DURATION.encode(duration_of(text))


def duration_of(text: str) -> Duration:
    """The duration that a text says."""
    sign, said = (-1, text[1:]) if text.startswith("-") else (1, text)
    months, days, nanoseconds = _summed(_pairs(text, said))
    return Duration(sign * months, sign * days, sign * nanoseconds)


def _pairs(text: str, said: str) -> list[tuple[int, str]]:
    for pattern, units in ((_ISO_WEEKS, ("w",)), (_ISO_DATE, _ISO_UNITS), (_ISO, _ISO_UNITS)):
        found = pattern.fullmatch(said)
        if found is not None and said not in ("P", "PT"):
            return [(int(part), unit) for part, unit in zip(found.groups(), units, strict=True) if part is not None]
    if _PARTS.fullmatch(said) is None:
        raise errors.NO_DURATION(text.removeprefix("-"))
    pairs = [(_long_number(number), unit.lower()) for number, unit in _PART.findall(said)]
    before = -1
    for _, unit in pairs:
        place = _ORDER.index(_NAMES[unit])
        if place == before:
            raise _TWICE(_NAMES[unit])
        if place < before:
            raise _OUT_OF_ORDER(_ORDER[before], _NAMES[unit])
        before = place
    return pairs


def _long_number(digits: str) -> int:
    if whole(digits) >= 1 << 63:
        raise errors.DURATION_DIGITS(digits)
    return int(digits)


_ISO_UNITS: Final = ("y", "mo", "d", "h", "m", "s")


def _summed(pairs: list[tuple[int, str]]) -> tuple[int, int, int]:
    months = sum(number * {"y": 12, "mo": 1}.get(unit, 0) for number, unit in pairs)
    days = sum(number * {"w": 7, "d": 1}.get(unit, 0) for number, unit in pairs)
    nanoseconds = sum(number * _NANOSECONDS.get(unit, 0) for number, unit in pairs)
    for name, amount, most in (("months", months, 31), ("days", days, 31), ("nanoseconds", nanoseconds, 63)):
        if amount >= 1 << most:
            raise errors.DURATION_TOO_LONG(name)
    return months, days, nanoseconds


def duration_text(value: Duration) -> str:
    """A duration in the form that the server prints."""
    sign = "-" if min(value.months, value.days, value.nanoseconds) < 0 else ""
    years, months = divmod(abs(value.months), 12)
    parts = [(years, "y"), (months, "mo"), (abs(value.days), "d")]
    rest = abs(value.nanoseconds)
    for unit in ("h", "m", "s", "ms", "us", "ns"):
        amount, rest = divmod(rest, _NANOSECONDS[unit])
        parts.append((amount, unit))
    return sign + "".join(f"{amount}{unit}" for amount, unit in parts if amount)


_IPV4: Final = re.compile(r"[0-9]+(?:\.[0-9]+){0,3}")
_LOOKS_NUMERIC: Final = re.compile(r"[0-9.]+|.*:.*|.* .*", re.DOTALL)


def inet_bytes(text: str) -> bytes:
    """An address; of names only ``localhost``, since nothing is looked up."""
    if not text:
        return b""
    if text == "localhost":
        return b"\x7f\x00\x00\x01"
    if _IPV4.fullmatch(text):
        *first, last = map(int, text.split("."))
        room = 4 - len(first)
        if any(part > 255 for part in first) or last >= 1 << 8 * room:
            raise errors.NO_ADDRESS(text)
        return bytes(first) + last.to_bytes(room, "big")
    try:
        found = IPv6Address(text[1:-1] if text.startswith("[") and text.endswith("]") else text)
    except ValueError:
        if _LOOKS_NUMERIC.fullmatch(text):
            raise errors.NO_ADDRESS(text) from None
        raise gaps.HOST() from None
    return found.ipv4_mapped.packed if found.ipv4_mapped is not None else found.packed
