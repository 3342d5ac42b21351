"""What ``up(m)`` and ``down(m)`` of a Python file are given: ``m``, which works on the keyspace at hand."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from inspect import isawaitable
from typing import Any, Final, TypeVar

from coodie._errors import InvalidQueryError
from coodie.cql.message import Kind, Options
from coodie.cql.parsing.facts import kind, normal_form
from coodie.cql.parsing.statements import parse
from coodie.migrations.entry import Entry
from coodie.migrations.events import Listener
from coodie.migrations.history import save
from coodie.migrations.lock import Lock, renew
from coodie.migrations.qualify import qualified
from coodie.migrations.sending import found
from coodie.plans.plan import Flow
from coodie.plans.raw import execute_raw
from coodie.tables.table import Schema

R = TypeVar("R")

_DONE: Final = "done"
_STEP: Final = "step"


class Operations:
    """The keyspace of a migration in Python. Names without a keyspace are in it, as in a .cql file."""

    def __init__(self, lock: Lock, entry: Entry, timeout: float | None, notify: Listener) -> None:
        self.entry: Entry = entry
        self._lock = lock
        self._timeout = timeout
        self._notify = notify
        self._drive: Callable[[Flow[Any]], Any] | None = None
        self._skips = ContextVar("skips", default=False)

    @property
    def keyspace(self) -> str:
        """The keyspace that the migration runs on."""
        return self._lock.keyspace

    @property
    def progress(self) -> Mapping[str, str]:
        """What is recorded as done: steps by name, and the ranges that each backfill has finished."""
        return dict(self.entry.progress)

    async def execute(self, cql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Send a statement with one value for each ``?``; returns its rows as dictionaries.

        After a change of the schema it returns when the cluster agrees. In a step that is done nothing is sent, and
        there are no rows. Raises `InvalidQueryError` for a text that is no CQL, and the errors of the driver.
        """
        node = parse(cql)
        if self._skips.get():
            return []
        return await self.do(self._executed(normal_form(qualified(node, self.keyspace)), kind(node), params))

    def _executed(self, cql: str, what: Kind, params: Sequence[Any]) -> Flow[list[dict[str, Any]]]:
        if what is not Kind.READ:
            yield from renew(self._lock)
        pages = execute_raw(cql, params)
        rows: list[dict[str, Any]] = []
        while (statement := pages.next) is not None:
            options = Options(timeout=self._timeout, paging_state=statement.options.paging_state)
            rows += pages.take((yield statement.with_options(options)))
        return rows

    async def schema(self) -> Schema:
        """The schema of the keyspace as it is now, as a value: tables, types, views and options."""
        return await self.do(found(self.keyspace))

    def step(self, name: str, /) -> AbstractAsyncContextManager[bool]:
        """A part of the migration that is done once, even if the file is run again.

        ``async with m.step("copy") as todo:`` records at its end that it is done. When the file is run again, ``todo``
        is False, and `execute` and `backfill` do nothing inside. Whatever else stands there belongs under ``if todo``.
        """
        if not name:
            raise InvalidQueryError("a step needs a name, by which it is recorded")
        return self._step(f"{_STEP} {name}")

    @asynccontextmanager
    async def _step(self, key: str) -> AsyncGenerator[bool]:
        todo = self.entry.progress.get(key) != _DONE
        outer = self._skips.set(self._skips.get() or not todo)
        try:
            yield todo
        finally:
            self._skips.reset(outer)
        if todo:
            await self.record(key, _DONE)

    async def record(self, key: str, value: str) -> None:
        """Record progress in the history, one write at a time."""
        self.entry = replace(self.entry, progress={**self.entry.progress, key: value})
        await self.do(save(self.keyspace, self.entry, replace(self.entry, progress={})))

    async def run(self, function: Callable[[Operations], Coroutine[Any, Any, object]], drive: Any) -> None:
        """Run ``up`` or ``down``, with the function that executes flows on the connection of the run."""
        self._drive = drive
        await function(self)

    async def do(self, flow: Flow[R]) -> R:
        """Execute a flow on the connection of the run."""
        assert self._drive is not None
        result: Any = self._drive(flow)
        answer: R = (await result) if isawaitable(result) else result
        return answer
