"""The layout of values inside other values: each after its length or, in a vector of a fixed-size type, without one."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, Native, Vector
from coodie.cql.vints import unpack_uvint

_length: Final = Struct(">i")
pack_length: Final = _length.pack
unpack_length: Final = _length.unpack_from
NULL: Final = pack_length(-1)


def fixed_size(cql_type: CqlType) -> int | None:
    """The number of bytes of each value, if values of this type stand in a vector without a length; else None."""
    match cql_type:
        case Native(name):
            return NATIVES[name].codec.size
        case Vector(element, dimension):
            size = fixed_size(element)
            return None if size is None else size * dimension
        case _:
            return None


def vector_layout(cql_type: Vector) -> str | None:
    """How `struct` packs a whole vector at once; None if it cannot."""
    element = cql_type.element
    letter = NATIVES[element.name].codec.layout if isinstance(element, Native) else None
    return None if letter is None else f">{cql_type.dimension}{letter}"


def cells(data: bytes, count: int, at: int = 0) -> Iterator[bytes | None]:
    """``count`` values with their lengths; None for null and for values that are missing at the end."""
    for _ in range(count):
        if at >= len(data):
            yield None
            continue
        (size,) = unpack_length(data, at)
        at += 4
        if size < 0:
            yield None
        else:
            yield data[at : at + size]
            at += size


def elements(data: bytes, each: int = 1) -> Iterator[bytes | None]:
    """The elements of a list or set; with ``each`` of 2, the alternating keys and values of a map."""
    return cells(data, unpack_length(data)[0] * each, 4)


def vector_elements(data: bytes, cql_type: Vector) -> Iterator[bytes]:
    """The elements of a vector."""
    size, at = fixed_size(cql_type.element), 0
    for _ in range(cql_type.dimension):
        end = size
        if end is None:
            end, at = unpack_uvint(data, at)
        yield data[at : at + end]
        at += end
