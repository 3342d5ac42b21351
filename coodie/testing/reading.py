"""What a text says about itself, read from its tokens: enough to answer it and to match it, no more.

A text that cannot be read is nobody's error here: a driver sends what it is given, and the server refuses it.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Final

from coodie.cql.lexer import Token, marks, tokens
from coodie.cql.message import Kind
from coodie.exceptions import InvalidQueryError

_SCHEMA: Final = frozenset({"CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT", "REVOKE"})
_WRITES: Final = frozenset({"INSERT", "UPDATE", "DELETE", "BEGIN"})


def read(text: str) -> tuple[Token, ...]:
    """The tokens of ``text``; none if it is no CQL."""
    try:
        return tokens(text)
    except InvalidQueryError:
        return ()


@lru_cache(maxsize=1024)
def mark_count(text: str) -> int | None:
    """How many values ``text`` takes; None if it cannot be read."""
    try:
        return len(marks(text))
    except InvalidQueryError:
        return None


@lru_cache(maxsize=1024)
def word_kind(text: str) -> Kind:
    """The kind of a text that the user wrote, by its first word and whether it has a condition."""
    found = read(text)
    first = found[0].keyword if found else ""
    if first == "SELECT":
        return Kind.READ
    if first in _SCHEMA:
        return Kind.SCHEMA
    if first in _WRITES and any(token.keyword == "IF" for token in found):
        return Kind.CONDITIONAL
    return Kind.WRITE


@lru_cache(maxsize=1024)
def reads_schema(text: str) -> bool:
    """Whether it is a SELECT from ``system_schema``."""
    found = read(text)
    return any(a.keyword == "FROM" and b.identifier == "system_schema" for a, b in pairwise(found))


@lru_cache(maxsize=1024)
def shape(text: str) -> str:
    """The text on one line with a ``?`` for each value written into it; the text itself if it cannot be read."""
    found = read(text)
    parts: list[str] = []
    end = found[0].start if found else 0
    for token in found:
        parts += [" "] if token.start > end else []
        parts.append("?" if token.kind in _WRITTEN else token.text)
        end = token.end
    return "".join(parts) or text


_WRITTEN: Final = frozenset({"string", "uuid", "blob", "duration", "float", "integer"})
