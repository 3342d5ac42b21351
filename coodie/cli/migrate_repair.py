"""``coodie migrate baseline``, ``repair`` and ``unlock``: what is accepted as it is, after a look at it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import unified_diff
from typing import Annotated, Any, TypeAlias

import typer

from coodie.cli.command import CLUSTER, FOLDER, KEYSPACES, Call, command
from coodie.cli.migrate_files import DryRun
from coodie.cli.migrate_history import document, opened
from coodie.cli.output import count
from coodie.cli.stop import DONE, FOUND
from coodie.migrations.names import find, place_of
from coodie.migrations.status import Condition, Status
from coodie.sync.migrations import Migrations

Yes: TypeAlias = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
Revision: TypeAlias = Annotated[str, typer.Argument(help="The revision, or its part before the first underscore.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``coodie migrate``."""
    command(app, "baseline", CLUSTER, KEYSPACES, FOLDER)(baseline)
    command(app, "repair", CLUSTER, KEYSPACES, FOLDER)(repair)
    command(app, "unlock", CLUSTER, KEYSPACES)(unlock)


def baseline(
    call: Call,
    revision: Revision,
    no_compare: Annotated[bool, typer.Option("--no-compare", help="Do not compare the schema first.")] = False,
    dry_run: DryRun = False,
) -> int:
    """Mark the migrations up to REVISION, which is included, as applied, without running them.

    For a keyspace that has this schema already. The exit status is 1, and nothing is marked, if it has another one.
    """
    told: list[dict[str, Any]] = []
    with opened(call) as every:
        for migrations in every:
            marked = _to_mark(revision, migrations.status())
            verb = "would mark" if dry_run else "marks"
            call.output.say(f"keyspace {migrations.keyspace}: {verb} {count(len(marked), 'migration')} as applied")
            for each in marked:
                call.output.say(f"  {each.revision}")
            if not dry_run:
                migrations.baseline(revision, compare=not no_compare)
            state = "pending" if dry_run else "applied"
            told += [{**document(migrations.keyspace, each, state), "kind": "baseline"} for each in marked]
    call.output.document({"migrations": told})
    return DONE


def _to_mark(revision: str, found: Iterable[Status]) -> list[Status]:
    known = [each for each in found if each.migration is not None and not each.migration.repeatable]
    end = place_of(find(revision, known).revision)
    return [each for each in known if each.condition is Condition.PENDING and place_of(each.revision) <= end]


def repair(call: Call, revision: Revision, yes: Yes = False, dry_run: DryRun = False) -> int:
    """Accept the text of an applied file that was changed since, after a review. Nothing of it is run.

    It shows both texts and asks. Without a yes, nothing is changed, and the exit status is 1.
    """
    told: list[dict[str, Any]] = []
    with opened(call) as every:
        for migrations in every:
            found = find(revision, migrations.status())
            call.output.say(f"keyspace {migrations.keyspace}: {found.revision} is {found.condition.value}")
            call.output.say(_difference(found))
            if found.condition is Condition.CHANGED and (
                dry_run or not call.confirmed(f"accept the text of {found.revision} as it is now?", yes)
            ):
                told.append(document(migrations.keyspace, found, found.condition.value))
                continue
            migrations.repair(revision)
            call.output.say("accepted")
            told.append(document(migrations.keyspace, found, "applied"))
    call.output.document({"migrations": told})
    return DONE if dry_run or all(each["state"] == "applied" for each in told) else FOUND


def _difference(found: Status) -> str:
    old = found.entry.script if found.entry is not None else ""
    new = found.migration.script if found.migration is not None else ""
    lines = unified_diff(old.splitlines(), new.splitlines(), "as it was applied", "as it is now", lineterm="")
    return "\n".join(lines)


def unlock(call: Call, yes: Yes = False, dry_run: DryRun = False) -> int:
    """Show who holds the lock on the migrations, and remove it after a question.

    A run that is alive stops before its next statement. The lock of a run that is gone ends by itself after 30
    seconds. Without a yes, the lock is left, and the exit status is 1.
    """
    with opened(call) as every:
        told = [_unlocked(call, each, yes, dry_run) for each in every]
    call.output.document({"locks": told})
    return DONE if dry_run or all(each["owner"] is None or each["removed"] for each in told) else FOUND


def _unlocked(call: Call, migrations: Migrations, yes: bool, dry_run: bool) -> dict[str, Any]:
    keyspace, holder = migrations.keyspace, migrations.lock()
    if holder is None:
        call.output.say(f"keyspace {keyspace}: nobody has the lock")
        return {"keyspace": keyspace, "owner": None, "since": None, "removed": False}
    since = "" if holder.since is None else f" since {holder.since:%Y-%m-%d %H:%M:%S} UTC"
    call.output.say(f"keyspace {keyspace}: {holder.name} has the lock{since}")
    removed = False
    if not dry_run and call.confirmed("remove it? A run that is alive stops before its next statement", yes):
        removed = migrations.unlock(holder) is not None
        call.output.say("removed" if removed else "that one no longer has it")
    at = None if holder.since is None else holder.since.isoformat()
    return {"keyspace": keyspace, "owner": holder.name, "since": at, "removed": removed}
