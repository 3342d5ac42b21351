"""Goes through the files in their order and gives the findings: each statement meets the schema that it will meet.

What the engine in memory refuses is a finding, too, and the files behind it are still looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from coodie.migrations.lint.context import Context, Rule
from coodie.migrations.lint.data_rules import costly_indexes, refused, risky_options, thin_replication, wide_writes
from coodie.migrations.lint.finding import Finding, Severity
from coodie.migrations.lint.schema_rules import (
    awkward_names,
    destroys,
    growing_types,
    impossible,
    piecemeal,
    reused,
    unrepeatable,
)
from coodie.migrations.migration import DOWN, UP, FileStatement, Migration
from coodie.migrations.replay import KEYSPACE, Moment, Replay, ReplayError
from coodie.tables.table import Schema

RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("C001", destroys),
    ("C002", impossible),
    ("C003", reused),
    ("C004", unrepeatable),
    ("C005", costly_indexes),
    ("C006", risky_options),
    ("C007", thin_replication),
    ("C008", wide_writes),
    ("C009", piecemeal),
    ("C010", awkward_names),
    ("C011", refused),
    ("C012", growing_types),
)


@dataclass(slots=True)
class Walk:
    """The files replayed one after another: the findings, and the schema before each file and after the last."""

    replay: Replay
    models: Schema | None
    datacenters: tuple[str, ...]
    findings: list[Finding] = field(default_factory=list[Finding])
    unknown: bool = False

    def up(self, migration: Migration) -> None:
        """Carry out a file, with its findings."""
        if migration.python:
            self._python(migration, UP)
        else:
            self._part(migration, UP)

    def down(self, migration: Migration) -> None:
        """Carry out the way down of a file, with its findings."""
        if migration.python:
            self._python(migration, DOWN)
        else:
            self._part(migration, DOWN)

    def _python(self, migration: Migration, direction: str) -> None:
        try:
            self.replay.run(migration, direction)
        except ReplayError as error:
            self.findings.append(Finding("C011", Severity.ERROR, migration.path, 0, 0, error.why))

    def _part(self, migration: Migration, direction: str) -> None:
        before: tuple[FileStatement, ...] = ()
        for statement in migration.part(direction):
            nodes = tuple(each.node for each in before)
            schema, models, centres = self.replay.schema, self.models, self.datacenters
            context = Context(statement.node, schema, direction, nodes, models, centres)
            found = [
                _finding(migration, statement, code, severity, why)
                for code, rule in RULES
                for severity, why in rule(context)
            ]
            try:
                self.replay.run_statement(migration, statement)
            except ReplayError as error:
                # Where a rule says the same in words that help more, that is enough.
                known = any(each.severity is Severity.ERROR and each.code != "C008" for each in found)
                if not known and not self.unknown:
                    found.append(_finding(migration, statement, "C011", Severity.ERROR, error.why))
            self.findings += found
            before = (*before, statement)


def _finding(migration: Migration, statement: FileStatement, code: str, severity: Severity, why: str) -> Finding:
    place = statement.line, statement.column
    return Finding(code, severity, migration.path, *place, why, statement.allowed.get(code))


def lint(
    migrations: Sequence[Migration],
    models: Schema | None = None,
    datacenters: Iterable[str] = (),
    *,
    keyspace: str = KEYSPACE,
    python: bool = True,
) -> tuple[Finding, ...]:
    """The findings in all files, those that a comment allows included.

    Without ``python``, files in Python are not executed; what they do to the schema is unknown then, so nothing behind
    them is refused by the engine.
    """
    walk = Walk(Replay(keyspace), models, tuple(datacenters))
    for each in migrations:
        if each.python and not python:
            walk.unknown = True
            continue
        walk.up(each)
        after: Moment = walk.replay.now()
        if each.has_down:
            walk.down(each)
            walk.replay.back_to(after)
    return tuple(walk.findings)


def failing(findings: Iterable[Finding], fail_on: Severity) -> list[Finding]:
    """The findings that are at least that bad and not allowed."""
    return [each for each in findings if each.severity >= fail_on and each.allowed is None]
