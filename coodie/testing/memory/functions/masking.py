"""Functions that mask the values of a column."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from coodie.cql.types import INT, NATIVE, TEXT, CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.functions.registry import Factory, Function, Parameter, register
from coodie.testing.memory.packing import pack_fields, pack_list, pack_vector

_STARS: Final = b"****"
_MASKS: Final[dict[str, bytes]] = {
    "ascii": _STARS,
    "text": _STARS,
    "blob": b"",
    "boolean": b"\x00",
    "date": b"\x80\x00\x00\x00",
    "bigint": bytes(8),
    "counter": bytes(8),
    "double": bytes(8),
    "time": bytes(8),
    "timestamp": bytes(8),
    "int": bytes(4),
    "float": bytes(4),
    "inet": bytes(4),
    "smallint": bytes(2),
    "tinyint": bytes(1),
    "decimal": bytes(5),
    "varint": bytes(1),
    "duration": bytes(3),
    "uuid": bytes(16),
    "timeuuid": bytes.fromhex("138140001dd211b28080808080808080"),
}


def masked(cql_type: CqlType) -> bytes:
    """The default mask of a type."""
    match cql_type:
        case Native(name):
            return _MASKS[name]
        case List() | Set() | Map():
            return pack_list([])
        case Tuple(types):
            return pack_fields(map(masked, types))
        case Udt(_, fields):
            return pack_fields(masked(kind) for _, kind in fields)
        case Vector(element, dimension):
            return pack_vector([masked(element)] * dimension, element)
        case _:
            return b""


def _default(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    mask = masked(types[0])

    def call(data: bytes | None) -> bytes:
        return mask

    return Function(name, types, types[0], call, nulls=True)


def _nothing(data: bytes | None) -> None:
    return None


def _other(data: bytes | None, other: bytes | None) -> bytes | None:
    return other


def _null(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    return Function(name, types, types[0], _nothing, nulls=True)


def _replace(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    return Function(name, (types[0], types[0]), types[0], _other, nulls=True)


_HASHES: Final = {"SHA-256": "sha256", "SHA-512": "sha512", "SHA-1": "sha1", "SHA": "sha1", "MD5": "md5"}
_MORE_HASHES: Final = {"SHA-224": "sha224", "SHA-384": "sha384"}


def _hash(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    def call(data: bytes | None, algorithm: bytes | None = b"SHA-256") -> bytes | None:
        asked = "SHA-256" if algorithm is None else algorithm.decode()
        found = {**_HASHES, **_MORE_HASHES}.get(asked.upper())
        if found is None:
            raise errors.NO_HASH(asked)
        return hashlib.new(found, data, usedforsecurity=False).digest() if data is not None else None

    return Function(name, types, NATIVE["blob"], call, nulls=True)


def _part(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    def call(data: bytes | None, begin: bytes | None, end: bytes | None, padding: bytes | None = b"*") -> bytes | None:
        sign = padding.decode() if padding is not None else "*"
        if len(sign) != 1:
            raise errors.PADDING(f"system.{name}", sign, len(sign))
        if data is None:
            return None
        text = data.decode()
        first = max(int.from_bytes(begin or b"", "big", signed=True), 0)
        last = len(text) - 1 - max(int.from_bytes(end or b"", "big", signed=True), 0)
        inner = name == "mask_inner"
        return "".join(sign if (first <= at <= last) == inner else each for at, each in enumerate(text)).encode()

    return Function(name, types, types[0], call, nulls=True)


def _is_text(cql_type: CqlType) -> bool:
    return cql_type in (TEXT, NATIVE["ascii"])


_ANY: Final = Parameter("any")
_TEXT: Final = Parameter("text", "an argument of type text", TEXT, _is_text)
_ANY_TEXT: Final = Parameter(
    "[text|varchar|ascii]", "an argument of type [text|varchar|ascii]", None, _is_text, default=TEXT
)
_INT: Final = Parameter("int", "an argument of type int", INT, lambda cql_type: cql_type == INT)


def _factories() -> Iterator[Factory]:
    yield Factory("mask_default", (_ANY,), _default)
    yield Factory("mask_null", (_ANY,), _null)
    yield Factory("mask_replace", (Parameter("any", received=True), Parameter("any", same_as=0)), _replace)
    yield Factory("mask_hash", (_ANY, _TEXT), _hash, optional=1)
    for name in ("mask_inner", "mask_outer"):
        yield Factory(name, (_ANY_TEXT, _INT, _INT, _TEXT), _part, optional=1)


register(_factories())
