"""Functions of time: the current time, conversions, UUIDs of an instant, and ``floor``."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

from coodie.cql.codecs.times import DURATION
from coodie.cql.types import DURATION as DURATION_TYPE
from coodie.cql.types import NATIVE, TIMESTAMP
from coodie.cql.values import Duration
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.functions.arithmetic import add_to_millis
from coodie.testing.memory.functions.registry import Call, Function, register
from coodie.testing.memory.moments import DAY, civil, duration_text
from coodie.testing.memory.typed import Run

_long: Final = Struct(">q")
_days: Final = Struct(">I")
_UUID_EPOCH: Final = 0x01B21DD213814000
_DATE, _TIME, _TIMEUUID, _UUID = (NATIVE[name] for name in ("date", "time", "timeuuid", "uuid"))


def uuid_millis(data: bytes) -> int:
    """Milliseconds since 1970 of a UUID of version 1."""
    number = int.from_bytes(data[:8], "big")
    ticks = (number & 0xFFF) << 48 | (number >> 16 & 0xFFFF) << 32 | number >> 32
    return (ticks - _UUID_EPOCH) // 10_000


def _uuid_of(millis: int, more: int, rest: bytes) -> bytes:
    ticks = (millis * 10_000 + _UUID_EPOCH + more) & 0x0FFFFFFFFFFFFFFF
    high = (ticks & 0xFFFFFFFF) << 32 | (ticks >> 32 & 0xFFFF) << 16 | 0x1000 | ticks >> 48
    return high.to_bytes(8, "big") + rest


def _days_of_millis(millis: int) -> bytes:
    """The day of a timestamp. As in the server's arithmetic, a timestamp before 1970 may count to the following day."""
    seconds = millis // 1000
    days = abs(seconds) // 86_400 * (-1 if seconds < 0 else 1)
    return _days.pack((days + (1 << 31)) & 0xFFFFFFFF)


def _millis_of_date(data: bytes) -> int:
    return (int(_days.unpack(data)[0]) - (1 << 31)) * DAY


def _from(data: bytes, source: str) -> int:
    if source == "date":
        return _millis_of_date(data)
    return uuid_millis(data) if source == "timeuuid" else int(_long.unpack(data)[0])


def _conversion(source: str, target: str) -> Call:
    def call(data: bytes) -> bytes | None:
        if not data:
            return None
        millis = _from(data, source)
        return _days_of_millis(millis) if target == "date" else _long.pack(millis)

    return call


CONVERSIONS: Final = {
    (source, target): _conversion(source, target)
    for source, target in (
        *(("timestamp", "date"), ("timeuuid", "date"), ("date", "timestamp"), ("timeuuid", "timestamp")),
        *(("date", "bigint"), ("timestamp", "bigint"), ("timeuuid", "bigint")),
    )
}
"""The conversions between dates, timestamps and their numbers."""


def _min_timeuuid(data: bytes) -> bytes | None:
    return _uuid_of(_long.unpack(data)[0], 0, b"\x80" * 8) if data else None


def _max_timeuuid(data: bytes) -> bytes | None:
    return _uuid_of(_long.unpack(data)[0], 9999, b"\x7f" * 8) if data else None


def _now(run: Run) -> bytes:
    return run.clock.uuid1().bytes


def _uuid(run: Run) -> bytes:
    return run.clock.uuid4().bytes


def _millis(run: Run) -> int:
    return run.clock.micros() // 1000


def _timestamp(run: Run) -> bytes:
    return _long.pack(_millis(run))


def _date(run: Run) -> bytes:
    return _days_of_millis(_millis(run))


def _time(run: Run) -> bytes:
    return _long.pack(_millis(run) % DAY * 10**6)


def _floored(millis: int, by: Duration, start: int) -> int:
    """The latest timestamp that is ``start`` plus a multiple of the duration and not after ``millis``."""
    if start > millis:
        raise errors.FLOOR_TOO_EARLY()
    if by == Duration():
        return millis
    if min(by.months, by.days, by.nanoseconds) < 0:
        raise errors.FLOOR_NEGATIVE()
    if by.nanoseconds % 10**6:
        raise errors.FLOOR_TOO_FINE(duration_text(by))
    step = by.days * DAY + by.nanoseconds // 10**6
    if not by.months:
        return millis - (millis - start) % step
    if not step:
        return _floored_to_month(millis, by.months, start)
    longest = by.months * 31 * DAY + step
    times = (millis - start) // longest
    while True:
        after = add_to_millis(start, _times(by, times + 1))
        if after > millis:
            return add_to_millis(start, _times(by, times))
        times += max(1, (millis - after) // longest)


def _floored_to_month(millis: int, months: int, start: int) -> int:
    """`_floored` for months. The server compares only months, so the result may be after ``millis``."""
    first, last = civil(start // DAY), civil(millis // DAY)
    between = (last[0] - first[0]) * 12 + last[1] - first[1]
    return add_to_millis(start, _times(Duration(months), between // months))


def _times(by: Duration, times: int) -> Duration:
    try:
        return Duration(by.months * times, by.days * times, by.nanoseconds * times)
    except ValueError:
        raise gaps.FLOOR_RANGE() from None


def _floor(source: str) -> Call:
    def call(data: bytes, duration: bytes, start: bytes | None = None) -> bytes | None:
        if not data or start == b"":
            return None
        since = int(_long.unpack(start)[0]) if start is not None else 0
        return _long.pack(_floored(_from(data, source), DURATION.decode(duration), since))

    return call


def _floor_date(data: bytes, duration: bytes, start: bytes | None = None) -> bytes | None:
    if not data:
        return None
    by = DURATION.decode(duration)
    if by.nanoseconds:
        raise errors.FLOOR_OF_DATE(duration_text(by))
    since = _millis_of_date(start) if start is not None else 0
    days = _floored(_millis_of_date(data), by, since) // DAY
    return _days.pack((days + (1 << 31)) & 0xFFFFFFFF)


def _floor_time(data: bytes, duration: bytes) -> bytes | None:
    if not data:
        return None
    by = DURATION.decode(duration)
    if min(by.months, by.days, by.nanoseconds) < 0:
        raise errors.FLOOR_NEGATIVE()
    if by.months or by.days or by.nanoseconds > DAY * 10**6:
        raise errors.FLOOR_OF_TIME()
    moment: int = _long.unpack(data)[0]
    if not by.nanoseconds:
        return _long.pack(moment)
    past = abs(moment) % by.nanoseconds
    return _long.pack(moment - past if moment > 0 else moment + past)  # towards midnight, as Java divides


def _functions() -> Iterator[Function]:
    for name in ("now", "current_timeuuid", "currenttimeuuid"):
        yield Function(name, (), _TIMEUUID, _now, runs=True)
    yield Function("uuid", (), _UUID, _uuid, runs=True)
    for kind, call, returns in (("timestamp", _timestamp, TIMESTAMP), ("date", _date, _DATE), ("time", _time, _TIME)):
        for name in (f"current_{kind}", f"current{kind}"):
            yield Function(name, (), returns, call, runs=True)
    for (source, target), convert in CONVERSIONS.items():
        names = ("to_unix_timestamp", "tounixtimestamp") if target == "bigint" else (f"to_{target}", f"to{target}")
        for name in names:
            yield Function(name, (NATIVE[source],), NATIVE[target], convert)
    for prefix, made in (("min", _min_timeuuid), ("max", _max_timeuuid)):
        for name in (f"{prefix}_timeuuid", f"{prefix}timeuuid"):
            yield Function(name, (TIMESTAMP,), _TIMEUUID, made)
    for source in ("timestamp", "timeuuid"):
        yield Function("floor", (NATIVE[source], DURATION_TYPE), TIMESTAMP, _floor(source))
        yield Function("floor", (NATIVE[source], DURATION_TYPE, TIMESTAMP), TIMESTAMP, _floor(source))
    yield Function("floor", (_DATE, DURATION_TYPE), _DATE, _floor_date)
    yield Function("floor", (_DATE, DURATION_TYPE, _DATE), _DATE, _floor_date)
    yield Function("floor", (_TIME, DURATION_TYPE), _TIME, _floor_time)


register(_functions())
