"""``coodie migrate new``, ``check`` and ``lint``: what works on the files, and needs no database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum
from typing import Annotated, Any, Final, TypeAlias

import typer

from coodie.cli.command import CLUSTER, DATACENTERS, FOLDER, KEYSPACE, MODELS, Call, command
from coodie.cli.connection import connected, use_keyspace
from coodie.cli.files import write_whole
from coodie.cli.output import count
from coodie.cli.stop import DONE, FOUND
from coodie.migrations.lint.check import failing
from coodie.migrations.lint.finding import Finding, Severity, severity_of
from coodie.migrations.writing import Draft
from coodie.sync.migrations import Migrations
from coodie.tables.change import Change, described


class Level(Enum):
    """The severities of findings."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


class Format(Enum):
    """How findings are printed."""

    TEXT = "text"
    GITHUB = "github"
    SARIF = "sarif"


DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]
FailOn: TypeAlias = Annotated[Level, typer.Option("--fail-on", help="The least severity of the findings that count.")]
_GITHUB: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}
_SARIF: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}


def register(app: typer.Typer) -> None:
    """Add the commands to ``coodie migrate``."""
    command(app, "new", CLUSTER, KEYSPACE, FOLDER, MODELS)(new)
    command(app, "check", FOLDER, MODELS, DATACENTERS)(check)
    command(app, "lint", FOLDER, MODELS, DATACENTERS)(lint)


def new(
    call: Call,
    words: Annotated[str, typer.Argument(help="What it does, in a few words, which become a part of its name.")],
    auto: Annotated[bool, typer.Option("--auto", help="Write what the models have and the migrations lack.")] = False,
    from_cluster: Annotated[
        bool, typer.Option("--from-cluster", help="Compare the models with the keyspace instead of the migrations.")
    ] = False,
    dry_run: DryRun = False,
) -> int:
    """Write a new migration, whose name comes after those that are there.

    With --auto its statements are those that the models need; the migrations are tried in memory, without a database.
    What cannot be done safely is a comment in it, and the exit status is then 1.
    """
    auto = auto or from_cluster
    migrations = Migrations(call.settings.migrations, models=call.models() if auto else None)
    if from_cluster:
        with connected(call.settings, call.timeout):
            use_keyspace(call.settings.keyspace)
            draft = migrations.draft(words, auto=True, from_cluster=True)
    else:
        draft = migrations.draft(words, auto=auto)
    if auto and not draft.changes:
        call.output.document({"migrations": [], "changes": []})
        call.output.say("nothing to do: the models have what is there")
        return DONE
    return _written(call, draft, words, dry_run=dry_run)


def _written(call: Call, draft: Draft, words: str, *, dry_run: bool) -> int:
    path = call.settings.migrations / f"{draft.revision}.cql"
    if not dry_run:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, draft.script)
    told = {"revision": draft.revision, "description": words, "kind": "up", "state": "pending", "file": str(path)}
    changes = [each for change in draft.changes for each in documents(change)]
    call.output.document({"migrations": [{**told, "script": draft.script}], "changes": changes})
    call.output.say(f"{'would write' if dry_run else 'wrote'} {path}")
    if dry_run:
        call.output.say(draft.script.rstrip())
    if draft.unsafe:
        call.output.say(f"{count(len(draft.unsafe), 'change')} to be done by hand:\n{described(draft.unsafe)}")
    return FOUND if draft.unsafe else DONE


def documents(change: Change) -> list[dict[str, Any]]:
    """A change in the documents of ``--json``: one for each of its statements."""
    told = {"danger": change.danger.value, "why": change.why, "about": change.about, "name": change.name}
    return [{"statement": text, **told} for text in change.statements or (None,)]


def check(call: Call, fail_on: FailOn = Level.ERROR) -> int:
    """Try the migrations without a database, as in continuous integration.

    They are replayed in memory from nothing to the end, each is undone, and the end must be what the models want. The
    exit status is 1 if something is wrong.
    """
    migrations = Migrations(call.settings.migrations, models=_models(call))
    found = migrations.check(datacenters=call.settings.datacenters, fail_on=fail_on.value)
    call.output.document(
        {
            "findings": [_finding(each) for each in found.failing],
            "not_undone": [
                {"revision": revision, "changes": [each for change in changes for each in documents(change)]}
                for revision, changes in found.not_undone
            ],
            "changes": [each for change in found.changes for each in documents(change)],
        }
    )
    call.output.say(f"{count(len(migrations.files()), 'migration')} in {call.settings.migrations}: {found}")
    return DONE if found else FOUND


def lint(
    call: Call,
    fail_on: FailOn = Level.ERROR,
    format_: Annotated[Format, typer.Option("--format", help="How to print them.")] = Format.TEXT,
) -> int:
    """Show the findings in the migrations, without a database.

    The exit status is 1 if one of them is as severe as --fail-on says, and no comment allows it.
    """
    migrations = Migrations(call.settings.migrations, models=_models(call))
    every = migrations.lint(datacenters=call.settings.datacenters)
    found = [each for each in every if each.allowed is None]
    call.output.document({"findings": [_finding(each) for each in found]})
    if call.output.as_json:
        pass
    elif format_ is Format.SARIF:
        call.output.raw(json.dumps(_sarif(found), indent=2, ensure_ascii=False) + "\n")
    elif format_ is Format.GITHUB:
        call.output.raw("".join(f"{_github(each)}\n" for each in found))
    else:
        for each in found:
            call.output.say(str(each))
        allowed = f", {len(every) - len(found)} allowed" if len(every) > len(found) else ""
        call.output.say(f"{count(len(found), 'finding')} in {call.settings.migrations}{allowed}")
    return FOUND if failing(every, severity_of(fail_on.value)) else DONE


def _models(call: Call) -> Any:
    return call.models() if call.settings.models else None


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "code": found.code,
        "severity": found.severity.label,
        "file": str(found.path),
        "line": found.line,
        "column": found.column,
        "why": found.why,
        "how": found.how,
        "url": found.url,
    }


def _github(found: Finding) -> str:
    place = f"file={_property(str(found.path))},line={max(found.line, 1)},col={max(found.column, 1)}"
    return f"::{_GITHUB[found.severity]} {place},title={found.code}::{_message(f'{found.why}; {found.how}')}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _sarif(findings: Iterable[Finding]) -> dict[str, Any]:
    results = [
        {
            "ruleId": each.code,
            "level": _SARIF[each.severity],
            "message": {"text": f"{each.why}; {each.how}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": each.path.as_posix()},
                        "region": {"startLine": max(each.line, 1), "startColumn": max(each.column, 1)},
                    }
                }
            ],
        }
        for each in findings
    ]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "coodie"}}, "results": results}],
    }
