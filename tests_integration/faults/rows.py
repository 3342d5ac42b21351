"""What a row does when it is read and written under conditions: the model that answers are checked against.

A row is a tuple of numbers, None where there is none. Its first column is the one that conditions compare: the value of
a register, or the version of a document.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import Final, NamedTuple, TypeAlias

from .linear import IMPOSSIBLE, Impossible, Model, Operation

Row: TypeAlias = "tuple[int, ...] | None"


class When(Enum):
    """The conditions that compare nothing, and reading, which has none."""

    READ = "read"
    ABSENT = "absent"
    PRESENT = "present"


class Request(NamedTuple):
    """A read, or `row` to be written when the condition holds; a number is what the first column has to be."""

    when: When | int
    row: Row = None


class Answer(NamedTuple):
    """Whether the condition held, and the row that was seen, or as many of its first columns as were shown."""

    applied: bool
    seen: Row = None


def step(state: Row, operation: Operation) -> Row | Impossible:
    """The row after the operation, or `IMPOSSIBLE` if the row cannot have given that answer."""
    request: Request = operation.request
    answer: Answer | None = operation.answer
    when, row = request
    if when is When.READ:
        return state if answer is None or answer.seen == state else IMPOSSIBLE
    holds = _holds(when, state)
    if answer is None:
        return row if holds else state
    if answer.applied != holds:
        return IMPOSSIBLE
    if answer.applied:
        return row
    return state if _shows(answer.seen, state) else IMPOSSIBLE


def _holds(when: When | int, state: Row) -> bool:
    if when is When.ABSENT:
        return state is None
    return state is not None and (when is When.PRESENT or state[0] == when)


def _shows(seen: Row, state: Row) -> bool:
    if seen is None or state is None:
        return seen is state
    return seen == state[: len(seen)]


def changes(operation: Operation) -> bool:
    """Whether the operation may have changed the row."""
    return operation.request.when is not When.READ and (operation.is_open or operation.answer.applied)


ROWS: Final = Model(step, changes)

NOBODY_SAW: Final = -1


def merge_unseen(history: Iterable[Operation]) -> list[Operation]:
    """The history with one value for all that open operations wrote and no answer or condition names.

    Nobody can tell such values from each other, so that a hundred of them need not be tried in all orders.
    """
    history = list(history)
    named = {(each.key, number) for each in history for number in _named(each)}
    return [_merged(each) if each.is_open and not _is_named(each, named) else each for each in history]


def _named(operation: Operation) -> tuple[int, ...]:
    when = operation.request.when
    seen = operation.answer.seen if operation.answer else None
    return (*(seen or ()), *([when] if isinstance(when, int) else []))


def _is_named(operation: Operation, named: set[tuple[object, int]]) -> bool:
    row = operation.request.row
    return row is None or (operation.key, row[-1]) in named


def _merged(operation: Operation) -> Operation:
    request = operation.request
    return replace(operation, request=request._replace(row=(*request.row[:-1], NOBODY_SAW)))
