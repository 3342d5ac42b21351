"""The conditions of IF, and whether a row meets them. A row that does not exist counts as all null."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, Final, TypeAlias

from coodie.cql.frames import cells, elements
from coodie.cql.message import Unset
from coodie.cql.nodes import Element, FieldOf, Items, Ref, Relation, Term
from coodie.cql.order import sort_key
from coodie.cql.types import (
    COUNTER,
    DURATION,
    INT,
    CqlType,
    List,
    Map,
    Set,
    Tuple,
    Udt,
    holds,
    is_collection,
    is_multicell,
)
from coodie.tables.table import Column
from coodie.testing.memory.analysis.relations import column_of
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.java_sets import hash_of_bytes, in_a_set
from coodie.testing.memory.packing import comparable
from coodie.testing.memory.schema import Table
from coodie.testing.memory.terms import Receiver, Run, Scope, Typed, Value, value_term
from coodie.testing.memory.view import RowView

Test: TypeAlias = Callable[["RowView | None"], bool]
Compare: TypeAlias = Callable[["bytes | None"], bool]
"""Whether a value meets the condition."""


Prepared: TypeAlias = "tuple[bytes | None, Test]"
"""The index or key of the element that a condition is about, if it is about one, and the test."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: its column, and the function that makes its test from the bound values. That raises if a value is
    malformed; what else may be wrong with a value, the test raises.
    """

    column: Column
    prepare: Callable[[Run], Prepared]


def in_order(conditions: Iterable[tuple[str, Prepared]]) -> list[Test]:
    """The tests of conditions, given with the names of their columns, in the order of the server's: that of a hash
    table of columns and elements.
    """
    found: dict[tuple[str, bytes | None], list[Test]] = {}
    for name, (element, test) in conditions:
        found.setdefault((name, element), []).append(test)
    return [test for key in in_a_set(found, _hash) for test in found[key]]


def _hash(key: tuple[str, bytes | None]) -> int:
    name, element = key
    return (31 * (31 + hash_of_bytes(name.encode())) + (hash_of_bytes(element) if element is not None else 0)) % 2**32


def condition_of(relation: Relation, table: Table, scope: Scope) -> Condition:
    """The condition of one relation. It takes its bind marks from the scope."""
    left = relation.left
    assert isinstance(left, (Ref, Element, FieldOf))
    column = column_of(table, left.column)
    if column.type == COUNTER:
        raise errors.CONDITION_ON_COUNTER()
    found = _of(relation, left, column, scope)
    if column.name in table.primary_key:
        raise errors.CONDITION_ON_KEY(column.name)
    return found


def _of(relation: Relation, left: Ref | Element | FieldOf, column: Column, scope: Scope) -> Condition:
    match left:
        case Ref():
            return _of_column(relation, column, scope)
        case Element(_, key):
            return _of_element(relation, column, key, scope)
        case FieldOf(_, name):
            return _of_field(relation, column, name, scope)


def _of_column(relation: Relation, column: Column, scope: Scope) -> Condition:
    if relation.operator in ("CONTAINS", "CONTAINS KEY"):
        compare = _contains(relation, column, scope)
    else:
        compare = _compared(relation, Receiver(column.name, column.type), scope)

    def prepare(run: Run) -> Prepared:
        fits = compare(run)
        return None, lambda row: fits(_value_of(row, column))

    return Condition(column, prepare)


def _value_of(row: RowView | None, column: Column) -> bytes | None:
    return None if row is None else row.value(column.name)


def _of_element(relation: Relation, column: Column, key: Term, scope: Scope) -> Condition:
    cql_type, name = column.type, column.name
    match cql_type:
        case List(element):
            at = value_term(key, Receiver(f"idx({name})", INT), scope)
            return _at_index(column, at, _compared(relation, Receiver(f"value({name})", element), scope))
        case Map(key_type, value):
            at = value_term(key, Receiver(f"key({name})", key_type), scope)
            return _at_key(column, at, _compared(relation, Receiver(f"value({name})", value), scope), key_type)
        case Set():
            raise errors.SET_ELEMENT_CONDITION(name)
        case _:
            raise errors.ELEMENT_CONDITION(name)


def _at_index(column: Column, at: Typed, compare: Callable[[Run], Compare]) -> Condition:
    def prepare(run: Run) -> Prepared:
        index = at.evaluate(run, None)
        if isinstance(index, Unset):
            raise gaps.UNSET_INDEX()
        fits = compare(run)

        def test(row: RowView | None) -> bool:
            if index is None:
                raise errors.NULL_LIST_ELEMENT()
            number = int.from_bytes(index, "big", signed=True)
            if number < 0:
                raise errors.NEGATIVE_INDEX(number)
            data = _value_of(row, column)
            found = [] if data is None else list(elements(data))
            return fits(found[number] if number < len(found) else None)

        return index, test

    return Condition(column, prepare)


def _at_key(column: Column, at: Typed, compare: Callable[[Run], Compare], key_type: CqlType) -> Condition:
    key = sort_key(key_type)

    def prepare(run: Run) -> Prepared:
        wanted = at.evaluate(run, None)
        fits = compare(run)
        if isinstance(wanted, Unset):  # a key that no map has
            return b"", lambda row: fits(None)

        def test(row: RowView | None) -> bool:
            if wanted is None:
                raise errors.NULL_MAP_ELEMENT()
            place = key(wanted)
            data = _value_of(row, column)
            found = [] if data is None else list(elements(data, 2))
            pairs = zip(found[::2], found[1::2], strict=True)
            return fits(next((value for name, value in pairs if key(name or b"") == place), None))

        return wanted, test

    return Condition(column, prepare)


def _of_field(relation: Relation, column: Column, name: str, scope: Scope) -> Condition:
    cql_type = column.type
    if not isinstance(cql_type, Udt):
        raise gaps.FIELD_OF_OTHER(column.name)
    names = [each for each, _ in cql_type.fields]
    if name not in names:
        raise errors.NO_FIELD_CONDITION(name, column.name)
    at = names.index(name)
    compare = _compared(relation, Receiver(f"{column.name}.{name}", cql_type.fields[at][1]), scope)

    def prepare(run: Run) -> Prepared:
        fits = compare(run)

        def test(row: RowView | None) -> bool:
            data = _value_of(row, column)
            return fits(None if data is None else list(cells(data, at + 1))[at])

        return None, test

    return Condition(column, prepare)


_SLICES: Final[dict[str, Callable[[Any, Any], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _compared(relation: Relation, receiver: Receiver, scope: Scope) -> Callable[[Run], Compare]:
    """The function that compares a value of the receiver's type with the right side."""
    operator, cql_type = relation.operator, receiver.type
    key = comparable(cql_type)
    if operator == "IN":
        return _in(relation.right, receiver, scope, key)
    if operator in _SLICES:
        _check_slice(operator, cql_type)
    elif operator not in ("=", "!="):
        raise gaps.CONDITION(operator)
    value = value_term(relation.right, receiver, scope)
    empty_is_null = is_collection(cql_type) and is_multicell(cql_type)

    def made(given: Value) -> Compare:
        wanted = _not_unset(given, cql_type)
        if empty_is_null and wanted is not None and not any(wanted):
            if operator in _SLICES:
                raise errors.EMPTY_COMPARISON(type(cql_type).__name__.lower(), operator)
            wanted = None  # no bytes but zeros: a collection of no elements
        if operator in _SLICES:
            if wanted is None:
                raise errors.NULL_COMPARISON(operator)
            fits, bound = _SLICES[operator], key(wanted)
            return lambda found: found is not None and fits(key(found), bound)
        place, negative = None if wanted is None else key(wanted), operator == "!="
        return lambda found: ((None if found is None else key(found)) == place) != negative

    return _late(value, made)


def _late(value: Typed, made: Callable[[Value], Compare]) -> Callable[[Run], Compare]:
    """A comparison with a value whose null or unset is refused only when a row is compared."""

    def prepare(run: Run) -> Compare:
        given = value.evaluate(run, None)
        return lambda found: made(given)(found)

    return prepare


def _check_slice(operator: str, cql_type: CqlType) -> None:
    if not holds(cql_type, DURATION):
        return
    if is_collection(cql_type):
        raise errors.DURATION_PART_CONDITION("collections")
    if isinstance(cql_type, (Tuple, Udt)):
        raise errors.DURATION_PART_CONDITION("tuples" if isinstance(cql_type, Tuple) else "UDTs")
    raise errors.DURATION_CONDITION(operator)


def _not_unset(value: Value, cql_type: CqlType | None = None) -> bytes | None:
    if isinstance(value, Unset):
        if cql_type is not None and is_collection(cql_type) and is_multicell(cql_type):
            raise errors.UNSET_COLLECTION(f"{type(cql_type).__name__}s")
        raise errors.UNSET_CONDITION()
    return value


def _in(term: Term, receiver: Receiver, scope: Scope, key: Callable[[bytes], Any]) -> Callable[[Run], Compare]:
    empty_is_null = is_collection(receiver.type) and is_multicell(receiver.type)
    if isinstance(term, Items):
        parts = [value_term(item, receiver, scope) for item in term.items]

        def values(run: Run) -> list[bytes | None]:
            found = [part.evaluate(run, None) for part in parts]
            return [value for value in found if not isinstance(value, Unset)]
    else:
        whole = value_term(term, Receiver(f"in({receiver.name})", List(receiver.type)), scope)

        def values(run: Run) -> list[bytes | None]:
            found = _not_unset(whole.evaluate(run, None))
            if found is None:
                raise errors.NULL_IN_LIST(receiver.name)
            return list(elements(found))

    def prepare(run: Run) -> Compare:
        known = [None if empty_is_null and value is not None and not any(value) else value for value in values(run)]
        wanted = [None if value is None else key(value) for value in known]
        return lambda found: (None if found is None else key(found)) in wanted

    return prepare


def _contains(relation: Relation, column: Column, scope: Scope) -> Callable[[Run], Compare]:
    cql_type, name = column.type, column.name
    keys = relation.operator == "CONTAINS KEY"
    match cql_type:
        case Map(key_type, value):
            part = key_type if keys else value
        case List(part) | Set(part) if not keys:
            pass
        case _:
            raise (errors.CONTAINS_KEY_OF_OTHER if keys else errors.CONTAINS_OF_OTHER)(name)
    term = value_term(relation.right, Receiver(f"{'key' if keys else 'value'}({name})", part), scope)
    key = sort_key(part)
    width, at = (2, 0 if keys else 1) if isinstance(cql_type, Map) else (1, 0)

    def made(value: Value) -> Compare:
        if isinstance(value, Unset) and is_multicell(cql_type):
            return lambda data: False
        wanted = _not_unset(value)
        if wanted is None:
            raise errors.NULL_COMPARISON(relation.operator)
        place = key(wanted)

        def fits(data: bytes | None) -> bool:
            found = [] if data is None else list(elements(data, width))[at::width]
            return any(each is not None and key(each) == place for each in found)

        return fits

    return _late(term, made)
