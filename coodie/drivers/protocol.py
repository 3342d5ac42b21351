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

Values in both directions are those of the table in ``coodie.cql.values``.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias, runtime_checkable

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


@runtime_checkable
class TimePassing(Protocol):
    """A test double with a clock of its own: a call that has to wait advances this clock instead of sleeping."""

    def pass_time(self, seconds: float, /) -> bool:
        """Advance the clock by ``seconds``; False if real time counts, so that the caller must sleep."""
        ...
