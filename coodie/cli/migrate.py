"""``coodie migrate``: applying and undoing migrations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeAlias

import typer

from coodie._errors import CoodieError
from coodie.cli import migrate_files, migrate_history, migrate_repair
from coodie.cli.command import CLUSTER, DATACENTERS, FOLDER, KEYSPACES, MODELS, Call, command
from coodie.cli.connection import has_keyspace
from coodie.cli.migrate_files import DryRun, FailOn, Level
from coodie.cli.migrate_history import document, opened
from coodie.cli.output import count
from coodie.cli.progress import Listener, planned
from coodie.cli.stop import DONE, HALF_WAY, Stop, status_of
from coodie.migrations.events import Report
from coodie.migrations.migration import UP
from coodie.migrations.planning import Plan, Step, plan_down, plan_up
from coodie.migrations.status import statuses
from coodie.sync.migrations import Migrations

Wait: TypeAlias = Annotated[
    float | None,
    typer.Option("--wait", metavar="SECONDS", help="How long to wait for another run; without it, without end."),
]
ResumeAt: TypeAlias = Annotated[
    int | None,
    typer.Option("--resume-at", metavar="N", help="Go on with statement N of a migration that stopped half way."),
]


def register(program: typer.Typer) -> None:
    """Add the commands to the program."""
    app = typer.Typer(help="Migrations: changes of the schema, as files in a folder.", no_args_is_help=True)
    program.add_typer(app, name="migrate")
    migrate_files.register(app)
    command(app, "up", CLUSTER, KEYSPACES, FOLDER, MODELS, DATACENTERS)(up)
    command(app, "down", CLUSTER, KEYSPACES, FOLDER, negative=True)(down)
    command(app, "redo", CLUSTER, KEYSPACES, FOLDER)(redo)
    migrate_history.register(app)
    migrate_repair.register(app)


def up(
    call: Call,
    revision: Annotated[str | None, typer.Argument(help="The last one to apply; without it, all.")] = None,
    dry_run: DryRun = False,
    out_of_order: Annotated[
        bool, typer.Option("--out-of-order", help="Also apply what is older than an applied one.")
    ] = False,
    resume_at: ResumeAt = None,
    fail_on: FailOn = Level.ERROR,
    wait: Wait = None,
    create_keyspace: Annotated[
        bool, typer.Option("--create-keyspace", help="First create the keyspace, if it is missing.")
    ] = False,
    replication_factor: Annotated[
        int, typer.Option("--replication-factor", metavar="N", help="For --create-keyspace: copies of each row.")
    ] = 1,
) -> int:
    """Apply the pending migrations, up to REVISION, which is included.

    The exit status is 1 if they are refused before anything was done, and 3 if one stops half way: then see what
    happened, and call it again.
    """
    create = _creation(call, replication_factor) if create_keyspace else False
    options: dict[str, Any] = {"out_of_order": out_of_order, "resume_at": resume_at}
    refused: dict[str, Any] = {"fail_on": fail_on.value}

    def plan(migrations: Migrations) -> Plan:
        if create and not has_keyspace(migrations.keyspace):
            call.output.say(f"keyspace {migrations.keyspace} {'would be' if dry_run else 'is'} created")
            return plan_up(migrations.keyspace, statuses(migrations.files(), ()), revision, **options)
        return migrations.plan(revision, **options, **refused)

    def run(migrations: Migrations, listener: Listener) -> Report:
        return migrations.up(
            revision,
            wait=wait,
            timeout=call.timeout,
            create_keyspace=create,
            progress=listener,
            **options,
            **refused,
        )

    return run_each(call, plan, run, dry_run=dry_run, must_exist=not create)


def down(
    call: Call,
    to: Annotated[
        str | None,
        typer.Argument(metavar="REVISION|-N", help="Go back to REVISION, which stays; or undo N of them."),
    ] = None,
    dry_run: DryRun = False,
    resume_at: ResumeAt = None,
    wait: Wait = None,
) -> int:
    """Undo the last migration, the last N, or all that were applied after REVISION.

    The exit status is 1 if it is refused before anything was done, and 3 if one stops half way.
    """
    back = _back(to)

    def plan(migrations: Migrations) -> Plan:
        return plan_down(migrations.keyspace, migrations.status(), back, resume_at=resume_at)

    def run(migrations: Migrations, listener: Listener) -> Report:
        return migrations.down(back, resume_at=resume_at, wait=wait, timeout=call.timeout, progress=listener)

    return run_each(call, plan, run, dry_run=dry_run)


def redo(call: Call, dry_run: DryRun = False, wait: Wait = None) -> int:
    """Undo the last migration and apply it again, while it is being written."""

    def plan(migrations: Migrations) -> Plan:
        undone = plan_down(migrations.keyspace, migrations.status())
        return Plan(undone.keyspace, (*undone.steps, *(Step(each.migration, UP) for each in undone.steps)))

    def run(migrations: Migrations, listener: Listener) -> Report:
        return migrations.redo(wait=wait, timeout=call.timeout, progress=listener)

    return run_each(call, plan, run, dry_run=dry_run)


def _back(to: str | None) -> str | int | None:
    if to is None or not to.startswith("-"):
        return to
    if not to[1:].isdecimal() or int(to) == 0:
        raise Stop(f"there is no option {to}; to undo two migrations write -2")
    return int(to)


def _creation(call: Call, copies: int) -> Mapping[str, Any]:
    if not call.settings.datacenters:
        return {"replication_factor": copies}
    return {"dc_replication_map": dict.fromkeys(call.settings.datacenters, copies)}


def run_each(
    call: Call,
    plan: Callable[[Migrations], Plan],
    run: Callable[[Migrations, Listener], Report],
    *,
    dry_run: bool,
    must_exist: bool = True,
) -> int:
    """Plan for each keyspace, so that what is refused is refused before anything is done; then do it for each."""
    with opened(call, must_exist=must_exist) as every:
        plans = [plan(each) for each in every]
        if dry_run:
            for found in plans:
                call.output.say(planned(found, statements=True))
            call.output.document({"migrations": [each for found in plans for each in _planned(found)]})
            return DONE
        return _run(call, every, run)


def _run(call: Call, every: list[Migrations], run: Callable[[Migrations, Listener], Report]) -> int:
    told: list[dict[str, Any]] = []
    for each in every:
        try:
            with Listener(call.output) as listener:
                report = run(each, listener)
        except CoodieError as error:
            call.output.document({"migrations": told, "error": str(error)})
            raise Stop(str(error), HALF_WAY if told else status_of(error)) from error
        told += _reported(each, report)
        if report:
            seconds = sum(done.seconds for done in report.done)
            what = count(len(report.done), "migration")
            call.output.say(f"keyspace {report.keyspace}: {what} done in {seconds:.2f} s")
    call.output.document({"migrations": told})
    return DONE


def _planned(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            **document(plan.keyspace, step.migration, "pending" if step.direction == UP else "applied"),
            "direction": step.direction,
            "statements": [each.cql for each in step.statements],
        }
        for step in plan.steps
    ]


def _reported(migrations: Migrations, report: Report) -> list[dict[str, Any]]:
    files = {each.revision: each for each in migrations.files()}
    return [
        {
            **document(report.keyspace, files[done.revision], "applied" if done.direction == UP else "pending"),
            "direction": done.direction,
            "seconds": round(done.seconds, 3),
        }
        for done in report.done
    ]
