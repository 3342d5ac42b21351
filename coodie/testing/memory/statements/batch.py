"""BATCH: statements that are applied together, with one timestamp, or not at all.

Invalid combinations are refused before anything is executed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coodie.cql.message import BatchKind
from coodie.testing.memory.analysis.finding import check_key
from coodie.testing.memory.answers import VOID, Answer, Store
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.statements.conditional import run_conditional
from coodie.testing.memory.statements.modification import Change, Modification
from coodie.testing.memory.statements.sizes import BatchSizes, check_batch_size
from coodie.testing.memory.terms import Run


def check_batch(kind: BatchKind, statements: Sequence[Modification], has_timestamp: bool) -> None:
    """Refuse an invalid combination of statements."""
    conditional = any(each.conditional for each in statements)
    if has_timestamp and conditional:
        raise errors.BATCH_CONDITIONAL_TIMESTAMP()
    if has_timestamp and kind is BatchKind.COUNTER:
        raise errors.BATCH_COUNTER_TIMESTAMP()
    for each in statements:
        if has_timestamp and each.table.is_counter:
            raise errors.BATCH_WITH_COUNTERS_TIMESTAMP()
        if has_timestamp and each.has_timestamp:
            raise errors.BATCH_TIMESTAMP()
        if kind is BatchKind.COUNTER and not each.table.is_counter:
            raise errors.BATCH_NOT_COUNTER()
        if kind is BatchKind.LOGGED and each.table.is_counter:
            raise errors.BATCH_COUNTER_LOGGED()
    if len({each.table.is_counter for each in statements}) > 1:
        raise errors.BATCH_MIXED()
    if conditional and len({each.table.id for each in statements}) > 1:
        raise errors.BATCH_TABLES()


def run_batch(
    kind: BatchKind,
    statements: Sequence[tuple[Modification, Run]],
    store: Store,
    run: Run,
    timestamp: Callable[[Run], int | None] | None,
    default: int | None = None,
    sizes: BatchSizes = BatchSizes(),  # noqa: B008 - a value
) -> Answer:
    """Carry out the statements of a batch. ``default`` is the time that holds where no text says one."""
    check_batch(kind, [each for each, _ in statements], timestamp is not None)
    if any(each.conditional for each, _ in statements):
        return run_conditional(statements, store, run, in_batch=True)
    given = timestamp(run) if timestamp is not None else None
    at = next((each for each in (given, default) if each is not None), None)
    if at is None:
        at = run.clock.micros()
    for statement, own in statements:  # all keys are looked at before anything else
        for parts in statement.keys(own):
            check_key(parts)
    counted = [each.verb for each, _ in statements if each.table.is_counter]
    if "DELETE" in counted and "UPDATE" in counted:
        raise gaps.DELETED_COUNTER()
    changes: list[Change] = []
    for statement, own in statements:
        changes += statement.changes(store, own, at)
    warnings = check_batch_size(kind, changes, sizes)
    for change in changes:
        change.commit(store)
    return Answer(warnings=warnings) if warnings else VOID
