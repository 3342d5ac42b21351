"""What a run would do: the steps up or down, decided from files and history alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coodie._errors import MigrationError
from coodie.migrations.entry import Entry, State
from coodie.migrations.migration import DOWN, UP, FileStatement, Kind, Migration
from coodie.migrations.names import find, place_of
from coodie.migrations.status import Condition, Status


@dataclass(frozen=True, slots=True)
class Step:
    """One migration to run in one direction, ``up`` or ``down``, from the statement with this number, from 1.

    ``entry`` is what the history says about it. ``sure`` is whether the user said that it begins there.
    """

    migration: Migration
    direction: str
    first: int = 1
    entry: Entry | None = None
    sure: bool = False

    @property
    def revision(self) -> str:
        """The migration's revision."""
        return self.migration.revision

    @property
    def statements(self) -> tuple[FileStatement, ...]:
        """The statements that are left; none for a Python file."""
        return self.migration.part(self.direction)[self.first - 1 :]

    @property
    def resumes(self) -> bool:
        """Whether it goes on with a migration that stopped half way."""
        return self.entry is not None and self.entry.state is not State.APPLIED


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a run, in order, on one keyspace. It is false if there is nothing to do."""

    keyspace: str
    steps: tuple[Step, ...]

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        return "\n".join(_shown(each) for each in self.steps) or "nothing to do"


def _shown(step: Step) -> str:
    start = f" from statement {step.first}" if step.first > 1 else ""
    return f"{step.direction} {step.revision}{start}"


def plan_up(
    keyspace: str,
    found: Sequence[Status],
    revision: str | None = None,
    *,
    out_of_order: bool = False,
    resume_at: int | None = None,
) -> Plan:
    """The steps up to ``revision``, which is included, or to the end; the repeatable ones come last.

    Raises `MigrationError` for an applied file that was changed or is gone, for a pending one that is older than an
    applied one unless ``out_of_order`` is set, for one without statements, and for one that stopped on its way down.
    """
    _refuse_changes(found)
    for each in found:
        if each.condition is Condition.FAILED and each.entry is not None and each.entry.undone:
            raise MigrationError(f"{each.revision} stopped on its way down; finish it with down() first")
    end = None if revision is None else find(revision, found)
    wanted = [each for each in found if each.condition in (Condition.PENDING, Condition.FAILED)]
    if end is not None:
        wanted = [each for each in wanted if place_of(each.revision) <= place_of(end.revision)]
    late = [each.revision for each in wanted if each.out_of_order]
    if late and not out_of_order:
        raise MigrationError(
            f"{late[0]} is pending, but older than one that is applied; rename it so that it comes last, or run it "
            "with out_of_order=True"
        )
    steps = [_of_status(each, UP) for each in wanted]
    for step in steps:
        if step.entry is None and not step.migration.python and not step.migration.up:
            raise MigrationError(f"{step.migration.path} has no statements; write them first, or delete the file")
    if resume_at is not None:
        steps = _resumed(steps, resume_at)
    return Plan(keyspace, tuple(steps))


def plan_down(
    keyspace: str, found: Sequence[Status], to: str | int | None = None, *, resume_at: int | None = None
) -> Plan:
    """The steps down: the last applied migration, or as many as ``-to`` says, or all after the revision ``to``.

    Raises `MigrationError` for a migration without a way down, and for one whose file is gone.
    """
    applied = [each for each in reversed(found) if each.entry is not None and each.entry.kind is not Kind.REPEATABLE]
    _refuse_half_way_up(applied)
    steps = [_of_status(each, DOWN) for each in _to_undo(applied, found, to)]
    if resume_at is not None:
        steps = _resumed(steps, resume_at)
    return Plan(keyspace, tuple(steps))


def _to_undo(applied: Sequence[Status], found: Sequence[Status], to: str | int | None) -> Sequence[Status]:
    if to is None or isinstance(to, int):
        count = 1 if to is None else -to
        if count < 1 or isinstance(to, bool):
            raise MigrationError("down() takes a revision to go back to, or a negative number of migrations to undo")
        return applied[:count]
    end = find(to, found)
    if end.entry is None:
        raise MigrationError(f"{end.revision} is not applied, so there is no way back to it")
    return [each for each in applied if place_of(each.revision) > place_of(end.revision)]


def _refuse_changes(found: Sequence[Status]) -> None:
    for each in found:
        if each.condition is Condition.MISSING and each.kind is not Kind.REPEATABLE:
            raise MigrationError(
                f"{each.revision} is applied, but its file is gone; bring it back, since others may build on it"
            )
        if each.condition is Condition.CHANGED:
            raise MigrationError(
                f"{each.revision} was changed after it was applied; put it back and write a new migration for the "
                f"change, or accept the text with repair({each.revision!r})"
            )


def _refuse_half_way_up(applied: Sequence[Status]) -> None:
    for each in applied:
        if each.entry is not None and each.entry.state is not State.APPLIED and not each.entry.undone:
            raise MigrationError(f"{each.revision} stopped half way; finish it with up() before anything is undone")


def _of_status(status: Status, direction: str) -> Step:
    if status.migration is None:
        raise MigrationError(f"{status.revision} is applied, but its file is gone, and with it its way {direction}")
    return step_of(status.migration, status.entry, direction)


def step_of(migration: Migration, entry: Entry | None, direction: str) -> Step:
    """The step of a migration: from its beginning, or from where it stopped according to its entry.

    Raises `MigrationError` if it has no way down, or if what has happened of it was edited since.
    """
    if direction == DOWN and not migration.has_down:
        raise MigrationError(f"{migration.path} has no way down; write a new migration that undoes it")
    if entry is None or entry.state is State.APPLIED:
        return Step(migration, direction, 1, entry)
    part = tuple(each.checksum for each in migration.part(direction))
    if part[: entry.done] != entry.checksums[: entry.done]:
        if migration.repeatable:
            return Step(migration, direction, 1, entry)
        raise MigrationError(
            f"{migration.path}: of its {direction} part, the first {entry.done} of {entry.total} statements have "
            "happened and were changed since; put them back, only the others may be edited"
        )
    return Step(migration, direction, entry.done + 1, entry)


def _resumed(steps: list[Step], number: int) -> list[Step]:
    """The steps with the first one, which stopped half way, resumed at this statement."""
    step = steps[0] if steps else None
    if step is None or not step.resumes or step.entry is None or step.migration.python:
        raise MigrationError("resume_at is for a .cql file that stopped half way, and there is none to go on with")
    most = len(step.migration.part(step.direction)) + 1
    if isinstance(number, bool) or not step.entry.done < number <= min(step.entry.done + 2, most):
        raise MigrationError(
            f"{step.revision}: {step.entry.done} statements have happened, and number {step.entry.tried} was tried "
            f"last; resume at {step.entry.done + 1} to send it again, or at {step.entry.done + 2} to go on behind it"
        )
    return [Step(step.migration, step.direction, number, step.entry, True), *steps[1:]]
