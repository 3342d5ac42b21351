"""ORDER BY ... ANN OF: the rows whose vectors are nearest to one, by the similarity of the column's index.

A server's index may miss a neighbour; here the nearest are exact. The checks have the server's order: the vector with
the columns of ORDER BY; then, with the restrictions of WHERE, how it may be combined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from struct import unpack
from typing import Final

from coodie.cql.message import UNSET
from coodie.cql.nodes import BIND, OrderBy
from coodie.cql.types import NATIVE, Vector
from coodie.tables.table import Column
from coodie.testing.memory.analysis.relations import Equal, column_of
from coodie.testing.memory.errors import gaps, vectors
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.functions.vectors import SIMILARITIES
from coodie.testing.memory.schema import Table
from coodie.testing.memory.terms import Receiver, Run, Scope, Typed, value_term
from coodie.testing.memory.view import RowView, reader

MOST_ROWS: Final = 1000
_BOUND: Final = 99999998430674944.0
"""1e17 in 32 bits."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The vector of an ANN OF, and the column that is compared with it."""

    column: Column
    term: Typed

    def order(self, table: Table, run: Run) -> Callable[[RowView], float | None]:
        """The similarity of a row, negated so that the nearest sorts first; None for a row without a vector."""
        value = self.term.evaluate(run, None)
        if not isinstance(value, bytes):
            raise (errors.UNSET_FILTER if value is UNSET else errors.NULL_FILTER)(self.column.name)
        work = SIMILARITIES[table.similarities[self.column.name]]
        check_fit(table, self.column.name, value)
        wanted, read = _floats(value), reader(table, self.column.name)

        def key(row: RowView) -> float | None:
            data = read(row)
            return None if data is None else -work(_floats(data), wanted)

        return key


def _floats(data: bytes) -> tuple[float, ...]:
    return unpack(f">{len(data) // 4}f", data)


def check_fit(table: Table, column: str, data: bytes) -> None:
    """Refuse a vector that the index of its column cannot hold."""
    found = _floats(data)
    fits = all(abs(each) <= _BOUND for each in found)  # of NaN, nothing is true
    if not fits or (table.similarities[column] == "cosine" and not any(found)):
        raise gaps.UNFIT_VECTOR()


def nearest_of(ordering: Sequence[OrderBy], marks: Sequence[int], table: Table, scope: Scope) -> list[Nearest]:
    """The vectors of an ORDER BY; ``marks`` are the numbers of their first bind marks."""
    wanted = [each for each in ordering if each.ann is not False]
    found: list[Nearest] = []
    for each, mark in zip(wanted, marks, strict=False):
        column = column_of(table, each.column)
        scope.marks.at = mark
        term = BIND if isinstance(each.ann, bool) else each.ann
        found.append(Nearest(column, value_term(term, Receiver(column.name, column.type), scope)))
    return found


def only_one(found: Sequence[Nearest], ordering: Sequence[OrderBy], restricted: Sequence[object]) -> Nearest | None:
    """The vector of an ORDER BY, if it has one; ``restricted`` is how WHERE restricts that column."""
    if not found:
        return None
    if len(found) > 1:
        raise vectors.TWO_ORDERINGS()
    if len(ordering) > 1:
        raise vectors.OTHER_ORDERING()
    if ordering[0].descending:
        raise vectors.DESCENDING()
    for each in restricted:
        if isinstance(each, Equal):
            raise (errors.IN_AND_MORE if each.is_in else errors.EQUAL_AND_MORE)(found[0].column.name)
    return found[0]


def is_float_vector(column: Column) -> bool:
    """Whether an ANN OF may order by it."""
    return isinstance(column.type, Vector) and column.type.element == NATIVE["float"]
