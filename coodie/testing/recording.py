"""The driver that keeps every request: alone, around another driver, or around the in-memory engine.

It records and it answers. How an answer is chosen is for the rules; how a request is shown is for ``cql/show.py``.
Nothing here may hold on to an event loop: one recorder serves threads and several loops, one after another.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from threading import RLock
from types import TracebackType
from typing import Literal, TypeVar

from typing_extensions import Self

from coodie.connections import known
from coodie.cql.message import Page, Request
from coodie.drivers.protocol import AsyncDriver, SyncDriver
from coodie.drivers.registry import replaced
from coodie.exceptions import ConfigurationError
from coodie.testing.calls import Call, begun, checked
from coodie.testing.clock import Clock
from coodie.testing.defaults import default_answer
from coodie.testing.errors import UnexpectedCall

D = TypeVar("D")


class RecordingDriver:
    """A driver for both doors that keeps every request it is given, with copies of the values.

    Alone it answers by itself: a plain write is done, reads of ``system_schema`` find nothing, and any other SELECT or
    condition raises `UnexpectedCall`, because its answer would steer the application; with ``strict=False`` a SELECT
    finds nothing and a condition is applied. Around ``inner`` it is a spy: each request is handed on.

    Every value is checked against its column's CQL type. One that the wire would refuse raises `InvalidQueryError`
    that names column and type, as a real driver does.

    ``with RecordingDriver() as recorder:`` makes it the default connection for the block, then takes it away and
    verifies. ``keyspace`` is the keyspace of that connection; without one, that of the connection it stands in for.
    ``clock`` is moved by delays; it gets one of its own if none is given. Thread-safe, and bound to no event loop.
    """

    def __init__(
        self,
        inner: SyncDriver | AsyncDriver | None = None,
        *,
        clock: Clock | None = None,
        strict: bool = True,
        keyspace: str | None = None,
    ) -> None:
        # Asking a protocol takes long, so it is asked once.
        self._sync = inner if isinstance(inner, SyncDriver) else None
        self._aio = inner if isinstance(inner, AsyncDriver) else None
        self._alone = inner is None
        self.clock = clock if clock is not None else Clock()
        self.strict = strict
        self._keyspace = keyspace
        self.unexpected: list[UnexpectedCall] = []
        """What no rule answered. Verification raises the first; a test that expected them empties the list."""
        self._calls: list[Call] = []
        self._lock = RLock()
        self._blocks: list[AbstractContextManager[None]] = []

    # A driver: one request, one page.

    def execute(self, request: Request, /) -> Page:
        """Record the request and give its answer; raises what the answer is, if that is an error."""
        call = self._begin(request)
        try:
            call.page = self._answer(call) if self._alone else _served(self._sync, "coodie.sync").execute(request)
        except BaseException as error:
            call.error = error
            raise
        return call.page

    async def aexecute(self, request: Request, /) -> Page:
        """Record the request and give its answer; other tasks of the loop run in between, as with a real driver."""
        call = self._begin(request)
        try:
            await asyncio.sleep(0)
            call.page = self._answer(call) if self._alone else await _served(self._aio, "coodie.aio").aexecute(request)
        except BaseException as error:
            call.error = error
            raise
        return call.page

    def close(self) -> None:
        """Close the driver inside; a recorder alone stays usable, and keeps what it recorded."""
        if self._sync is not None:
            self._sync.close()

    async def aclose(self) -> None:
        """Close the driver inside; a recorder alone stays usable, and keeps what it recorded."""
        if self._aio is not None:
            await self._aio.aclose()

    # What was recorded.

    @property
    def calls(self) -> list[Call]:
        """Every call in order, those that failed and those still under way included."""
        with self._lock:
            return list(self._calls)

    @property
    def executed(self) -> list[Call]:
        """The executes, batches and pages that went out: what counting counts."""
        return [call for call in self.calls if call.kind in ("execute", "batch", "page") and call.sent]

    @property
    def cql(self) -> list[str]:
        """The text of everything that went out, in order; a batch in its text form."""
        return [call.cql for call in self.calls if call.sent]

    @property
    def last(self) -> Call:
        """The latest call. Raises LookupError when there was none."""
        calls = self.calls
        if not calls:
            raise LookupError("nothing was sent, so there is no last call")
        return calls[-1]

    @property
    def batches(self) -> list[Call]:
        """The batches, each with ``.statements``, ``.batch_kind`` and ``.timestamp``."""
        return [call for call in self.executed if call.kind == "batch"]

    def clear(self) -> None:
        """Forget the calls so far; a call that no rule answered is still reported at verification."""
        with self._lock:
            self._calls.clear()

    # As the default connection.

    def verify(self, *, unused: Literal["fail", "ignore"] = "fail") -> None:
        """Raise what the application may have swallowed: the first `UnexpectedCall`."""
        if self.unexpected:
            raise self.unexpected[0]

    def installed(self) -> AbstractContextManager[None]:
        """The default connection for a block, without the verification at its end."""
        name = known.default
        keyspace = self._keyspace if self._keyspace is not None else known.keyspace_of(name)
        return replaced(name or "default", self, keyspace=keyspace)

    def __enter__(self) -> Self:
        block = self.installed()
        block.__enter__()
        self._blocks.append(block)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._blocks.pop().__exit__(None, None, None)
        if error is None:  # a failure in the block says more than what it left undone
            self.verify()

    def _begin(self, request: Request) -> Call:
        call = begun(request)
        with self._lock:
            self._calls.append(call)
        try:
            checked(call.request)
        except BaseException as error:
            call.error = error
            raise
        return call

    def _answer(self, call: Call) -> Page:
        try:
            return default_answer(call.request, strict=self.strict)
        except UnexpectedCall as error:
            self.unexpected.append(error)
            raise


def _served(driver: D | None, door: str) -> D:
    if driver is None:
        raise ConfigurationError(f"the driver inside this RecordingDriver cannot serve {door}")
    return driver
