"""Terms before their receiver is known: bind marks and literals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from coodie.cql.codecs.codec import InvalidBytes
from coodie.cql.terms import Bind, Literal
from coodie.cql.types import CqlType
from coodie.cql.validate import validator_of
from coodie.testing.memory.errors.base import CqlError
from coodie.testing.memory.literal_types import Match, fits, literal_bytes, literal_text, preferred
from coodie.testing.memory.packing import written_again
from coodie.testing.memory.typed import Evaluate, Receiver, Run, Scope, Typed, Value


class Raw:
    """A term before its receiver is known."""

    text: str
    is_mark = False

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        raise NotImplementedError

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        return None

    def preferred(self) -> CqlType | None:
        """Its type, known or assumed if nothing else determines it."""
        return self.known()

    def prepare(self, receiver: Receiver) -> Typed:
        """The term prepared for assignment to the receiver. Raises the server's error if it cannot be assigned."""
        raise NotImplementedError


class RawMark(Raw):
    """``?`` or ``:name``."""

    is_mark = True

    def __init__(self, bind: Bind, scope: Scope) -> None:
        self.text = "?"
        self._bind, self._marks = bind, scope.marks
        self._number = scope.marks.number()

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        return Match.WEAK

    def prepare(self, receiver: Receiver) -> Typed:
        """The term prepared for assignment to the receiver."""
        self._marks.note(self._number, self._bind, receiver)
        return Typed(receiver.type, read_mark(self._number, receiver.type), self._number, True)


def read_mark(number: int, cql_type: CqlType) -> Evaluate:
    """The function that returns the value bound to a mark, and checks it unless coodie encoded it.

    Coodie writes collections as the server does, except for addresses.
    """
    validate, again = validator_of(cql_type), written_again(cql_type)
    again_if_trusted = again if "inet" in str(cql_type) else None

    def evaluate(run: Run, row: object) -> Value:
        value = run.values[number]
        if not isinstance(value, bytes):
            return value
        if run.trusted:
            return value if again_if_trusted is None else again_if_trusted(value)
        try:
            validate(value)
        except InvalidBytes as error:
            raise CqlError(error.code, str(error)) from None
        return value if again is None else again(value)

    return evaluate


class RawLiteral(Raw):
    """A literal of a single value."""

    def __init__(self, literal: Literal) -> None:
        self._literal = literal
        self.text = literal_text(literal)[1]

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        return fits(self._literal, cql_type)

    def preferred(self) -> CqlType | None:
        """Its type if nothing else determines it."""
        return preferred(self._literal)

    def prepare(self, receiver: Receiver) -> Typed:
        """The term prepared for assignment to the receiver."""
        return constant(receiver.type, literal_bytes(self._literal, *receiver))


def constant(cql_type: CqlType, value: Value) -> Typed:
    """A term with a constant value."""
    return Typed(cql_type, lambda run, row: value, is_constant=True)


def composed(cql_type: CqlType, parts: Sequence[Typed], make: Callable[[list[Value]], Value]) -> Typed:
    """A term made of other terms; evaluated at once if all of them are constants."""
    bound = any(part.bound for part in parts)
    if (known := constants(parts)) is not None:
        return constant(cql_type, make(known))
    evaluates = [part.evaluate for part in parts]
    return Typed(cql_type, lambda run, row: make([each(run, row) for each in evaluates]), bound=bound)


def constants(parts: Sequence[Typed]) -> list[Value] | None:
    """The values of these terms, if all of them are constants."""
    return [part.evaluate(_NO_RUN, None) for part in parts] if all(part.is_constant for part in parts) else None


_NO_RUN: Final[Any] = None
