"""Reads what follows WITH: the options of a table, view, keyspace or index, as Python values."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

from coodie.cql.nodes import Literal, OrderBy
from coodie.cql.parsing.cursor import Cursor
from coodie.cql.parsing.terms import read_constant
from coodie.cql.parsing.values import whole

Pairs: TypeAlias = tuple[tuple[str, Any], ...]


class WithClause(NamedTuple):
    """What follows WITH: the options, and ``CLUSTERING ORDER BY`` and ``COMPACT STORAGE``, which are written among
    them.
    """

    options: Pairs = ()
    order: tuple[OrderBy, ...] = ()
    compact: bool = False


def read_options(c: Cursor, what: str = "TABLE") -> WithClause:
    """``WITH name = value AND ...``, if it comes next. Refuses an option that is given twice."""
    options: dict[str, Any] = {}
    order: tuple[OrderBy, ...] = ()
    compact = False
    if not c.accept("WITH"):
        return WithClause()
    while True:
        if what in _ORDERED and c.option("CLUSTERING", "ORDER", "BY"):
            order = c.bracketed(_order)
        elif what == "TABLE" and c.word == "COMPACT" and c.ahead(1) == "STORAGE":
            c.expect("COMPACT", "STORAGE")
            compact = True
        else:
            _option(c, options)
        if not c.accept("AND"):
            return WithClause(tuple(options.items()), order, compact)


_ORDERED: Final = ("TABLE", "MATERIALIZED VIEW")


def _order(c: Cursor) -> OrderBy:
    column = c.name("the name of a column")
    descending = c.accept("DESC")
    if not descending:
        c.expect("ASC")
    return OrderBy(column, descending)


def _option(c: Cursor, options: dict[str, Any]) -> None:
    name = c.name("the name of an option")
    if name in options:
        c.refuse(f"the option {name} is given a second time", c.at - 1)
    c.expect("=")
    options[name] = read_map(c) if c.word == "{" else _plain(c)


def read_map(c: Cursor) -> Pairs:
    """``{'class': 'x', 'n': 1}``; no key may appear twice."""
    c.expect("{")
    start = c.at
    pairs = () if c.word == "}" else c.listed(_pair)
    c.expect("}")
    keys = [word_of(key) for key, _ in pairs]
    if twice := [key for place, key in enumerate(keys) if key in keys[:place]]:
        c.refuse(f"{twice[0]} is given a second time", start)
    return pairs


def word_of(value: Any) -> str:
    """The text of a value in a map of options, all of which are texts to a server."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pair(c: Cursor) -> tuple[Any, Any]:
    key = _plain(c)
    c.expect(":")
    return key, _plain(c)


_WORDS: Final = {"nan": "NaN", "-nan": "NaN", "infinity": "Infinity", "-infinity": "-Infinity"}
"""What a server makes of numbers that no text of digits says."""


def _plain(c: Cursor) -> Any:
    at = c.at
    match read_constant(c):
        case Literal("string" | "uuid" | "blob" | "duration", text):
            return text
        case Literal("boolean", text):
            return text == "true"
        case Literal("integer", text):
            return whole(text)
        case Literal("float", text):
            return _WORDS.get(text.lower()) or float(text)
        case _:
            c.fail("a string, a number or a boolean", at)
