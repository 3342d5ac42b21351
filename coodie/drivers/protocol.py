"""The protocol of drivers: execute one request, close.

Every driver guarantees the following (``coodie.testing.contract`` has the test cases):

1. One request returns one page. A driver never follows pages but returns the paging state, so it keeps no state of a
   query.
2. It prepares statements by itself, in a bounded cache keyed by text, and never the same text twice at once. A failed
   preparation is not cached.
3. It raises only ``coodie.exceptions``; the vendor's error is the ``__cause__``; every error carries its request.
4. After a ``SCHEMA`` statement it returns once the nodes agree on the schema, or raises `SchemaDisagreement`. DDL is
   never prepared.
5. ``aexecute`` never blocks the event loop, not even to prepare, and can be cancelled at any point.
6. The user's own session is not modified. A driver is thread-safe. Closing it twice is allowed, and closes only what
   coodie opened.
7. ``idempotent`` is passed on whether it is true or false; ``UNSET`` is sent as unset, None as null.
8. If it has ``start``, that never waits for an answer, and ``ready`` is called once for each request that it started.

Values in both directions are those of the table in ``coodie.cql.values``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, TypeAlias, runtime_checkable

from coodie.cql.message import Page, Request


@runtime_checkable
class SyncDriver(Protocol):
    """A driver for the sync API, ``coodie.sync``."""

    def execute(self, request: Request, /) -> Page:
        """Send one request and return its answer; for a query, one page of it."""
        ...

    def close(self) -> None:
        """Close what coodie opened. Calling it again does nothing."""
        ...


@runtime_checkable
class AsyncDriver(Protocol):
    """A driver for the async API, ``coodie.aio``."""

    async def aexecute(self, request: Request, /) -> Page:
        """Send one request and return its answer; for a query, one page of it. Never blocks the event loop."""
        ...

    async def aclose(self) -> None:
        """Close what coodie opened. Calling it again does nothing."""
        ...


@runtime_checkable
class Driver(SyncDriver, AsyncDriver, Protocol):
    """A driver for both APIs."""


AnyDriver: TypeAlias = SyncDriver | AsyncDriver

Ready: TypeAlias = Callable[[], object]
"""Called once, in any thread, when the answer of a request has arrived. It neither blocks nor raises."""

Finish: TypeAlias = Callable[[], Page]
"""Returns the answer of a request that was started, or raises its error. It waits if there is no answer yet, and may
block in any case, such as to prepare a text again. It is called once.
"""


class ConcurrentDriver(SyncDriver, Protocol):
    """A driver for the sync API that can have many requests in flight in one thread, as ``save_many()`` does.

    Through a driver without ``start`` they are sent one after another.
    """

    def start(self, request: Request, ready: Ready, /) -> Finish:
        """Send one request without waiting for its answer.

        ``ready`` may be called before this returns. An error that occurs before anything is sent is raised here, and
        ``ready`` is then not called.
        """
        ...


def started(driver: SyncDriver, request: Request, ready: Ready) -> Finish:
    """Start a request; a driver that cannot do that executes it at once."""
    start: Any = getattr(driver, "start", None)
    if start is not None:
        finish: Finish = start(request, ready)
        return finish
    return finished(driver.execute(request), ready)


def finished(page: Page, ready: Ready) -> Finish:
    """For a request that was executed at once: calls ``ready`` and returns the function that returns ``page``."""
    ready()
    return lambda: page


@runtime_checkable
class Clocked(Protocol):
    """A driver with a clock of its own, which decides what `CreatedAt` and `UpdatedAt` write."""

    def now(self) -> datetime:
        """The present, as an aware datetime."""
        ...


@runtime_checkable
class TimePassing(Protocol):
    """A test double with a clock of its own: a call that has to wait advances this clock instead of sleeping."""

    def pass_time(self, seconds: float, /) -> bool:
        """Advance the clock by ``seconds``; False if real time counts, so that the caller must sleep."""
        ...
