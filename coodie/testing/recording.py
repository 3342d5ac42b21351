"""The driver that keeps every request: alone, around another driver, or around the in-memory engine.

It records and it answers. How an answer is chosen is for the rules; how a request is shown is for ``cql/show.py``.
Nothing here may hold on to an event loop: one recorder serves threads and several loops, one after another.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
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
from coodie.drivers.protocol import AsyncDriver, SyncDriver, TimePassing
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
    """A driver for both doors that keeps every request it is given, with copies of the values.

    Alone it answers by itself: a plain write is done, reads of ``system_schema`` find nothing, and any other SELECT or
    condition raises `UnexpectedCall`, because its answer would steer the application; with ``strict=False`` a SELECT
    finds nothing and a condition is applied. Around ``inner`` it is a spy: each request is handed on.

    Every value is checked against its column's CQL type. One that the wire would refuse raises `InvalidQueryError`
    that names column and type, as a real driver does.

    ``with RecordingDriver() as recorder:`` makes it the default connection for the block, then takes it away and
    verifies. ``keyspace`` is the keyspace of that connection; without one, that of the connection it stands in for.
    ``clock`` is moved by delays, and where coodie would sleep; it gets one of its own if none is given. ``seed``
    decides what ``applied="maybe"`` means. With ``log_values`` the texts of faults show what was bound, as errors of a
    connection with ``log_values=True`` do; around another driver, that one's counts. Thread-safe, and bound to no event
    loop.
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
        # Asking a protocol takes long, so it is asked once.
        self._sync = inner if isinstance(inner, SyncDriver) else None
        self._aio = inner if isinstance(inner, AsyncDriver) else None
        self.clock: Clock = clock if clock is not None else Clock()
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
        """Record the request and give its answer; raises what the answer is, if that is an error."""
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

    async def aexecute(self, request: Request, /) -> Page:
        """Record the request and give its answer; other tasks of the loop run in between."""
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
        """Close the driver inside; a recorder alone stays usable, and keeps what it recorded."""
        if self._sync is not None:
            self._sync.close()

    async def aclose(self) -> None:
        """Close the driver inside; a recorder alone stays usable, and keeps what it recorded."""
        if self._aio is not None:
            await self._aio.aclose()

    def pass_time(self, seconds: float, /) -> bool:
        """Move the clock where coodie would sleep; around a driver that keeps real time, it does sleep."""
        if self.inner is not None:
            return isinstance(self.inner, TimePassing) and self.inner.pass_time(seconds)
        self.clock.tick(seconds)
        return True

    @property
    def log_values(self) -> bool:
        """Whether messages may show bound values."""
        return self._log_values if self.inner is None else getattr(self.inner, "log_values", False) is True

    # What was recorded.

    @property
    def calls(self) -> list[Call]:
        """Every call in order, those that failed and those still under way included."""
        with self._lock:
            return list(self._calls)

    @property
    def executed(self) -> list[Call]:
        """The executes, batches and pages that went out: what counting counts."""
        return [call for call in self.calls if call.counts]

    @property
    def cql(self) -> list[str]:
        """The text of everything that went out, in order; a batch in its text form."""
        return [call.cql for call in self.calls if call.sent]

    @property
    def prepared(self) -> list[str]:
        """The different texts that went out and that a driver prepares, which DDL is not.

        They should be few, however many calls there are: values that are written into texts show here.
        """
        sent = (call for call in self.calls if call.sent and call.kind != "schema")
        return list(dict.fromkeys(statement.cql for call in sent for statement in call.statements))

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

    def to_cqlsh(self) -> str:
        """What went out, with the values written in as literals, to paste into a shell."""
        return "\n".join(pasted(call.request) for call in self.calls if call.sent)

    def save(self, path: str | PathLike[str], *, redact: Redact = ()) -> None:
        """Write the calls and their answers to a file that `replay` answers from.

        The values of the columns and marks named in ``redact`` stay out of it, and so do those of columns to which a
        call gives a secret: a replay takes any value there, and answers null. A secret that is only read looks like any
        other text, so name its column.
        """
        write(Path(path), self.calls, redact)

    @classmethod
    def replay(cls, path: str | PathLike[str], *, clock: Clock | None = None) -> Self:
        """A recorder that answers from a file only: each call of the file once, by text and values.

        Any other call is an `UnexpectedCall`, and verification fails for calls of the file that were not made. Raises
        ValueError for a file that `save` did not write.
        """
        recorder = cls(clock=clock)
        for entry in read(Path(path)):
            recorder._script.add(Matcher(replays=entry)).answers_as(entry.answer)
        recorder._script.closed = True
        return recorder

    def clear(self) -> None:
        """Forget the calls so far; a call that no rule answered is still reported at verification."""
        with self._lock:
            self._calls.clear()

    @contextmanager
    def listening(self) -> Generator[list[Call]]:
        """The calls that are made in a block, whatever is cleared meanwhile."""
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
        """A reply for the next call that fits: ``on("select", table=User, where={"id": 7}).returns([...])``.

        ``verb`` is select, insert, update, delete, batch, create, alter, drop or truncate; ``table`` a model class or
        a name. ``where`` names every relation of the WHERE clause, as lookups do (``ts__gte``); for an insert, some of
        its columns. ``values`` are some of the written values by column, or by mark, or all bound values in order. Of
        a batch, one statement must fit. ``cql`` is a whole text; spaces, the case of words and a final ``;`` do not
        matter. The first rule that fits and is not used up answers.
        """
        return self._script.add(matcher(verb, table, where, values, conditional, cql))

    @property
    def otherwise(self) -> Rule:
        """A rule for the calls that no other answers: ``otherwise.forwards()``, ``otherwise.raises(...)``."""
        return self._script.otherwise()

    def in_order(self) -> AbstractContextManager[None]:
        """``with recorder.in_order():`` the rules made in the block answer in their order only."""
        return self._script.in_order()

    def chaos(self, *faults: Fault, rate: float, seed: int | None = None) -> int:
        """Let each call that no rule answers fail with probability ``rate``, with one of ``faults`` that suits it.

        Around another driver, half of the failed calls happen all the same. Gives the seed, which stands in each
        error's message too; the same seed and the same calls give the same faults.
        """
        return self._script.chaos(faults, rate, seed)

    # As the default connection.

    def verify(self, *, unused: Literal["fail", "ignore"] = "fail") -> None:
        """Raise what the application may have swallowed, or else `UnusedReply` if a scripted reply was not asked for.

        ``unused="ignore"`` leaves out the second.
        """
        if self.failures:
            raise self.failures[0]
        error = self._script.unused([call.request for call in self.calls]) if unused == "fail" else None
        if error is not None:
            raise error

    def installed(self) -> AbstractContextManager[None]:
        """The default connection for a block, without the verification at its end."""
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
        if error is None:  # a failure in the block says more than what it left undone
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


def _served(driver: D | None, door: str) -> D:
    if driver is None:
        raise ConfigurationError(f"the driver inside this RecordingDriver cannot serve {door}")
    return driver
