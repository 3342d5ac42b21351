"""What ``up(m)`` and ``down(m)`` of a Python file are given: ``m``, which works on the keyspace at hand."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from inspect import isawaitable
from typing import Any, Final, TypeVar

from coodie._coroutines import all_of
from coodie._errors import InvalidQueryError, LockLost
from coodie._functions import is_plain
from coodie._words import a_type, option
from coodie.cql.message import Kind, Options
from coodie.cql.parsing.facts import kind, normal_form
from coodie.cql.parsing.statements import parse
from coodie.mapping.model import Model
from coodie.migrations.backfill import RANGES, Backfill, Change, target_of
from coodie.migrations.entry import Entry
from coodie.migrations.events import Event, Happening, Listener
from coodie.migrations.history import save
from coodie.migrations.lock import Lock, renew
from coodie.migrations.qualify import qualified
from coodie.migrations.sending import found
from coodie.plans.pace import Pace
from coodie.plans.plan import Flow
from coodie.plans.raw import Params, execute_raw
from coodie.plans.token_ranges import read_back, shown
from coodie.tables.table import Schema

R = TypeVar("R")

_DONE: Final = "done"


class Operations:
    """The keyspace of a migration in Python. Names without a keyspace are in it, as in a .cql file."""

    def __init__(
        self, lock: Lock, entry: Entry, timeout: float | None, notify: Listener, *, recorded: bool = True
    ) -> None:
        self.entry: Entry = entry
        self._lock = lock
        self._timeout = timeout
        self._notify = notify
        self._recorded = recorded
        self._drive: Callable[[Flow[Any]], Any] | None = None
        self._blocks = False
        self._skips = ContextVar("skips", default=False)
        self._backfills: Counter[str] = Counter()
        self._saving = False
        self._wanted: dict[str, Callable[[], str]] = {}

    @property
    def keyspace(self) -> str:
        """The keyspace that the migration runs on."""
        return self._lock.keyspace

    @property
    def progress(self) -> Mapping[str, str]:
        """What is recorded as done: steps by name, and the ranges that each backfill has finished."""
        return dict(self.entry.progress)

    async def execute(self, cql: str, params: Params = ()) -> list[dict[str, Any]]:
        """Send a statement with one value for each ``?``, or for each ``:name`` in a dictionary; returns its rows.

        After a change of the schema it returns when the cluster agrees. In a step that is done nothing is sent, and
        there are no rows. Raises `InvalidQueryError` for a text that is no CQL, and the errors of the driver.
        """
        node = parse(cql)
        if self._skips.get():
            return []
        return await self._do(self._executed(normal_form(qualified(node, self.keyspace)), kind(node), params))

    def _executed(self, cql: str, what: Kind, params: Params) -> Flow[list[dict[str, Any]]]:
        if what is not Kind.READ:
            yield from self._check()
        pages = execute_raw(cql, params)
        rows: list[dict[str, Any]] = []
        while (statement := pages.next) is not None:
            options = Options(timeout=self._timeout, paging_state=statement.options.paging_state)
            rows += pages.take((yield statement.with_options(options)))
        return rows

    def _check(self) -> Flow[None]:
        """Raise `LockLost` if the run no longer has the lock."""
        if self._recorded:
            yield from renew(self._lock)

    async def schema(self) -> Schema:
        """The schema of the keyspace as it is now, as a value: tables, types, views and options."""
        return await self._do(found(self.keyspace))

    def step(self, name: str, /) -> AbstractAsyncContextManager[bool]:
        """A part of the migration that is done once, even if the file is run again.

        ``async with m.step("copy") as todo:`` records at its end that it is done. When the file is run again, ``todo``
        is False, and `execute` and `backfill` do nothing inside. Whatever else stands there belongs under ``if todo``.
        """
        if not name:
            raise InvalidQueryError("a step needs a name, by which it is recorded")
        return self._step(f"step {name}")

    @asynccontextmanager
    async def _step(self, key: str) -> AsyncGenerator[bool]:
        todo = self.entry.progress.get(key) != _DONE
        outer = self._skips.set(self._skips.get() or not todo)
        try:
            yield todo
        finally:
            self._skips.reset(outer)
        if todo:
            await self._record(key, lambda: _DONE)

    async def backfill(
        self,
        what: type[Model] | str,
        change: Change,
        *,
        columns: Iterable[str] | None = None,
        concurrency: int = 16,
        rate: float | None = None,
    ) -> int:
        """Change the rows of a table, which may be large and in use; returns how many were changed in this run.

        ``what`` is a model or the name of a table. ``change`` is a plain function that is given each row, a document or
        a dictionary, and returns the values to set by field or column, or None to leave the row as it is. ``columns``
        are the fields or columns to read besides the key; without them all are read.

        The table is read in ranges of tokens, ``concurrency`` at a time, and no faster than ``rate`` rows per second.
        Finished ranges are recorded, so that a run that was interrupted continues. Each row is written with the
        server's time from before it was read, so that what others wrote since then stays. ``change`` may be called
        again for a row, and must then give the same.

        Raises `InvalidQueryError` for an unknown table or column and for a table of counters.
        """
        if not is_plain(change):
            raise InvalidQueryError(f"backfill() takes a plain function of a row, not {a_type(change)}")
        if concurrency < 1 or (rate is not None and rate <= 0):
            raise InvalidQueryError(f"concurrency and rate are positive, not {option(concurrency)} and {option(rate)}")
        if self._skips.get():
            return 0
        target = target_of(what, columns, await self.schema(), None)
        self._backfills[target.name] += 1
        key = f"backfill {target.name} {self._backfills[target.name]}"
        finished, ranges = read_back(self.entry.progress.get(key, f"{RANGES if self._recorded else 1}:"))
        work = Backfill(target, change, Pace(rate), self._timeout, finished)
        left = iter(work.left(ranges))

        async def worker() -> None:
            for number in left:
                await self._beside(work.run(number, ranges, self._check))
                work.finished.add(number)
                self._notify(self._event(target.name, len(work.finished), ranges))
                await self._record(key, lambda: shown(work.finished, ranges))

        await all_of(worker() for _ in range(min(concurrency, len(work.left(ranges)))))
        return work.changed

    def _event(self, name: str, number: int, total: int) -> Event:
        return Event(Happening.PROGRESS, self.entry.revision, self.entry.direction, name, number, total)

    async def _record(self, key: str, value: Callable[[], str]) -> None:
        """Record progress in the history, one write at a time; what is added meanwhile goes with the next one."""
        self._wanted[key] = value
        if self._saving or not self._recorded:
            return
        self._saving = True
        try:
            while (progress := {**self.entry.progress, **self._now()}) != self.entry.progress:
                entry = replace(self.entry, progress=progress)
                await self._do(save(self.keyspace, entry, self.entry))
                self.entry = entry
        finally:
            self._saving = False

    def _now(self) -> dict[str, str]:
        return {key: value() for key, value in self._wanted.items()}

    async def run(self, function: Callable[[Operations], Coroutine[Any, Any, object]], drive: Any) -> None:
        """Run ``up`` or ``down``, with the function that executes flows on the connection of the run."""
        self._drive = drive
        await function(self)

    async def _do(self, flow: Flow[R]) -> R:
        """Execute a flow on the connection of the run."""
        if self._lock.lost:
            raise LockLost(f"the lock on the migrations of {self.keyspace} is no longer this run's, so it stopped")
        assert self._drive is not None
        result: Any = self._drive(flow)
        self._blocks = not isawaitable(result)
        answer: R = result if self._blocks else await result
        return answer

    async def _beside(self, flow: Flow[R]) -> R:
        """Execute a flow while others go on: in a thread, where the connection blocks."""
        if not self._blocks or not self._recorded:
            return await self._do(flow)
        assert self._drive is not None
        return await asyncio.to_thread(self._drive, flow)
