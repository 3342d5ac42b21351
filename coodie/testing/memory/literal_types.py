"""Literals: which types accept them, which type they have by themselves, and their bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from enum import IntEnum
from struct import Struct
from time import time_ns
from typing import Final
from uuid import UUID

from coodie.cql.frames import NULL, pack_length
from coodie.cql.terms import Literal
from coodie.cql.timeuuids import is_timeuuid
from coodie.cql.types import NATIVE, CqlType, Custom, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.vints import pack_varint
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.java import double_text, parsed_float
from coodie.testing.memory.java_numbers import decimal_parts, floating, is_whole, whole
from coodie.testing.memory.moments import date_bytes, duration_bytes, inet_bytes, time_bytes, timestamp_bytes


class Match(IntEnum):
    """How well something fits a type."""

    EXACT = 0
    WEAK = 1
    NOT = 2


_TAKERS: Final[dict[str, frozenset[str]]] = {
    "string": frozenset("ascii text inet date time timestamp".split()),
    "integer": frozenset(
        "bigint counter date decimal double duration float int smallint time timestamp tinyint varint".split()
    ),
    "uuid": frozenset({"uuid", "timeuuid"}),
    "float": frozenset({"decimal", "double", "float"}),
    "boolean": frozenset({"boolean"}),
    "blob": frozenset({"blob"}),
    "duration": frozenset({"duration"}),
}
KIND_NAMES: Final = {
    "string": "STRING",
    "integer": "INTEGER",
    "uuid": "UUID",
    "float": "FLOAT",
    "boolean": "BOOLEAN",
    "blob": "HEX",
    "duration": "DURATION",
}


def fits(literal: Literal, cql_type: CqlType) -> Match:
    """How well a literal can be assigned to a type."""
    if literal.kind == "null":
        return Match.NOT if cql_type == NATIVE["counter"] else Match.WEAK
    if isinstance(cql_type, (List, Set, Map, Vector, Udt)):
        return Match.NOT
    if not isinstance(cql_type, Native):
        return Match.WEAK
    if cql_type == preferred(literal):
        return Match.EXACT
    return Match.WEAK if cql_type.name in _TAKERS[literal.kind] else Match.NOT


def preferred(literal: Literal) -> CqlType | None:
    """The type of a literal if nothing else determines it. For a blob that is tinyint, a bug of the server's."""
    match literal.kind:
        case "string":
            return NATIVE["ascii" if literal.text.isascii() else "text"]
        case "integer":
            number = whole(literal.text)
            return NATIVE["int" if _within(number, 31) else "bigint" if _within(number, 63) else "varint"]
        case "float":
            return NATIVE["double" if _is_double(literal.text) else "decimal"]
        case "blob":
            return NATIVE["tinyint"]
        case "null":
            return None
        case "uuid":
            return NATIVE["timeuuid" if is_timeuuid(UUID(literal.text)) else "uuid"]
        case kind:
            return NATIVE[kind]


def _within(number: int, bits: int) -> bool:
    return -(1 << bits) <= number < 1 << bits


def _is_double(text: str) -> bool:
    number = float(text)
    return not text.strip("-")[0].isdigit() or Decimal(double_text(number)) == Decimal(text)


def literal_bytes(literal: Literal, name: str, cql_type: CqlType) -> bytes | None:
    """The bytes of a literal for a receiver. Raises the server's error if the receiver does not accept it."""
    if fits(literal, cql_type) is Match.NOT:
        if literal.kind == "null":
            raise errors.COUNTER_NULL()
        raise errors.WRONG_CONSTANT(KIND_NAMES[literal.kind], literal_text(literal)[0], name, cql_type)
    if literal.kind == "null":
        return None
    if literal.kind == "blob":
        digits = literal.shown[2:]
        if len(digits) % 2:
            raise errors.NOT_HEX(digits)
        return bytes.fromhex(digits)
    return from_text(cql_type, literal.text if literal.kind == "string" else literal_text(literal)[0])


def literal_text(literal: Literal) -> tuple[str, str]:
    """The text of the literal in a message about itself, and in a message about a term that contains it."""
    text = _WORDS.get(literal.text.lower(), literal.shown) if literal.kind == "float" else literal.shown
    return text, f"'{text}'" if literal.kind == "string" else "NULL" if literal.kind == "null" else text


_WORDS: Final = {"nan": "NaN", "-nan": "NaN", "infinity": "Infinity", "-infinity": "-Infinity"}


def from_text(cql_type: CqlType, text: str) -> bytes:
    """The bytes of the value that a text describes."""
    match cql_type:
        case Native(name):
            return _READERS[name](text)
        case Tuple(types):
            return _tuple(cql_type, types, text)
        case Udt(_, fields):
            return _tuple(cql_type, tuple(kind for _, kind in fields), text)
        case Custom():
            raise gaps.LITERAL(cql_type)
        case _:
            return hex_bytes(text)


def _tuple(cql_type: Tuple | Udt, types: tuple[CqlType, ...], text: str) -> bytes:
    """The elements of a tuple from a string with colons between them, which the server accepts."""
    if "\\" in text:
        raise gaps.BACKSLASH()
    if not text:
        return b""
    parts = text.split(":")
    if len(parts) > len(types):
        raise errors.TUPLE_TEXT_TOO_LONG(cql_type, len(types), len(parts))
    found = (None if part == "@" else from_text(kind, part) for part, kind in zip(parts, types, strict=False))
    return b"".join(NULL if each is None else pack_length(len(each)) + each for each in found)


def _whole(layout: str, bits: int, name: str) -> Callable[[str], bytes]:
    pack = Struct(layout).pack

    def read(text: str) -> bytes:
        if not text:
            return b""
        if not is_whole(text) or not _within(whole(text), bits - 1):
            raise errors.NO_NUMBER(name, text)
        return pack(int(text))

    return read


_scale: Final = Struct(">i")


def _varint(text: str) -> bytes:
    if not text:
        return b""
    if not is_whole(text):
        raise errors.NO_VARINT(text)
    return pack_varint(whole(text))


def _decimal(text: str) -> bytes:
    if not text:
        return b""
    found = decimal_parts(text)
    if found is None:
        raise errors.NO_DECIMAL(text)
    unscaled, scale = found
    return _scale.pack(scale) + pack_varint(unscaled)


def _floating(name: str, pack: Callable[[str], bytes]) -> Callable[[str], bytes]:
    def read(text: str) -> bytes:
        if not text:
            return b""
        found = floating(text)
        if found is None:
            raise errors.NO_NUMBER(name, text)
        return pack(found)

    return read


_double: Final = Struct(">d").pack


def _boolean(text: str) -> bytes:
    if text.lower() not in ("true", "false", ""):
        raise errors.NOT_BOOLEAN(text)
    return b"\x01" if text.lower() == "true" else b"\x00"


def _ascii(text: str) -> bytes:
    if not text.isascii():
        raise errors.NOT_ASCII()
    return text.encode()


_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def _uuid(text: str) -> bytes:
    if not text:
        return b""
    if _UUID.fullmatch(text) is None:
        raise errors.NOT_UUID(text)
    return UUID(text).bytes


def _timeuuid(text: str) -> bytes:
    if text and _UUID.fullmatch(text) is None:
        raise errors.UNKNOWN_TIMEUUID(text)
    data = _uuid(text)
    if data and data[6] >> 4 != 1:
        raise errors.NOT_TIMEUUID()
    return data


_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})*")


def hex_bytes(text: str) -> bytes:
    """The bytes of hexadecimal digits. Java reads two of its characters at a time, and looks up each in a table of
    256.
    """
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    units = memoryview(text.encode("utf-16", "surrogatepass")[2:]).cast("H")
    for start in range(0, len(units) if len(units) % 2 == 0 else 0, 2):
        pair = units[start : start + 2]
        if beyond := [unit for unit in pair if unit > 0xFF]:
            raise errors.NO_CHARACTER_OF_HEX(beyond[0])
        if _HEX.fullmatch(bytes(pair.tolist()).decode("latin-1")) is None:
            break
    raise errors.NOT_HEX(text)


def _micros() -> int:
    return time_ns() // 1000


def _timestamp(text: str) -> bytes:
    return timestamp_bytes(text, _micros)


_READERS: Final[dict[str, Callable[[str], bytes]]] = {
    "ascii": _ascii,
    "bigint": _whole(">q", 64, "long"),
    "blob": hex_bytes,
    "boolean": _boolean,
    "counter": _whole(">q", 64, "long"),
    "date": date_bytes,
    "decimal": _decimal,
    "double": _floating("double", lambda text: _double(float(text))),
    "duration": duration_bytes,
    "float": _floating("float", parsed_float),
    "inet": inet_bytes,
    "int": _whole(">i", 32, "int"),
    "smallint": _whole(">h", 16, "short"),
    "text": str.encode,
    "time": time_bytes,
    "timestamp": _timestamp,
    "timeuuid": _timeuuid,
    "tinyint": _whole(">b", 8, "byte"),
    "uuid": _uuid,
    "varint": _varint,
}
