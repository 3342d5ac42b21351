# Derived by tests/derive.py: edit coodie/aio/migrations.py,
# then run `tox -e sync`.
"""Migrations of a keyspace: planning, applying and undoing them, and what has been done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from coodie._coroutines import finished, repeated
from coodie.sync._run import drive
from coodie.migrations.entry import Entry
from coodie.migrations.events import Listener, Report
from coodie.migrations.keeper import Keeper
from coodie.migrations.lock import HEARTBEAT, Holder
from coodie.migrations.planning import Plan
from coodie.migrations.running import Run
from coodie.migrations.status import Status
from coodie.plans.plan import Flow

R = TypeVar("R")


class Migrations(Keeper):
    """The migrations in a folder, for one keyspace: ``Migrations("migrations").up()``.

    ``keyspace`` is that of the connection if it is not given. ``models`` are the documents that `check` compares with
    what the migrations make. Two runs never work at the same time: each takes a lock, in the keyspace itself, and
    renews it while it goes on. What has been done is recorded in ``coodie_migrations``.
    """

    def plan(
        self, revision: str | None = None, *, out_of_order: bool = False, resume_at: int | None = None
    ) -> Plan:
        """What `up` would do with the same arguments, without taking the lock; nothing is written."""
        files = self.files()
        flow = self._plan(files, revision=revision, out_of_order=out_of_order, resume_at=resume_at)
        return drive(flow, self.connection)

    def up(
        self,
        revision: str | None = None,
        *,
        out_of_order: bool = False,
        resume_at: int | None = None,
        wait: float | None = None,
        timeout: float | None = None,
        create_keyspace: bool | Mapping[str, Any] = False,
        progress: Listener | None = None,
    ) -> Report:
        """Apply what is pending, up to ``revision``, which is included, or all of it; then the repeatable ones.

        A migration that stopped half way is gone on with: the schema says whether the statement that was under way
        happened. Where that cannot say it, ``resume_at`` does: the number of the statement to go on with, from 1.
        ``out_of_order`` also applies what is older than an applied one. ``wait`` is how many seconds to wait for
        another run to end; None is without end. ``timeout`` is in seconds for each statement. ``create_keyspace`` first
        sends ``CREATE KEYSPACE IF NOT EXISTS``, as in ``init_coodie()``. ``progress`` is called with each event.

        Raises `MigrationError` if the files and the history do not fit together, before anything is changed;
        `MigrationLocked` if the lock is not free in time; `MigrationFailed` if a migration stops half way; `LockLost`
        if the lock could not be renewed.
        """
        files, run = self.files(), self._run(timeout, progress)
        flow = self._up(run, files, revision=revision, out_of_order=out_of_order, resume_at=resume_at)
        return self._locked(run, wait, flow, create_keyspace)

    def down(
        self,
        to: str | int | None = None,
        *,
        resume_at: int | None = None,
        wait: float | None = None,
        timeout: float | None = None,
        progress: Listener | None = None,
    ) -> Report:
        """Undo the last migration; ``-3`` undoes three, and a revision all that were applied after it.

        The other arguments are those of `up`, and so are the errors. Raises `MigrationError` for a migration without a
        way down, before anything is changed.
        """
        files, run = self.files(), self._run(timeout, progress)
        return self._locked(run, wait, self._down(run, files, to=to, resume_at=resume_at))

    def status(self) -> tuple[Status, ...]:
        """How each migration stands: applied, pending, failed, changed or missing. Nothing is written."""
        return drive(self._statuses(), self.connection)

    def history(self) -> tuple[Entry, ...]:
        """What the keyspace says about each migration, by revision."""
        return drive(self._history(), self.connection)

    def redo(
        self, *, wait: float | None = None, timeout: float | None = None, progress: Listener | None = None
    ) -> Report:
        """Undo the last migration and apply it again, while it is being written. Arguments and errors as for `up`."""
        files, run = self.files(), self._run(timeout, progress)
        return self._locked(run, wait, self._redo(run, files))

    def baseline(self, revision: str, *, compare: bool = True, wait: float | None = None) -> Report:
        """Mark all migrations up to ``revision``, which is included, as applied, without running them.

        For a keyspace that has this schema already. The migrations are first replayed in memory, and the result is
        compared with the keyspace; ``compare=False`` leaves that out. Raises `SchemaMismatch` with every difference, and
        `MigrationError` if one of them is in the history.
        """
        files, run = self.files(), self._run(None, None)
        return self._locked(run, wait, self._baseline(run, files, revision, compare=compare))

    def repair(self, revision: str, *, wait: float | None = None) -> None:
        """Accept the text of an applied file that was changed, after a review; nothing of it is run.

        The ``script`` of its entry in `history` is the text as it was applied. Raises `MigrationError` if the file was
        not changed.
        """
        files, run = self.files(), self._run(None, None)
        self._locked(run, wait, self._repair(run, files, revision))

    def lock(self) -> Holder | None:
        """Who holds the lock on the keyspace's migrations, and since when; None if nobody does."""
        return drive(self._holder(), self.connection)

    def unlock(self, holder: Holder | None = None) -> Holder | None:
        """Remove the lock, whoever holds it, or only that of ``holder``; returns whose lock was removed, or None.

        A run that is alive notices it before its next statement, and stops with `LockLost`. The lock of a run that is
        gone ends by itself after 30 seconds.
        """
        return drive(self._unlock(holder), self.connection)

    def _locked(
        self, run: Run, wait: float | None, work: Flow[R], create_keyspace: bool | Mapping[str, Any] = False
    ) -> R:
        beat: Callable[[], Any] = lambda: drive(self._beat(run), self.connection)  # noqa: E731 - derived as it is
        try:
            drive(self._take(run, wait, create_keyspace), self.connection)
            with repeated(beat, HEARTBEAT):
                return drive(work, self.connection)
        finally:
            finished(drive(self._release(run), self.connection))
