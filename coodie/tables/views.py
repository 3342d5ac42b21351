"""The WHERE clause of materialized views, the only part of a view that is text.

The server writes it anew: other spaces, other cases, quotes only where they must be. So it is taken apart into its
restrictions, each in one spelling, and two clauses are the same if they hold the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from coodie.cql.lexer import Token, tokens
from coodie.cql.names import quote
from coodie.exceptions import InvalidQueryError

_KEYWORDS: Final = frozenset({"AND", "IS", "NOT", "NULL", "IN", "TOKEN", "TRUE", "FALSE", "NAN", "INFINITY"})


def restrictions(where: str) -> tuple[str, ...]:
    """The restrictions of a WHERE clause, without the WHERE: ``a IS NOT NULL``, ``b > 5`` ...

    Raises `InvalidQueryError` for text that is none: brackets that do not close, a bind mark, a second statement.
    """
    found = tokens(where)
    if found and found[0].keyword == "WHERE":
        found = found[1:]
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text in ("?", ":", ";") or depth < 0:
            raise InvalidQueryError(f"{token.text!r} cannot stand in the WHERE clause of a view: {where!r}")
        if token.keyword == "AND" and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    if depth or not all(parts):
        raise InvalidQueryError(f"this is no WHERE clause: {where!r}")
    return tuple(map(_spelled, parts))


def not_null(columns: Iterable[str]) -> tuple[str, ...]:
    """The restrictions that a view needs at the least: none of its key columns is null."""
    return tuple(f"{quote(column)} IS NOT NULL" for column in columns)


def _spelled(part: list[Token]) -> str:
    text, before, sign = "", "", False
    for word in map(_word, part):
        glued = not text or word in (")", ",", ".") or before in ("(", ".") or (word == "(" and _is_function(before))
        text += word if glued or sign else f" {word}"
        sign = word == "-" and not _is_function(before)  # of a number: a restriction does no arithmetic
        before = word
    return text


def _is_function(before: str) -> bool:
    return before not in ("IN", "=", "<", ">", "<=", ">=", ",", "(")


def _word(token: Token) -> str:
    if token.keyword in _KEYWORDS:
        return token.keyword if token.keyword != "TOKEN" else "token"
    return quote(token.identifier) if token.identifier is not None else token.text
