"""Timestamps, dates, times of day and durations: their codecs, literals and checks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from struct import Struct
from typing import Any, Final

from coodie.cql.codecs.codec import SERVER_ERROR, Codec, InvalidBytes, by_bytes, check_type, refused, sized
from coodie.cql.codecs.numbers import BIGINT
from coodie.cql.instants import DATES, MOMENTS, TIMES, Counted, date_of, datetime_of, days, nanoseconds, time_of
from coodie.cql.values import EPOCH, Duration, Unreadable, milliseconds
from coodie.cql.vints import pack_vint, unpack_vint

_pack_int64: Final = Struct(">q").pack
_unpack_int64: Final = Struct(">q").unpack
_pack_uint32: Final = Struct(">I").pack
_unpack_uint32: Final = Struct(">I").unpack
_MILLISECOND: Final = timedelta(milliseconds=1)


def _encode_timestamp(value: Any) -> bytes:
    if not isinstance(value, datetime):
        return _pack_int64(_number(value, MOMENTS, "datetime"))
    # A naive datetime is taken as UTC, as the vendor's driver does; the wire holds milliseconds, so the rest is cut
    # off.
    return _pack_int64(milliseconds(value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)))


def _number(value: Any, kind: Counted, wanted: str) -> int:
    """The number on the wire; a value given as a number may be outside the range of the Python type."""
    number = kind.number_in(value)
    if number is None:
        raise refused(value, wanted)
    return number


def check_timestamp(value: Any, cql: str) -> None:
    """Raise TypeError or ValueError for anything but a datetime as a server returns it, or a number of milliseconds."""
    if MOMENTS.number_in(value) is not None:
        return
    check_type(value, datetime, cql)
    if value.utcoffset() != timedelta():
        raise ValueError("timestamp takes an aware datetime in UTC")
    if value.microsecond % 1000:
        raise ValueError("timestamp holds whole milliseconds, so cut off the microseconds")


def write_timestamp(value: datetime) -> str:
    """The literal of a timestamp, in UTC."""
    aware = value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
    return f"'{aware.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z'"


# Values that Python can hold are made right here, which saves a call per cell; all others become an `Unreadable`.


def _decode_timestamp(data: bytes, _: object = None) -> datetime | Unreadable:
    # Integer arithmetic throughout: the vendor computes in floats, which lose microseconds from the year 2100 on.
    number = _unpack_int64(data)[0]
    try:
        moment: datetime = EPOCH + number * _MILLISECOND
    except OverflowError:
        return datetime_of(number)
    return moment


TIMESTAMP: Final = Codec(
    _encode_timestamp,
    _decode_timestamp,
    sized((8, 0), "Expected 8 or 0 byte long for date ({})"),
    BIGINT.sort_key,
    8,
)

_EPOCH_DAY: Final = EPOCH.toordinal()


def _encode_date(value: Any) -> bytes:
    if not isinstance(value, date) or isinstance(value, datetime):
        return _pack_uint32(_number(value, DATES, "date") + DATES.shift)
    return _pack_uint32(days(value) + DATES.shift)


def _decode_date(data: bytes, _: object = None) -> date | Unreadable:
    number = _unpack_uint32(data)[0] - DATES.shift
    try:
        return date.fromordinal(number + _EPOCH_DAY)
    except (ValueError, OverflowError):
        return date_of(number)


DATE: Final = Codec(_encode_date, _decode_date, sized((4,), "Expected 4 byte long for date ({})"), by_bytes)


def check_date(value: Any, cql: str) -> None:
    """Raise TypeError or ValueError for anything but a date, or a number of days."""
    if DATES.number_in(value) is None:
        check_type(value, date, cql)


def write_iso(value: date | time) -> str:
    """The literal of a date or time, in the format of ISO 8601."""
    return f"'{value.isoformat()}'"


def _encode_time(value: Any) -> bytes:
    if not isinstance(value, time):
        return _pack_int64(_number(value, TIMES, "time"))
    if value.tzinfo is not None:
        raise ValueError("it takes a time of day without a zone")
    return _pack_int64(nanoseconds(value))


def _decode_time(data: bytes, _: object = None) -> time | Unreadable:
    return time_of(_unpack_int64(data)[0])


# The server also accepts negative times and times of more than a day, and sorts the negative ones last.
TIME: Final = Codec(_encode_time, _decode_time, sized((8,), "Expected 8 byte long for time ({})"), by_bytes)


def check_time(value: Any, cql: str) -> None:
    """Raise TypeError or ValueError for anything but a time without a zone, or a number of nanoseconds."""
    if TIMES.number_in(value) is not None:
        return
    check_type(value, time, cql)
    if value.tzinfo is not None:
        raise ValueError("time takes a time of day without a zone")


def _encode_duration(value: Any) -> bytes:
    if not isinstance(value, Duration):
        raise refused(value, "CqlDuration")
    return pack_vint(value.months) + pack_vint(value.days) + pack_vint(value.nanoseconds)


def _decode_duration(data: bytes, _: object = None) -> Duration:
    months, at = unpack_vint(data)
    days, at = unpack_vint(data, at)
    nanoseconds, _ = unpack_vint(data, at)
    return Duration(months, days, nanoseconds)


def _validate_duration(data: bytes) -> None:
    if len(data) < 3:
        raise InvalidBytes(f"Expected at least 3 bytes for a duration ({len(data)})")
    parts: list[int] = []
    at = 0
    try:
        for _ in range(3):
            part, at = unpack_vint(data, at)
            parts.append(part)
    except ValueError:
        raise InvalidBytes("java.lang.AssertionError: Unexpected error", SERVER_ERROR) from None
    for name, part in zip(("months", "days"), parts, strict=False):
        if not -(1 << 31) <= part < 1 << 31:
            raise InvalidBytes(f"The duration {name} must be a 32 bits integer but was: {part}")
    if min(parts) < 0 < max(parts):
        text = ", ".join(map(str, parts))
        raise InvalidBytes(f"The duration months, days and nanoseconds must be all of the same sign ({text})")


DURATION: Final = Codec(_encode_duration, _decode_duration, _validate_duration, by_bytes)

_NANOSECONDS: Final = (
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1000),
    ("ns", 1),
)


def write_duration(value: Duration) -> str:
    """The literal of a duration: the parts that are not zero, each with its unit."""
    rest = abs(value.nanoseconds)
    parts = [(abs(value.months), "mo"), (abs(value.days), "d")]
    for unit, size in _NANOSECONDS:
        count, rest = divmod(rest, size)
        parts.append((count, unit))
    text = "".join(f"{count}{unit}" for count, unit in parts if count) or "0ns"
    return f"-{text}" if min(value.months, value.days, value.nanoseconds) < 0 else text
