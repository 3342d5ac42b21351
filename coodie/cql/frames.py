"""How values stand inside others: each behind its length, or, in a vector of equal ones, one right after another."""

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
    """How many bytes each value of the type takes, where it stands in a vector without a length; else None."""
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
    """So many values with lengths; None for null, and for those that are missing at the end."""
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
    """The elements of a list or set, or with two for ``each`` the keys and values of a map in turns."""
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
