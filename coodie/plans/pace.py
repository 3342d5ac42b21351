"""Work on rows that is no faster than so many rows per second."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """The pace of rows that are worked on by several at once; without a ``rate``, in rows per second, it has none."""

    __slots__ = ("_clock", "_free_at", "_rate")

    def __init__(self, rate: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._free_at = 0.0

    def reserve(self, rows: int) -> float:
        """The seconds to wait before these rows are worked on."""
        if self._rate is None:
            return 0.0
        now = self._clock()
        wait = max(0.0, self._free_at - now)
        self._free_at = max(self._free_at, now) + rows / self._rate
        return wait
