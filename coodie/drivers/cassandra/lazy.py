"""A connection that is made when it is first used: once, whichever door asks first, and once more after a fork."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread

from coodie.cql.message import Page, Request
from coodie.drivers.cassandra import forks
from coodie.drivers.cassandra.driver import CassandraDriver
from coodie.drivers.cassandra.waking import Wakers
from coodie.exceptions import ConfigurationError


class LazyDriver:
    """A driver for both doors that calls ``opener`` at first use; a failure is not kept, the next use tries again."""

    def __init__(self, opener: Callable[[], CassandraDriver]) -> None:
        self._opener = opener
        self._closed = False
        self._forget()
        forks.tell(self._forget)

    def _forget(self) -> None:
        # what was opened before a fork stays referenced: the vendor shuts a session down when it is collected
        self._before_fork = vars(self).get("_driver")
        self._driver: CassandraDriver | None = None
        self._opening: Future[CassandraDriver] | None = None
        self._lock = Lock()
        self._wakers = Wakers()

    def execute(self, request: Request, /) -> Page:
        """Connect if need be, then as the driver does."""
        driver = self._driver
        if driver is None:
            future, first = self._join()
            if first:
                self._open(future)
            driver = future.result()
        return driver.execute(request)

    async def aexecute(self, request: Request, /) -> Page:
        """Connect if need be, in a thread, then as the driver does."""
        driver = self._driver
        if driver is None:
            future, first = self._join()
            if first:
                Thread(target=self._open, args=(future,), name="coodie-connect", daemon=True).start()
            driver = await self._wakers.outcome(future)
        return await driver.aexecute(request)

    def close(self) -> None:
        """Close what was opened; harmless when called again."""
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
            return driver

    def _join(self) -> tuple[Future[CassandraDriver], bool]:
        with self._lock:
            if self._closed:
                raise ConfigurationError("the connection is closed; open another one with init_coodie()")
            if self._opening is not None:
                return self._opening, False
            future: Future[CassandraDriver] = Future()
            future.set_running_or_notify_cancel()
            if self._driver is not None:
                future.set_result(self._driver)
                return future, False
            self._opening = future
            return future, True

    def _open(self, future: Future[CassandraDriver]) -> None:
        try:
            driver = self._opener()
        except BaseException as error:
            with self._lock:
                self._opening = None
            if isinstance(error, Exception):
                future.set_exception(error)
                return
            future.set_exception(ConfigurationError("another thread was connecting and was interrupted; try again"))
            raise
        with self._lock:
            self._opening = None
            if not self._closed:
                self._driver = driver
        if self._closed:
            driver.close()
        future.set_result(driver)
