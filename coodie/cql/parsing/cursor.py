"""Where in a text the parser is, what comes next, and what to say if it is not what must come.

Works on the texts of the tokens only; positions are looked up when something is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NoReturn, TypeVar

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql import names
from coodie.cql.lexer import place, token_kind, token_texts, tokens
from coodie.cql.nodes import Name
from coodie.cql.types import MOST_LEVELS

T = TypeVar("T")

_LATE: Final = frozenset({"DEFAULT", "MBEAN", "MBEANS", "REPLACE", "UNSET"})
RESERVED: Final = frozenset(map(str.upper, names.RESERVED)) - _LATE
"""Words that are no names unless they stand in quotes; in Cassandra 5.0 the late ones are, and coodie quotes them."""


class Cursor:
    """A place in a text. ``words`` are the tokens in upper case, for comparing with keywords and signs."""

    __slots__ = ("at", "depth", "text", "texts", "words")

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidQueryError(f"CQL is a text, not {a_type(text)}")
        self.text: str = text
        self.texts: list[str] = token_texts(text)
        self.words: list[str] = list(map(str.upper, self.texts))
        self.at: int = 0
        self.depth: int = 0

    def deeper(self) -> None:
        """Go one level down into an expression; raises `InvalidQueryError` where Python would run out of stack."""
        self.depth += 1
        if self.depth > MOST_LEVELS:
            self.refuse(f"this is nested more than {MOST_LEVELS} levels deep, or is a sum of as many parts")

    @property
    def word(self) -> str:
        """The next token in upper case; empty at the end."""
        return self.words[self.at]

    def ahead(self, count: int) -> str:
        """The token that is ``count`` tokens further, in upper case."""
        at = self.at + count
        return self.words[at] if at < len(self.words) else ""

    def take(self) -> str:
        """The next token, as it stands; goes past it."""
        text = self.texts[self.at]
        self.at += 1
        return text

    def accept(self, word: str) -> bool:
        """Go past the next token if it is ``word``."""
        if self.words[self.at] != word:
            return False
        self.at += 1
        return True

    def accepts(self, *words: str) -> bool:
        """Go past all of ``words`` if they come next in this order."""
        if self.words[self.at : self.at + len(words)] != list(words):
            return False
        self.at += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Go past ``words``, which must come next."""
        for word in words:
            if self.words[self.at] != word:
                self.fail(word)
            self.at += 1

    def at_name(self) -> bool:
        """Whether a name comes next, quoted or not."""
        return is_name(self.texts[self.at])

    def at_mark(self) -> bool:
        """Whether a bind mark comes next."""
        return self.word in ("?", ":")

    def name(self, what: str = "a name") -> str:
        """The name that must come next: folded to lower case, or what stands in the quotes."""
        text = self.texts[self.at]
        if not is_name(text):
            self.fail(what)
        self.at += 1
        return text.lower() if text[0] != '"' else text[1:-1].replace('""', '"')

    def qualified(self, what: str = "the name of a table") -> Name:
        """``name`` or ``keyspace.name``."""
        first = self.name(what)
        return Name(self.name(what), first) if self.accept(".") else Name(first)

    def listed(self, read: Callable[[Cursor], T]) -> tuple[T, ...]:
        """One or more things with commas between."""
        found = [read(self)]
        while self.words[self.at] == ",":
            self.at += 1
            found.append(read(self))
        return tuple(found)

    def more(self) -> bool:
        """Whether one more thing comes after a comma; the server takes any number of commas there, and at the end."""
        found = False
        while self.accept(","):
            found = True
        return found and self.word != ")"

    def bracketed(self, read: Callable[[Cursor], T]) -> tuple[T, ...]:
        """One or more things with commas between, in round brackets."""
        self.expect("(")
        found = self.listed(read)
        self.expect(")")
        return found

    def option(self, *words: str) -> bool:
        """Whether a clause that begins with ``words`` comes next; its first word decides, the others must follow."""
        if self.words[self.at] != words[0]:
            return False
        self.expect(*words)
        return True

    def source(self, start: int, end: int | None = None) -> str:
        """The text from the token at ``start`` to before the one at ``end``, as it stands."""
        found = tokens(self.text)[start : self.at if end is None else end]
        return self.text[found[0].start : found[-1].end] if found else ""

    def refuse(self, why: str, at: int | None = None) -> NoReturn:
        """Raise `InvalidQueryError` for what could be read, but must not be."""
        found = tokens(self.text)[self.at if at is None else at]
        raise InvalidQueryError(f"{place(self.text, found.start)}: {why}")

    def touches(self, at: int) -> bool:
        """Whether nothing stands between the token at ``at`` and the one after it."""
        found = tokens(self.text)
        return at + 1 < len(found) and found[at].end == found[at + 1].start

    def end(self) -> None:
        """Nothing but ``;`` may come next. A comment at the end must end its line: the server's lexer wants it so."""
        while self.accept(";"):
            pass
        if self.word:
            self.fail("the end of the statement")
        last = self.text.rpartition("\n")[2]
        if ("--" in last or "//" in last) and self.text[tokens(self.text)[-1].end :].strip():
            raise InvalidQueryError("a comment at the end of a statement needs a line break after it, as on the server")

    def fail(self, expected: str, at: int | None = None) -> NoReturn:
        """Raise `InvalidQueryError`: where, what is there and what had to be; before it what is no token at all."""
        found = tokens(self.text)
        at = self.at if at is None else at
        where = place(self.text, found[at].start if at < len(found) else len(self.text.rstrip()))
        what = repr(_short(self.texts[at])) if at < len(found) else "the end"
        raise InvalidQueryError(f"{where}: {expected} was expected here, not {what}")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


@lru_cache(maxsize=4096)
def is_name(text: str) -> bool:
    """Whether a token is a name: a word that CQL does not keep for itself, or anything in double quotes."""
    kind = token_kind(text)
    return (kind == "word" and text.upper() not in RESERVED) or (kind == "name" and len(text) > 2)
