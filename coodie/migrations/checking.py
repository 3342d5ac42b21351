"""Tries a folder of migrations without a database: for continuous integration, and before anything is applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from coodie.migrations.lint.check import Walk, failing
from coodie.migrations.lint.finding import Finding, Severity
from coodie.migrations.migration import Migration
from coodie.migrations.replay import Moment, Replay
from coodie.tables.change import Change, Danger, Side, described
from coodie.tables.diff import diff
from coodie.tables.table import Schema


@dataclass(frozen=True, slots=True)
class Check:
    """The result of a check. It is true if nothing is wrong.

    ``findings`` are those of `lint`, ``failing`` those that are bad enough and not allowed. ``not_undone`` are
    differences that the way down of a file leaves, by revision; ``changes`` those between the models and what the
    migrations make.
    """

    findings: tuple[Finding, ...]
    failing: tuple[Finding, ...]
    not_undone: tuple[tuple[str, tuple[Change, ...]], ...] = ()
    changes: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return not (self.failing or self.not_undone or self.changes)

    def __str__(self) -> str:
        lines = [str(each) for each in self.failing]
        lines += [f"{name}: its way down leaves:\n{described(changes)}" for name, changes in self.not_undone]
        if self.changes:
            lines.append(f"the models differ from what the migrations make:\n{described(self.changes)}")
        return "\n".join(lines) or "all is well"


def check(
    migrations: Sequence[Migration],
    models: Schema | None,
    datacenters: Iterable[str],
    fail_on: Severity,
    keyspace: str,
) -> Check:
    """Replay the files from nothing to the end, undo each and do it again, and compare the end with the models."""
    walk = Walk(Replay(keyspace), models, tuple(datacenters))
    not_undone: list[tuple[str, tuple[Change, ...]]] = []
    for each in migrations:
        before = walk.replay.now()
        count = len(walk.findings)
        walk.up(each)
        after = walk.replay.now()
        sound = not any(found.code == "C011" for found in walk.findings[count:])
        if each.has_down:
            walk.down(each)
            left = _left(before, walk.replay.now()) if sound else ()
            if left:
                not_undone.append((each.revision, left))
            walk.replay.back_to(after)
    found = tuple(walk.findings)
    changes = () if models is None else differences(models, walk.replay.complete())
    return Check(found, tuple(failing(found, fail_on)), tuple(not_undone), changes)


def _left(before: Moment, after: Moment) -> tuple[Change, ...]:
    return differences(before.schema, after.schema) or differences(after.schema, before.schema)


def differences(wanted: Schema, has: Schema) -> tuple[Change, ...]:
    """The differences between what is wanted and what migrations make, in the keyspace of the latter.

    A field of a user-defined type can never be dropped, so one that is left is no difference.
    """
    changes = diff(placed(wanted, has.keyspace), has)
    return tuple(
        each
        for each in changes
        if not (each.about == "field" and each.side is Side.EXTRA and each.danger is Danger.IMPOSSIBLE)
    )


def placed(schema: Schema, keyspace: str | None) -> Schema:
    """The schema in another keyspace."""
    return replace(
        schema,
        keyspace=keyspace,
        types=tuple(replace(each, keyspace=keyspace) for each in schema.types),
        tables=tuple(replace(each, keyspace=keyspace) for each in schema.tables),
        views=tuple(replace(each, table=replace(each.table, keyspace=keyspace)) for each in schema.views),
    )
