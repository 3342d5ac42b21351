"""Reads CQL types inside a statement, and distinguishes a type in parentheses from an expression."""

from __future__ import annotations

from typing import Final

from coodie.cql.lexer import token_kind
from coodie.cql.nodes import Name
from coodie.cql.parsing.cursor import Cursor, is_name
from coodie.cql.types import NATIVE, CqlType, parse_type


def read_type(c: Cursor) -> CqlType:
    """The type that must come next. The keyspace of a user-defined type is dropped: it must be that of the table."""
    start = c.at
    end = _end(c, start)
    if end is None:
        c.fail("a type")
    for at in range(start, end):
        if token_kind(c.texts[at]) == "string":
            c.refuse(f"coodie does not know the type that the Java class {c.texts[at]} makes", at)
    c.at = end
    kept = (at for at in range(start, end) if c.words[at] != "." and c.words[at + 1] != ".")
    return parse_type("".join(_name(c, at) for at in kept))


_OF_OTHERS: Final = frozenset({"FROZEN", "LIST", "MAP", "SET", "TUPLE", "VECTOR"})
"""Words that make a type of others, and without those name a user-defined type."""


def _name(c: Cursor, at: int) -> str:
    text = c.texts[at]
    return f'"{text.lower()}"' if c.words[at] in _OF_OTHERS and c.words[at + 1] != "<" else text


def read_written(c: Cursor) -> tuple[CqlType, str]:
    """The type that must come next, and its text; an empty one if that is how the type is printed."""
    start = c.at
    cql_type = read_type(c)
    text = "".join(c.texts[start : c.at])
    return cql_type, "" if text == str(cql_type) else text


def read_type_name(c: Cursor) -> Name:
    """The name of a user-defined type, which a word of CQL's own types can be in quotes only."""
    name = c.qualified("the name of a type")
    if c.words[c.at - 1] in _NO_TYPES | _OF_CQL:
        c.fail("the name of a type", c.at - 1)
    return name


def hint_end(c: Cursor) -> int:
    """The index of the token after ``(type)``, if that comes next; else 0."""
    end = _end(c, c.at + 1)
    return end + 1 if end is not None and c.words[end] == ")" else 0


_NO_TYPES: Final = frozenset(
    {"TTL", "COUNT", "WRITETIME", "MAXWRITETIME", "CAST", "JSON", "DISTINCT"}
    | {"BITSTRING", "BYTE", "COMPLEX", "ENUM", "INTERVAL", "MACADDR"}
)
"""Words that can be names of columns and keyspaces, but not of types; the latter are reserved for types to come."""
_OF_CQL: Final = frozenset(map(str.upper, (*NATIVE, "varchar")))


def _end(c: Cursor, at: int) -> int | None:
    """The end of the type that begins at ``at``; None if none does."""
    opened: list[str] = []
    while True:
        if c.words[at] in _OF_OTHERS and c.words[at + 1] == "<":
            opened.append(c.words[at])
            at += 2
            continue
        is_dimension = opened[-1:] == ["VECTOR"] and c.words[at - 1] == ","
        end = _number_end(c, at) if is_dimension else _name_end(c, at)
        if end is None:
            return None
        at = end
        while opened and c.words[at] == ">":
            opened.pop()
            at += 1
        if not opened:
            return at
        if c.words[at] != ",":
            return None
        at += 1


def _number_end(c: Cursor, at: int) -> int | None:
    return at + 1 if c.texts[at].isdigit() else None


def _name_end(c: Cursor, at: int) -> int | None:
    """The end of the name of a type; None if there is none. Only user-defined types are in a keyspace."""
    if token_kind(c.texts[at]) == "string":
        return at + 1
    qualified = is_name(c.texts[at]) and c.words[at + 1] == "."
    at += 2 if qualified else 0
    if not is_name(c.texts[at]) or c.words[at] in _NO_TYPES or (qualified and c.words[at] in _OF_CQL):
        return None
    return at + 1
