"""The border to drivers: execute one request, close.

What every driver promises (the cases are in ``coodie.testing.contract``):

1. One request gives one page. A driver never follows pages, it hands back the paging state; so no state of a query
   ever lives on the driver.
2. It prepares on its own, keyed by text, in a bounded cache, never the same text twice at once. A failed prepare is
   not kept.
3. It raises only ``coodie.exceptions``; the vendor's error is the ``__cause__``; every error carries its request.
4. After a ``SCHEMA`` statement it returns when the cluster agrees, or raises `SchemaDisagreement`. DDL is never
   prepared.
5. ``aexecute`` never blocks the event loop, prepare included, and survives being cancelled at any point.
6. The user's own session stays as it was given. A driver is thread-safe. Closing twice is harmless, and closes only
   what coodie opened.
7. ``idempotent`` is passed on, both values; ``UNSET`` is unset, None is null.

Values are those of the table in ``coodie.cql.values``, both ways.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias, runtime_checkable

from coodie.cql.message import Page, Request


@runtime_checkable
class SyncDriver(Protocol):
    """A driver that the doors of ``coodie.sync`` can use."""

    def execute(self, request: Request, /) -> Page:
        """Send one request and give its answer; for a query, one page of it."""
        ...

    def close(self) -> None:
        """Close what coodie opened; harmless when called again."""
        ...


@runtime_checkable
class AsyncDriver(Protocol):
    """A driver that the doors of ``coodie.aio`` can use."""

    async def aexecute(self, request: Request, /) -> Page:
        """Send one request and give its answer; for a query, one page of it. Never blocks the event loop."""
        ...

    async def aclose(self) -> None:
        """Close what coodie opened; harmless when called again."""
        ...


@runtime_checkable
class Driver(SyncDriver, AsyncDriver, Protocol):
    """A driver for both doors."""


AnyDriver: TypeAlias = SyncDriver | AsyncDriver


@runtime_checkable
class TimePassing(Protocol):
    """A double with a clock of its own: where a call has to wait, the clock is moved, and nobody sleeps."""

    def pass_time(self, seconds: float, /) -> bool:
        """Let ``seconds`` pass on the clock; False if the time that counts is real, and the caller must sleep."""
        ...
