"""Accepting what is there: a baseline for a keyspace that has its schema already, and the text of a changed file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from coodie._errors import MigrationError
from coodie.cql.names import quote
from coodie.migrations.entry import Entry, State, now
from coodie.migrations.events import Done
from coodie.migrations.history import own_version, read_entry, save
from coodie.migrations.lock import renew
from coodie.migrations.migration import Kind, Migration
from coodie.migrations.names import find, place_of
from coodie.migrations.replay import replayed
from coodie.migrations.running import Run
from coodie.migrations.sending import found
from coodie.migrations.status import Condition, statuses
from coodie.plans.plan import Flow
from coodie.tables.change import Change, SchemaMismatch, described
from coodie.tables.diff import diff
from coodie.tables.table import Schema


def baseline(
    run: Run, files: Sequence[Migration], entries: Sequence[Entry], revision: str, *, compare: bool
) -> Flow[tuple[Done, ...]]:
    """Mark the migrations up to ``revision``, which is included, as applied, without running them.

    Raises `SchemaMismatch` if the keyspace is not what they make, unless ``compare`` is False, and `MigrationError` if
    one of them was applied, or began.
    """
    end = find(revision, [each for each in files if not each.repeatable])
    wanted = [each for each in files if not each.repeatable and place_of(each.revision) <= place_of(end.revision)]
    known = {each.revision: each for each in entries}
    for each in wanted:
        if each.revision in known and known[each.revision].kind is not Kind.BASELINE:
            raise MigrationError(f"{each.revision} is in the history already, so it needs no baseline")
    if compare:
        _refuse_differences(run.keyspace, replayed(wanted, run.keyspace), (yield from found(run.keyspace)))
    done: tuple[Done, ...] = ()
    for each in wanted:
        if each.revision not in known:
            yield from renew(run.lock)
            yield from save(run.keyspace, _marked(run, each), None)
            done = (*done, Done(each.revision, Kind.BASELINE.value, 0.0))
    return done


def _marked(run: Run, migration: Migration) -> Entry:
    return Entry(
        migration.revision,
        migration.description,
        migration.checksum,
        Kind.BASELINE,
        total=len(migration.up),
        done=len(migration.up),
        tried=len(migration.up),
        checksums=tuple(each.checksum for each in migration.up),
        script=migration.script,
        owner=run.lock.owner,
        applied_at=now(),
        version=own_version(),
    )


def _refuse_differences(keyspace: str, wanted: Schema, has: Schema) -> None:
    changes: list[Change] = diff(wanted, has)
    if changes:
        count = "1 difference" if len(changes) == 1 else f"{len(changes)} differences"
        raise SchemaMismatch(
            f"{count} between what the migrations make and the keyspace {quote(keyspace)}; nothing was marked:\n"
            f"{described(changes)}",
            changes,
        )


def repair(run: Run, files: Sequence[Migration], entries: Sequence[Entry], revision: str) -> Flow[None]:
    """Accept the text of an applied file that was changed. Raises `MigrationError` if it was not."""
    status = find(revision, statuses(files, entries))
    if status.condition is not Condition.CHANGED or status.migration is None:
        raise MigrationError(f"{status.revision} is {status.condition.value}, so there is no changed text to accept")
    migration = status.migration
    before = yield from read_entry(run.keyspace, status.revision)
    if before is None or before.state is not State.APPLIED:
        raise MigrationError(f"{status.revision} is no longer applied; look at its status again")
    part = migration.up
    accepted = replace(
        before,
        description=migration.description,
        checksum=migration.checksum,
        checksums=tuple(each.checksum for each in part),
        script=migration.script,
        total=len(part),
        done=len(part),
        tried=len(part),
        owner=run.lock.owner,
    )
    yield from renew(run.lock)
    yield from save(run.keyspace, accepted, before)
