"""Watching requests: a driver around another that tells of each trip, for logs, metrics and traces.

A trip is one request to one page: a query of five pages makes five. A hook cannot change what is sent, and an error in
one is logged and goes no further: the write that it was told of has happened.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Final, TypeVar, cast

from coodie._value import record
from coodie._words import a_type
from coodie.cql.message import Page, Request, Statement
from coodie.cql.show import batch_text
from coodie.drivers.protocol import AsyncDriver, SyncDriver
from coodie.drivers.registry import AnyDriver, check_driver
from coodie.exceptions import ConfigurationError

T = TypeVar("T")

_log: Final = logging.getLogger("coodie")


@record
class Trip:
    """One request and what became of it.

    ``seconds`` is how long it took, ``rows`` how many came back,
    ``error`` what was raised. ``request`` has the bound values, which are not for logs; ``cql`` is the text alone.
    """

    request: Request
    seconds: float
    rows: int
    error: BaseException | None = None

    @property
    def cql(self) -> str:
        """The text that was sent, a batch in its text form; without values."""
        return self.request.cql if isinstance(self.request, Statement) else batch_text(self.request)

    @property
    def page_number(self) -> int:
        """Which page of its query it is, from 1."""
        return self.request.options.page_number if isinstance(self.request, Statement) else 1


class Hook:
    """Derive from it, and override what you want to hear of. Methods are called where the request is sent from: in
    the thread, or on the event loop, so they must not block.

    .. code-block:: python

        import logging

        from coodie.drivers import Hook, Request, Trip

        class Slow(Hook):
            def after(self, trip: Trip) -> None:
                if trip.seconds > 0.1:
                    logging.warning("%.0f ms, %d rows: %s", trip.seconds * 1000, trip.rows, trip.cql)
    """

    def before(self, request: Request) -> None:
        """A request is about to be sent."""

    def after(self, trip: Trip) -> None:
        """A request was answered, or failed."""


def hooked(driver: AnyDriver, hooks: Sequence[Hook]) -> AnyDriver:
    """``driver``, with ``hooks`` told of each trip.

    Raises `ConfigurationError` for what is no `Hook`, and for what is no driver.
    """
    check_hooks(hooks)
    check_driver(driver)
    if not hooks:
        return driver
    all_hooks = _Hooks(tuple(hooks))
    if isinstance(driver, SyncDriver) and isinstance(driver, AsyncDriver):
        return _HookedDriver(driver, driver, all_hooks)
    return _HookedSync(driver, all_hooks) if isinstance(driver, SyncDriver) else _HookedAsync(driver, all_hooks)


def check_hooks(hooks: Any) -> None:
    """Raise `ConfigurationError` for what is no list of hooks."""
    if not isinstance(hooks, (list, tuple)):
        raise ConfigurationError(f"hooks are given as a list, not as {a_type(hooks)}")
    for hook in cast("list[Any]", hooks):
        _check_hook(hook)


def _check_hook(hook: Any) -> None:
    if not isinstance(hook, Hook):
        given = f"the class {hook.__name__} itself" if isinstance(hook, type) else a_type(hook)
        raise ConfigurationError(f"a hook is an object of a class derived from coodie.drivers.Hook, not {given}")


class _Hooks:
    """Calls the hooks, and lets none of their errors through."""

    def __init__(self, hooks: tuple[Hook, ...]) -> None:
        self._hooks = hooks

    def before(self, request: Request) -> float:
        for hook in self._hooks:
            _tell(hook.before, request)
        return perf_counter()

    def after(self, request: Request, start: float, page: Page | None, error: BaseException | None = None) -> None:
        trip = Trip(request, perf_counter() - start, len(page.rows) if page is not None else 0, error)
        for hook in self._hooks:
            _tell(hook.after, trip)


def _tell(tell: Callable[[T], None], what: T) -> None:
    try:
        tell(what)
    except Exception:  # noqa: BLE001 - whatever a hook does wrong, the request goes its way
        _log.exception("a hook failed")


class _HookedSync:
    def __init__(self, inner: SyncDriver, hooks: _Hooks) -> None:
        self.inner: AnyDriver = inner
        self._sync, self._hooks = inner, hooks

    def execute(self, request: Request, /) -> Page:
        start = self._hooks.before(request)
        try:
            page = self._sync.execute(request)
        except BaseException as error:
            self._hooks.after(request, start, None, error)
            raise
        self._hooks.after(request, start, page)
        return page

    def close(self) -> None:
        self._sync.close()


class _HookedAsync:
    def __init__(self, inner: AsyncDriver, hooks: _Hooks) -> None:
        self.inner: AnyDriver = inner
        self._async, self._hooks = inner, hooks

    async def aexecute(self, request: Request, /) -> Page:
        start = self._hooks.before(request)
        try:
            page = await self._async.aexecute(request)
        except BaseException as error:
            self._hooks.after(request, start, None, error)
            raise
        self._hooks.after(request, start, page)
        return page

    async def aclose(self) -> None:
        await self._async.aclose()


class _HookedDriver(_HookedSync, _HookedAsync):
    def __init__(self, sync: SyncDriver, aio: AsyncDriver, hooks: _Hooks) -> None:
        _HookedSync.__init__(self, sync, hooks)
        _HookedAsync.__init__(self, aio, hooks)
