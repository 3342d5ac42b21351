"""What a term of a statement becomes: of one type, and evaluated to bytes, once for each row.

Made by `value_terms` and `selected_terms`, used by statements and their analysis. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeAlias
from uuid import UUID

from coodie.cql.message import Mark, Unset
from coodie.cql.terms import Bind
from coodie.cql.types import CqlType
from coodie.testing.memory.schema import Schema, Table
from coodie.testing.memory.view import RowView

Value: TypeAlias = bytes | Unset | None
"""Bytes in CQL's encoding; None is null."""


class Receiver(NamedTuple):
    """What a term is assigned to. Its name stands in messages, and is that of a mark."""

    name: str
    type: CqlType


class Ticks(Protocol):
    """The clock of an engine."""

    def micros(self) -> int:
        """Microseconds since 1970, more with each call."""
        ...

    def uuid1(self) -> UUID:
        """A UUID of this instant."""
        ...

    def uuid4(self) -> UUID:
        """A random UUID."""
        ...


@dataclass(slots=True)
class Run:
    """One execution: its values, its second, and whether the values were encoded by coodie and need no check."""

    values: Sequence[Value]
    now: int
    clock: Ticks
    trusted: bool = False


class Marks:
    """The marks of a statement. ``at`` is the number of the next: before each clause, the one with which it begins."""

    __slots__ = ("at", "marks")

    def __init__(self) -> None:
        self.at = 0
        self.marks: list[Mark | None] = []

    def number(self) -> int:
        """The number of the mark that stands there."""
        self.at += 1
        self.marks += [None] * (self.at - len(self.marks))
        return self.at - 1

    def note(self, number: int, bind: Bind, receiver: Receiver) -> None:
        """What the mark of that number takes."""
        self.marks[number] = Mark(bind.name or receiver.name, receiver.type)

    def take(self, bind: Bind, receiver: Receiver) -> int:
        """The number of the mark that stands there, which takes what the receiver does."""
        number = self.number()
        self.note(number, bind, receiver)
        return number


@dataclass(slots=True)
class Scope:
    """Where a term stands: its schema, the keyspace of the statement, the table, and the marks of the statement."""

    schema: Schema
    keyspace: str | None
    table: Table | None
    marks: Marks = field(default_factory=Marks)


Evaluate: TypeAlias = Callable[[Run, "RowView | None"], Value]


@dataclass(frozen=True, slots=True)
class Typed:
    """A term that is ready. ``mark`` is the number of the mark that it is; ``bound`` says that it has one in it.

    ``text`` is what the server calls the term of a SELECT list.
    """

    type: CqlType
    evaluate: Evaluate
    mark: int | None = None
    bound: bool = False
    is_constant: bool = False
    text: str = ""


class State(Protocol):
    """What an aggregate has come to so far."""

    def add(self, *arguments: bytes | None) -> None:
        """One more row."""
        ...

    def result(self) -> bytes | None:
        """What all rows come to."""
        ...


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate function in a SELECT list, and its arguments."""

    make: Callable[[], State]
    arguments: tuple[Typed, ...]

    def new(self) -> Group:
        """For the rows of a group."""
        return Group(self.make(), self.arguments)


class Group:
    """An aggregate over the rows of a group."""

    __slots__ = ("_arguments", "_state")

    def __init__(self, state: State, arguments: tuple[Typed, ...]) -> None:
        self._state = state
        self._arguments = arguments

    def add(self, run: Run, row: Any) -> None:
        """One more row."""
        self._state.add(*[given(argument.evaluate(run, row)) for argument in self._arguments])

    def result(self) -> bytes | None:
        """What it comes to."""
        return self._state.result()


def given(value: Value) -> bytes | None:
    """A value that cannot be unset."""
    return None if isinstance(value, Unset) else value
