"""Encoding: from Python values to the bytes of the protocol.

``encoder_of`` makes the encoder of a type once; it is then called for each value. ``values.py`` lists which Python
value each type takes. An encoder raises TypeError or ValueError for anything that could not be read back as it was: a
string for a list of texts, a tuple that is too short, a field that the type does not have. The message names types and
widths, never the value.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct, error
from typing import Any

from coodie.cql.codecs.codec import Encoder, SortKey, expected
from coodie.cql.frames import NULL, fixed_size, pack_length, vector_layout
from coodie.cql.natives import NATIVES
from coodie.cql.order import sort_key
from coodie.cql.types import CqlType, Custom, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.values import but_not
from coodie.cql.vints import pack_uvint


def encoder_of(cql_type: CqlType, sort_sets: bool = False) -> Encoder:
    """The function that encodes a value of this type; it takes neither None nor `UNSET`.

    The server sorts sets and maps, except inside tuples, user-defined types and vectors, where the bytes stay as sent
    and a different order would be a different key. There the encoder sorts them and drops duplicates. With
    ``sort_sets`` it does so everywhere, so that equal values have equal bytes.
    """
    match cql_type:
        case Native(name):
            return NATIVES[name].codec.encode
        case List(element):
            return _elements(encoder_of(element, sort_sets), (list, tuple), "list")
        case Set(element):
            key = sort_key(element) if sort_sets else None
            return _elements(encoder_of(element, sort_sets), (set, frozenset), "set", key)
        case Map(key_type, value):
            key = sort_key(key_type) if sort_sets else None
            return _map(encoder_of(key_type, sort_sets), encoder_of(value, sort_sets), key)
        case Tuple(elements):
            return _tuple([encoder_of(element, True) for element in elements])
        case Udt(name, fields):
            return _udt(name, {field: encoder_of(kind, True) for field, kind in fields})
        case Vector(element):
            return _vector(cql_type, encoder_of(element, True))
        case Custom():
            return cql_type.encode
        case _:
            raise TypeError(f"{cql_type} has no codec")


def order_of(cql_type: CqlType) -> Callable[[Any], Any]:
    """The function for the sort keys of values, in the order in which the server keeps them in a set."""
    encode, place = encoder_of(cql_type, sort_sets=True), sort_key(cql_type)
    return lambda value: place(encode(value))


def _elements(element: Encoder, types: tuple[type, ...], wanted: str, key: SortKey | None = None) -> Encoder:
    """The encoder of a list or set, which takes these Python types and sorts by ``key`` if there is one."""

    def encode(value: Any) -> bytes:
        items = expected(value, types, wanted)
        parts = [pack_length(len(items))]
        for item in items:
            data = element(item)
            parts += (pack_length(len(data)), data)
        return b"".join(parts)

    if key is None:
        return encode

    def encode_sorted(value: Any) -> bytes:
        found = {key(data): data for data in map(element, expected(value, types, wanted))}
        cells = [found[place] for place in sorted(found)]
        return pack_length(len(cells)) + b"".join([pack_length(len(data)) + data for data in cells])

    return encode_sorted


def _map(key: Encoder, item: Encoder, place_of: SortKey | None) -> Encoder:
    def encode(value: Any) -> bytes:
        value = expected(value, dict, "dict")
        parts = [pack_length(len(value))]
        for name, content in value.items():
            name, content = key(name), item(content)
            parts += (pack_length(len(name)), name, pack_length(len(content)), content)
        return b"".join(parts)

    if place_of is None:
        return encode

    def encode_sorted(value: Any) -> bytes:
        pairs = [(key(name), item(content)) for name, content in expected(value, dict, "dict").items()]
        found = {place_of(name): (name, content) for name, content in pairs}
        cells = [data for place in sorted(found) for data in found[place]]
        return pack_length(len(found)) + b"".join([pack_length(len(data)) + data for data in cells])

    return encode_sorted


def _field(value: Any, encode: Encoder) -> bytes:
    if value is None:
        return NULL
    data = encode(value)
    return pack_length(len(data)) + data


def _tuple(encoders: list[Encoder]) -> Encoder:
    def encode(value: Any) -> bytes:
        value = expected(value, (tuple, list), "tuple")
        if len(value) != len(encoders):
            raise ValueError(f"it takes {len(encoders)} elements, not {len(value)}")
        return b"".join(map(_field, value, encoders))

    return encode


def _udt(name: str, encoders: dict[str, Encoder]) -> Encoder:
    if not encoders:
        raise ValueError(f"the fields of the user-defined type {name} are not known")

    def encode(value: Any) -> bytes:
        value = expected(value, dict, "a dict of its fields")
        if not value.keys() <= encoders.keys():
            raise ValueError(f"the type has only the fields {', '.join(encoders)}{but_not(value, encoders)}")
        return b"".join([_field(value.get(field), encode) for field, encode in encoders.items()])

    return encode


def _vector(cql_type: Vector, element: Encoder) -> Encoder:
    dimension = cql_type.dimension
    fixed = fixed_size(cql_type.element) is not None
    layout = vector_layout(cql_type)
    pack = Struct(layout).pack if layout is not None and layout[-1] in "fd" else None

    def encode(value: Any) -> bytes:
        value = expected(value, (list, tuple), "list")
        if len(value) != dimension:
            raise ValueError(f"it takes {dimension} elements, not {len(value)}")
        if pack is not None and set(map(type, value)) == {float}:
            try:
                return pack(*value)
            except (OverflowError, error):
                raise ValueError("a number does not fit into 32 bits") from None
        encoded = [element(item) for item in value]
        return b"".join(encoded if fixed else [pack_uvint(len(data)) + data for data in encoded])

    return encode
