"""The values inside a text: bound ones, written ones, and lists of them.

Expressions are not worked out: a term that is more than a value or a list of values is just its text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from coodie.cql.lexer import Token, marks


@dataclass(frozen=True, slots=True)
class Written:
    """An expression that stands in the text, such as ``now()``; it equals no value."""

    text: str

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Term:
    """Where a value comes from: a mark (its index), several terms in brackets, or the text itself."""

    mark: int | None = None
    items: tuple[Term, ...] | None = None
    constant: Any = None

    def value(self, values: Sequence[Any]) -> Any:
        """The value in a request with these bound values."""
        if self.mark is not None:
            return values[self.mark] if self.mark < len(values) else Written("?")
        if self.items is not None:
            return [item.value(values) for item in self.items]
        return self.constant


class Terms:
    """Reads the terms of one text; it knows which mark is which."""

    def __init__(self, text: str, found: tuple[Token, ...]) -> None:
        self._marks = {mark.start: index for index, mark in enumerate(marks(text))} if found else {}

    def term(self, section: Sequence[Token]) -> Term:
        """The term that the tokens make."""
        if section and section[0].start in self._marks and len(section) <= 2:
            return Term(mark=self._marks[section[0].start])
        if len(section) > 1 and (section[0].text, section[-1].text) in (("(", ")"), ("[", "]")):
            return Term(items=tuple(map(self.term, split(section[1:-1], ","))))
        return Term(constant=_constant(section))


def _constant(section: Sequence[Token]) -> Any:
    sign = -1 if len(section) == 2 and section[0].text == "-" else 1
    token = section[-1] if len(section) == 1 or sign < 0 else None
    if token is None:
        return Written(constant_text(section))
    if token.kind == "integer":
        return sign * int(token.text)
    if token.kind == "float":
        return sign * float(token.text)
    if token.kind == "uuid":
        return UUID(token.text)
    if token.kind == "blob":
        return bytes.fromhex(token.text[2:])
    if token.kind == "string":
        return token.text[1:-1].replace("''", "'") if token.text[0] == "'" else token.text[2:-2]
    return _WORDS[token.keyword] if token.keyword in _WORDS else Written(token.text)


_WORDS: Final[dict[str, Any]] = {"TRUE": True, "FALSE": False, "NULL": None}


def split(section: Sequence[Token], separator: str) -> Iterator[Sequence[Token]]:
    """The parts between separators that stand outside of all brackets; empty ones are no parts."""
    start = depth = 0
    for at, token in enumerate(section):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.text, 0)
        if depth == 0 and separator in (token.text, token.keyword):
            if at > start:
                yield section[start:at]
            start = at + 1
    if len(section) > start:
        yield section[start:]


def constant_text(section: Sequence[Token]) -> str:
    """The tokens as the server names an expression: names folded, a space after each comma only."""
    words = (" as " if token.keyword == "AS" else _folded(token) for token in section)
    return "".join(words).replace(",", ", ")


def _folded(token: Token) -> str:
    return token.identifier if token.identifier is not None else token.text
