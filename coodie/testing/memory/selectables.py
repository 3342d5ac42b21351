"""Terms of a SELECT list before their types are certain: columns, values, functions and hints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coodie.cql.nodes import Hint
from coodie.cql.types import CqlType, freeze
from coodie.testing.memory.assignment import assigned
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.statements import NO_SUCH_COLUMN
from coodie.testing.memory.functions.registry import Function
from coodie.testing.memory.literal_types import Match
from coodie.testing.memory.raw_terms import Raw
from coodie.testing.memory.type_names import column_text
from coodie.testing.memory.typed import Aggregate, Gathered, Receiver, Run, Scope, Typed, Value
from coodie.testing.memory.value_terms import argument, called, hinted_type, type_text
from coodie.testing.memory.view import reader


class Selectable:
    """A term of a SELECT list, before its type is certain."""

    text: str
    is_mark = False

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        known = self.known()
        return Match.NOT if known is None else assigned(known, cql_type)

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        return None

    def preferred(self) -> CqlType | None:
        """Its type, known or assumed if nothing else determines it."""
        return self.known()

    def only(self) -> Selectable | None:
        """The only term inside the brackets, if there is just one."""
        return None

    def ready(self, expected: CqlType | None) -> Typed:
        """The term prepared for evaluation; ``expected`` is the type that it must have, if known."""
        raise NotImplementedError


class SelectedColumn(Selectable):
    """A column."""

    def __init__(self, name: str, scope: Scope) -> None:
        table = scope.table
        if table is None or name not in table.columns:
            raise NO_SUCH_COLUMN(column_text(name), table)
        self.text, self._type = name, table.columns[name].type
        self._read = reader(table, name)

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        return self._type

    def ready(self, expected: CqlType | None) -> Typed:
        """The term prepared for evaluation."""
        read = self._read

        def evaluate(run: Run, row: Any) -> Value:
            return read(row)

        return Typed(self._type, evaluate)


class SelectedValue(Selectable):
    """A term without columns: a literal, a mark, or a hint of one."""

    def __init__(self, raw: Raw, gathered: Gathered) -> None:
        self._raw, self.text, self.is_mark, self._gathered = raw, raw.text, raw.is_mark, gathered

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        return self._raw.test(cql_type)

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        return self._raw.known()

    def preferred(self) -> CqlType | None:
        """Its type if nothing else determines it."""
        return self._raw.preferred()

    def ready(self, expected: CqlType | None) -> Typed:
        """The term prepared for evaluation."""
        kind = self.known() or expected
        if kind is None:
            raise errors.NOT_INFERRED(self.text)
        typed = self._raw.prepare(Receiver("[selection]", kind))
        self._gathered.parts.append(typed.evaluate)
        return typed


class SelectedFunction(Selectable):
    """A function, an operation or a cast."""

    def __init__(self, function: Function, parts: Sequence[Selectable], gathered: Gathered, text: str) -> None:
        self._function, self._parts, self._gathered, self.text = function, parts, gathered, text

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        return self._function.returns

    def ready(self, expected: CqlType | None) -> Typed:
        """The term prepared for evaluation."""
        function, aggregates = self._function, self._gathered.aggregates
        before = len(aggregates)
        parts = [part.ready(kind) for part, kind in zip(self._parts, function.arguments, strict=True)]
        if function.state is None:
            call = called(function, parts)
            self._gathered.parts.extend(argument(function, part) for part in parts)
            self._gathered.parts.append(call.evaluate)
            return call
        if len(aggregates) > before:
            raise errors.AGGREGATE_OF_AGGREGATE()
        slot = len(aggregates)
        aggregates.append(Aggregate(function.state, tuple(parts)))

        def evaluate(run: Run, row: Any) -> Value:
            return row.aggregates[slot]  # type: ignore[no-any-return]

        return Typed(function.returns, evaluate, bound=any(part.bound for part in parts))


class SelectedHint(Selectable):
    """``(int) ?``."""

    def __init__(self, hint: Hint, part: Selectable, scope: Scope) -> None:
        self.text = f"({type_text(hint, scope)}){part.text}"
        self._type, self._part = freeze(hinted_type(hint, scope)), part
        self.is_mark = part.is_mark

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        return self._type

    def ready(self, expected: CqlType | None) -> Typed:
        """The term prepared for evaluation."""
        if self._part.test(self._type) is Match.NOT:
            raise errors.CANNOT_ASSIGN(self.text, self.text, self._type)
        found = self._part.ready(self._type)
        return Typed(self._type, found.evaluate, found.mark, found.bound)


class SelectedReady(Selectable):
    """What has its type already."""

    def __init__(self, typed: Typed, text: str) -> None:
        self._typed, self.text = typed, text

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        return self._typed.type

    def ready(self, expected: CqlType | None) -> Typed:
        """The term prepared for evaluation."""
        return self._typed


class SelectedWritten(SelectedReady):
    """``writetime`` and ``ttl``, which inside another term may have another type than by themselves."""

    def __init__(self, typed: Typed, text: str, inside: CqlType) -> None:
        super().__init__(typed, text)
        self._inside = inside

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        return self._inside

    def ready(self, expected: CqlType | None) -> Typed:
        """The term prepared for evaluation."""
        if expected is None or self._inside == self._typed.type:
            return self._typed

        def evaluate(run: Run, row: Any) -> Value:
            raise gaps.WRITTEN_PART(self.text)

        return Typed(expected, evaluate)
