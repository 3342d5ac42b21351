"""A wrapper around a driver that reports each request and its answer to a watcher."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

from coodie.cql.message import Page, Request
from coodie.drivers.protocol import AnyDriver, AsyncDriver, Finish, Ready, SyncDriver, started


class Watcher(Protocol):
    """Is called for each trip; must not raise."""

    def is_on(self) -> bool:
        """Called before each trip: whether the watcher wants to see it.

        If not, only ``after()`` is called, with the token None, and only for an answer with warnings.
        """
        ...

    def before(self, request: Request, /) -> Any:
        """Called before a request is sent; the return value is passed to ``after()`` as the token."""
        ...

    def after(self, request: Request, token: Any, /, page: Page | None, error: BaseException | None = None) -> None:
        """Called when the request was answered, failed or was cancelled."""
        ...


def watched(driver: AnyDriver, watcher: Watcher) -> AnyDriver:
    """A driver that wraps ``driver``, serves the same APIs, and reports each trip to ``watcher``."""
    if isinstance(driver, SyncDriver) and isinstance(driver, AsyncDriver):
        return _WatchedDriver(driver, driver, watcher)
    return _WatchedSync(driver, watcher) if isinstance(driver, SyncDriver) else _WatchedAsync(driver, watcher)


class _Watched:
    inner: AnyDriver

    def __repr__(self) -> str:
        return f"<hooks around {self.inner!r}>"


class _WatchedSync(_Watched):
    def __init__(self, inner: SyncDriver, watcher: Watcher) -> None:
        self.inner: AnyDriver = inner
        self._sync = inner
        self._is_on, self._before, self._after = watcher.is_on, watcher.before, watcher.after

    def execute(self, request: Request, /) -> Page:
        if not self._is_on():
            page = self._sync.execute(request)
            if page.warnings:
                self._after(request, None, page)
            return page
        token = self._before(request)
        try:
            page = self._sync.execute(request)
        except BaseException as error:
            self._after(request, token, None, error)
            raise
        self._after(request, token, page)
        return page

    def start(self, request: Request, ready: Ready, /) -> Finish:
        if not self._is_on():
            return partial(self._finish, request, None, started(self._sync, request, ready))
        token = self._before(request)
        try:
            finish = started(self._sync, request, ready)
        except BaseException as error:
            self._after(request, token, None, error)
            raise
        return partial(self._finish, request, (token,), finish)

    def _finish(self, request: Request, seen: tuple[Any] | None, finish: Finish) -> Page:
        """Finish a request; ``seen`` is the token of ``before()``, or None if the watcher was off."""
        try:
            page = finish()
        except BaseException as error:
            if seen is not None:
                self._after(request, seen[0], None, error)
            raise
        if seen is not None:
            self._after(request, seen[0], page)
        elif page.warnings:
            self._after(request, None, page)
        return page

    def close(self) -> None:
        self._sync.close()


class _WatchedAsync(_Watched):
    def __init__(self, inner: AsyncDriver, watcher: Watcher) -> None:
        self.inner: AnyDriver = inner
        self._async = inner
        self._is_on, self._before, self._after = watcher.is_on, watcher.before, watcher.after

    async def aexecute(self, request: Request, /) -> Page:
        if not self._is_on():
            page = await self._async.aexecute(request)
            if page.warnings:
                self._after(request, None, page)
            return page
        token = self._before(request)
        try:
            page = await self._async.aexecute(request)
        except BaseException as error:
            self._after(request, token, None, error)
            raise
        self._after(request, token, page)
        return page

    async def aclose(self) -> None:
        await self._async.aclose()


class _WatchedDriver(_WatchedSync, _WatchedAsync):
    def __init__(self, sync: SyncDriver, aio: AsyncDriver, watcher: Watcher) -> None:
        _WatchedSync.__init__(self, sync, watcher)
        _WatchedAsync.__init__(self, aio, watcher)
