"""The part of ``Migrations`` that both doors share: what it is about, and the flows of each call."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from coodie._errors import ConfigurationError, MigrationError
from coodie.connections import connection_names
from coodie.cql.names import check_name
from coodie.mapping.schema import schema_of
from coodie.migrations.acceptance import baseline, repair
from coodie.migrations.arguments import check_arguments, check_folder
from coodie.migrations.checking import Check, check
from coodie.migrations.entry import Entry, now
from coodie.migrations.events import Event, Happening, Listener, Report
from coodie.migrations.folder import load
from coodie.migrations.keyspaces import entries_of, has_table, require_history, require_keyspace, require_lock
from coodie.migrations.lint.check import failing, lint
from coodie.migrations.lint.finding import Finding, severity_of
from coodie.migrations.lock import Holder, Lock, beat, new_owner, read_lock, release, take, unlock
from coodie.migrations.migration import Migration
from coodie.migrations.names import next_name
from coodie.migrations.planning import Plan, plan_down, plan_up
from coodie.migrations.replay import KEYSPACE as REPLAY
from coodie.migrations.replay import replayed
from coodie.migrations.running import Run, run_steps
from coodie.migrations.sending import found
from coodie.migrations.status import Status, statuses
from coodie.migrations.writing import Draft, automatic, empty
from coodie.plans.arguments import check_connection
from coodie.plans.plan import Flow, Pause
from coodie.tables.keyspaces import creation
from coodie.tables.own import LOCK
from coodie.tables.table import Schema


def _silent(event: Event) -> None:
    """The listener of a run that nobody listens to."""


class Keeper:
    """A folder of migrations and the keyspace that they are for."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        connection: str | None = None,
        keyspace: str | None = None,
        models: Sequence[Any] | None = None,
    ) -> None:
        check_folder(folder)
        check_connection(connection)
        check_arguments(models=models)
        if keyspace is not None:
            check_name(keyspace, "keyspace")
        self.folder: Path = Path(folder)
        self.connection: str | None = connection
        self.models: Sequence[Any] = () if models is None else tuple(models)
        self._keyspace = keyspace

    @property
    def keyspace(self) -> str:
        """The keyspace of the migrations: the one given, else that of the connection.

        Raises `ConfigurationError` if there is neither.
        """
        found = self._keyspace if self._keyspace is not None else connection_names.keyspace_of(self.connection)
        if found is None:
            raise ConfigurationError("migrations need a keyspace: give keyspace=, or open the connection with one")
        return found

    def files(self) -> tuple[Migration, ...]:
        """The migrations of the folder in their order, the repeatable ones last; nothing is sent.

        Raises `MigrationError` with file, line and column for a file that cannot be read or parsed, for a name that
        says no place in the order, and for two files in one place.
        """
        return load(self.folder)

    def _findings(self, datacenters: Iterable[str]) -> tuple[Finding, ...]:
        return lint(self.files(), self._wanted(), datacenters, keyspace=self._replayed())

    def _checked(self, datacenters: Iterable[str], fail_on: str) -> Check:
        return check(self.files(), self._wanted(), datacenters, severity_of(fail_on), self._replayed())

    def _replayed(self) -> str:
        """The name of the keyspace in memory: that of the migrations, or any if they have none."""
        known = self._keyspace if self._keyspace is not None else connection_names.keyspace_of(self.connection)
        return REPLAY if known is None else known

    def _wanted(self) -> Schema | None:
        """The schema that the models want; None without models."""
        return schema_of(self.models, REPLAY) if self.models else None

    def _draft(self, words: str, *, auto: bool, from_cluster: bool) -> Flow[Draft]:
        files = load(self.folder) if self.folder.is_dir() else ()
        revision = next_name(words, [each.revision for each in files], now())
        if not auto:
            return empty(revision, words)
        wanted = self._wanted()
        if wanted is None:
            raise ConfigurationError("a file is written from the models; give Migrations(folder, models=[...])")
        if from_cluster:
            yield from require_keyspace(self.keyspace)
        has = (yield from found(self.keyspace)) if from_cluster else replayed(files)
        return automatic(revision, words, wanted, has)

    def _write(self, draft: Draft) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{draft.revision}.cql"
        with path.open("x", encoding="utf-8") as file:
            file.write(draft.script)
        return path

    def _run(self, timeout: float | None, progress: Listener | None) -> Run:
        return Run(Lock(self.keyspace, new_owner()), _silent if progress is None else progress, timeout)

    def _statuses(self) -> Flow[tuple[Status, ...]]:
        files = self.files()
        return statuses(files, (yield from entries_of(self.keyspace)))

    def _history(self) -> Flow[tuple[Entry, ...]]:
        return (yield from entries_of(self.keyspace))

    def _plan(self, files: Sequence[Migration], fail_on: str | None = None, **options: Any) -> Flow[Plan]:
        entries = yield from entries_of(self.keyspace)
        plan = plan_up(self.keyspace, statuses(files, entries), **options)
        self._refuse_findings(plan, files, fail_on)
        return plan

    def _refuse_findings(self, plan: Plan, files: Sequence[Migration], fail_on: str | None) -> None:
        """Raise `MigrationError` for findings in what is pending that are bad enough and not allowed."""
        if fail_on is None or not plan:
            return
        paths = {step.migration.path for step in plan.steps}
        # Files in Python are not tried out: what they do besides, they would do twice.
        found = [
            each for each in lint(files, self._wanted(), keyspace=self.keyspace, python=False) if each.path in paths
        ]
        if bad := failing(found, severity_of(fail_on)):
            listed = "\n".join(map(str, bad))
            raise MigrationError(
                f"findings in what is pending; correct them, or allow one with `-- coodie: allow {bad[0].code} why` "
                f"before its statement:\n{listed}"
            )

    def _take(self, run: Run, wait: float | None, create: bool | Mapping[str, Any]) -> Flow[None]:
        yield from require_keyspace(run.keyspace, creation(run.keyspace, create))
        yield from require_lock(run.keyspace)
        yield from take(run.lock, wait, lambda holder: run.notify(Event(Happening.WAITING, holder=holder)))

    def _beat(self, run: Run) -> Flow[None]:
        return beat(run.lock)

    def _release(self, run: Run) -> Flow[None]:
        return release(run.lock)

    def _up(self, run: Run, files: Sequence[Migration], **options: Any) -> Flow[Report]:
        yield from require_history(run.keyspace)
        plan = yield from self._plan(files, **options)
        return (yield from self._carry_out(run, plan))

    def _down(self, run: Run, files: Sequence[Migration], **options: Any) -> Flow[Report]:
        yield from require_history(run.keyspace)
        entries = yield from entries_of(run.keyspace)
        plan = plan_down(run.keyspace, statuses(files, entries), **options)
        return (yield from self._carry_out(run, plan))

    def _carry_out(self, run: Run, plan: Plan) -> Flow[Report]:
        run.notify(Event(Happening.PLANNED, plan=plan))
        return Report(plan.keyspace, (yield from run_steps(run, plan.steps)))

    def _redo(self, run: Run, files: Sequence[Migration]) -> Flow[Report]:
        yield from require_history(run.keyspace)
        entries = yield from entries_of(run.keyspace)
        plan = plan_down(run.keyspace, statuses(files, entries))
        undone = yield from self._carry_out(run, plan)
        last = plan.steps[0].revision if plan.steps else None
        again = yield from self._up(run, files, revision=last) if last is not None else self._nothing(run)
        return Report(run.keyspace, (*undone.done, *again.done))

    def _nothing(self, run: Run) -> Flow[Report]:
        yield Pause(0)
        return Report(run.keyspace, ())

    def _baseline(self, run: Run, files: Sequence[Migration], revision: str, *, compare: bool) -> Flow[Report]:
        yield from require_history(run.keyspace)
        entries = yield from entries_of(run.keyspace)
        done = yield from baseline(run, files, entries, revision, compare=compare)
        return Report(run.keyspace, done)

    def _repair(self, run: Run, files: Sequence[Migration], revision: str) -> Flow[None]:
        yield from repair(run, files, (yield from entries_of(run.keyspace)), revision)

    def _holder(self) -> Flow[Holder | None]:
        yield from require_keyspace(self.keyspace)
        return (yield from read_lock(self.keyspace)) if (yield from has_table(self.keyspace, LOCK)) else None

    def _unlock(self, holder: Holder | None) -> Flow[Holder | None]:
        found = (yield from self._holder()) if holder is None else holder
        if found is not None and not (yield from unlock(self.keyspace, found.owner)):
            return None
        return found
