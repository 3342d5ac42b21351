"""What is applied, pending, failed, changed or missing: the files of a folder against the history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from coodie.migrations.entry import Entry, State
from coodie.migrations.migration import Kind, Migration
from coodie.migrations.names import place_of


class Condition(Enum):
    """How a migration stands."""

    APPLIED = "applied"
    PENDING = "pending"
    FAILED = "failed"
    CHANGED = "changed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Status:
    """One migration: its file, its entry in the history, and how they stand to each other.

    ``changed`` and ``missing`` are about an applied migration whose statements are others now, or whose file is gone.
    ``failed`` is one that stopped half way, or that is running now. ``out_of_order`` is whether it is pending, but
    older than one that is applied.
    """

    revision: str
    condition: Condition
    migration: Migration | None
    entry: Entry | None
    out_of_order: bool = False

    @property
    def description(self) -> str:
        """The description in the file, or in the history if there is no file."""
        if self.migration is not None:
            return self.migration.description
        return self.entry.description if self.entry is not None else ""

    @property
    def kind(self) -> Kind:
        """Whether it is a migration, one that was marked as applied, or a repeatable one."""
        if self.entry is not None:
            return self.entry.kind
        return self.migration.kind if self.migration is not None else Kind.UP


def statuses(migrations: Sequence[Migration], entries: Iterable[Entry]) -> tuple[Status, ...]:
    """How each migration stands, those without a file included, in their order."""
    by_revision = {each.revision: each for each in entries}
    files = {each.revision: each for each in migrations}
    newest = max(
        (place_of(each.revision) for each in by_revision.values() if each.kind is not Kind.REPEATABLE), default=(0, "")
    )
    found: list[Status] = []
    for revision in sorted({*by_revision, *files}, key=place_of):
        migration, entry = files.get(revision), by_revision.get(revision)
        condition = _condition(migration, entry)
        late = (
            condition is Condition.PENDING
            and migration is not None
            and not migration.repeatable
            and place_of(revision) < newest
        )
        found.append(Status(revision, condition, migration, entry, late))
    return tuple(found)


def _condition(migration: Migration | None, entry: Entry | None) -> Condition:
    if entry is None:
        return Condition.PENDING
    if migration is None:
        return Condition.MISSING
    if entry.state is not State.APPLIED:
        return Condition.FAILED
    if entry.checksum == migration.checksum:
        return Condition.APPLIED
    return Condition.PENDING if migration.repeatable else Condition.CHANGED
