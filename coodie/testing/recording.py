"""The driver that records every request: on its own, or around another driver.

The rules choose the answers, and ``cql/show.py`` prints the requests. Nothing here may keep a reference to an event
loop: one recorder serves threads and several loops in succession.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timezone
from functools import partial
from os import PathLike
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Final, Literal, TypeVar

from typing_extensions import Self

from coodie._errors import ConfigurationError
from coodie._sleep import asleep
from coodie.connections import connection_names
from coodie.cql.message import Page, Request
from coodie.drivers.protocol import AsyncDriver, Clocked, Finish, Ready, SyncDriver, TimePassing, finished, started
from coodie.drivers.registry import replaced
from coodie.testing.arguments import a_flag
from coodie.testing.calls import Call, begun, checked
from coodie.testing.clock import Clock
from coodie.testing.faults import Fault
from coodie.testing.script.matching import Matcher, matcher
from coodie.testing.script.rules import Rule
from coodie.testing.script.script import Outcome, Script
from coodie.testing.shell import pasted
from coodie.testing.tape import Redact, read, write

D = TypeVar("D")


class RecordingDriver:
    """A driver for both APIs that records every request, with copies of its values.

    On its own it gives default answers: plain writes succeed, reads of ``system_schema`` find nothing, and any other
    SELECT or conditional write raises `UnexpectedCall`, because the application depends on the answer; with
    ``strict=False`` a SELECT finds nothing and a condition is applied. Around ``inner`` it is a spy that forwards each
    request.

    Every value is checked against the CQL type of its column. A value that could not be encoded raises
    `InvalidQueryError`, which names the column and the type, as with a real driver.

    ``with RecordingDriver() as recorder:`` makes it the default connection inside the block and verifies it at the end.
    ``keyspace`` is the keyspace of that connection; by default that of the connection it replaces. ``clock`` is moved
    by delays, and wherever coodie would sleep; by default it is a new one. ``seed`` decides the outcome of
    ``applied="maybe"``. With ``log_values`` the messages of faults show bound values, like errors of a connection with
    ``log_values=True``; around another driver, the setting of that driver counts. Thread-safe, and not bound to an
    event loop.
    """

    def __init__(
        self,
        inner: SyncDriver | AsyncDriver | None = None,
        *,
        clock: Clock | None = None,
        strict: bool = True,
        keyspace: str | None = None,
        seed: int = 0,
        log_values: bool = False,
    ) -> None:
        a_flag("strict", strict)
        a_flag("log_values", log_values)
        self.inner: SyncDriver | AsyncDriver | None = inner
        """The driver that it stands around, if any."""
        # isinstance with a protocol is slow, so the check is made once.
        self._sync = inner if isinstance(inner, SyncDriver) else None
        self._aio = inner if isinstance(inner, AsyncDriver) else None
        self.clock: Clock = clock if clock is not None else Clock()
        self._is_timed = clock is not None or inner is None
        self._keyspace = keyspace
        self._log_values = log_values
        self.failures: list[AssertionError] = []
        """Calls that no rule answered, and impossible replies. Verification raises the first, in case the application
        swallowed it; a test that expects them empties the list."""
        self._script = Script(
            self.clock, alone=inner is None, strict=strict, seed=seed, shows_values=lambda: self.log_values
        )
        self._calls: list[Call] = []
        self._listeners: list[list[Call]] = []
        self._lock = RLock()
        self._blocks: list[AbstractContextManager[None]] = []

    # A driver: one request, one page.

    def execute(self, request: Request, /) -> Page:
        """Record the request and return its answer, or raise it if it is an error."""
        __tracebackhide__ = True
        call = self._begin(request)
        try:
            outcome = self._outcome(call)
            page = _served(self._sync, "coodie.sync").execute(request) if outcome.forwards else _VOID
            call.page = outcome.settled(page)
        except BaseException as error:
            call.error = error
            raise
        return call.page

    def start(self, request: Request, ready: Ready, /) -> Finish:
        """Record the request and start it on the driver inside; without one it is executed at once."""
        __tracebackhide__ = True
        call = self._begin(request)
        try:
            outcome = self._outcome(call)
            finish = (
                started(_served(self._sync, "coodie.sync"), request, ready)
                if outcome.forwards
                else finished(_VOID, ready)
            )
        except BaseException as error:
            call.error = error
            raise
        return partial(_settled, call, outcome, finish)

    async def aexecute(self, request: Request, /) -> Page:
        """Record the request and return its answer; other tasks of the loop run in between."""
        __tracebackhide__ = True
        call = self._begin(request)
        try:
            await asleep(0)  # other tasks run in between, as with a real driver
            outcome = self._outcome(call)
            page = await _served(self._aio, "coodie.aio").aexecute(request) if outcome.forwards else _VOID
            call.page = outcome.settled(page)
        except BaseException as error:
            call.error = error
            raise
        return call.page

    def close(self) -> None:
        """Close the driver inside, if any; the recorder itself stays usable and keeps its calls."""
        if self._sync is not None:
            self._sync.close()

    async def aclose(self) -> None:
        """Close the driver inside, if any; the recorder itself stays usable and keeps its calls."""
        if self._aio is not None:
            await self._aio.aclose()

    def pass_time(self, seconds: float, /) -> bool:
        """Move the clock instead of sleeping; around a real driver, really sleep."""
        if self.inner is not None:
            return isinstance(self.inner, TimePassing) and self.inner.pass_time(seconds)
        self.clock.tick(seconds)
        return True

    def now(self) -> datetime:
        """The present by the clock; around another driver by that driver's clock, or if it has none, by that of the
        recorder if one was given to it.
        """
        if isinstance(self.inner, Clocked):
            return self.inner.now()
        return self.clock.now() if self._is_timed else datetime.now(timezone.utc)

    @property
    def log_values(self) -> bool:
        """Whether messages may show bound values."""
        return self._log_values if self.inner is None else getattr(self.inner, "log_values", False) is True

    # What was recorded.

    def __repr__(self) -> str:
        calls = len(self.calls)
        around = "" if self.inner is None else f" around {self.inner!r}"
        return f"<RecordingDriver of {calls} call{'' if calls == 1 else 's'}{around}>"

    @property
    def calls(self) -> list[Call]:
        """Every call in order, including those that failed or are in progress."""
        with self._lock:
            return list(self._calls)

    @property
    def executed(self) -> list[Call]:
        """The executes, batches and pages that were sent, which are the calls that are counted."""
        return [call for call in self.calls if call.counts]

    @property
    def cql(self) -> list[str]:
        """The texts of all requests that were sent, in order; a batch in its text form."""
        return [call.cql for call in self.calls if call.sent]

    @property
    def prepared(self) -> list[str]:
        """The distinct texts that were sent and that a driver would prepare, that is, all but DDL.

        There should be few of them, however many calls there are; values written into texts become visible here.
        """
        sent = (call for call in self.calls if call.sent and call.kind != "schema")
        return list(dict.fromkeys(statement.cql for call in sent for statement in call.statements))

    @property
    def last(self) -> Call:
        """The latest call. Raises LookupError if there was none."""
        calls = self.calls
        if not calls:
            raise LookupError("nothing was sent, so there is no last call")
        return calls[-1]

    @property
    def batches(self) -> list[Call]:
        """The batches, each with ``.statements``, ``.batch_kind`` and ``.timestamp``."""
        return [call for call in self.executed if call.kind == "batch"]

    def to_cqlsh(self) -> str:
        """The requests that were sent, with values as literals, to paste into a shell."""
        return "\n".join(pasted(call.request) for call in self.calls if call.sent)

    def save(self, path: str | PathLike[str], *, redact: Redact = ()) -> None:
        """Write the calls and their answers to a file that `replay` answers from.

        Values of columns and marks named in ``redact`` are left out, and so are those of columns to which a call
        assigns a secret: a replay accepts any value there, and answers null. A secret that is only read looks like any
        other text, so its column must be named.
        """
        write(Path(path), self.calls, redact)

    @classmethod
    def replay(cls, path: str | PathLike[str], *, clock: Clock | None = None) -> Self:
        """A recorder that answers only from a file: each call of the file once, matched by text and values.

        Any other call is an `UnexpectedCall`, and verification fails if a call of the file was not made. Raises
        ValueError for a file that `save` did not write.
        """
        recorder = cls(clock=clock)
        for entry in read(Path(path)):
            recorder._script.add(Matcher(replays=entry)).answers_as(entry.answer)
        recorder._script.closed = True
        return recorder

    def clear(self) -> None:
        """Discard the calls so far; a call that no rule answered is still reported at verification."""
        with self._lock:
            self._calls.clear()

    @contextmanager
    def listening(self) -> Generator[list[Call]]:
        """The calls that are made in a block, even if the recorder is cleared in the meantime."""
        heard: list[Call] = []
        with self._lock:
            self._listeners.append(heard)
        try:
            yield heard
        finally:
            with self._lock:
                self._listeners = [kept for kept in self._listeners if kept is not heard]

    # Scripted replies.

    def on(
        self,
        verb: str | None = None,
        *,
        table: object = None,
        where: Mapping[str, Any] | None = None,
        values: Mapping[str, Any] | Sequence[Any] | None = None,
        conditional: bool | None = None,
        cql: str | None = None,
    ) -> Rule:
        """Script the reply to the next matching call: ``on("select", table=User, where={"id": 7}).returns([...])``.

        ``verb`` is select, insert, update, delete, batch, create, alter, drop or truncate; ``table`` is a model class
        or a name. ``where`` gives every relation of the WHERE clause, named like lookups (``ts__gte``); for an insert,
        some of its columns. ``values`` are some of the written values by column or mark, or all bound values in order.
        A batch matches if one of its statements does. ``cql`` is a complete text; whitespace, the case of words and a
        final ``;`` are ignored. The first rule that matches and is not used up answers.
        """
        return self._script.add(matcher(verb, table, where, values, conditional, cql))

    @property
    def otherwise(self) -> Rule:
        """The rule for all calls that no other rule answers: ``otherwise.forwards()``, ``otherwise.raises(...)``."""
        return self._script.otherwise()

    def in_order(self) -> AbstractContextManager[None]:
        """``with recorder.in_order():`` rules created in the block answer only in their order."""
        return self._script.in_order()

    def chaos(self, *faults: Fault, rate: float, seed: int | None = None) -> int:
        """Let each call that no rule answers fail with probability ``rate``, with a fitting one of ``faults``.

        Around another driver, half of the failing calls are executed nevertheless. Returns the seed, which is also in
        the message of each error; the same seed and calls give the same faults.
        """
        return self._script.chaos(faults, rate, seed)

    # As the default connection.

    def verify(self, *, unused: Literal["fail", "ignore"] = "fail") -> None:
        """Raise an error that the application may have swallowed, or else `UnusedReply` for unused scripted replies.

        ``unused="ignore"`` skips the latter.
        """
        if self.failures:
            raise self.failures[0]
        error = self._script.unused([call.request for call in self.calls]) if unused == "fail" else None
        if error is not None:
            raise error

    def installed(self) -> AbstractContextManager[None]:
        """Makes it the default connection inside a block, without verification at the end."""
        keyspace = self._keyspace if self._keyspace is not None else connection_names.keyspace_of(None)
        return replaced(None, self, keyspace=keyspace)

    def __enter__(self) -> Self:
        block = self.installed()
        block.__enter__()
        self._blocks.append(block)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._blocks.pop().__exit__(None, None, None)
        if error is None:  # a failure in the block is the better explanation
            self.verify()

    def _begin(self, request: Request) -> Call:
        call = begun(request)
        with self._lock:
            for kept in (self._calls, *self._listeners):
                kept.append(call)
        try:
            checked(call.request, values=self._sync is None and self._aio is None)
        except BaseException as error:
            call.error = error
            raise
        return call

    def _outcome(self, call: Call) -> Outcome:
        __tracebackhide__ = True
        try:
            return self._script.outcome(call.request)
        except AssertionError as error:
            self.failures.append(error)
            raise


_VOID: Final = Page()


def _settled(call: Call, outcome: Outcome, finish: Finish) -> Page:
    __tracebackhide__ = True
    try:
        call.page = outcome.settled(finish())
    except BaseException as error:
        call.error = error
        raise
    return call.page


def _served(driver: D | None, door: str) -> D:
    if driver is None:
        raise ConfigurationError(f"the driver inside this RecordingDriver cannot serve {door}")
    return driver
