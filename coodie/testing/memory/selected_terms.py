"""Terms of a SELECT list: each has a type of its own, from its columns, its functions and its hints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from coodie.cql.terms import (
    NULL,
    Arithmetic,
    Bind,
    Call,
    Cast,
    Element,
    Entries,
    FieldOf,
    Fields,
    Hint,
    Items,
    Literal,
    Negative,
    NestedElement,
    Ref,
    Star,
    Term,
    TokenCall,
)
from coodie.cql.types import NATIVE, CqlType
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.functions.aggregates import COUNT_ROWS, count_of
from coodie.testing.memory.functions.registry import OPERATORS, resolve
from coodie.testing.memory.functions.tokens import token_of
from coodie.testing.memory.literal_types import Match
from coodie.testing.memory.selectables import (
    Selectable,
    SelectedColumn,
    SelectedFunction,
    SelectedHint,
    SelectedReady,
    SelectedValue,
    SelectedWritten,
)
from coodie.testing.memory.selected_collections import SelectedEntries, SelectedItems
from coodie.testing.memory.selected_parts import SelectedElement, SelectedField
from coodie.testing.memory.typed import Gathered, Scope, Typed
from coodie.testing.memory.value_terms import raw_term
from coodie.testing.memory.written import type_inside, written_term


class _Reader:
    """Reads the terms of one SELECT list."""

    def __init__(self, scope: Scope, gathered: Gathered, looks_up: bool = False) -> None:
        self._scope, self._gathered = scope, gathered
        self._looks_up = looks_up
        """Whether only columns and functions are looked up: neither casts nor writetime are among these."""
        self.columns: list[str] = []

    def read(self, term: Term) -> Selectable:
        scope = self._scope
        match term:
            case Ref(column):
                return self._column(column)
            case Bind() | Literal():
                return SelectedValue(raw_term(term, scope), self._gathered)
            case Element(column, key):
                return SelectedElement(self._column(column), key, scope, self._gathered)
            case FieldOf(column, field):
                return SelectedField(self._column(column), field)
            case NestedElement(of, step):
                return (
                    SelectedField(self.read(of), step)
                    if isinstance(step, str)
                    else SelectedElement(self.read(of), step, scope, self._gathered)
                )
            case Hint(_, Bind() | Literal() as inner):
                return SelectedHint(term, SelectedValue(raw_term(inner, scope), self._gathered), scope)
            case Hint(_, inner):
                return SelectedHint(term, self.read(inner), scope)
            case Items(opening, items):
                parts = [self.read(item) for item in items]
                closing = {"[": "]", "{": "}", "(": ")"}[opening]
                return SelectedItems(opening, parts, f"{opening}{', '.join(part.text for part in parts)}{closing}")
            case _:
                return self._composed(term)

    def _column(self, name: str) -> Selectable:
        self.columns.append(name)
        return SelectedColumn(name, self._scope)

    def _entries(self, entries: Iterable[tuple[str | Term, Term]]) -> Selectable:
        """A map or a user-defined type. A name is not looked up before it is known which of the two it is."""
        parts = [(key if isinstance(key, str) else self.read(key), self.read(value)) for key, value in entries]
        text = ", ".join(f"{key if isinstance(key, str) else key.text}: {value.text}" for key, value in parts)
        return SelectedEntries(parts, f"{{{text}}}", self._column)

    def _composed(self, term: Term) -> Selectable:
        match term:
            case Entries(entries):
                return self._entries([(key.column if isinstance(key, Ref) else key, value) for key, value in entries])
            case Fields(fields):
                return self._entries(fields)
            case Arithmetic(left, operator, right, (before, after)):
                parts = [_within(before, self.read(left)), _within(after, self.read(right))]
                text = f"{parts[0].text} {operator} {parts[1].text}"
                return self._function(OPERATORS[operator], None, parts, text)
            case Negative(inner, around):
                part = _within(around, self.read(inner))
                return self._function("_negate", None, [part], f"-{part.text}")
            case Cast(inner, cql_type):
                return self._cast(self.read(inner), cql_type, term.written.lower() or str(cql_type))
            case TokenCall(arguments):
                return self._function("token", None, [self.read(each) for each in arguments])
            case Call(function, arguments, keyspace):
                return self._call(function, arguments, keyspace)
            case _:
                raise gaps.SELECTED(type(term).__name__)

    def _call(self, name: str, arguments: tuple[Term, ...], keyspace: str | None) -> Selectable:
        if name in ("writetime", "maxwritetime", "ttl") and keyspace is None:
            if self._looks_up:
                return self._written(name, arguments[0])
            typed, text = written_term(name, arguments[0], self._scope)
            if isinstance(arguments[0], (Ref, FieldOf, Element)):
                self.columns.append(arguments[0].column)
            self._gathered.parts.append(typed.evaluate)
            return SelectedWritten(typed, text, type_inside(name, arguments[0], self._scope))
        if name == "count" and keyspace in (None, "system") and len(arguments) == 1:
            counted = arguments[0]
            if isinstance(counted, Star) or (isinstance(counted, Literal) and counted != NULL):
                return SelectedFunction(COUNT_ROWS, [], self._gathered, "count")
        parts = [self.read(each) for each in arguments]
        if name == "count" and keyspace in (None, "system"):
            return self._count(parts)
        return self._function(name, keyspace, parts)

    def _written(self, name: str, term: Term) -> Selectable:
        text = f"{name}({self.read(term).text})"
        kind = type_inside(name, term, self._scope)
        return SelectedReady(Typed(kind, lambda run, row: None), text)

    def _count(self, parts: list[Selectable]) -> Selectable:
        if len(parts) != 1:
            raise errors.COUNT_OF_ARGUMENTS("system.count", 1, len(parts))
        if parts[0].test(NATIVE["blob"]) is Match.NOT:
            raise errors.WRONG_ARGUMENT(parts[0].text, 0, "system.count", "blob")
        function = count_of(parts[0].known() or NATIVE["blob"])
        return SelectedFunction(function, parts, self._gathered, f"system.count({parts[0].text})")

    def _function(self, name: str, keyspace: str | None, parts: list[Selectable], text: str = "") -> Selectable:
        found = resolve(name, keyspace, parts, None, token_of(name, self._scope.table))
        if found is None:
            raise errors.UNKNOWN_FUNCTION(f"{keyspace}.{name}" if keyspace else name)
        told = text or f"system.{found.name}({', '.join(part.text for part in parts)})"
        return SelectedFunction(found, parts, self._gathered, told)

    def _cast(self, part: Selectable, cql_type: CqlType, written: str) -> Selectable:
        text = f"cast({part.text} as {written})"
        if part.known() == cql_type:
            return part
        if self._looks_up:
            return SelectedReady(Typed(cql_type, lambda run, row: None), text)
        if part.known() is None:
            raise errors.NOT_INFERRED(part.text)
        found = resolve(f"cast_as_{written}", None, [part], None)
        if found is None:
            part.ready(None)
            raise errors.NO_CAST(self.columns[0], written) if self.columns else errors.NO_CAST_OF_NOTHING()
        return SelectedFunction(found, [part], self._gathered, text)


def _within(parentheses: int, part: Selectable) -> Selectable:
    """An operand within its parentheses, which are a tuple of one as far as a server knows."""
    for _ in range(parentheses):
        part = SelectedItems("(", [part], f"({part.text})")
    return part


def look_up(term: Term, scope: Scope) -> None:
    """Look up the columns and functions of a term of a SELECT list, and nothing more. Raises `CqlError`."""
    _Reader(scope, Gathered(), looks_up=True).read(term)


def selected_term(term: Term, scope: Scope, gathered: Gathered) -> Typed:
    """A term of a SELECT list, and what is in it. It reads the results of aggregates from the row."""
    reader = _Reader(scope, gathered)
    found = reader.read(term)
    ready = replace(found.ready(None), text=found.text)
    gathered.columns.extend(reader.columns)
    return ready
