"""Carries out many writes at the same time: on an event loop, and in a thread."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Coroutine, Iterable, Sized
from functools import partial
from heapq import heappop, heappush
from itertools import count
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Generic, TypeAlias, TypeVar

from coodie._bar import bar
from coodie._coroutines import all_of, new_lock
from coodie._errors import InvalidQueryError
from coodie._queue import taken
from coodie._sleep import asleep
from coodie._warn import on_behalf_of_caller
from coodie._words import a_type
from coodie.drivers.protocol import started
from coodie.drivers.registry import async_driver, passes_time, sync_driver
from coodie.plans.bulk import BulkWrites, Job
from coodie.plans.report import Report

T = TypeVar("T")

Items: TypeAlias = Iterable[T]
AsyncItems: TypeAlias = Iterable[T] | AsyncIterable[T]


async def acarried_out(writes: BulkWrites[T], items: AsyncItems[T]) -> Report[T]:
    """Write all items, in lanes of which each reads a chunk of them, writes it, and reads the next one.

    If it is cancelled, so are the requests in flight, whose documents stay as they were.
    """
    read, size = _areader(writes, items), _size(items)
    lanes = max(1, writes.concurrency // writes.chunk)
    with on_behalf_of_caller(), bar(size if writes.shows_bar else None, shown=writes.shows_bar) as tell:
        writes.progress = tell or writes.progress
        await all_of(_lane(writes, read) for _ in range(lanes if size is None else min(lanes, size)))
    return _reported(writes)


async def _lane(writes: BulkWrites[T], read: Callable[[], Coroutine[Any, Any, list[T]]]) -> None:
    while writes.reading:
        jobs = writes.jobs(await read())
        if len(jobs) == 1:
            await _send(writes, jobs[0])
        elif jobs:
            await all_of(_send(writes, job) for job in jobs)
        else:
            await asleep(0)  # where nothing is sent, other tasks run nevertheless


async def _send(writes: BulkWrites[T], job: Job[T]) -> None:
    while True:
        try:
            assert job.request is not None
            page = await async_driver(job.connection).aexecute(job.request)
        except Exception as error:  # noqa: BLE001, PERF203 - what it means is decided there
            pause = writes.failed(job, error)
            if pause is None:
                return
            await _apause(writes, job.connection, pause)
            if not writes.retrying:
                writes.failed(job, error)
                return
        else:
            writes.answered(job, page)
            return


async def _apause(writes: BulkWrites[T], connection: str | None, seconds: float) -> None:
    if passes_time(connection, seconds):
        writes.skip(seconds)
    else:
        await asleep(seconds)


def _areader(writes: BulkWrites[T], items: AsyncItems[T]) -> Callable[[], Coroutine[Any, Any, list[T]]]:
    """The function that reads the next chunk: by one lane at a time, if reading has to wait."""
    lock = new_lock()
    if isinstance(items, AsyncIterable):
        iterator = aiter(items)

        async def chunk() -> list[T]:
            found: list[T] = []
            try:
                async for item in iterator:
                    found.append(item)
                    if len(found) == writes.chunk:
                        return found
            except Exception as error:  # noqa: BLE001 - raised when what was read is written
                writes.unreadable(error)
            writes.reading = False
            return found
    else:
        reader = _reader(writes, items)

        async def chunk() -> list[T]:
            return reader()

        if not writes.paced:
            return chunk

    async def read() -> list[T]:
        async with lock:
            if writes.reading and (wait := writes.reserve()):
                await _apause(writes, None, wait)
            return await chunk() if writes.reading else []

    return read


def carried_out(writes: BulkWrites[T], items: Items[T]) -> Report[T]:
    """Write all items, in the thread of the caller: only answers arrive in threads of the driver.

    If it is interrupted, what is in flight is awaited, and nothing more is sent.
    """
    if not hasattr(items, "__iter__"):
        raise InvalidQueryError(f"coodie.sync cannot read {a_type(items)}, which is asynchronous; use coodie.aio")
    with bar(_size(items) if writes.shows_bar else None, shown=writes.shows_bar) as tell:
        writes.progress = tell or writes.progress
        _Window(writes, _reader(writes, items)).run()
    return _reported(writes)


class _Window(Generic[T]):
    """The requests in flight, and those that wait for another attempt."""

    def __init__(self, writes: BulkWrites[T], read: Callable[[], list[T]]) -> None:
        self._writes = writes
        self._read = read
        self._arrived: SimpleQueue[Job[T]] = SimpleQueue()
        self._in_flight: set[Job[T]] = set()
        self._later: list[tuple[float, int, Job[T], Exception]] = []
        self._numbers = count()
        self._items = 0  # of all these requests
        self._read_at: float | None = None

    def run(self) -> None:
        """Send everything."""
        try:
            while self._fill():
                self._take()
        except BaseException:
            self._writes.abort()
            for job in list(self._in_flight):
                self._finish(job)
            raise

    def _fill(self) -> bool:
        """Read and send as long as there is room; False if nothing is left to do."""
        writes = self._writes
        while writes.reading and self._items + writes.chunk <= max(writes.concurrency, writes.chunk):
            if writes.paced and not self._may_read():
                break
            for job in writes.jobs(self._read()):
                self._items += len(job.items)
                self._start(job)
        return self._items > 0 or writes.reading

    def _may_read(self) -> bool:
        if self._read_at is None:
            wait = self._writes.reserve()
            if passes_time(None, wait):
                self._writes.skip(wait)
                return True
            self._read_at = monotonic() + wait
        if self._read_at > monotonic():
            return False
        self._read_at = None
        return True

    def _take(self) -> None:
        """Wait for an answer, or until something is to be sent, and take all answers that have arrived."""
        due = [at for at in (self._read_at, self._later[0][0] if self._later else None) if at is not None]
        try:
            self._finish(taken(self._arrived, min(due) - monotonic() if due else None))
            for _ in range(self._arrived.qsize()):
                self._finish(self._arrived.get())
        except Empty:
            pass
        while self._later and (not self._writes.retrying or self._later[0][0] <= monotonic()):
            _, _, job, error = heappop(self._later)
            if self._writes.retrying:
                self._start(job)
            else:
                self._failed(job, error)

    def _start(self, job: Job[T]) -> None:
        assert job.request is not None
        self._in_flight.add(job)
        try:
            job.finish = started(sync_driver(job.connection), job.request, partial(self._arrived.put, job))
        except Exception as error:  # noqa: BLE001 - what it means is decided there
            self._in_flight.discard(job)
            self._failed(job, error)

    def _finish(self, job: Job[T]) -> None:
        finish, job.finish = job.finish, None
        if finish is None:  # it was interrupted before it was sent, or when its answer was read
            return
        try:
            page = finish()
        except Exception as error:  # noqa: BLE001 - what it means is decided there
            self._in_flight.discard(job)
            self._failed(job, error)
        else:
            self._in_flight.discard(job)
            self._items -= len(job.items)
            self._writes.answered(job, page)

    def _failed(self, job: Job[T], error: Exception) -> None:
        pause = self._writes.failed(job, error)
        if pause is None:
            self._items -= len(job.items)
            return
        if passes_time(job.connection, pause):
            self._writes.skip(pause)
            pause = 0.0
        heappush(self._later, (monotonic() + pause, next(self._numbers), job, error))


def _reader(writes: BulkWrites[T], items: Iterable[T]) -> Callable[[], list[T]]:
    """The function that reads the next chunk."""
    iterator = iter(items)

    def read() -> list[T]:
        found: list[T] = []
        try:
            for item in iterator:
                found.append(item)
                if len(found) == writes.chunk:
                    return found
        except Exception as error:  # noqa: BLE001 - raised when what was read is written
            writes.unreadable(error)
        writes.reading = False
        return found

    return read


def _size(items: object) -> int | None:
    return len(items) if isinstance(items, Sized) else None


def _reported(writes: BulkWrites[T]) -> Report[T]:
    if writes.error is not None:
        raise writes.error
    return writes.report
