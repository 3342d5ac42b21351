"""The thread with the event loop on which the vendor's session lives.

The vendor ties a session to the event loop that opened it, and hangs if that loop ends or cancels its work while the
session is being opened. So the session has a loop of its own, which nobody cancels, and which serves all event loops
and threads of the application.

Requests need not go there: the vendor asks its loop for a future for each request, in the thread of the caller, and
sets the result on that loop. So the loop hands out an `Answer`, which is awaited on the caller's loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from concurrent.futures import Future
from threading import Thread
from typing import Any, Final, TypeVar

from coodie.drivers.shared.loop_wakeup import LoopWakeup, LoopWakeups, Waiter

T = TypeVar("T")


class Answer:
    """What the vendor awaits on the loop of the caller, and settles on its own. Its result is with the vendor.

    ``under_way`` is the set of those that are awaited.
    """

    __slots__ = ("_error", "_post", "_under_way", "_waiter")

    def __init__(self, wakeup: LoopWakeup, under_way: set[Answer]) -> None:
        self._waiter: Waiter = wakeup.loop.create_future()
        self._post = wakeup.post
        self._error: BaseException | None = None
        self._under_way = under_way
        under_way.add(self)

    def __await__(self) -> Generator[Any, None, None]:
        try:
            yield from self._waiter
        finally:
            self._under_way.discard(self)
        if self._error is not None:
            raise self._error

    def done(self) -> bool:
        """Whether it needs no result any more: it has one, or the caller was cancelled."""
        return self._waiter.done()

    def set_result(self, _: None) -> None:
        """Resume the caller. May be called in any thread."""
        self._under_way.discard(self)  # here, too, as the loop of the caller may have ended
        self._post(None, self._waiter)

    def set_exception(self, error: BaseException) -> None:
        """Resume the caller with an error. May be called in any thread."""
        self._error = error
        self.set_result(None)


class _SessionLoop(asyncio.SelectorEventLoop):
    """A loop whose futures can be awaited on other loops, too."""

    def __init__(self) -> None:
        super().__init__()
        self._wakeups: Final = LoopWakeups()
        self._under_way: Final = set[Answer]()
        self._ended: BaseException | None = None

    def create_future(self) -> Any:
        """A future for the running loop, whichever that is."""
        here = asyncio.get_running_loop()
        if here is self:
            return super().create_future()
        answer = Answer(self._wakeups.of(here), self._under_way)
        if self._ended is not None:
            answer.set_exception(self._ended)
        return answer

    def abandon(self, error: BaseException) -> None:
        """Give the error to all answers, those that are still to come included."""
        self._ended = error
        for answer in self._under_way.copy():
            answer.set_exception(error)


class LoopThread:
    """An event loop in a thread that does not delay the exit of the process."""

    def __init__(self) -> None:
        self._loop = _SessionLoop()
        Thread(target=self._serve, name="coodie-acsylla", daemon=True).start()

    def _serve(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """The future result of a coroutine on the loop. Nothing may cancel it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def abandon(self, error: BaseException) -> None:
        """Give the error to all requests of other loops, those that are still to come included."""
        self._loop.abandon(error)

    def stop(self) -> None:
        """End the loop and its thread, after whatever runs now. Runs on the loop."""
        self._loop.call_soon(self._loop.stop)
