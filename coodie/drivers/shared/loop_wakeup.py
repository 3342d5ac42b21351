"""Returns from the vendor's thread to the event loop, with one wake-up for all answers since the last one.

Waking a loop from another thread costs a system call. A hundred answers that arrive together wake it only once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any, TypeAlias, TypeVar

from coodie.drivers.shared.running_loop import running_loop

T = TypeVar("T")

Waiter: TypeAlias = "asyncio.Future[Any]"


class LoopWakeup:
    """The waiters of one event loop whose answers have arrived."""

    __slots__ = ("_awake", "_done", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop: asyncio.AbstractEventLoop = loop
        self._done: deque[tuple[Any, Waiter]] = deque()
        self._awake = False

    def post(self, answer: Any, waiter: Waiter) -> None:
        """Resume ``waiter`` with an answer. May be called in any thread; never raises."""
        self._done.append((answer, waiter))
        if not self._awake:
            self._awake = True
            try:
                self.loop.call_soon_threadsafe(self._drain)
            except RuntimeError:  # the loop was closed in the meantime, so nothing waits any more
                self._done.clear()
                self._awake = False

    def _drain(self) -> None:
        # The flag is cleared before the queue is drained: a thread that saw it set has already added its waiter, which
        # is taken out below.
        self._awake = False
        done = self._done
        while done:
            answer, waiter = done.popleft()
            if not waiter.done():
                waiter.set_result(answer)


class LoopWakeups:
    """One `LoopWakeup` per event loop; those of closed loops are removed when a new loop appears."""

    def __init__(self) -> None:
        self._wakeups: dict[asyncio.AbstractEventLoop, LoopWakeup] = {}

    def of(self, loop: asyncio.AbstractEventLoop) -> LoopWakeup:
        """The wakeup of the running loop ``loop``."""
        wakeup = self._wakeups.get(loop)
        return wakeup if wakeup is not None else self._new(loop)

    def _new(self, loop: asyncio.AbstractEventLoop) -> LoopWakeup:
        for other in list(self._wakeups):
            if other.is_closed():
                self._wakeups.pop(other, None)
        return self._wakeups.setdefault(loop, LoopWakeup(loop))

    async def outcome(self, future: Future[T], timeout: float | None = None) -> T:
        """The result of ``future``, awaited; raises TimeoutError after ``timeout`` seconds.

        A timeout does not cancel the future.
        """
        if not future.done():
            loop = running_loop()
            waiter: Waiter = loop.create_future()
            post = self.of(loop).post
            future.add_done_callback(lambda done: post(done, waiter))
            timer = None if timeout is None else loop.call_later(timeout, post, None, waiter)
            try:
                await waiter
            finally:
                if timer is not None:
                    timer.cancel()
            if not future.done():
                raise TimeoutError
        return future.result()
