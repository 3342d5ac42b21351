"""The SELECT list: the columns that it names, and its values for each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn, TypeAlias

from coodie.cql.nodes import Element, Entries, FieldOf, Fields, Ref, Select, Star, Term
from coodie.cql.parsing.facts import inside
from coodie.cql.types import TEXT
from coodie.tables.table import Column, ColumnKind
from coodie.testing.memory.analysis.relations import column_of
from coodie.testing.memory.answers import ResultColumn, ResultRow
from coodie.testing.memory.functions.json_texts import json_text, name_text
from coodie.testing.memory.schema import Table
from coodie.testing.memory.terms import Aggregate, Gathered, Run, Scope, Typed, look_up, selected_term
from coodie.testing.memory.view import RowView, reader

Evaluate: TypeAlias = Callable[[Run, RowView], ResultRow]


@dataclass(slots=True)
class Selection:
    """The result columns of a SELECT, and the functions that evaluate them."""

    columns: Sequence[ResultColumn]
    evaluate: Evaluate
    named: Sequence[Column] = ()
    """The columns that it names; none for ``*``."""
    aggregates: Sequence[Aggregate] = ()
    parts: Sequence[Callable[[Run, Any], object]] = ()
    """What is in the terms, those inside first."""

    def check(self, run: Run) -> None:
        """Evaluate what needs no row, as a server does before it reads: what is wrong there fails without rows, too."""
        for part in self.parts:
            with suppress(_RowNeeded):
                part(run, _NO_ROW)


class _RowNeeded(Exception):
    """Something reads a row that is not there."""


class _NoRow:
    def __getattr__(self, name: str) -> NoReturn:
        raise _RowNeeded


_NO_ROW: Final[Any] = _NoRow()


def _names(term: Term) -> Iterator[str]:
    match term:
        case Ref(column) | FieldOf(column):
            yield column
        case Element(column):
            yield column
        case _:
            pass
    parts = inside(term)
    if isinstance(term, Entries):  # a name as a key is one of a field, until a type says otherwise
        parts = tuple(part for key, value in term.entries for part in (key, value)[isinstance(key, Ref) :])
    for part in parts:
        yield from _names(part)


def _selects(term: Term, wanted: Callable[[str], bool]) -> bool:
    """Whether a term names a column that is wanted. To a server, a map also does if one of its values does not."""
    match term:
        case Entries(entries):
            keys = [key for key, _ in entries if not isinstance(key, Ref)]
            return any(_selects(key, wanted) for key in keys) or any(
                not _selects(value, wanted) for _, value in entries
            )
        case Fields(fields):
            return any(not _selects(value, wanted) for _, value in fields)
        case Ref(column) | FieldOf(column) | Element(column) if wanted(column):
            return True
        case _:
            return any(_selects(part, wanted) for part in inside(term))


def statics_alone(node: Select, marks: Sequence[int], table: Table, scope: Scope) -> bool:
    """Whether static columns are selected, and beside them at the most the partition key.

    As on the server, this looks up columns and functions no further than the answer needs: up to the first selector of
    a static column, and if there is one, up to the first selector of a clustering or regular column.
    """
    if not table.statics or isinstance(node.selectors[0].term, Star):
        return False

    def found(kinds: tuple[ColumnKind, ...]) -> bool:
        for selector, mark in zip(node.selectors, marks, strict=True):
            scope.marks.at = mark
            look_up(selector.term, scope)
            if _selects(selector.term, lambda name: column_of(table, name).kind in kinds):
                return True
        return False

    return found((ColumnKind.STATIC,)) and not found((ColumnKind.CLUSTERING, ColumnKind.REGULAR))


def read_selection(node: Select, marks: Sequence[int], table: Table, scope: Scope) -> Selection:
    """The SELECT list. ``marks`` are the numbers of the first marks of each selector."""
    if isinstance(node.selectors[0].term, Star):
        columns = [(column.name, column.type) for column in table.columns.values()]
        made = Selection(columns, _of_columns(table, list(table.columns)))
    else:
        made = _listed(node, marks, table, scope)
    return _as_json(made) if node.json else made


def _of_columns(table: Table, names: Sequence[str]) -> Evaluate:
    readers = [reader(table, name) for name in names]
    return lambda run, row: tuple([read(row) for read in readers])


def _listed(node: Select, marks: Sequence[int], table: Table, scope: Scope) -> Selection:
    gathered = Gathered()
    terms: list[Typed] = []
    for selector, mark in zip(node.selectors, marks, strict=True):
        scope.marks.at = mark
        gathered.columns.extend(_names(selector.term))
        terms.append(selected_term(selector.term, scope, gathered))
    named = [table.columns[name] for name in dict.fromkeys(gathered.columns)]
    columns = [(selector.alias or term.text, term.type) for selector, term in zip(node.selectors, terms, strict=True)]
    plain = [selector.term.column for selector in node.selectors if isinstance(selector.term, Ref)]
    if len(plain) == len(terms):
        return Selection(columns, _of_columns(table, plain), named)
    evaluators = [term.evaluate for term in terms]

    def evaluate(run: Run, row: RowView) -> ResultRow:
        return tuple([value if isinstance(value := each(run, row), bytes) else None for each in evaluators])

    return Selection(columns, evaluate, named, gathered.aggregates, gathered.parts)


def _as_json(selection: Selection) -> Selection:
    """One column with a text of JSON."""
    writers = [(name_text(name), json_text(kind)) for name, kind in selection.columns]
    inner = selection.evaluate

    def evaluate(run: Run, row: RowView) -> ResultRow:
        cells = zip(writers, inner(run, row), strict=True)
        told = [f"{name}: {'null' if cell is None else write(cell)}" for (name, write), cell in cells]
        return (f"{{{', '.join(told)}}}".encode(),)

    return replace(selection, columns=[("[json]", TEXT)], evaluate=evaluate)
