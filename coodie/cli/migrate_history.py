"""``coodie migrate status``, ``history`` and ``show``: what is applied, and what was done."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Protocol

import typer

from coodie.cli.command import CLUSTER, FOLDER, KEYSPACES, Call, command
from coodie.cli.connection import connected, use_keyspace
from coodie.cli.output import count
from coodie.cli.stop import DONE, FOUND
from coodie.migrations.entry import Entry
from coodie.migrations.migration import Kind
from coodie.migrations.names import find
from coodie.migrations.status import Condition, Status
from coodie.sync.migrations import Migrations


class Described(Protocol):
    """Anything with a revision, a description and a kind."""

    @property
    def revision(self) -> str: ...  # noqa: D102
    @property
    def description(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> Kind: ...  # noqa: D102


def register(app: typer.Typer) -> None:
    """Add the commands to ``coodie migrate``."""
    command(app, "status", CLUSTER, KEYSPACES, FOLDER)(status)
    command(app, "history", CLUSTER, KEYSPACES, FOLDER)(history)
    command(app, "show", CLUSTER, KEYSPACES, FOLDER)(show)


def document(keyspace: str, about: Described, state: str) -> dict[str, Any]:
    """A migration in the documents of ``--json``."""
    told = {"revision": about.revision, "description": about.description, "kind": about.kind.value, "state": state}
    return {"keyspace": keyspace, **told}


def status(call: Call) -> int:
    """Show which migrations are applied, pending, failed, changed or missing.

    The exit status is 1 unless all of them are applied. Nothing is written.
    """
    told: list[dict[str, Any]] = []
    with opened(call) as every:
        for migrations in every:
            found = migrations.status()
            told += [document(migrations.keyspace, each, each.condition.value) for each in found]
            _show_status(call, migrations.keyspace, found)
    call.output.document({"migrations": told})
    return DONE if all(each["state"] == Condition.APPLIED.value for each in told) else FOUND


def _show_status(call: Call, keyspace: str, found: tuple[Status, ...]) -> None:
    open_ = sum(each.condition is not Condition.APPLIED for each in found)
    what = f"{open_} of {count(len(found), 'migration')} not applied" if open_ else "all migrations are applied"
    call.output.say(f"keyspace {keyspace}: {what if found else 'there are no migrations'}")
    rows = [(each.revision, each.condition.value, _applied_at(each), each.description) for each in found]
    if rows:
        call.output.table(("revision", "state", "applied at (UTC)", "description"), rows)


def history(call: Call) -> int:
    """Show what was done to the keyspace: which migrations, when, by whom, and what failed. Nothing is written."""
    told: list[dict[str, Any]] = []
    with opened(call) as every:
        for migrations in every:
            found = migrations.history()
            told += [_entry(migrations.keyspace, each) for each in found]
            call.output.say(f"keyspace {migrations.keyspace}: {count(len(found), 'migration')} in the history")
            if found:
                rows = [
                    (each.revision, each.state.value, _time(each.applied_at), f"{each.seconds:.2f}", each.applied_by)
                    for each in found
                ]
                call.output.table(("revision", "state", "applied at (UTC)", "seconds", "by"), rows)
            for each in found:
                if each.error:
                    call.output.say(f"{each.revision}, statement {each.tried} of {each.total}: {each.error}")
    call.output.document({"migrations": told})
    return DONE


def show(
    call: Call,
    revision: Annotated[str, typer.Argument(help="The revision, or its part before the first underscore.")],
) -> int:
    """Show one migration: how it stands, and its text. Nothing is written."""
    told: list[dict[str, Any]] = []
    with opened(call) as every:
        for migrations in every:
            found = find(revision, migrations.status())
            script = next((each.script for each in (found.migration, found.entry) if each is not None), "")
            entry = _entry(migrations.keyspace, found.entry) if found.entry is not None else {}
            stands = document(migrations.keyspace, found, found.condition.value)
            path = None if found.migration is None else str(found.migration.path)
            told.append({**entry, **stands, "file": path, "script": script})
            call.output.say(f"keyspace {migrations.keyspace}: {found.revision} is {found.condition.value}")
            if found.entry is not None and found.entry.applied_at is not None:
                call.output.say(f"{_time(found.entry.applied_at)} UTC by {found.entry.applied_by}")
            call.output.say(f"{path or 'its file is gone; this is its text as it was applied'}\n\n{script.rstrip()}")
    call.output.document({"migrations": told})
    return DONE


@contextmanager
def opened(call: Call, *, must_exist: bool = True) -> Generator[list[Migrations]]:
    """The migrations of each keyspace, on an open connection. Raises `Stop` if a keyspace that must exist does not."""
    models = call.models() if call.settings.models else None
    with connected(call.settings, call.timeout):
        every = call.settings.require_keyspaces()
        for keyspace in every if must_exist else ():
            use_keyspace(keyspace)
        yield [Migrations(call.settings.migrations, keyspace=each, models=models) for each in every]


def _entry(keyspace: str, entry: Entry) -> dict[str, Any]:
    return {
        **document(keyspace, entry, entry.state.value),
        "applied_at": None if entry.applied_at is None else entry.applied_at.isoformat(),
        "applied_by": entry.applied_by,
        "seconds": round(entry.seconds, 3),
        "done": entry.done,
        "total": entry.total,
        "error": entry.error,
    }


def _applied_at(status: Status) -> str:
    return _time(None if status.entry is None else status.entry.applied_at)


def _time(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"
