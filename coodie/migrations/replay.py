"""What a folder of migrations makes, found without a database: they are applied to an engine in memory.

The engine refuses what a server would refuse. What it has not got, such as a materialized view, is applied to the
schema as a value alone, which in the end is the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar, cast

from coodie._coroutines import called
from coodie._errors import CoodieError, InvalidQueryError, MigrationError
from coodie.cql.message import Kind, Page, Request, Statement
from coodie.cql.nodes import (
    AlterOptions,
    BeginBatch,
    CreateView,
    Delete,
    Drop,
    Insert,
    InsertJson,
    Node,
    Opaque,
    Select,
    Update,
    Use,
)
from coodie.cql.parsing.statements import parse
from coodie.drivers.connect import connect
from coodie.migrations.entry import Entry
from coodie.migrations.events import Event
from coodie.migrations.lock import Lock
from coodie.migrations.migration import UP, FileStatement, Migration
from coodie.migrations.operations import Operations
from coodie.migrations.python_file import function_in
from coodie.migrations.sending import request_of
from coodie.plans.plan import Call, Flow, Pause
from coodie.plans.schema_flows import read_all
from coodie.tables.apply import apply
from coodie.tables.table import Schema

R = TypeVar("R")

KEYSPACE: Final = "coodie_replay"
_DATA: Final = (Select, Insert, InsertJson, Update, Delete, BeginBatch, Use, Opaque)


class _Engine(Protocol):
    """The engine behind ``init_coodie("memory:")``."""

    def execute(self, request: Request, /) -> Page: ...
    def snapshot(self) -> Any: ...
    def restore(self, snapshot: Any, /) -> None: ...


class ReplayError(MigrationError):
    """A statement that the engine refuses."""

    def __init__(self, why: str, migration: Migration, statement: FileStatement | None) -> None:
        place = f"{migration.path}:{statement.line}:{statement.column}" if statement is not None else migration.path
        super().__init__(f"{place}: {why}")
        self.why = why
        self.migration = migration
        self.statement = statement


@dataclass(frozen=True, slots=True)
class Moment:
    """What is there at one moment of a replay."""

    schema: Schema
    content: Any


class Replay:
    """An empty keyspace in memory, on which migrations are carried out one after another."""

    def __init__(self, keyspace: str = KEYSPACE) -> None:
        self.keyspace = keyspace
        self.schema: Schema = Schema(keyspace)
        self._engine = cast("_Engine", connect("memory:", keyspace=keyspace))

    def now(self) -> Moment:
        """What is there now, to come back to."""
        return Moment(self.schema, self._engine.snapshot())

    def back_to(self, moment: Moment) -> None:
        """Bring back what was there at that moment."""
        self.schema = moment.schema
        self._engine.restore(moment.content)

    def run(self, migration: Migration, direction: str = UP) -> None:
        """Carry out one direction of a migration. Raises `ReplayError` for what a server would refuse."""
        if migration.python:
            self._run_python(migration, direction)
            return
        for statement in migration.part(direction):
            self.run_statement(migration, statement)

    def run_statement(self, migration: Migration, statement: FileStatement) -> None:
        """Carry out one statement. Raises `ReplayError` if a server would refuse it."""
        try:
            self.execute(request_of(self.keyspace, statement.node, None))
        except CoodieError as error:
            raise ReplayError(_reason(error), migration, statement) from error

    def _run_python(self, migration: Migration, direction: str) -> None:
        operations = Operations(
            Lock(self.keyspace, "replay/"), Entry(migration.revision), None, _silent, recorded=False
        )
        try:
            function = function_in(migration, direction)
            called(operations.run(function, self.drive))
        except Exception as error:
            raise ReplayError(f"{type(error).__name__}: {_reason(error)}", migration, None) from error

    def complete(self) -> Schema:
        """The schema with the options that the server sets by itself."""
        found = self.drive(read_all(self.keyspace)) or Schema(self.keyspace)
        options = {each.name: each.options for each in found.tables}
        tables = (replace(each, options=options.get(each.name, each.options)) for each in self.schema.tables)
        return replace(self.schema, tables=tuple(tables))

    def drive(self, flow: Flow[R]) -> R:
        """Execute a flow on the engine; pauses take no time."""
        try:
            step = next(flow)
            while True:
                try:
                    page = self._answer(step)
                except Exception as error:  # noqa: BLE001, PERF203 - the flow gets every error, and raises it again
                    step = flow.throw(error)
                else:
                    step = flow.send(page)
        except StopIteration as done:
            result: R = done.value
            return result

    def _answer(self, step: Request | Pause | Call) -> Page:
        if isinstance(step, Pause):
            return Page()
        if isinstance(step, Call):
            called(step.start(self.drive))
            return Page()
        return self.execute(step)

    def execute(self, request: Request) -> Page:
        """Carry out one request. Raises the errors of the driver, and `InvalidQueryError`."""
        if not isinstance(request, Statement) or request.kind is not Kind.SCHEMA:
            return self._engine.execute(request)
        node = parse(request.cql)
        page = Page()
        if not _on_view(node):
            with suppress(NotImplementedError):  # the engine has no functions and triggers
                page = self._engine.execute(request)
        if not isinstance(node, _DATA):
            self.schema = apply(self.schema, node)
        return page


def _on_view(node: Node) -> bool:
    """Whether the statement is about a materialized view, which the engine has not got."""
    what = node.what if isinstance(node, (Drop, AlterOptions)) else ""
    return isinstance(node, CreateView) or what == "MATERIALIZED VIEW"


def _reason(error: Exception) -> str:
    if isinstance(error, InvalidQueryError):
        return str(error)
    return str(error).partition("\n")[0]


def _silent(event: Event) -> None:
    """The listener of a replay."""


def replayed(migrations: Sequence[Migration], keyspace: str = KEYSPACE) -> Schema:
    """The schema that migrations make in an empty keyspace. Raises `ReplayError` for what a server would refuse."""
    replay = Replay(keyspace)
    for each in migrations:
        replay.run(each)
    return replay.complete()
