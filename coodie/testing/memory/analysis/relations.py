"""Turns the relations of WHERE into restrictions of columns: to values, to ranges, to collections that contain a value.

As on the server, a relation is checked in this order: its columns, whether the operator supports their type, then the
term on its right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from coodie.cql.message import UNSET
from coodie.cql.nodes import Element, Items, Ref, Relation, Term, TokenCall
from coodie.cql.types import BIGINT, DURATION, CqlType, List, Map, Set, Tuple, Udt, holds, is_collection, is_multicell
from coodie.tables.table import Column, ColumnKind
from coodie.testing.memory.analysis.compared import (
    Evaluate,
    Values,
    column_value,
    end_of,
    given_tuple,
    tuple_of,
    tuples_of_in,
    value_of_one,
    values_of_in,
)
from coodie.testing.memory.analysis.relation_texts import relation_text
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.schema import Table
from coodie.testing.memory.terms import Receiver, Run, Scope, Typed, value_term
from coodie.testing.memory.type_names import column_text
from coodie.testing.memory.typed import Value


@dataclass(frozen=True, slots=True)
class Equal:
    """Columns that have one of several combinations of values; ``is_in`` for those of an IN."""

    columns: tuple[Column, ...]
    evaluate: Evaluate
    is_in: bool = False
    multi: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range; None for null, which sorts before all clustering values."""

    evaluate: Callable[[Run, bool], Values | None]
    inclusive: bool
    width: int = 1
    among_several: Callable[[Run, bool], Values | None] | None = None
    """What it is beside a bound of several columns, if that is another value."""
    given: Callable[[Run], Sequence[object]] | None = None
    """The values of several columns, which may be null."""


@dataclass(frozen=True, slots=True)
class Between:
    """Columns within a range, which may be open at one end."""

    columns: tuple[Column, ...]
    start: Bound | None = None
    end: Bound | None = None
    multi: bool = False


@dataclass(frozen=True, slots=True)
class Contains:
    """A collection that has an element, a key, or an entry."""

    columns: tuple[Column, ...]
    operator: str
    element: Typed
    value: Typed | None = None
    multi: bool = False


Restriction: TypeAlias = Equal | Between | Contains


@dataclass(frozen=True, slots=True)
class OnToken:
    """The token of the partition key."""

    columns: tuple[Column, ...]
    operator: str
    term: Typed


def restriction_of(relation: Relation, table: Table, scope: Scope) -> Restriction | OnToken:
    """The restriction of one relation. It takes its bind marks from the scope, in the order of the text."""
    if relation.operator == "!=":
        raise errors.UNSUPPORTED_RELATION("!=", relation_text(relation, scope))
    match relation.left:
        case Ref(column):
            return _single(relation, column_of(table, column), scope)
        case Element(column, key):
            return _entry(relation, column_of(table, column), key, scope)
        case Items("(", items):
            names = [each.column for each in items if isinstance(each, Ref)]
            return _multi(relation, _several_columns(names, table, relation, scope), table, scope)
        case TokenCall(arguments):
            columns = tuple(column_of(table, each.column) for each in arguments if isinstance(each, Ref))
            return _token(relation, columns, table, scope)
        case _:
            raise gaps.INDEX_EXPRESSION()


def column_of(table: Table, name: str) -> Column:
    """The column of that name."""
    found = table.columns.get(name)
    if found is None:
        raise errors.NO_SUCH_COLUMN(column_text(name), table)
    return found


_START: Final = {">": False, ">=": True}
_END: Final = {"<": False, "<=": True}


def _single(relation: Relation, column: Column, scope: Scope) -> Restriction:
    operator, term = relation.operator, relation.right
    receiver = _receiver(relation, column)
    match operator:
        case "=":
            return Equal((column,), value_of_one(value_term(term, receiver, scope), column))
        case "IN":
            match term:
                case Items("(", (only,)):  # an IN of one value is an equality
                    return Equal((column,), value_of_one(value_term(only, receiver, scope), column))
                case _:
                    return Equal((column,), values_of_in(term, column, scope), is_in=True)
        case ">" | ">=" | "<" | "<=":
            check_slice(column.type)
            value = value_term(term, receiver, scope)
            return _between((column,), operator, _bound(value, column), 1, among_several=_bound(value, column, b""))
        case "CONTAINS" | "CONTAINS KEY":
            return Contains((column,), operator, value_term(term, receiver, scope))
        case "LIKE":
            value_term(term, receiver, scope)
            raise errors.LIKE_WITHOUT_INDEX(relation_text(relation, scope))
        case _:
            raise errors.UNSUPPORTED_RELATION(operator, relation_text(relation, scope))


def _receiver(relation: Relation, column: Column) -> Receiver:
    """The receiver of the term on the right."""
    cql_type, operator = column.type, relation.operator
    # A descending column has a type of its own on the server, which is no collection to these checks.
    if operator == "CONTAINS KEY" and (column.descending or not isinstance(cql_type, Map)):
        raise errors.CONTAINS_KEY_OF_OTHER(column.name)
    if operator == "CONTAINS" and (column.descending or not is_collection(cql_type)):
        raise errors.CONTAINS_OF_OTHER(column.name)
    if isinstance(cql_type, Udt) and is_multicell(cql_type):
        raise errors.NON_FROZEN_UDT(column.name, cql_type)
    if is_collection(cql_type) and is_multicell(cql_type) and operator not in ("CONTAINS", "CONTAINS KEY"):
        raise errors.COLLECTION_RELATION(column.name, cql_type, operator)
    match cql_type, operator:
        case Map(key, _), "CONTAINS KEY":
            return Receiver(f"key({column.name})", key)
        case Map(_, value), "CONTAINS":
            return Receiver(f"value({column.name})", value)
        case ((List(value) | Set(value)), "CONTAINS"):
            return Receiver(f"value({column.name})", value)
        case _:
            return Receiver(column.name, cql_type)


def check_slice(cql_type: CqlType) -> None:
    """Refuse ranges of durations, which have no order."""
    if not holds(cql_type, DURATION):
        return
    if is_collection(cql_type):
        raise errors.DURATION_IN_COLLECTION()
    if isinstance(cql_type, Tuple):
        raise errors.DURATION_IN_TUPLE()
    if isinstance(cql_type, Udt):
        raise errors.DURATION_IN_UDT()
    raise errors.DURATION_SLICE()


def _entry(relation: Relation, column: Column, key: Term, scope: Scope) -> Contains:
    cql_type = column.type
    if isinstance(cql_type, List):
        raise errors.LIST_ENTRY(column.name)
    if not isinstance(cql_type, Map):
        raise errors.NO_MAP(column.name)
    if cql_type.frozen:
        raise errors.FROZEN_MAP_ENTRY(column.name)
    if relation.operator != "=":
        raise errors.ENTRY_OPERATOR()
    element = value_term(key, Receiver(f"key({column.name})", cql_type.key), scope)
    value = value_term(relation.right, Receiver(f"value({column.name})", cql_type.value), scope)
    return Contains((column,), "[]", element, value)


def _multi(relation: Relation, columns: tuple[Column, ...], table: Table, scope: Scope) -> Restriction:
    """``(a, b) > (?, ?)``: clustering columns only, one after another."""
    operator, term = relation.operator, relation.right
    if operator == "IN":
        several = not isinstance(term, Items) or len(term.items) != 1
        return Equal(columns, tuples_of_in(term, columns, scope), is_in=several, multi=True)
    if operator == "=":
        evaluate = tuple_of(term, columns, scope)
        return Equal(columns, lambda run, filtering: [evaluate(run, filtering)], multi=True)
    if operator in _START or operator in _END:
        for column in columns:
            check_slice(column.type)
        given = given_tuple(term, columns, scope)
        found = _between(columns, operator, end_of(given, columns), len(columns), multi=True)
        start, end = (bound and replace(bound, given=given) for bound in (found.start, found.end))
        return replace(found, start=start, end=end)
    raise errors.UNSUPPORTED_RELATION(operator, relation_text(relation, scope))


def _several_columns(names: Iterable[str], table: Table, relation: Relation, scope: Scope) -> tuple[Column, ...]:
    """The columns on the left, one after the other: the first that cannot be there tells the error."""
    previous = -1
    found: list[Column] = []
    for name in names:
        column = column_of(table, name)
        if column.name not in table.clustering_key:
            raise errors.MULTI_OF_OTHER(column.name)
        if column in found:
            raise errors.MULTI_TWICE(column.name, relation_text(relation, scope))
        found.append(column)
        position = table.clustering_key.index(column.name)
        if previous >= 0 and position != previous + 1:
            raise errors.MULTI_ORDER(relation_text(relation, scope))
        previous = position
    return tuple(found)


def _token(relation: Relation, columns: tuple[Column, ...], table: Table, scope: Scope) -> OnToken:
    if not set(table.partition) <= set(columns):
        raise errors.TOKEN_OF_PART()
    if len(set(columns)) < len(columns):
        raise errors.TOKEN_REPEATS()
    if len(columns) > len(table.partition):
        raise errors.TOKEN_OF_OTHER()
    if columns != table.partition:
        raise errors.TOKEN_ORDER(", ".join(table.partition_key))
    return OnToken(
        columns, relation.operator, value_term(relation.right, Receiver("partition key token", BIGINT), scope)
    )


def _bound(term: Typed, column: Column, unset: Value = UNSET) -> Callable[[Run, bool], Values | None]:
    def bound(run: Run, filtering: bool) -> Values | None:
        value = term.evaluate(run, None)
        if value is UNSET:
            value = unset
        if value is None and not filtering and column.kind is ColumnKind.CLUSTERING:
            return None
        return (column_value(value, column, filtering),)

    return bound


def _between(
    columns: tuple[Column, ...],
    operator: str,
    evaluate: Callable[[Run, bool], Values | None],
    width: int,
    multi: bool = False,
    among_several: Callable[[Run, bool], Values | None] | None = None,
) -> Between:
    if operator in _START:
        return Between(columns, start=Bound(evaluate, _START[operator], width, among_several), multi=multi)
    return Between(columns, end=Bound(evaluate, _END[operator], width, among_several), multi=multi)


def is_open(between: Between, run: Run) -> bool:
    """Whether an end of a range is null."""
    return any(bound is not None and bound.evaluate(run, False) is None for bound in (between.start, between.end))
