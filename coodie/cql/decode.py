"""Decoding: from the bytes of the protocol to Python values.

``decoder_of`` makes the decoder of a type once; it is then called for each value. The values are those of the table in
``values.py``. Inside a set, and as keys of a map, they are hashable.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any

from coodie.cql.codecs.codec import Decoder
from coodie.cql.frames import fixed_size, unpack_length, vector_layout
from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, Custom, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.values import UdtValue
from coodie.cql.vints import unpack_uvint


def decoder_of(cql_type: CqlType, hashable: bool = False) -> Decoder:
    """The function that decodes the bytes of a value of this type.

    It expects bytes that the server has accepted. For most types zero bytes mean null (see `holds_empty`); the caller
    must check for that. The function raises ValueError for a value that the Python type cannot hold, such as the year
    10,000.
    """
    match cql_type:
        case Native(name):
            return NATIVES[name].codec.decode
        case List(element):
            return _sequence(element, hashable, tuple if hashable else list)
        case Set(element):
            return _sequence(element, True, frozenset if hashable else set)
        case Map(key, value):
            return _map(key, value, UdtValue if hashable else dict)
        case Tuple(elements):
            fields = _fields(elements, hashable)
            return lambda data: tuple(fields(data))
        case Udt(_, types):
            return _udt(types)
        case Vector():
            return _vector(cql_type, hashable)
        case Custom():
            return cql_type.decode
        case _:
            raise TypeError(f"{cql_type} has no codec")


def holds_empty(cql_type: CqlType) -> bool:
    """Whether zero bytes are a value of the type, such as the text ``""``; for all other types they mean null."""
    return isinstance(cql_type, Native) and NATIVES[cql_type.name].codec.holds_empty


def _cell(cql_type: CqlType, hashable: bool) -> tuple[Decoder, int]:
    """The decoder of a value inside another one, and the smallest number of bytes that is a value and not null."""
    return decoder_of(cql_type, hashable), 0 if holds_empty(cql_type) else 1


def _sequence(element: CqlType, hashable: bool, make: Callable[[list[Any]], Any]) -> Decoder:
    read, least = _cell(element, hashable)

    def decode(data: bytes) -> Any:
        items: list[Any] = []
        at = 4
        for _ in range(unpack_length(data)[0]):
            (size,) = unpack_length(data, at)
            at += 4
            if size >= least:
                end = at + size
                items.append(read(data[at:end]))
                at = end
            else:
                items.append(None)
        return items if make is list else make(items)

    return decode


def _map(key: CqlType, value: CqlType, make: type[dict[Any, Any]]) -> Decoder:
    (read_key, least_key), (read_value, least_value) = _cell(key, True), _cell(value, False)

    def decode(data: bytes) -> dict[Any, Any]:
        found, at = make(), 4
        for _ in range(unpack_length(data)[0]):
            (size,) = unpack_length(data, at)
            at += 4
            end = at + max(size, 0)
            name = read_key(data[at:end]) if size >= least_key else None
            (size,) = unpack_length(data, end)
            at = end + 4
            end = at + max(size, 0)
            found[name] = read_value(data[at:end]) if size >= least_value else None
            at = end
        return found

    return decode


def _fields(types: tuple[CqlType, ...], hashable: bool) -> Callable[[bytes], list[Any]]:
    """The decoder of consecutive fields. Old values lack fields that were added since; new ones may have unknown
    fields.
    """
    readers = [_cell(cql_type, hashable) for cql_type in types]

    def decode(data: bytes) -> list[Any]:
        values: list[Any] = []
        at, length = 0, len(data)
        for read, least in readers:
            if at >= length:
                values.append(None)
                continue
            (size,) = unpack_length(data, at)
            at += 4
            if size >= least:
                values.append(read(data[at : at + size]))
                at += size
            else:
                values.append(None)
        return values

    return decode


def _udt(types: tuple[tuple[str, CqlType], ...]) -> Decoder:
    names, fields = [name for name, _ in types], _fields(tuple(kind for _, kind in types), False)
    return lambda data: UdtValue(zip(names, fields(data), strict=True))


# Typed as plain classes for pyright, which would otherwise infer containers of unknown element types.
_LIST: Callable[[Any], Any] = list
_FROZEN_LIST: Callable[[Any], Any] = tuple


def _vector(cql_type: Vector, hashable: bool) -> Decoder:
    dimension, element = cql_type.dimension, cql_type.element
    make = _FROZEN_LIST if hashable else _LIST
    if layout := vector_layout(cql_type):
        unpack = Struct(layout).unpack
        return lambda data: make(unpack(data))
    (read, least), fixed = _cell(element, hashable), fixed_size(element)

    def decode(data: bytes) -> Any:
        items: list[Any] = []
        at = 0
        for _ in range(dimension):
            size = fixed
            if size is None:
                size, at = unpack_uvint(data, at)
            items.append(read(data[at : at + size]) if size >= least else None)
            at += size
        return make(items)

    return decode
