"""The server's order of values: partition keys of an IN, clustering keys, elements of sets, keys of maps.

``sort_key`` gives, for a type, the function from the bytes of a value to a key that sorts in that order, ascending.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coodie.cql.codecs.codec import SortKey
from coodie.cql.frames import cells, elements, vector_elements
from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector


def sort_key(cql_type: CqlType) -> SortKey:
    """The function that makes the sort key of a value from its bytes; keys of the same type can be compared.

    Values that are the same clustering key to the server have equal sort keys even if their bytes differ, such as 1.0
    and 1.00. An empty value comes first; one of a collection is zero bytes, before the collection without elements.
    """
    match cql_type:
        case Native(name):
            return NATIVES[name].codec.sort_key
        case List(element) | Set(element):
            key = _part(element)
            return lambda data: (True, *[key(cell) for cell in elements(data)]) if data else ()
        case Map(key, value):
            return _map(key, value)
        case Tuple(types):
            return _fields(types)
        case Udt(_, fields):
            return _fields(tuple(kind for _, kind in fields))
        case Vector(element):
            of_element = sort_key(element)
            return lambda data: tuple([of_element(part) for part in vector_elements(data, cql_type)]) if data else ()
        case _:
            raise TypeError(f"{cql_type} has no order")


def _part(cql_type: CqlType) -> Callable[[bytes | None], tuple[Any, ...]]:
    """The sort key of a value inside another; null comes first."""
    key = sort_key(cql_type)

    def part(cell: bytes | None) -> tuple[Any, ...]:
        return () if cell is None else (key(cell),)

    return part


def _map(key: CqlType, value: CqlType) -> SortKey:
    parts = _part(key), _part(value)
    return lambda data: (True, *[parts[at % 2](cell) for at, cell in enumerate(elements(data, 2))]) if data else ()


def _fields(types: tuple[CqlType, ...]) -> SortKey:
    """The sort key of consecutive fields: missing ones at the end count as null, but zero bytes sort before all
    nulls.
    """
    parts = [_part(cql_type) for cql_type in types]

    def key(data: bytes) -> tuple[Any, ...]:
        if not data:
            return ()
        return tuple([part(cell) for part, cell in zip(parts, cells(data, len(parts)), strict=True)])

    return key
