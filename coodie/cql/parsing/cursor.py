"""The position of the parser in a text, with lookahead and error messages.

It works on the texts of the tokens only; line and column are computed only for errors.
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
"""Words that are not names unless quoted. Those in `_LATE` are still names in Cassandra 5.0, though coodie quotes
them."""


class Cursor:
    """A position in a text. ``words`` are the tokens in upper case, for comparison with keywords and operators.

    ``grammar_only`` keeps to the grammar of Cassandra 5.0, and leaves it to the reader of the node to refuse what is
    grammatical, but cannot be prepared.
    """

    __slots__ = ("at", "depth", "grammar_only", "text", "texts", "words")

    def __init__(self, text: str, grammar_only: bool = False) -> None:
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidQueryError(f"CQL must be a str, not {a_type(text)}")
        self.text: str = text
        self.grammar_only: bool = grammar_only
        self.texts: list[str] = token_texts(text)
        self.words: list[str] = list(map(str.upper, self.texts))
        self.at: int = 0
        self.depth: int = 0

    def deeper(self) -> None:
        """Enter one more level of an expression; raises `InvalidQueryError` before Python would run out of stack."""
        self.depth += 1
        if self.depth > MOST_LEVELS:
            self.refuse(f"this is nested more than {MOST_LEVELS} levels deep, or is a sum of as many parts")

    @property
    def word(self) -> str:
        """The next token in upper case; empty at the end."""
        return self.words[self.at]

    def ahead(self, count: int) -> str:
        """The token ``count`` positions ahead, in upper case."""
        at = self.at + count
        return self.words[at] if at < len(self.words) else ""

    def take(self) -> str:
        """Consume the next token and return it as written."""
        text = self.texts[self.at]
        self.at += 1
        return text

    def accept(self, word: str) -> bool:
        """Consume the next token if it is ``word``; return whether it was."""
        if self.words[self.at] != word:
            return False
        self.at += 1
        return True

    def accepts(self, *words: str) -> bool:
        """Consume ``words`` if they come next in this order; return whether they did."""
        if self.words[self.at : self.at + len(words)] != list(words):
            return False
        self.at += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Consume ``words``, which must come next."""
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
        """Consume the name that must come next, and return it: folded to lower case, or the text inside the quotes."""
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
        """One or more items separated by commas."""
        found = [read(self)]
        while self.words[self.at] == ",":
            self.at += 1
            found.append(read(self))
        return tuple(found)

    def more(self) -> bool:
        """Whether another item follows a comma. The server accepts any number of commas in a row, and at the end."""
        found = False
        while self.accept(","):
            found = True
        return found and self.word != ")"

    def bracketed(self, read: Callable[[Cursor], T]) -> tuple[T, ...]:
        """One or more items separated by commas, in parentheses."""
        self.expect("(")
        found = self.listed(read)
        self.expect(")")
        return found

    def option(self, *words: str) -> bool:
        """Whether a clause that begins with ``words`` comes next. The first word decides; the others must then
        follow.
        """
        if self.words[self.at] != words[0]:
            return False
        self.expect(*words)
        return True

    def source(self, start: int, end: int | None = None) -> str:
        """The original text from the token at ``start`` up to, but not including, the one at ``end``."""
        found = tokens(self.text)[start : self.at if end is None else end]
        return self.text[found[0].start : found[-1].end] if found else ""

    def refuse(self, why: str, at: int | None = None) -> NoReturn:
        """Raise `InvalidQueryError` for something that is grammatical but not allowed."""
        raise InvalidQueryError(f"{self._place(self.at if at is None else at)}: {why}")

    def _place(self, at: int) -> str:
        found = tokens(self.text)
        return place(self.text, found[at].start if at < len(found) else len(self.text.rstrip()))

    def touches(self, at: int) -> bool:
        """Whether the token at ``at`` and the next one are adjacent, without whitespace between them."""
        found = tokens(self.text)
        return at + 1 < len(found) and found[at].end == found[at + 1].start

    def end(self) -> None:
        """Check that nothing but ``;`` follows. The server's lexer requires a line break after a final comment."""
        while self.accept(";"):
            pass
        if self.word:
            self.fail("the end of the statement")
        last = self.text.rpartition("\n")[2]
        if ("--" in last or "//" in last) and self.text[tokens(self.text)[-1].end :].strip():
            raise InvalidQueryError("a comment at the end of a statement needs a line break after it, as on the server")

    def fail(self, expected: str, at: int | None = None) -> NoReturn:
        """Raise `InvalidQueryError` that says where, what is there and what was expected; invalid characters come
        first.
        """
        found = tokens(self.text)
        at = self.at if at is None else at
        where = self._place(at)
        what = repr(_short(self.texts[at])) if at < len(found) else "the end"
        raise InvalidQueryError(f"{where}: {expected} was expected here, not {what}")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


@lru_cache(maxsize=4096)
def is_name(text: str) -> bool:
    """Whether a token is a name: a word that is not reserved, or anything in double quotes."""
    kind = token_kind(text)
    return (kind == "word" and text.upper() not in RESERVED) or (kind == "name" and len(text) > 2)
