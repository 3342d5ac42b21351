"""The values that columns are compared with: of one column, of several, and in an IN.

Null and unset values are refused here, in the server's order and with its messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from coodie.cql.frames import cells, elements
from coodie.cql.message import UNSET
from coodie.cql.nodes import Items, Term
from coodie.cql.types import List, Tuple, Vector
from coodie.tables.table import Column, ColumnKind
from coodie.testing.memory.analysis.relation_texts import names_of
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.errors.base import CqlError, ErrorText
from coodie.testing.memory.terms import Receiver, Run, Scope, Typed, unread_text, value_term

Values: TypeAlias = "tuple[bytes, ...]"
Evaluate: TypeAlias = Callable[[Run, bool], "list[Values]"]
"""The second argument is whether rows are filtered, for which the server has other messages about null and unset."""

_NullError: TypeAlias = Callable[[Column], CqlError]

_KEYS: Final = (ColumnKind.PARTITION_KEY, ColumnKind.CLUSTERING)


def value_of_one(term: Typed, column: Column) -> Evaluate:
    """The value of ``= ?``."""
    return lambda run, filtering: [(column_value(term.evaluate(run, None), column, filtering),)]


def column_value(value: object, column: Column, filtering: bool) -> bytes:
    """A value that a column is compared with, which may neither be null nor unset."""
    if isinstance(value, bytes):
        return value
    if not filtering and column.kind in _KEYS:
        return key_value(value, column.name)
    raise (errors.UNSET_FILTER if value is UNSET else errors.NULL_FILTER)(column.name)


def key_value(value: object, name: str, null: ErrorText = errors.NULL_IN_CONDITION) -> bytes:
    """A value of a key column, which may neither be null nor unset."""
    if isinstance(value, bytes):
        return value
    raise (errors.UNSET_VALUE if value is UNSET else null)(name)


def _list_value(value: object, name: str) -> bytes:
    """The list of an IN that is one bind mark."""
    return key_value(value, name, errors.NULL_VALUE)


def values_of_in(term: Term, column: Column, scope: Scope) -> Evaluate:
    """The values of ``IN (?, ?)`` or ``IN ?``."""
    name = column.name
    match term:
        case Items("(", items):
            parts = [value_term(item, Receiver(name, column.type), scope) for item in items]
            return lambda run, filtering: _known_values([part.evaluate(run, None) for part in parts], column, filtering)
        case _:
            whole = value_term(term, Receiver(f"in({name})", List(column.type)), scope)
            return lambda run, filtering: _known_values(
                elements(_list_value(whole.evaluate(run, None), name)), column, filtering
            )


def _known_values(values: Iterable[object], column: Column, filtering: bool) -> list[Values]:
    """The values of an IN. Where rows are filtered, an unset one is an empty one, and all from the first null on are
    left out.
    """
    if column.kind in _KEYS and not filtering:
        known = list(values)
        if None in known:  # before any that is unset
            raise errors.NULL_IN_CONDITION(column.name)
        return [(key_value(value, column.name),) for value in known]
    found: list[Values] = []
    for value in values:
        if value is None:
            break
        if value is UNSET and isinstance(column.type, Vector):
            raise gaps.UNSET_VECTOR()
        found.append((value if isinstance(value, bytes) else b"",))
    return found


def tuple_of(term: Term, columns: tuple[Column, ...], scope: Scope) -> Callable[[Run, bool], Values]:
    """The values of ``= (?, ?)``. Nulls are checked after unset values."""
    given = given_tuple(term, columns, scope)

    def null(column: Column) -> CqlError:
        return errors.NULL_VALUE(column.name)

    def null_in_filter(column: Column) -> CqlError:
        return errors.NULL_FILTER(column.name)

    return lambda run, filtering: _without_null(given(run), columns, null_in_filter if filtering else null)


def end_of(given: Callable[[Run], Sequence[object]], columns: tuple[Column, ...]) -> Callable[[Run, bool], Values]:
    """The values at one end of a range of several columns."""

    def null(column: Column) -> CqlError:
        return errors.NULL_IN_CONDITION(column.name)

    return lambda run, filtering: _without_null(given(run), columns, null)


def given_tuple(term: Term, columns: tuple[Column, ...], scope: Scope) -> Callable[[Run], Sequence[object]]:
    """The values of ``(?, ?)`` or of ``?``, which may be null, and not unset."""
    match term:
        case Items("(", items):
            if len(items) != len(columns):
                raise errors.MULTI_WIDTH(len(columns), len(items), unread_text(term, scope))
            parts = [
                value_term(item, Receiver(column.name, column.type), scope)
                for item, column in zip(items, columns, strict=True)
            ]

            def values(run: Run) -> Sequence[object]:
                found = [part.evaluate(run, None) for part in parts]
                if UNSET in found:
                    raise errors.UNSET_FIELD(found.index(UNSET))
                return found

            return values
        case _:
            cql_type = Tuple(tuple(column.type for column in columns))
            name = f"({','.join(column.name for column in columns)})"
            whole = value_term(term, Receiver(name, cql_type), scope)
            return lambda run: list(cells(_known_tuple(whole.evaluate(run, None), name), len(columns)))


def _known_tuple(value: object, name: str) -> bytes:
    if isinstance(value, bytes):
        return value
    raise errors.UNSET_TUPLE(name) if value is UNSET else gaps.NULL_TUPLE()


def _without_null(found: Sequence[object], columns: Sequence[Column], null: _NullError) -> Values:
    values: list[bytes] = []
    for value, column in zip(found, columns, strict=True):
        if not isinstance(value, bytes):
            raise null(column)
        values.append(value)
    return tuple(values)


def tuples_of_in(term: Term, columns: tuple[Column, ...], scope: Scope) -> Evaluate:
    """The values of ``IN ((?, ?), (?, ?))`` or ``IN ?``, row by row."""
    names = ",".join(column.name for column in columns)

    def null(column: Column) -> CqlError:
        return errors.NULL_IN_COLUMNS(names_of(columns))

    match term:
        case Items("(", items):
            if len(items) == 1:  # the server takes it for an =
                only = tuple_of(items[0], columns, scope)
                return lambda run, filtering: [only(run, filtering)]
            rows = [given_tuple(item, columns, scope) for item in items]

            def values(run: Run, filtering: bool) -> list[Values]:
                found = [row(run) for row in rows]  # unset values of all come before nulls
                return [_without_null(row, columns, null) for row in found]

            return values
        case _:
            cql_type = List(Tuple(tuple(column.type for column in columns)), frozen=False)
            whole = value_term(term, Receiver(f"in({names})", cql_type), scope)

            def values_of_list(run: Run, filtering: bool) -> list[Values]:
                found = list(elements(_list_value(whole.evaluate(run, None), f"({names})")))
                if None in found:
                    raise errors.NULL_IN_IN()
                return [
                    _without_null(list(cells(each, len(columns))), columns, null) for each in found if each is not None
                ]

            return values_of_list
