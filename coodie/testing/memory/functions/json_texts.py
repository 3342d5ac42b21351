"""Writes JSON as ``to_json`` and SELECT JSON do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from coodie.cql.frames import cells, unpack_length, vector_elements
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors.terms import NULL_IN_SET, SHORT_TUPLE
from coodie.testing.memory.packing import items_of, pairs_of
from coodie.testing.memory.texts import TEXTS, timestamp_text

Writer: TypeAlias = Callable[[bytes], str]

_BARE: Final = frozenset("bigint boolean counter decimal double float int smallint tinyint varint".split())
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL: Final = re.compile(r'["\\\x00-\x1f]')


def quoted(text: str) -> str:
    """A JSON string."""
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def _escaped(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}"


def name_text(name: str) -> str:
    """The name of a column or field as a JSON key; one that is not in lower case has additional quotes inside."""
    return quoted(name if name == name.lower() else f'"{name}"')


def json_text(cql_type: CqlType) -> Writer:
    """The function that writes values of a type."""
    match cql_type:
        case Native(name):
            return _native(name)
        case List(element) | Set(element):
            return _collection(json_text(element))
        case Map(key, value):
            return _map(json_text(key), json_text(value))
        case Tuple(types):
            return _tuple(types)
        case Udt(_, fields):
            return _udt(fields)
        case Vector(element):
            inner = json_text(element)
            return lambda data: _listed([inner(part) for part in vector_elements(data, cql_type)])
        case _:
            raise gaps.JSON(cql_type)


def _native(name: str) -> Writer:
    text = TEXTS[name]
    if name in ("text", "ascii"):
        return lambda data: quoted(text(data))
    if name == "timestamp":
        return lambda data: f'"{timestamp_text(data, " ")}"' if data else '""'
    if name in ("float", "double"):
        return lambda data: _floating(text(data)) if data else '""'
    if name in ("boolean", "tinyint"):
        return lambda data: text(_not_empty(data))
    if name in _BARE:
        return lambda data: text(data) if data else '""'
    return lambda data: f'"{text(data)}"' if data or name == "blob" else '""'


def _not_empty(data: bytes) -> bytes:
    if not data:
        raise NULL_IN_SET()
    return data


def _floating(text: str) -> str:
    """A float; NaN and infinity are null, since JSON has neither."""
    return "null" if text in ("NaN", "Infinity", "-Infinity") else text


def _listed(items: Sequence[str | None]) -> str:
    return f"[{', '.join('null' if item is None else item for item in items)}]"


def _collection(element: Writer) -> Writer:
    def write(data: bytes) -> str:
        parts: list[str | None] = []
        for item in items_of(data):
            if item is None:
                raise NULL_IN_SET()
            parts.append(element(item))
        return _listed(parts)

    return write


def _map(key: Writer, value: Writer) -> Writer:
    def write(data: bytes) -> str:
        parts: list[str] = []
        for name, item in pairs_of(data):
            if item is None:
                raise NULL_IN_SET()
            told = key(name)
            parts.append(f"{told if told.startswith(chr(34)) else quoted(told)}: {value(item)}")
        return f"{{{', '.join(parts)}}}"

    return write


def _count(data: bytes) -> int:
    """How many values a tuple has."""
    at = count = 0
    while at < len(data):
        at += 4 + max(unpack_length(data, at)[0], 0)
        count += 1
    return count


def _tuple(types: tuple[CqlType, ...]) -> Writer:
    writers = [json_text(kind) for kind in types]

    def write(data: bytes) -> str:
        if _count(data) < len(writers):
            raise SHORT_TUPLE()
        parts = zip(writers, cells(data, len(writers)), strict=True)
        return _listed([None if part is None else each(part) for each, part in parts])

    return write


def _udt(fields: tuple[tuple[str, CqlType], ...]) -> Writer:
    writers = [(name_text(name), json_text(kind)) for name, kind in fields]

    def write(data: bytes) -> str:
        parts = zip(writers, cells(data, len(writers)), strict=True)
        told = [f"{name}: {'null' if part is None else each(part)}" for (name, each), part in parts]
        return f"{{{', '.join(told)}}}"

    return write
