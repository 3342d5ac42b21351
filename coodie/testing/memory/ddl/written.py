"""Checks types as written: the server refuses nested collections without an explicit ``frozen``.

`parse` freezes nested types implicitly, so the text is checked as well.
"""

from __future__ import annotations

from typing import Final

from coodie.cql.lexer import tokens
from coodie.cql.types import NATIVE
from coodie.testing.memory.errors.schema import FROZEN_NATIVE, NESTED_COLLECTION

_COLLECTIONS: Final = frozenset({"list", "set", "map"})
_NATIVES: Final = frozenset({*NATIVE, "varchar"})


def check_types(text: str) -> None:
    """Refuse a collection right inside another without ``frozen``, and ``frozen`` around a native type."""
    found = tokens(text)
    words = [text[token.start : token.end] for token in found]
    inside: list[tuple[str, int]] = []
    for at, word in enumerate(words):
        if word == ">" and inside:
            inside.pop()
        if word != "<":
            if inside and inside[-1][0] == "frozen" and words[at - 1] == "<" and word.lower() in _NATIVES:
                raise FROZEN_NATIVE(_told(word))
            continue
        name = words[at - 1].lower()
        outer = [each for each, _ in inside]
        if name in _COLLECTIONS and outer and "frozen" not in outer and outer[-1] in _COLLECTIONS:
            raise NESTED_COLLECTION(_whole(words, inside[-1][1]))
        inside.append((name, at - 1))


def _told(word: str) -> str:
    return "text" if word.lower() == "varchar" else word.lower()


def _whole(words: list[str], start: int) -> str:
    """The text of the type that begins at that word."""
    depth, at, found = 0, start, ""
    while True:
        word = words[at].lower()
        depth += (word == "<") - (word == ">")
        found += ", " if word == "," else word
        at += 1
        if word == ">" and not depth:
            return found
