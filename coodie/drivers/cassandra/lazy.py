"""A connection that is made when it is first used: once, whichever door asks first, and once more after a fork."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from threading import Lock, Thread
from time import monotonic
from typing import Final

from coodie._errors import ConfigurationError
from coodie.cql.message import Page, Request
from coodie.drivers.cassandra import forks
from coodie.drivers.cassandra.driver import CassandraDriver
from coodie.drivers.cassandra.loop_wakeup import LoopWakeups
from coodie.drivers.error_text import shown
from coodie.drivers.errors import Timeout

_CLOSED: Final = "the connection is closed; open another one with init_coodie()"


class LazyDriver:
    """A driver for both doors that calls ``opener`` at first use; a failure is not kept, the next use tries again."""

    def __init__(self, opener: Callable[[], CassandraDriver]) -> None:
        self._opener = opener
        self._closed = False
        self._of_parents: list[CassandraDriver | None] = []
        self._begin_anew()
        forks.tell(self._forked)

    def _forked(self) -> None:
        # what was opened before a fork stays referenced: the vendor shuts a session down when it is collected
        self._of_parents.append(self._driver)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._driver: CassandraDriver | None = None
        self._opening: Future[CassandraDriver] | None = None
        self._lock = Lock()
        self._wakeups = LoopWakeups()

    @property
    def log_values(self) -> bool:
        """Whether messages may show bound values, as far as it is known: not before it is open."""
        return self._driver is not None and self._driver.log_values

    def execute(self, request: Request, /) -> Page:
        """Connect if need be, in a thread so that closing need not wait for it, then as the driver does."""
        driver = self._driver
        if driver is not None:
            return driver.execute(request)
        started, future = monotonic(), self._connecting()
        try:
            driver = future.result(request.options.timeout)
        except (TimeoutError, FutureTimeout):  # one class from Python 3.11 on
            if future.done():
                raise
            raise _late(request) from None
        return driver.execute(request, started)

    async def aexecute(self, request: Request, /) -> Page:
        """Connect if need be, in a thread, then as the driver does."""
        driver = self._driver
        if driver is not None:
            return await driver.aexecute(request)
        started, future = monotonic(), self._connecting()
        try:
            driver = await self._wakeups.outcome(future, request.options.timeout)
        except (TimeoutError, FutureTimeout):  # one class from Python 3.11 on
            if future.done():
                raise
            raise _late(request) from None
        return await driver.aexecute(request, started)

    def close(self) -> None:
        """Close what was opened, or let go of what is being opened; harmless when called again."""
        driver = self._shut()
        if driver is not None:
            driver.close()

    async def aclose(self) -> None:
        """Close what was opened; harmless when called again."""
        driver = self._shut()
        if driver is not None:
            await driver.aclose()

    def _shut(self) -> CassandraDriver | None:
        with self._lock:
            self._closed = True
            driver, self._driver = self._driver, None
            opening, self._opening = self._opening, None
        if opening is not None:
            opening.set_exception(ConfigurationError(_CLOSED))
        return driver

    def _connecting(self) -> Future[CassandraDriver]:
        """The future of the driver, shared by all who want it; the first of them has it opened."""
        with self._lock:
            if self._closed:
                raise ConfigurationError(_CLOSED)
            if self._opening is not None:
                return self._opening
            future: Future[CassandraDriver] = Future()
            future.set_running_or_notify_cancel()
            if self._driver is not None:
                future.set_result(self._driver)
                return future
            self._opening = future
        try:
            Thread(target=self._open, args=(future,), name="coodie-connect", daemon=True).start()
        except RuntimeError:  # the interpreter is about to end, and starts no threads any more
            self._open(future)
        return future

    def _open(self, future: Future[CassandraDriver]) -> None:
        try:
            driver = self._opener()
        except BaseException as error:  # noqa: BLE001 - it goes to all who wait
            if self._settles(future, None):
                future.set_exception(error)
            return
        if self._settles(future, driver):
            future.set_result(driver)
        else:
            driver.close()

    def _settles(self, future: Future[CassandraDriver], driver: CassandraDriver | None) -> bool:
        """Keep the driver; and whether somebody waits for it, or it was closed meanwhile."""
        with self._lock:
            if self._opening is not future:
                return False
            self._driver, self._opening = driver, None
            return True


def _late(request: Request) -> Timeout:
    """The error of a call whose time was over before there was a connection."""
    return Timeout(
        "there was no connection in time; nothing was sent, try again, or with a longer timeout=\n" + shown(request),
        request=request,
    )
