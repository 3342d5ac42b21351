"""A connection that is opened at first use: once for both APIs, and once more after a fork."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import replace
from threading import Lock
from time import monotonic
from typing import Any, Final

from coodie._errors import ConfigurationError
from coodie._words import a_type
from coodie.cql.message import Page, Request
from coodie.drivers.errors import DriverError, Timeout, Unavailable
from coodie.drivers.protocol import AnyDriver, AsyncDriver, Finish, Ready, SyncDriver, finished, started
from coodie.drivers.shared import forks
from coodie.drivers.shared.closed import closed
from coodie.drivers.shared.error_text import shown
from coodie.drivers.shared.loop_wakeup import LoopWakeups
from coodie.drivers.shared.running_loop import running_loop
from coodie.drivers.shared.threads import aclosed, in_thread

Connect = Callable[[], AnyDriver]
AsyncConnect = Callable[[], Awaitable[AnyDriver]]


def lazy_driver(connect: Connect | None, aconnect: AsyncConnect | None = None) -> AnyDriver:
    """A driver that connects at first use. A failure is not cached: the next use tries again.

    ``connect`` blocks and is called in a thread. ``aconnect`` is awaited on the event loop of the first async call;
    without it, async calls use ``connect``, too. Without ``connect`` the driver serves only the async API.
    """
    return LazyAsyncDriver(None, aconnect) if connect is None else LazyDriver(connect, aconnect)


class LazyAsyncDriver:
    """A driver for the async API that connects at first use; see `lazy_driver`."""

    def __init__(self, connect: Connect | None, aconnect: AsyncConnect | None = None) -> None:
        self._connect = connect
        self._aconnect = aconnect
        self._closed = False
        self._of_parents: list[AnyDriver | None] = []
        self._begin_anew()
        forks.tell(self._forked)

    def _forked(self) -> None:
        # what was opened before a fork stays referenced: a vendor may shut it down when it is collected
        self._of_parents.append(self._driver)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._driver: AnyDriver | None = None
        # isinstance() with a protocol is slow, so it is called once.
        self._sync: SyncDriver | None = None
        self._aio: AsyncDriver | None = None
        self._opening: Future[AnyDriver] | None = None
        self._task: asyncio.Task[None] | None = None
        self._lock = Lock()
        self._wakeups = LoopWakeups()

    def __repr__(self) -> str:
        state = "closed" if self._closed else "not connected" if self._driver is None else repr(self._driver)
        return f"<{type(self).__name__}: {state}>"

    @property
    def log_values(self) -> bool:
        """Whether messages may show bound values; False until the connection is open."""
        return getattr(self._driver, "log_values", False) is True

    async def aexecute(self, request: Request, /) -> Page:
        """Connect if necessary, without blocking the event loop, and execute the request."""
        opened = self._aio
        if opened is not None:
            return await opened.aexecute(request)
        started, future = monotonic(), self._connecting(asynchronous=True)
        try:
            driver = await self._wakeups.outcome(future, request.options.timeout)
        except (TimeoutError, FutureTimeout):  # one class from Python 3.11 on
            if future.done():
                raise
            raise _late(request) from None
        if not isinstance(driver, AsyncDriver):
            raise _wrong_door(driver, "coodie.aio", "coodie.sync")
        rest = _rest(request, started)
        try:
            return await driver.aexecute(rest)
        except DriverError as error:
            error.request = request
            raise

    async def aclose(self) -> None:
        """Close the connection, or abandon one that is being opened. Calling it again does nothing."""
        driver = self._shut()
        if driver is not None:
            await aclosed(driver)

    def _shut(self) -> AnyDriver | None:
        with self._lock:
            self._closed = True
            driver, self._driver, self._sync, self._aio = self._driver, None, None, None
            opening, self._opening = self._opening, None
        if opening is not None:
            opening.set_exception(closed())
        return driver

    def _connecting(self, *, asynchronous: bool) -> Future[AnyDriver]:
        """The future of the driver, shared by all callers; the first call starts opening it."""
        with self._lock:
            if self._closed:
                raise closed()
            if self._opening is not None:
                self._check_wait(asynchronous)
                return self._opening
            future: Future[AnyDriver] = Future()
            future.set_running_or_notify_cancel()
            if self._driver is not None:
                future.set_result(self._driver)
                return future
            self._opening = future
        try:
            self._start(future, self._aconnect if asynchronous else None)
        except BaseException as error:
            self._fail(future, error)
            raise
        return future

    def _check_wait(self, asynchronous: bool) -> None:
        """Raise `ConfigurationError` for a call that would block the event loop which is just connecting."""
        task = self._task
        if not asynchronous and task is not None and not task.done() and task.get_loop() is _loop_here():
            raise ConfigurationError(
                "coodie.sync was called on the event loop that is just connecting for coodie.aio, and would wait for "
                "ever; await a call of coodie.aio first, or call coodie.sync in a thread"
            )

    def _start(self, future: Future[AnyDriver], aconnect: AsyncConnect | None) -> None:
        if aconnect is not None:
            # a task of its own, so that the first caller can be cancelled while others wait
            self._task = running_loop().create_task(self._aopen(aconnect, future))
        elif (connect := self._connect) is not None:
            in_thread(lambda: self._open(connect, future), "coodie-connect")

    def _open(self, connect: Connect, future: Future[AnyDriver]) -> None:
        try:
            driver = connect()
        except BaseException as error:  # noqa: BLE001 - it goes to all who wait
            self._fail(future, error)
            return
        if not self._keep(future, driver) and isinstance(driver, SyncDriver):
            driver.close()

    async def _aopen(self, aconnect: AsyncConnect, future: Future[AnyDriver]) -> None:
        try:
            driver = await aconnect()
        except asyncio.CancelledError:  # this loop has ended; callers may wait on other loops
            self._fail(future, Unavailable(_ENDED))
            raise
        except BaseException as error:  # noqa: BLE001 - it goes to all who wait
            self._fail(future, error)
            return
        if not self._keep(future, driver):
            await aclosed(driver)

    def _keep(self, future: Future[AnyDriver], driver: AnyDriver) -> bool:
        """Keep the driver and give it to all waiters; False if this was closed meanwhile."""
        with self._lock:
            if self._opening is not future:
                return False
            self._driver, self._opening = driver, None
            self._sync = driver if isinstance(driver, SyncDriver) else None
            self._aio = driver if isinstance(driver, AsyncDriver) else None
        future.set_result(driver)
        return True

    def _fail(self, future: Future[AnyDriver], error: BaseException) -> None:
        with self._lock:
            if self._opening is not future:
                return
            self._opening = None
        future.set_exception(error)


class LazyDriver(LazyAsyncDriver):
    """A driver for both APIs that connects at first use; see `lazy_driver`."""

    def __init__(self, connect: Connect, aconnect: AsyncConnect | None = None) -> None:
        super().__init__(connect, aconnect)

    def execute(self, request: Request, /) -> Page:
        """Connect if necessary, in a thread so that `close` need not wait for it, and execute the request."""
        opened = self._sync
        if opened is not None:
            return opened.execute(request)
        started, future = monotonic(), self._connecting(asynchronous=False)
        try:
            driver = future.result(request.options.timeout)
        except (TimeoutError, FutureTimeout):  # one class from Python 3.11 on
            if future.done():
                raise
            raise _late(request) from None
        if not isinstance(driver, SyncDriver):
            raise _wrong_door(driver, "coodie.sync", "coodie.aio")
        rest = _rest(request, started)
        try:
            return driver.execute(rest)
        except DriverError as error:
            error.request = request
            raise

    def start(self, request: Request, ready: Ready, /) -> Finish:
        """Send one request without waiting for its answer. The first one connects, and is executed at once."""
        opened = self._sync
        return finished(self.execute(request), ready) if opened is None else started(opened, request, ready)

    def close(self) -> None:
        """Close the connection, or abandon one that is being opened. Calling it again does nothing."""
        driver = self._shut()
        if isinstance(driver, SyncDriver):
            driver.close()


_ENDED: Final = "the connection was not made, since the event loop that was making it has ended; try again"


def _loop_here() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _rest(request: Request, started: float) -> Request:
    """The request with the time that is left as its timeout. Raises `Timeout` if there is none left."""
    seconds = request.options.timeout
    if seconds is None:
        return request
    left = started + seconds - monotonic()
    if left <= 0:
        raise _late(request)
    options: Any = request.options.with_(timeout=left)
    return replace(request, options=options)


def _late(request: Request) -> Timeout:
    """The error of a call that timed out before there was a connection."""
    error = Timeout(
        "there was no connection in time; nothing was sent, so try again, or set a longer timeout=\n" + shown(request),
        request=request,
    )
    error.attempts = 0
    return error


def _wrong_door(driver: AnyDriver, door: str, other: str) -> ConfigurationError:
    return ConfigurationError(f"the connection has {a_type(driver)}, which cannot serve {door}; use {other}")
