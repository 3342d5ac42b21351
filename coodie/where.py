"""Functions for conditions on fields of a class, which type checkers and editors understand.

``Event.ts`` is a column: type checkers see the type of the field, so ``Event.ts >= start`` is a bool to them, and at
run time it is a `Condition` for ``find()``, ``filter()`` and ``if_conditions``. The functions here are for what Python
has no operator for. Each argument named ``column`` is such a field of a class.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar, cast, overload
from uuid import UUID

from coodie._errors import InvalidQueryError
from coodie._raise import raise_alone
from coodie._words import a_type
from coodie.cql.timeuuids import first_timeuuid, last_timeuuid
from coodie.cql.values import Token, microseconds
from coodie.mapping.expressions import (
    Condition,
    Operand,
    Ordering,
    column_target,
    compared,
    entry_of,
    operand_of_all,
    part_of,
    target_of,
)

__all__ = [
    "Condition",
    "Operand",
    "Ordering",
    "asc",
    "contains",
    "contains_key",
    "desc",
    "entry",
    "in_",
    "like",
    "max_timeuuid",
    "min_timeuuid",
    "part",
    "token",
    "tuple_",
]

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")


def asc(column: object) -> Ordering:
    """The ascending order by a clustering column: ``order_by(asc(Event.ts))`` sends ``ORDER BY ts ASC``."""
    return _ordering("asc()", column, descending=False)


def desc(column: object) -> Ordering:
    """The descending order by a clustering column: ``order_by(desc(Event.ts))`` sends ``ORDER BY ts DESC``."""
    return _ordering("desc()", column, descending=True)


@overload
def in_(column: Operand[T], values: Iterable[T], /) -> Condition: ...


@overload
def in_(column: T | None, values: list[T] | set[T] | tuple[T, ...] | frozenset[T], /) -> Condition: ...


def in_(column: Any, values: Any, /) -> Condition:
    """Whether the column has one of these values: ``in_(Event.kind, ["login", "logout"])`` sends ``kind IN ?``.

    For ``tuple_(...)`` the values are tuples. No row is found, and nothing is sent, if there are no values.
    """
    return compared(_operand("in_()", column), "in", values)


@overload
def contains(column: dict[Any, V] | None, value: V, /) -> Condition: ...


@overload
def contains(column: list[T] | set[T] | tuple[T, ...] | frozenset[T] | None, value: T, /) -> Condition: ...


def contains(column: Any, value: Any, /) -> Condition:
    """Whether a collection has an element, or a map a value: ``contains(User.tags, "vip")`` sends ``CONTAINS ?``."""
    return compared(_operand("contains()", column), "contains", value)


def contains_key(column: dict[K, Any] | None, key: K, /) -> Condition:
    """Whether a map contains a key: ``contains_key(User.attrs, "lang")`` sends ``attrs CONTAINS KEY ?``."""
    return compared(_operand("contains_key()", column), "contains_key", key)


def like(column: str | None, pattern: str, /) -> Condition:
    """Whether a text with an index for it matches a pattern: ``like(User.name, "ab%")`` sends ``name LIKE ?``."""
    return compared(_operand("like()", column), "like", pattern)


@overload
def entry(column: dict[K, V] | None, key: K, /) -> V: ...


@overload
def entry(column: list[T] | None, key: int, /) -> T: ...


def entry(column: Any, key: Any, /) -> Any:
    """The entry of a map, to be compared with a value: ``entry(User.attrs, "lang") == "en"`` sends ``attrs[?] = ?``.

    In ``if_conditions`` also an element of a list by its index, and other operators than ``==``.
    """
    return entry_of(column, key)


def part(column: object, name: str, /) -> Any:
    """A field of a user-defined type, for ``if_conditions``: ``part(User.address, "zip") == "1"``.

    It sends ``IF address.zip = ?``. ``User.address.zip`` is the same, but not for type checkers if the address may be
    None. Raises `InvalidQueryError` for a field that the type does not have.
    """
    return part_of(column, name)


@overload
def tuple_(a: A, /) -> Operand[tuple[A]]: ...


@overload
def tuple_(a: A, b: B, /) -> Operand[tuple[A, B]]: ...


@overload
def tuple_(a: A, b: B, c: C, /) -> Operand[tuple[A, B, C]]: ...


@overload
def tuple_(a: A, b: B, c: C, d: D, /) -> Operand[tuple[A, B, C, D]]: ...


@overload
def tuple_(a: A, b: B, c: C, d: D, e: E, /) -> Operand[tuple[A, B, C, D, E]]: ...


@overload
def tuple_(a: A, b: B, c: C, d: D, e: E, f: F, /) -> Operand[tuple[A, B, C, D, E, F]]: ...


def tuple_(*columns: object) -> Operand[Any]:
    """Clustering columns compared as one: ``tuple_(Event.ts, Event.n) > (start, 5)`` sends ``(ts, n) > (?, ?)``.

    The first column decides, the next one only if they are equal, whatever the clustering orders are. The columns
    follow each other in the key. ``in_(tuple_(Event.ts, Event.n), [(start, 5)])`` sends ``(ts, n) IN ?``.
    """
    return operand_of_all("tuple", "tuple_()", columns)


@overload
def token(a: A, /) -> Operand[A | Token]: ...


@overload
def token(a: A, b: B, /) -> Operand[tuple[A, B] | Token]: ...


@overload
def token(a: A, b: B, c: C, /) -> Operand[tuple[A, B, C] | Token]: ...


@overload
def token(a: A, b: B, c: C, d: D, /) -> Operand[tuple[A, B, C, D] | Token]: ...


def token(*columns: object) -> Operand[Any]:
    """Ranges of the ring, by the token of the partition key: ``token(Event.id) > 5``.

    It sends ``token(id) > token(?)``. All columns of the partition key are given, in their order, and compared with a
    tuple if there are several; or with ``Token(number)`` of ``coodie.types``.
    """
    return operand_of_all("token", "token()", columns)


def min_timeuuid(moment: datetime, /) -> UUID:
    """The smallest timeuuid of the moment's millisecond, which is that of CQL's ``minTimeuuid()``: a bound, not an id.

    A naive datetime is taken as UTC. A datetime as the bound of a timeuuid column does the same: ``Event.id >= start``.
    Raises `InvalidQueryError` for a moment that no timeuuid can hold.
    """
    return _timeuuid("min_timeuuid()", moment)


def max_timeuuid(moment: datetime, /) -> UUID:
    """The largest timeuuid of the moment's millisecond, which is that of CQL's ``maxTimeuuid()``: a bound, not an id.

    A naive datetime is taken as UTC. Raises `InvalidQueryError` for a moment that no timeuuid can hold.
    """
    return _timeuuid("max_timeuuid()", moment)


def _ordering(what: str, column: object, *, descending: bool) -> Ordering:
    column_target(column, what)
    return Ordering(column, descending)


def _operand(what: str, column: object) -> Operand[Any]:
    target_of(column, what)
    return cast("Operand[Any]", column)


def _timeuuid(what: str, moment: Any) -> UUID:
    if not isinstance(moment, datetime):
        raise InvalidQueryError(f"{what} takes a datetime, not {a_type(moment)}")
    make = first_timeuuid if what.startswith("min") else last_timeuuid
    try:
        return make(microseconds(moment) // 1000)
    except ValueError as error:
        raise_alone(InvalidQueryError(f"{what}: {error}"))
