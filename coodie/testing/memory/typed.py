"""Prepared terms: each has one type and is evaluated to bytes, once for each row.

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
    """The receiver of an assignment. Its name is used in messages and for bind marks."""

    name: str
    type: CqlType


class Ticks(Protocol):
    """The clock of an engine."""

    def micros(self) -> int:
        """Microseconds since 1970, increasing with each call."""
        ...

    def uuid1(self) -> UUID:
        """A UUID of this instant."""
        ...

    def uuid4(self) -> UUID:
        """A random UUID."""
        ...


@dataclass(slots=True)
class Run:
    """One execution: its bound values, its time in seconds, and whether coodie encoded the values, which then need no
    check.
    """

    values: Sequence[Value]
    now: int
    clock: Ticks
    trusted: bool = False


class Marks:
    """The bind marks of a statement. ``at`` is the number of the next mark; it is set to that of each clause's first
    mark before the clause is read.
    """

    __slots__ = ("at", "marks")

    def __init__(self) -> None:
        self.at = 0
        self.marks: list[Mark | None] = []

    def number(self) -> int:
        """The number of the next mark."""
        self.at += 1
        self.marks += [None] * (self.at - len(self.marks))
        return self.at - 1

    def note(self, number: int, bind: Bind, receiver: Receiver) -> None:
        """Record the receiver of the mark with that number."""
        self.marks[number] = Mark(bind.name or receiver.name, receiver.type)

    def take(self, bind: Bind, receiver: Receiver) -> int:
        """The number of the next mark, which is recorded for the receiver."""
        number = self.number()
        self.note(number, bind, receiver)
        return number


@dataclass(slots=True)
class Scope:
    """The context of a term: the schema, and the statement's keyspace, table and bind marks."""

    schema: Schema
    keyspace: str | None
    table: Table | None
    marks: Marks = field(default_factory=Marks)


Evaluate: TypeAlias = Callable[[Run, "RowView | None"], Value]


@dataclass(frozen=True, slots=True)
class Typed:
    """A prepared term. ``mark`` is its number if it is a bind mark; ``bound`` is whether it contains one.

    ``text`` is the server's name for it in a SELECT list.
    """

    type: CqlType
    evaluate: Evaluate
    mark: int | None = None
    bound: bool = False
    is_constant: bool = False
    text: str = ""


class State(Protocol):
    """The intermediate state of an aggregate."""

    def add(self, *arguments: bytes | None) -> None:
        """Add a row."""
        ...

    def result(self) -> bytes | None:
        """The result over all rows."""
        ...


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate function in a SELECT list, and its arguments."""

    make: Callable[[], State]
    arguments: tuple[Typed, ...]

    def new(self) -> Group:
        """A new state for the rows of one group."""
        return Group(self.make(), self.arguments)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is in the terms of a SELECT list, gathered while they are prepared."""

    columns: list[str] = field(default_factory=list[str])
    """The columns that are looked up."""
    aggregates: list[Aggregate] = field(default_factory=list[Aggregate])
    parts: list[Callable[[Run, Any], object]] = field(default_factory=list["Callable[[Run, Any], object]"])
    """Values, keys of elements, and calls, those inside first: a server evaluates what needs no row before it reads."""


class Group:
    """An aggregate over the rows of a group."""

    __slots__ = ("_arguments", "_state")

    def __init__(self, state: State, arguments: tuple[Typed, ...]) -> None:
        self._state = state
        self._arguments = arguments

    def add(self, run: Run, row: Any) -> None:
        """Add a row."""
        self._state.add(*[given(argument.evaluate(run, row)) for argument in self._arguments])

    def result(self) -> bytes | None:
        """The result over the group."""
        return self._state.result()


def given(value: Value) -> bytes | None:
    """The value itself, which cannot be unset here."""
    return None if isinstance(value, Unset) else value
