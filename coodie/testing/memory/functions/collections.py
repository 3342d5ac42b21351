"""Functions of collections: their keys, values and size, and aggregates of their elements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from coodie.cql.order import sort_key
from coodie.cql.types import INT, CqlType, List, Map, Native, Set, Udt, freeze, is_collection
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.functions.aggregates import EXTREMES, NUMERIC, STATES
from coodie.testing.memory.functions.registry import Factory, Function, Parameter, register
from coodie.testing.memory.packing import items_of, pack_list, pairs_of
from coodie.testing.memory.type_names import class_name

_ANY: Final = Parameter("collection", "a collection argument", None, is_collection)


def _is_map(cql_type: CqlType) -> bool:
    if isinstance(cql_type, Udt):
        raise errors.TERM_FOR_OTHER(class_name(cql_type), "MapType")
    return isinstance(cql_type, Map)


def _is_row(cql_type: CqlType) -> bool:
    return isinstance(cql_type, (List, Set))


def _is_numeric(cql_type: CqlType) -> bool:
    return isinstance(cql_type, (List, Set)) and str(cql_type.element) in NUMERIC


_MAP: Final = Parameter("map", "a map argument", None, _is_map)
_ROW: Final = Parameter("numeric_set_or_list", "a set or list argument", None, _is_row)
_NUMBERS: Final = Parameter("numeric_set_or_list", "a numeric set/list argument", None, _is_numeric)


def _element(cql_type: CqlType) -> CqlType:
    assert isinstance(cql_type, (List, Set))  # the parameter says so
    return cql_type.element


def _keys(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    assert isinstance(types[0], Map)  # the parameter says so
    call = _of_pairs(0)
    return Function(name, types, Set(freeze(types[0].key), frozen=True), call)


def _values(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    assert isinstance(types[0], Map)  # the parameter says so
    return Function(name, types, List(freeze(types[0].value), frozen=True), _of_pairs(1))


def _of_pairs(at: int) -> Callable[[bytes], bytes]:
    def parts(data: bytes) -> bytes:
        pairs = pairs_of(data)
        if any(value is None for _, value in pairs):
            raise errors.NULL_READ()
        return pack_list([pair[at] for pair in pairs])

    return parts


def _count(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    return Function(name, types, INT, _length)


def _length(data: bytes) -> bytes:
    return data[:4]


def _extreme(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    element = _element(types[0])
    choose, key = EXTREMES[name.rpartition("_")[2]], sort_key(element)

    def call(data: bytes) -> bytes | None:
        found = [item for item in items_of(data) if item is not None]
        return choose(found, key=key) if found else None

    return Function(name, types, element, call)


def _folded(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    element = _element(types[0])
    assert isinstance(element, Native)  # the parameter says so
    make = STATES[name.rpartition("_")[2]]

    def call(data: bytes) -> bytes | None:
        state = make(element.name)
        for item in items_of(data):
            state.add(item)
        return state.result()

    return Function(name, types, element, call)


def _factories() -> Iterator[Factory]:
    for names, parameter, make in (
        (("map_keys", "mapkeys"), _MAP, _keys),
        (("map_values", "mapvalues"), _MAP, _values),
        (("collection_count",), _ANY, _count),
        (("collection_min", "collection_max"), _ROW, _extreme),
        (("collection_sum", "collection_avg"), _NUMBERS, _folded),
    ):
        for name in names[:1] if name_is_old(names) else names:
            yield Factory(name, (parameter,), make)


def name_is_old(names: tuple[str, ...]) -> bool:
    """Whether the second name is an old spelling without underscore, which functions on collections never had."""
    return len(names) == 2 and "_" not in names[1]


register(_factories())
