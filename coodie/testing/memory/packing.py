"""The bytes of collections, tuples, user-defined types and vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from struct import error
from typing import Any, Final

from coodie.cql.codecs.codec import SortKey
from coodie.cql.frames import NULL, elements, fixed_size, pack_length
from coodie.cql.order import sort_key
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple
from coodie.cql.vints import pack_uvint, pack_varint, unpack_varint
from coodie.testing.memory.errors import gaps


def pack_list(items: Sequence[bytes | None]) -> bytes:
    """A list, or a set whose elements are already sorted."""
    return pack_length(len(items)) + pack_fields(items)


def pack_fields(items: Iterable[bytes | None]) -> bytes:
    """The parts of a tuple or user-defined type."""
    return b"".join(NULL if item is None else pack_length(len(item)) + item for item in items)


def pack_set(items: Iterable[bytes], element: CqlType) -> bytes:
    """A set: sorted, without duplicates."""
    key = sort_key(element)
    found: dict[object, bytes] = {}
    for item in items:
        found.setdefault(key(item), item)
    return pack_list([found[place] for place in sorted(found)])  # type: ignore[type-var]


def pack_map(pairs: Iterable[tuple[bytes, bytes | None]], key_type: CqlType) -> bytes:
    """A map: sorted by key; of entries with equal keys the last one wins."""
    key = sort_key(key_type)
    found: dict[object, tuple[bytes, bytes | None]] = {}
    for name, value in pairs:
        place = key(name)
        found[place] = (found[place][0] if place in found else name, value)
    flat = [part for place in sorted(found) for part in found[place]]  # type: ignore[type-var]
    return pack_length(len(found)) + pack_fields(flat)


def pack_vector(items: Sequence[bytes], element: CqlType) -> bytes:
    """A vector."""
    if fixed_size(element) is not None:
        return b"".join(items)
    return b"".join(pack_uvint(len(item)) + item for item in items)


def pairs_of(data: bytes) -> list[tuple[bytes, bytes | None]]:
    """Keys and values of a map. A value is null only if a SELECT list made the map."""
    flat = list(elements(data, 2))
    return [(key or b"", value) for key, value in zip(flat[::2], flat[1::2], strict=True)]


def items_of(data: bytes) -> list[bytes | None]:
    """The elements of a list or set."""
    return list(elements(data))


_MAPPED: Final = bytes(10) + b"\xff\xff"

_AGAIN: Final[dict[str, Callable[[bytes], bytes]]] = {
    "boolean": lambda data: b"\x01" if any(data) else data,
    "decimal": lambda data: data[:4] + pack_varint(unpack_varint(data[4:])) if data else data,
    "inet": lambda data: data[12:] if len(data) == 16 and data.startswith(_MAPPED) else data,
    "varint": lambda data: pack_varint(unpack_varint(data)) if data else data,
}


def written_again(cql_type: CqlType) -> Callable[[bytes], bytes] | None:
    """How the server writes a collection that was bound: it reads the elements and writes them anew, each in its usual
    form and those of sets in order. None for any other value, which stays as it is.
    """
    match cql_type:
        case List(element):
            write = _element(element)
            return lambda data: pack_list([part and write(part) for part in elements(data)])
        case Set(element):
            write = _element(element)
            return lambda data: pack_set([write(part or b"") for part in elements(data)], element)
        case Map(key, value):
            write_key, write_value = _element(key), _element(value)
            return lambda data: pack_map(
                [(write_key(name), write_value(part or b"")) for name, part in pairs_of(data)], key
            )
        case _:
            return None


def _element(cql_type: CqlType) -> Callable[[bytes], bytes]:
    native = _AGAIN.get(cql_type.name) if isinstance(cql_type, Native) else None
    return native or written_again(cql_type) or (lambda data: data)


def comparable(cql_type: CqlType) -> SortKey:
    """The sort key to compare values with. A tuple may be any bytes: a server writes a hex literal as it is."""
    key = sort_key(cql_type)
    if not isinstance(cql_type, Tuple):
        return key

    def checked(data: bytes) -> Any:
        try:
            return key(data)
        except error:
            raise gaps.MALFORMED_TUPLE() from None

    return checked
