"""Runs the steps of a plan: each statement is recorded before it is sent and after it happened.

A flow that never waits by itself. It holds the lock already; before each statement it renews it, so that a run which
was paused stops instead of doing what another one has begun.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from coodie._errors import LockLost, MigrationError, MigrationFailed
from coodie.drivers.errors import DriverError
from coodie.migrations.doubt import settle
from coodie.migrations.entry import Entry, State, now
from coodie.migrations.events import Done, Event, Happening, Listener
from coodie.migrations.history import forget, own_version, read_entry, save
from coodie.migrations.lock import Lock, renew
from coodie.migrations.migration import UP, FileStatement
from coodie.migrations.operations import Operations
from coodie.migrations.planning import Step, step_of
from coodie.migrations.python_file import function_in
from coodie.migrations.sending import is_unsure, request_of, send
from coodie.plans.plan import Call, Flow


@dataclass(frozen=True, slots=True)
class Run:
    """What all steps of a run share: the lock, the timeout of statements in seconds, and who listens."""

    lock: Lock
    notify: Listener
    timeout: float | None = None
    clock: Callable[[], float] = time.monotonic

    @property
    def keyspace(self) -> str:
        """The keyspace of the run."""
        return self.lock.keyspace


def run_steps(run: Run, steps: tuple[Step, ...]) -> Flow[tuple[Done, ...]]:
    """Carry out the steps in their order. Raises `MigrationFailed` at the first that stops half way."""
    done: tuple[Done, ...] = ()
    for step in steps:
        done = (*done, (yield from _run_step(run, step)))
    return done


def _run_step(run: Run, step: Step) -> Flow[Done]:
    started = run.clock()
    before = yield from read_entry(run.keyspace, step.revision)
    # Behind it: a run that was paused since it was planned has read what another one did, and must not undo that.
    yield from renew(run.lock)
    if not step.sure:
        step = step_of(step.migration, before, step.direction)
    happened = yield from settle(run.keyspace, step)
    first = step.first + happened
    if happened:
        run.notify(_event(Happening.SKIPPED, step, step.first))
    run.notify(_event(Happening.STARTED, step, first))
    entry = _begun(run, step, first, before)
    try:
        entry = yield from save(run.keyspace, entry, before)
        work = _run_python(run, step, entry) if step.migration.python else _run_cql(run, step, entry, first)
        entry = yield from work
        seconds = run.clock() - started
        yield from _end(run, step, entry, seconds)
    except DriverError as error:
        why = f"{step.migration.path}: the history could not be written: {error}; the next run finds out what happened"
        raise MigrationFailed(why, step.revision, None) from error
    run.notify(Event(Happening.FINISHED, step.revision, step.direction, seconds=seconds))
    return Done(step.revision, step.direction, seconds)


def _begun(run: Run, step: Step, first: int, before: Entry | None) -> Entry:
    """The entry of a migration that begins, or goes on, with the statement ``first``."""
    migration, part = step.migration, step.migration.part(step.direction)
    resumes = before is not None and before.state is not State.APPLIED
    base = before if before is not None else Entry(migration.revision)
    if step.direction == UP:
        base = replace(
            base,
            description=migration.description,
            checksum=migration.checksum,
            kind=migration.kind,
            script=migration.script,
            applied_at=None,
            version=own_version(),
        )
    statement = _statement(part, first)
    return replace(
        base,
        state=State.RUNNING,
        direction=step.direction,
        done=first - 1,
        total=len(part),
        tried=first if statement else first - 1,
        statement=statement,
        error=None,
        unsure=False,
        checksums=tuple(each.checksum for each in part),
        owner=run.lock.owner,
        seconds=base.seconds if resumes else 0.0,
        progress=base.progress if resumes else {},
    )


def _statement(part: tuple[FileStatement, ...], number: int) -> str | None:
    return part[number - 1].cql if number <= len(part) else None


def _run_cql(run: Run, step: Step, entry: Entry, first: int) -> Flow[Entry]:
    part = step.migration.part(step.direction)
    for number, statement in enumerate(part[first - 1 :], first):
        if entry.tried != number:
            tried = replace(entry, done=number - 1, tried=number, statement=statement.cql)
            entry = yield from save(run.keyspace, tried, entry)
        run.notify(_event(Happening.SENDING, step, number))
        started = run.clock()
        try:
            yield from send(run.lock, statement.node, request_of(run.keyspace, statement.node, run.timeout))
        except DriverError as error:
            yield from _fail(run, entry, str(error), is_unsure(error))
            raise MigrationFailed(_failure(step, number, error), step.revision, number) from error
        run.notify(replace(_event(Happening.SENT, step, number), seconds=run.clock() - started))
    return entry


def _run_python(run: Run, step: Step, entry: Entry) -> Flow[Entry]:
    yield from renew(run.lock)
    operations = Operations(run.lock, entry, run.timeout, run.notify)
    try:
        function = function_in(step.migration, step.direction)
        yield Call(lambda drive: operations.run(function, drive))
    except LockLost:
        raise
    except Exception as error:
        yield from _fail(run, operations.entry, f"{type(error).__name__}: {_shown(error)}", False)
        raise MigrationFailed(_failure(step, None, error), step.revision, None) from error
    return operations.entry


def _shown(error: Exception) -> str:
    # Errors of others may show values, which do not belong into a table that all can read.
    return str(error) if isinstance(error, (DriverError, MigrationError)) else "see the output of the run"


def _fail(run: Run, entry: Entry, error: str, unsure: bool) -> Flow[None]:
    # If this cannot be recorded either, the entry stays as it was, which says that the statement may have happened.
    with suppress(DriverError):
        yield from save(run.keyspace, replace(entry, state=State.FAILED, error=error, unsure=unsure), entry)


def _end(run: Run, step: Step, entry: Entry, seconds: float) -> Flow[None]:
    if step.direction != UP:
        yield from forget(run.keyspace, entry)
        return
    applied = replace(
        entry,
        state=State.APPLIED,
        done=entry.total,
        tried=entry.total,
        statement=None,
        applied_at=now(),
        seconds=entry.seconds + seconds,
    )
    yield from save(run.keyspace, applied, entry)


_NEXT: Final = "correct what is wrong; what is done is recorded, and the next run goes on from there"


def _failure(step: Step, number: int | None, error: Exception) -> str:
    path = step.migration.path
    if number is None:
        return f"{path}: {step.direction}() failed with {type(error).__name__}: {_shown(error)}; {_NEXT}"
    part = step.migration.part(step.direction)
    statement = part[number - 1]
    where = f"{path}:{statement.line}:{statement.column}: statement {number} of {len(part)} failed"
    return f"{where} with {type(error).__name__}: {error}; {_NEXT}"


def _event(happening: Happening, step: Step, number: int) -> Event:
    part = step.migration.part(step.direction)
    return Event(happening, step.revision, step.direction, _statement(part, number) or "", number, len(part))
