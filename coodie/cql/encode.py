"""Python values to the bytes of the protocol: ``encoder_of`` a type, made once and called for each value.

Which Python value each type takes stands in ``values.py``. An encoder raises TypeError or ValueError for a value that
would lose something: a text for a list of texts, a tuple that is too short, a field that the type does not have. The
reason names types and widths, never the value.
"""

from __future__ import annotations

from struct import Struct, error
from typing import Any, Final

from coodie.cql.codecs.codec import Encoder, expected
from coodie.cql.frames import NULL, fixed_size, pack_length
from coodie.cql.natives import CODECS
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.vints import pack_uvint


def encoder_of(cql_type: CqlType) -> Encoder:
    """The function that turns a value into the bytes of this type; it takes neither None nor `UNSET`."""
    match cql_type:
        case Native(name):
            return CODECS[name].encode
        case List(element):
            return _elements(encoder_of(element), (list, tuple), "list")
        case Set(element):
            return _elements(encoder_of(element), (set, frozenset), "set")
        case Map(key, value):
            return _map(encoder_of(key), encoder_of(value))
        case Tuple(elements):
            return _tuple([encoder_of(element) for element in elements])
        case Udt(name, fields):
            return _udt(name, {field: encoder_of(kind) for field, kind in fields})
        case Vector():
            return _vector(cql_type)
        case _:
            raise TypeError(f"{cql_type} has no codec")


def _elements(element: Encoder, types: tuple[type, ...], wanted: str) -> Encoder:
    """The encoder of a list or set; ``types`` are the Python types that it takes."""

    def encode(value: Any) -> bytes:
        items = expected(value, types, wanted)
        parts = [pack_length(len(items))]
        for item in items:
            data = element(item)
            parts += (pack_length(len(data)), data)
        return b"".join(parts)

    return encode


def _map(key: Encoder, item: Encoder) -> Encoder:
    def encode(value: Any) -> bytes:
        value = expected(value, dict, "dict")
        parts = [pack_length(len(value))]
        for name, content in value.items():
            name, content = key(name), item(content)
            parts += (pack_length(len(name)), name, pack_length(len(content)), content)
        return b"".join(parts)

    return encode


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
            raise ValueError(f"the type has only the fields {', '.join(encoders)}")
        return b"".join([_field(value.get(field), encode) for field, encode in encoders.items()])

    return encode


_PACKED: Final = {"float": "f", "double": "d"}


def _vector(cql_type: Vector) -> Encoder:
    dimension, element = cql_type.dimension, encoder_of(cql_type.element)
    fixed = fixed_size(cql_type.element) is not None
    code = _PACKED.get(str(cql_type.element))
    pack = Struct(f">{dimension}{code}").pack if code is not None else None

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
