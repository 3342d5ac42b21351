"""Values in INSERT, SET, WHERE and IF, each checked against its receiver.

A term is first read without its receiver, which numbers its bind marks, then tested against possible types, and finally
prepared for the receiver.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from coodie.cql.message import UNSET
from coodie.cql.names import quote
from coodie.cql.terms import (
    Arithmetic,
    Bind,
    Cast,
    Entries,
    Fields,
    Hint,
    Items,
    Literal,
    Negative,
    Term,
    TokenCall,
)
from coodie.cql.terms import Call as CallTerm
from coodie.cql.types import UUID_TYPE, CqlType
from coodie.testing.memory.assignment import assigned
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.base import CqlError, check_refusal
from coodie.testing.memory.functions.registry import OPERATORS, Function, resolve, run_function
from coodie.testing.memory.functions.tokens import token_of
from coodie.testing.memory.literal_types import Match
from coodie.testing.memory.raw_collections import RawArray, RawFields, RawMap, RawSet, RawTuple
from coodie.testing.memory.raw_terms import Raw, RawLiteral, RawMark
from coodie.testing.memory.typed import Receiver, Run, Scope, Typed, Value, given
from coodie.testing.memory.written_types import WrittenType, known_type, written_type


class _Call(Raw):
    """A function, a cast or an operation."""

    def __init__(self, name: str, keyspace: str | None, parts: list[Raw], scope: Scope) -> None:
        self._name, self._keyspace, self._parts, self._scope = name, keyspace, parts, scope
        within = "system." if name.startswith("_") else f"{quote(keyspace)}." if keyspace else ""
        shown = name if name == "token" and keyspace is None else quote(name)
        self.text = f"{within}{shown}({', '.join(part.text for part in parts)})"

    def _found(self, receiver: CqlType | None) -> Function | None:
        return resolve(self._name, self._keyspace, self._parts, receiver, token_of(self._name, self._scope.table))

    def test(self, cql_type: CqlType) -> Match:
        if self._name == "token":  # without a table a server does not find it
            return Match.WEAK
        try:
            found = self._found(cql_type)
        except CqlError as error:
            check_refusal(error)
            return Match.WEAK
        if found is None or found.name in ("from_json", "fromjson"):
            return Match.WEAK
        return assigned(found.returns, cql_type)

    def known(self) -> CqlType | None:
        try:
            found = self._found(None)
        except CqlError as error:
            check_refusal(error)
            return None
        return found.returns if found is not None else None

    def preferred(self) -> CqlType | None:
        return None if self._name == "token" else self.known()

    def prepare(self, receiver: Receiver) -> Typed:
        found = self._found(receiver.type)
        if found is None:
            raise errors.UNKNOWN_CALLED(f"{self._keyspace}.{self._name}" if self._keyspace else self._name)
        if found.state is not None:
            raise errors.AGGREGATE_IN_WHERE()
        if assigned(found.returns, receiver.type) is Match.NOT or (found.strict and receiver.type == UUID_TYPE):
            raise errors.WRONG_RESULT(found.full_name, found.returns, *receiver)
        names = [f"arg{at}(system.{found.name})" for at in range(len(self._parts))]
        parts = [
            part.prepare(Receiver(name, kind))
            for part, name, kind in zip(self._parts, names, found.arguments, strict=True)
        ]
        return called(found, parts)


def called(function: Function, parts: Sequence[Typed]) -> Typed:
    """A function call with these arguments, evaluated on each execution."""
    arguments = [argument(function, part) for part in parts]

    def evaluate(run: Run, row: Any) -> Value:
        return run_function(function, [each(run, row) for each in arguments], run)

    return Typed(function.returns, evaluate, bound=any(part.bound for part in parts))


def argument(function: Function, part: Typed) -> Callable[[Run, Any], bytes | None]:
    """The value of an argument of a function, which may not be unset."""
    evaluate = part.evaluate

    def given_argument(run: Run, row: Any) -> bytes | None:
        value = evaluate(run, row)
        if value is UNSET:
            raise errors.UNSET_ARGUMENT(function.name)
        return given(value)

    return given_argument


class _Hint(Raw):
    """``(int) ?``."""

    def __init__(self, hint: Hint, part: Raw, scope: Scope) -> None:
        self._shown = type_text(hint, scope)
        self._hint, self._scope, self._part = hint, scope, part
        self.text = f"({self._shown}){part.text}"

    @property
    def _type(self) -> CqlType:
        return hinted_type(self._hint, self._scope)

    def test(self, cql_type: CqlType) -> Match:
        return assigned(self._type, cql_type)

    def known(self) -> CqlType | None:
        return self._type

    def preferred(self) -> CqlType | None:
        # Where a function takes any type, the server looks for user-defined types among its own.
        return hinted_type(self._hint, replace(self._scope, keyspace="system"))

    def prepare(self, receiver: Receiver) -> Typed:
        if self._part.test(self._type) is Match.NOT:
            raise errors.CANNOT_CAST(self._part.text, self._shown)
        if self.test(receiver.type) is Match.NOT:
            raise errors.CANNOT_ASSIGN(self.text, *receiver)
        return self._part.prepare(receiver)


def hinted_type(hint: Hint, scope: Scope) -> CqlType:
    """The type of a hint. Raises the server's error for one that it refuses."""
    types = scope.schema.types(scope.keyspace)
    _written(hint).check(scope.keyspace, types)
    return known_type(hint.type, scope.keyspace, types)


def type_text(hint: Hint, scope: Scope) -> str:
    """The type of a hint as it is printed."""
    return _written(hint).full(scope.keyspace)


def _written(hint: Hint) -> WrittenType:
    return written_type(hint.written or str(hint.type))


def raw_term(term: Term | Raw, scope: Scope) -> Raw:
    """A term without its receiver; its bind marks are numbered in the order of the text."""
    match term:
        case Raw():
            return term
        case Bind():
            return RawMark(term, scope)
        case Literal():
            return RawLiteral(term)
        case Items(opening, items):
            parts = [raw_term(item, scope) for item in items]
            return RawArray(parts) if opening == "[" else RawSet(parts) if opening == "{" else RawTuple(parts)
        case Entries(entries):
            return RawMap([(raw_term(key, scope), raw_term(value, scope)) for key, value in entries])
        case Fields(fields):
            return RawFields([(name, raw_term(value, scope)) for name, value in fields])
        case Hint(_, inner):
            return _Hint(term, raw_term(inner, scope), scope)
        case _:
            return _operation(term, scope)


def _operation(term: Term, scope: Scope) -> Raw:
    match term:
        case CallTerm(function, arguments, keyspace):
            return _Call(function, keyspace, [raw_term(each, scope) for each in arguments], scope)
        case TokenCall(arguments):
            return _Call("token", None, [raw_term(each, scope) for each in arguments], scope)
        case Cast(inner, cql_type):
            return _Call(f"cast_as_{term.written.lower() or cql_type}", "system", [raw_term(inner, scope)], scope)
        case Arithmetic(left, operator, right, (before, after)):
            parts = [_within(before, raw_term(left, scope)), _within(after, raw_term(right, scope))]
            return _Call(OPERATORS[operator], None, parts, scope)
        case Negative(inner, around):
            return _Call("_negate", None, [_within(around, raw_term(inner, scope))], scope)
        case _:
            raise gaps.VALUE(type(term).__name__)


def _within(parentheses: int, part: Raw) -> Raw:
    """An operand within its parentheses, which are a tuple of one as far as a server knows."""
    for _ in range(parentheses):
        part = RawTuple([part])
    return part


def value_term(term: Term | Raw, receiver: Receiver, scope: Scope) -> Typed:
    """A value prepared for its receiver. Raises the server's error if it cannot be assigned."""
    return raw_term(term, scope).prepare(receiver)
