"""Restrictions that are checked in each row. A null in the row meets none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import ge, gt, le, lt
from typing import Any, Final, TypeAlias

from coodie.cql.codecs.codec import SortKey
from coodie.cql.frames import elements
from coodie.cql.message import UNSET
from coodie.cql.order import sort_key
from coodie.cql.types import CqlType, List, Map, Set
from coodie.tables.table import Column
from coodie.testing.memory.analysis.indexing import analysis, without_empty
from coodie.testing.memory.analysis.relations import Between, Contains, Equal, Restriction
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.packing import comparable
from coodie.testing.memory.schema import Table
from coodie.testing.memory.terms import Run, Typed
from coodie.testing.memory.view import RowView, reader

Test: TypeAlias = Callable[[RowView], bool]
Filter: TypeAlias = Callable[[Run], Test]


def filter_of(restrictions: Iterable[Restriction], table: Table, by_index: bool = False) -> Filter | None:
    """The function that tells whether a row meets all restrictions; None if there are none. ``by_index``: rows are
    found by those that an index answers.
    """
    made = [
        _not_empty(each, without_empty(each, table), table) if by_index else _filter(each, table)
        for each in restrictions
    ]
    if not made:
        return None

    def prepared(run: Run) -> Test:
        tests = [each(run) for each in made]
        if len(tests) == 1:
            return tests[0]
        return lambda row: all(test(row) for test in tests)

    return prepared


def _filter(restriction: Restriction, table: Table) -> Filter:
    for column in restriction.columns:
        if option := analysis(table, column.name):
            raise gaps.INDEX_OPTION(option)
    match restriction:
        case Equal():
            return _equal(restriction, table)
        case Between():
            return _between(restriction, table)
        case Contains():
            return _contains(restriction, table)


def _not_empty(restriction: Restriction, columns: list[Column], table: Table) -> Filter:
    """The filter of a restriction, which no empty value of some columns meets."""
    made, readers = _filter(restriction, table), [reader(table, column.name) for column in columns]
    if not readers:
        return made

    def prepared(run: Run) -> Test:
        test = made(run)
        return lambda row: all(read(row) for read in readers) and test(row)

    return prepared


def _equal(restriction: Equal, table: Table) -> Filter:
    columns = restriction.columns
    keys = [comparable(column.type) for column in columns]
    readers = [reader(table, column.name) for column in columns]

    def prepared(run: Run) -> Test:
        wanted = [
            tuple([key(value) for key, value in zip(keys, values, strict=True)])
            for values in restriction.evaluate(run, True)
        ]

        def test(row: RowView) -> bool:
            found: list[Any] = []
            for key, read in zip(keys, readers, strict=True):
                value = read(row)
                if value is None:
                    return False
                found.append(key(value))
            return tuple(found) in wanted

        return test

    return prepared


_ABOVE: Final[dict[bool, Callable[[Any, Any], bool]]] = {True: ge, False: gt}
_BELOW: Final[dict[bool, Callable[[Any, Any], bool]]] = {True: le, False: lt}


def _between(restriction: Between, table: Table) -> Filter:
    if restriction.multi:
        return _refused
    (column,) = restriction.columns
    key, read = comparable(column.type), reader(table, column.name)

    def prepared(run: Run) -> Test:
        tests: list[tuple[Callable[[Any, Any], bool], Any]] = []
        for bound, operators in ((restriction.start, _ABOVE), (restriction.end, _BELOW)):
            if bound is not None:
                values = bound.evaluate(run, True)
                if values is None:
                    return _nothing
                tests.append((operators[bound.inclusive], key(values[0])))

        def test(row: RowView) -> bool:
            value = read(row)
            if value is None:
                return False
            found = key(value)
            return all(operator(found, wanted) for operator, wanted in tests)

        return test

    return prepared


def _refused(run: Run) -> Test:
    """A server takes such a statement, and refuses to carry it out."""
    raise errors.MULTI_FILTER()


def _nothing(row: RowView) -> bool:
    return False


def _contains(restriction: Contains, table: Table) -> Filter:
    (column,) = restriction.columns

    def prepared(run: Run) -> Test:
        entry = restriction.value is not None
        element = _value(restriction.element, run, column, "key" if entry else None)
        value = _value(restriction.value, run, column, "value") if restriction.value is not None else None
        look = _LOOKS[restriction.operator](column.type, element, value)

        def test(row: RowView) -> bool:
            data = reader(table, column.name)(row)
            return data is not None and look(data)

        return test

    return prepared


def _value(term: Typed, run: Run, column: Column, part: str | None) -> bytes:
    value = term.evaluate(run, None)
    if isinstance(value, bytes):
        return value
    if part is not None:
        raise (errors.UNSET_ENTRY_FILTER if value is UNSET else errors.NULL_ENTRY_FILTER)(part, column.name)
    raise (errors.UNSET_FILTER if value is UNSET else errors.NULL_FILTER)(column.name)


_Look: TypeAlias = Callable[[bytes], bool]


def _has_value(cql_type: CqlType, element: bytes, _: bytes | None) -> _Look:
    key = _element_key(cql_type)
    wanted = key(element)
    if isinstance(cql_type, Map):
        return lambda data: any(key(each or b"") == wanted for each in list(elements(data, 2))[1::2])
    return lambda data: any(key(each or b"") == wanted for each in elements(data))


def _has_key(cql_type: CqlType, element: bytes, _: bytes | None) -> _Look:
    key = sort_key(cql_type.key) if isinstance(cql_type, Map) else bytes
    wanted = key(element)
    return lambda data: any(key(each or b"") == wanted for each in list(elements(data, 2))[::2])


def _has_entry(cql_type: CqlType, element: bytes, value: bytes | None) -> _Look:
    assert isinstance(cql_type, Map)
    key, item = sort_key(cql_type.key), sort_key(cql_type.value)
    wanted = key(element), item(value or b"")

    def look(data: bytes) -> bool:
        found = list(elements(data, 2))
        return any(
            (key(name or b""), item(each or b"")) == wanted for name, each in zip(found[::2], found[1::2], strict=True)
        )

    return look


def _element_key(cql_type: CqlType) -> SortKey:
    match cql_type:
        case List(element) | Set(element) | Map(_, element):
            return sort_key(element)
        case _:
            return bytes


_LOOKS: Final[dict[str, Callable[[CqlType, bytes, bytes | None], _Look]]] = {
    "CONTAINS": _has_value,
    "CONTAINS KEY": _has_key,
    "[]": _has_entry,
}
