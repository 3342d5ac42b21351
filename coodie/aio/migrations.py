"""Migrations of a keyspace: planning, applying and undoing them, and what has been done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from coodie._coroutines import afinished, arepeated
from coodie.aio._run import drive
from coodie.migrations.arguments import check_arguments
from coodie.migrations.checking import Check
from coodie.migrations.entry import Entry
from coodie.migrations.events import Listener, Report
from coodie.migrations.keeper import Keeper
from coodie.migrations.lint.finding import Finding
from coodie.migrations.lock import HEARTBEAT, Holder
from coodie.migrations.planning import Plan
from coodie.migrations.running import Run
from coodie.migrations.status import Status
from coodie.migrations.writing import Draft
from coodie.plans.plan import Flow

R = TypeVar("R")


class Migrations(Keeper):
    """The migrations in a folder, for one keyspace: ``await Migrations("migrations").up()``.

    ``keyspace`` is that of the connection if it is not given. ``models`` are the documents that `check` compares with
    what the migrations make. Two runs never work at the same time: each takes a lock, in the keyspace itself, and
    renews it while it goes on. What has been done is recorded in ``coodie_migrations``.
    """

    async def plan(
        self,
        revision: str | None = None,
        *,
        out_of_order: bool = False,
        resume_at: int | None = None,
        fail_on: str | None = "error",
    ) -> Plan:
        """What `up` would do with the same arguments, without taking the lock; nothing is written."""
        check_arguments(out_of_order=out_of_order, resume_at=resume_at, fail_on=fail_on)
        files = self.files()
        flow = self._plan(files, fail_on, revision=revision, out_of_order=out_of_order, resume_at=resume_at)
        return await drive(flow, self.connection)

    async def up(
        self,
        revision: str | None = None,
        *,
        out_of_order: bool = False,
        resume_at: int | None = None,
        fail_on: str | None = "error",
        wait: float | None = None,
        timeout: float | None = None,
        create_keyspace: bool | Mapping[str, Any] = False,
        progress: Listener | None = None,
    ) -> Report:
        """Apply what is pending, up to ``revision``, which is included, or all of it; then the repeatable ones.

        A migration that stopped half way is gone on with: the schema says whether the statement that was under way
        happened. Where that cannot say it, ``resume_at`` does: the number of the statement to go on with, from 1.
        ``out_of_order`` also applies what is older than an applied one. Findings of `lint` in what is pending are
        refused from the severity ``fail_on``, unless a comment allows them; None refuses none. ``wait`` is how many
        seconds to wait for another run to end; None is without end. ``timeout`` is in seconds for each statement.
        ``create_keyspace`` first sends ``CREATE KEYSPACE IF NOT EXISTS``, as in ``init_coodie()``. ``progress`` is
        called with each event.

        Raises `MigrationError` if the files and the history do not fit together, before anything is changed;
        `MigrationLocked` if the lock is not free in time; `MigrationFailed` if a migration stops half way; `LockLost`
        if the lock could not be renewed.
        """
        check_arguments(wait=wait, timeout=timeout, progress=progress)
        check_arguments(out_of_order=out_of_order, resume_at=resume_at, fail_on=fail_on)
        files, run = self.files(), self._run(timeout, progress)
        options: dict[str, Any] = {"out_of_order": out_of_order, "resume_at": resume_at, "fail_on": fail_on}
        flow = self._up(run, files, revision=revision, **options)
        return await self._locked(run, wait, flow, create_keyspace)

    async def down(
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
        check_arguments(resume_at=resume_at, wait=wait, timeout=timeout, progress=progress)
        files, run = self.files(), self._run(timeout, progress)
        return await self._locked(run, wait, self._down(run, files, to=to, resume_at=resume_at))

    async def status(self) -> tuple[Status, ...]:
        """How each migration stands: applied, pending, failed, changed or missing. Nothing is written."""
        return await drive(self._statuses(), self.connection)

    async def lint(self, *, datacenters: Iterable[str] = ()) -> tuple[Finding, ...]:
        """The findings in all files, those that a comment allows included; without a database.

        ``datacenters`` are the names of those that the cluster has.
        """
        check_arguments(datacenters=datacenters)
        return self._findings(datacenters)

    async def check(self, *, datacenters: Iterable[str] = (), fail_on: str = "error") -> Check:
        """Try the folder without a database, as in continuous integration; the result is true if nothing is wrong.

        The files are parsed and replayed in memory from nothing to the end, each is undone and must leave the schema
        as it was, and the end must be what the models want, if there are any. Findings count from the severity
        ``fail_on``: ``"error"``, ``"warning"`` or ``"hint"``. Raises `MigrationError` for a file that cannot be read.
        """
        check_arguments(datacenters=datacenters, fail_on=fail_on)
        return self._checked(datacenters, fail_on)

    async def draft(self, words: str, *, auto: bool = False, from_cluster: bool = False) -> Draft:
        """The text of a new file, named by ``words``; nothing is written.

        With ``auto`` its statements are the difference between the models and what the files of the folder make, found
        by replaying them in memory, or with ``from_cluster`` the keyspace. What destroys data or is impossible is a
        comment with how to go about it, and is listed in ``unsafe``. The way down undoes the statements.
        """
        check_arguments(words=words, auto=auto, from_cluster=from_cluster)
        return await drive(self._draft(words, auto=auto, from_cluster=from_cluster), self.connection)

    async def new(self, words: str, *, auto: bool = False, from_cluster: bool = False) -> Path:
        """Write the file that `draft` gives; returns its path. The folder is made if it is missing."""
        return self._write(await self.draft(words, auto=auto, from_cluster=from_cluster))

    async def history(self) -> tuple[Entry, ...]:
        """What the keyspace says about each migration, by revision."""
        return await drive(self._history(), self.connection)

    async def redo(
        self, *, wait: float | None = None, timeout: float | None = None, progress: Listener | None = None
    ) -> Report:
        """Undo the last migration and apply it again, while it is being written. Arguments and errors as for `up`."""
        check_arguments(wait=wait, timeout=timeout, progress=progress)
        files, run = self.files(), self._run(timeout, progress)
        return await self._locked(run, wait, self._redo(run, files))

    async def baseline(self, revision: str, *, compare: bool = True, wait: float | None = None) -> Report:
        """Mark all migrations up to ``revision``, which is included, as applied, without running them.

        For a keyspace that has this schema already. The migrations are first replayed in memory, and the result is
        compared with the keyspace; ``compare=False`` leaves that out. Raises `SchemaMismatch` with every difference,
        and `MigrationError` if one of them is in the history.
        """
        check_arguments(compare=compare, wait=wait)
        files, run = self.files(), self._run(None, None)
        return await self._locked(run, wait, self._baseline(run, files, revision, compare=compare))

    async def repair(self, revision: str, *, wait: float | None = None) -> None:
        """Accept the text of an applied file that was changed, after a review; nothing of it is run.

        The ``script`` of its entry in `history` is the text as it was applied. Raises `MigrationError` if the file was
        not changed.
        """
        check_arguments(wait=wait)
        files, run = self.files(), self._run(None, None)
        await self._locked(run, wait, self._repair(run, files, revision))

    async def lock(self) -> Holder | None:
        """Who holds the lock on the keyspace's migrations, and since when; None if nobody does."""
        return await drive(self._holder(), self.connection)

    async def unlock(self, holder: Holder | None = None) -> Holder | None:
        """Remove the lock, whoever holds it, or only that of ``holder``; returns whose lock was removed, or None.

        A run that is alive notices it before its next statement, and stops with `LockLost`. The lock of a run that is
        gone ends by itself after 30 seconds.
        """
        check_arguments(holder=holder)
        return await drive(self._unlock(holder), self.connection)

    async def _locked(
        self, run: Run, wait: float | None, work: Flow[R], create_keyspace: bool | Mapping[str, Any] = False
    ) -> R:
        beat: Callable[[], Any] = lambda: drive(self._beat(run), self.connection)  # noqa: E731 - derived as it is
        try:
            await drive(self._take(run, wait, create_keyspace), self.connection)
            async with arepeated(beat, HEARTBEAT):
                return await drive(work, self.connection)
        finally:
            await afinished(drive(self._release(run), self.connection))
