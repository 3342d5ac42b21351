"""Conversions between the bytes of numeric types and Python's numbers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from struct import Struct
from typing import Any, Final

from coodie.cql.codecs.numbers import DECIMAL
from coodie.cql.types import NATIVE, CqlType
from coodie.cql.vints import pack_varint, unpack_varint
from coodie.testing.memory.errors.gaps import LONG_NUMBER
from coodie.testing.memory.java import pack_float, wrapped

WIDTHS: Final = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64, "counter": 64}
NAMES: Final = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "varint", "counter")
TYPES: Final[dict[str, CqlType]] = {name: NATIVE[name] for name in NAMES}
_LAYOUTS: Final = {"tinyint": ">b", "smallint": ">h", "int": ">i", "bigint": ">q", "counter": ">q"}


def _reader(layout: str) -> Callable[[bytes], Any]:
    unpack = Struct(layout).unpack_from  # a tinyint may have more bytes, which a server does not look at
    return lambda data: unpack(data)[0]


def _writer(name: str) -> Callable[[Any], bytes]:
    pack, bits = Struct(_LAYOUTS[name]).pack, WIDTHS[name]
    return lambda value: pack(wrapped(value, bits))


def _decimal(value: Decimal) -> bytes:
    try:
        return DECIMAL.encode(value)
    except ValueError:
        raise LONG_NUMBER() from None


READ: Final[dict[str, Callable[[bytes], Any]]] = {
    **{name: _reader(layout) for name, layout in _LAYOUTS.items()},
    "float": _reader(">f"),
    "double": _reader(">d"),
    "varint": unpack_varint,
    "decimal": DECIMAL.decode,
}
"""The functions from bytes, by the name of the type."""

WRITE: Final[dict[str, Callable[[Any], bytes]]] = {
    **{name: _writer(name) for name in _LAYOUTS},
    "float": pack_float,
    "double": Struct(">d").pack,
    "varint": pack_varint,
    "decimal": _decimal,
}
"""The functions to bytes; integers that do not fit lose their highest bits, as in Java."""


def is_whole(name: str) -> bool:
    """Whether it is a type of integers."""
    return name in WIDTHS or name == "varint"


def to_decimal(name: str, value: Any) -> Decimal:
    """The number as a decimal; for a float, the decimal with the same text."""
    return Decimal(repr(float(value))) if name in ("float", "double") else Decimal(value)
