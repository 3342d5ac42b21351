"""A clock that a test controls, and UUIDs that depend on it.

It is passed to the code that should use it; it never patches ``time``, ``datetime`` or ``uuid``.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from random import Random
from threading import Lock
from time import time_ns
from typing import Final
from uuid import UUID

from coodie.cql.values import EPOCH, microseconds
from coodie.testing.arguments import a_moment, a_number, a_whole_number

START: Final = datetime(2030, 1, 1, tzinfo=timezone.utc)
_UUID_EPOCH: Final = 0x01B21DD213814000
"""The 100-nanosecond intervals from 1582-10-15, where the time of a UUID begins, to 1970."""


class Clock:
    """A clock that stands still until it is moved: ``clock.tick(1.5)`` advances it by a second and a half.

    ``start`` is an aware datetime (a naive one is taken as UTC) and is cut to whole milliseconds; ``seed`` determines
    the UUIDs. Two clocks with the same arguments give the same instants and UUIDs. Thread-safe.
    """

    def __init__(self, start: datetime = START, *, seed: int = 0) -> None:
        a_moment("the start of a clock", start)
        a_whole_number("a seed", seed)
        self._micros = microseconds(start) // 1000 * 1000
        self._last = self._micros - 1
        self._random = Random(seed)
        self._lock = Lock()

    @classmethod
    def running(cls, *, seed: int | None = None) -> Clock:
        """A clock that goes with the computer's own: for code that sleeps until something has expired.

        `tick` puts it forward. Without ``seed``, its UUIDs are others each time.
        """
        return _RunningClock(seed=Random().getrandbits(64) if seed is None else seed)

    def now(self) -> datetime:
        """The current instant: aware, in UTC, in whole milliseconds as in a ``timestamp`` column."""
        return EPOCH + timedelta(milliseconds=self._present() // 1000)

    def _present(self) -> int:
        """Microseconds since 1970."""
        return self._micros

    def micros(self) -> int:
        """Microseconds since 1970 for ``USING TIMESTAMP``; each call returns a greater number than the one before."""
        with self._lock:
            self._last = max(self._last + 1, self._present())
            return self._last

    def passes(self, micros: int) -> None:
        """Whatever `micros` gives from now on is more than this."""
        with self._lock:
            self._last = max(self._last, micros)

    def tick(self, seconds: float) -> None:
        """Advance the clock by ``seconds``. Raises ValueError for a negative number."""
        a_number("what a clock moves by", seconds)
        if seconds < 0:
            raise ValueError(f"a clock moves forward only, not by {seconds} seconds")
        with self._lock:
            self._micros += round(seconds * 1_000_000)

    def uuid4(self) -> UUID:
        """The next random UUID of this clock's seed."""
        with self._lock:
            return UUID(int=self._random.getrandbits(128), version=4)

    def uuid1(self) -> UUID:
        """A time-based UUID of the current instant, for a ``timeuuid`` column; later ones sort after earlier ones."""
        time = self.micros() * 10 + _UUID_EPOCH
        with self._lock:
            rest = self._random.getrandbits(62)
        fields = (time & 0xFFFFFFFF, time >> 32 & 0xFFFF, time >> 48 & 0x0FFF)
        return UUID(fields=(*fields, rest >> 56, rest >> 48 & 0xFF, rest & 0xFFFFFFFFFFFF), version=1)


class _RunningClock(Clock):
    """Its own time is how far it was put forward."""

    def __init__(self, *, seed: int) -> None:
        super().__init__(EPOCH, seed=seed)

    def _present(self) -> int:
        return self._micros + time_ns() // 1000
