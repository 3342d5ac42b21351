"""Work at the same time, whose results are taken one by one as it ends: in threads, under asyncio and trio."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from coodie._sleep import running_trio

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


class AsyncConcurrent(Generic[K, R]):
    """Coroutines that go on at the same time; `finished` gives the result of the next one that ends, with its key.

    It is a context, at whose end what still goes on is cancelled. Under trio, where a task belongs to a block, they go
    on only while `finished` is waited for.
    """

    def __init__(self, at_once: int) -> None:
        self._ended: deque[tuple[K, Callable[[], R]]] = deque()
        self._tasks: set[asyncio.Future[R]] = set()
        self._not_begun: list[tuple[K, Callable[[], Coroutine[Any, Any, R]]]] = []
        self._woken: asyncio.Event | None = None

    async def __aenter__(self) -> AsyncConcurrent[K, R]:
        return self

    async def __aexit__(self, *error: object) -> None:
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def start(self, key: K, work: Callable[[], Coroutine[Any, Any, R]]) -> None:
        """Begin ``work``."""
        if running_trio() is not None:
            self._not_begun.append((key, work))
            return
        if self._woken is None:
            self._woken = asyncio.Event()
        task = asyncio.ensure_future(work())
        self._tasks.add(task)
        task.add_done_callback(partial(self._end, key))

    def _end(self, key: K, task: asyncio.Future[R]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # known now, so that asyncio does not report it if nobody asks for the result
        self._ended.append((key, task.result))
        if self._woken is not None:
            self._woken.set()

    async def finished(self) -> tuple[K, R]:
        """The key and the result of the next work that ends. Raises its error."""
        if self._not_begun:
            await self._run_under_trio()
        while not self._ended:
            assert self._woken is not None
            self._woken.clear()
            await self._woken.wait()
        key, result = self._ended.popleft()
        return key, result()

    async def _run_under_trio(self) -> None:
        trio = running_trio()
        begun, self._not_begun = self._not_begun, []

        async def run(key: K, work: Callable[[], Coroutine[Any, Any, R]]) -> None:
            ended: Future[R] = Future()
            try:
                ended.set_result(await work())
            except Exception as error:  # noqa: BLE001 - raised when its turn comes
                ended.set_exception(error)
            self._ended.append((key, ended.result))

        async with trio.open_nursery() as nursery:
            for each in begun:
                nursery.start_soon(run, *each)


class Concurrent(Generic[K, R]):
    """Calls that go on at the same time, in threads; `finished` gives the result of the next one that ends.

    It is a context, at whose end what has not begun is dropped, and what still goes on is waited for.
    """

    def __init__(self, at_once: int) -> None:
        self._pool = ThreadPoolExecutor(at_once, "coodie-concurrent")
        self._ended: SimpleQueue[tuple[K, Future[R]]] = SimpleQueue()

    def __enter__(self) -> Concurrent[K, R]:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def start(self, key: K, work: Callable[[], R]) -> None:
        """Begin ``work``, in the context of the caller."""
        future = self._pool.submit(copy_context().run, work)
        future.add_done_callback(lambda ended: self._ended.put((key, ended)))

    def finished(self) -> tuple[K, R]:
        """The key and the result of the next work that ends. Raises its error."""
        key, ended = self._ended.get()
        return key, ended.result()
