"""The thread with the event loop on which the vendor's session lives.

The vendor ties a session to the event loop that opened it, and hangs if that loop ends or cancels its work while the
session is being opened. So the session has a loop of its own, which nobody cancels, and which serves all event loops
and threads of the application.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

from coodie.drivers.shared.loop_wakeup import Waiter

T = TypeVar("T")


class Call:
    """A request of the application's: what to await on the session's loop, and what came of it.

    ``post`` and ``waiter`` resume the caller.
    """

    __slots__ = ("error", "execute", "post", "result", "waiter")

    def __init__(
        self, execute: Callable[[], Coroutine[Any, Any, Any]], post: Callable[[None, Waiter], object], waiter: Waiter
    ) -> None:
        self.execute = execute
        self.post = post
        self.waiter = waiter
        self.result: Any = None
        self.error: BaseException | None = None

    def end(self, result: Any, error: BaseException | None) -> None:
        """Keep the answer and resume the caller."""
        self.result, self.error = result, error
        self.post(None, self.waiter)


class LoopThread:
    """An event loop in a thread that does not delay the exit of the process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._new: deque[Call] = deque()
        self._awake = False
        self._running: dict[asyncio.Task[None], Call] = {}
        self._ended: BaseException | None = None
        Thread(target=self._serve, name="coodie-acsylla", daemon=True).start()

    def _serve(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """The future result of a coroutine on the loop. Nothing may cancel it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def start(self, call: Call) -> None:
        """Start a call; many that come at once cost one wake-up of the thread."""
        self._new.append(call)
        if not self._awake:
            self._awake = True
            try:
                self._loop.call_soon_threadsafe(self._drain)
            except RuntimeError:  # the loop was closed a moment ago
                call.end(None, ConnectionAbortedError("the connection was closed"))

    def _drain(self) -> None:
        # The flag is cleared before the queue is drained: a thread that saw it set has already added its call.
        self._awake = False
        while self._new:
            call = self._new.popleft()
            if self._ended is not None:
                call.end(None, self._ended)
                continue
            task = self._loop.create_task(self._carry_out(call))
            self._running[task] = call
            task.add_done_callback(self._running.pop)

    async def _carry_out(self, call: Call) -> None:
        try:
            result = await call.execute()
        except BaseException as error:  # noqa: BLE001 - it goes to whoever waits
            if self._ended is None:
                call.end(None, error)
        else:
            if self._ended is None:
                call.end(result, None)

    async def abandon(self, error: BaseException) -> None:
        """Give the error to all calls, those that are still to come included. Runs on the loop."""
        self._ended = error
        running = dict(self._running)
        for task, call in running.items():
            call.end(None, error)
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def stop(self) -> None:
        """End the loop and its thread, after whatever runs now. Runs on the loop."""
        self._loop.call_soon(self._loop.stop)
