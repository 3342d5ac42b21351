"""The values of INSERT JSON: one text, of which each column takes its part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coodie.cql.message import UNSET
from coodie.cql.nodes import Bind, InsertJson, Literal
from coodie.cql.types import TEXT, CqlType
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.functions.json import json_values
from coodie.testing.memory.literal_types import Match
from coodie.testing.memory.raw_terms import Raw, constant, read_mark
from coodie.testing.memory.schema import Table
from coodie.testing.memory.typed import Receiver, Run, Scope, Typed, Value


class RawJson(Raw):
    """A column's part of the text."""

    text = "json"

    def __init__(self, column: str, source: JsonSource) -> None:
        self._column, self._source = column, source

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        return Match.EXACT

    def prepare(self, receiver: Receiver) -> Typed:
        """The term prepared for assignment to the receiver."""
        column, source = self._column, self._source
        if source.values is not None:
            return constant(receiver.type, source.values.get(column, source.missing))

        def evaluate(run: Run, row: object) -> Value:
            return source.bound(run).get(column, source.missing)

        return Typed(receiver.type, evaluate, bound=True)


class JsonSource:
    """Where the text comes from: the statement, which is read at once, or a mark, whose value is read once a run."""

    def __init__(self, node: InsertJson, table: Table, scope: Scope) -> None:
        self.missing: Value = UNSET if node.default_unset else None
        self.values: Mapping[str, Value] | None = None
        self._types = {name: column.type for name, column in table.columns.items()}
        self._last: tuple[Sequence[Value], Mapping[str, Value]] = ((), {})
        match node.value:
            case Bind() as bind:
                self._read = read_mark(scope.marks.take(bind, Receiver("[json]", TEXT)), TEXT)
            case Literal() as literal:
                self.values = json_values(literal.text, self._types)

    def bound(self, run: Run) -> Mapping[str, Value]:
        """The values of one run."""
        values, found = self._last
        if values is not run.values:
            text = self._read(run, None)
            if not isinstance(text, bytes):
                raise errors.JSON_NULL() if text is None else errors.JSON_NO_MAP()
            found = json_values(text.decode(), self._types)
            self._last = run.values, found
        return found


def json_columns(node: InsertJson, table: Table, scope: Scope) -> list[tuple[str, RawJson]]:
    """Each column of the table with its part of the text."""
    source = JsonSource(node, table, scope)
    return [(name, RawJson(name, source)) for name in table.columns]
