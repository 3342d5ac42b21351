"""The lexer: splits a CQL text into tokens, each with its position.

What the tokens mean is for ``parsing/``; nothing here knows a statement. The lexer keeps to Cassandra's own
(``Lexer.g``): comments of three forms, strings in quotes or ``$$``, names in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from coodie._errors import InvalidQueryError

TokenKind: TypeAlias = Literal["string", "name", "uuid", "blob", "duration", "float", "integer", "word", "op"]


class LexToken(NamedTuple):
    """One token: its kind, its text exactly as written, and its start position.

    The kind ``word`` is an unquoted identifier or keyword, ``name`` an identifier in double quotes, ``op`` any operator
    or punctuation, ``?`` included.
    """

    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        """The position after its last character."""
        return self.start + len(self.text)

    @property
    def keyword(self) -> str:
        """The word in upper case; empty for any other token, so that a quoted ``"set"`` is not the keyword SET."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def identifier(self) -> str | None:
        """The name that the token stands for: folded to lower case, or the text inside the quotes. None for other
        tokens.
        """
        if self.kind == "word":
            return self.text.lower()
        return self.text[1:-1].replace('""', '"') if self.kind == "name" else None


_HEX: Final = "[0-9a-fA-F]"
_UUID: Final = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
# P1Y2M3DT4H5M6S, P3W and P0001-02-03T04:05:06.
_ISO: Final = (
    r"P(?=\d|T\d)(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|\d+W"
    r"|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)\b"
)
_SPACE: Final = r"[ \t\r\n]* (?: (?: --[^\n]* | //[^\n]* | /\*.*?\*/ ) [ \t\r\n]* )*"
# The most frequent tokens come first: matching them is a large part of the time that parsing takes.
_TOKEN: Final = rf"""
      (?P<word>     (?!{_UUID}|{_ISO}) [A-Za-z]\w* )
    | (?P<op>       [?,()] | <= | >= | != | \+= | -= | \.\. | [:;.\[\]{{}}<>=+\-*/%@] )
    | (?P<string>   '(?:[^']|'')*' | \$\$.*?\$\$ )
    | (?P<name>     "(?:[^"]|"")*" )
    | (?P<uuid>     {_UUID} )
    | (?P<blob>     0[xX]{_HEX}* )
    | (?P<duration> (?:\d+(?i:mo|ms|us|ns|µs|[ywdhms]))+\b | {_ISO} )
    | (?P<float>    \d+\.(?!\.)\d*(?:[eE][+-]?\d+)? | \d+[eE][+-]?\d+ )
    | (?P<integer>  \d+ )
    | (?P<bad>      . )
    | \Z
    """
_FLAGS: Final = re.VERBOSE | re.DOTALL | re.ASCII
_SCANNER: Final = re.compile(f"{_SPACE} (?:{_TOKEN})", _FLAGS)
_TEXTS: Final = re.compile(f"{_SPACE} ({re.sub('P<[a-z]+>', ':', _TOKEN)})", _FLAGS)
_UNCLOSED: Final = {"'": "a string", '"': "a quoted name", "$": "a string", "/": "a comment"}


@lru_cache(maxsize=1024)
def tokens(text: str) -> tuple[LexToken, ...]:
    """The tokens of ``text`` in order, without spaces and comments.

    Raises `InvalidQueryError`, with line and column, for a character that CQL does not know and for a string, name or
    comment that is never closed.
    """
    found: list[LexToken] = []
    for match in _SCANNER.finditer(text):
        kind: Any = match.lastgroup
        if kind is None:
            break
        start = match.start(kind)
        if kind == "bad" or text.startswith("/*", start):
            raise _bad(text, start)
        found.append(LexToken(kind, match[kind], start))
    return tuple(found)


def token_texts(text: str) -> list[str]:
    """The texts of the tokens, followed by an empty string: the fast path of the parser.

    A character that begins no token is returned as it is; `tokens` raises the error that explains it.
    """
    return _TEXTS.findall(text)


@lru_cache(maxsize=4096)
def token_kind(text: str) -> TokenKind | None:
    """The kind of a token, given its text; None for the empty string at the end and for anything that is not a
    token.
    """
    found = _SCANNER.match(text)
    kind: Any = found.lastgroup if found is not None else None
    return kind if kind != "bad" else None


def place(text: str, position: int) -> str:
    """A position as errors give it: ``line 2, column 5``."""
    before = text[:position]
    return f"line {before.count(chr(10)) + 1}, column {position - before.rfind(chr(10))}"


def _bad(text: str, position: int) -> InvalidQueryError:
    found = text[position]
    where = place(text, position)
    if found in _UNCLOSED:
        return InvalidQueryError(f"{where}: {_UNCLOSED[found]} begins here and never ends")
    return InvalidQueryError(f"{where}: {found!r} is not valid CQL")


def marks(text: str) -> tuple[LexToken, ...]:
    """The bind marks of ``text`` in order: each ``?``, and the ``:`` of each ``:name``."""
    return tuple(token for token, _ in _marks(text))


@lru_cache(maxsize=1024)
def named_marks(text: str) -> tuple[LexToken | None, ...]:
    """The token of the name of each bind mark, in order; None for a ``?``.

    Raises `InvalidQueryError` for a colon without a name.
    """
    found: list[LexToken | None] = []
    for mark, after in _marks(text):
        if mark.text == ":" and (after is None or after.identifier is None):
            raise InvalidQueryError(f"{place(text, mark.start)}: a name must follow the colon, as in :id")
        found.append(after if mark.text == ":" else None)
    return tuple(found)


def _marks(text: str) -> Iterator[tuple[LexToken, LexToken | None]]:
    """Each bind mark and the token after it."""
    before: LexToken | None = None
    braces = 0
    found = tokens(text)
    for token, after in zip(found, (*found[1:], None), strict=False):
        braces += {"{": 1, "}": -1}.get(token.text, 0)
        if token.text == "?" or (token.text == ":" and (braces == 0 or _before_a_value(before))):
            yield token, after
        before = token


def _before_a_value(token: LexToken | None) -> bool:
    """Whether a colon after this token begins a bind mark within braces, where others separate key and value."""
    return token is not None and token.kind == "op" and token.text not in {")", "]", "}", "?"}


_CLAUSES: Final[dict[str, str]] = {
    **dict.fromkeys(("SELECT", "INSERT", "UPDATE", "DELETE", "INTO", "FROM", "SET", "WHERE", "USING", "IF"), ""),
    **dict.fromkeys(("ORDER", "LIMIT", "ALLOW", "WITH"), ""),
    # These words are not reserved in CQL, so only the next token tells whether one begins a clause or names a column.
    "GROUP": "BY",
    "PER": "PARTITION",
    "VALUES": "(",
}


def clauses(found: tuple[LexToken, ...]) -> tuple[tuple[str, int], ...]:
    """The clauses of a statement: the first word of each in upper case, and the index of its token.

    Words inside brackets begin no clause, and neither does the LIMIT of PER PARTITION LIMIT.
    """
    starts: list[tuple[str, int]] = []
    depth = 0
    for at, token in enumerate(found):
        depth += DEPTH.get(token.text, 0)
        if depth == 0 and token.keyword in _CLAUSES and _begins(found, at):
            starts.append((token.keyword, at))
    return tuple(starts)


DEPTH: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
"""What each bracket adds to the nesting depth."""


def _begins(found: tuple[LexToken, ...], at: int) -> bool:
    follows = _CLAUSES[found[at].keyword]
    after = found[at + 1].text.upper() if at + 1 < len(found) else ""
    inside = [token.keyword for token in found[max(at - 2, 0) : at]] == ["PER", "PARTITION"]
    return (not follows or follows == after) and not inside


def same_text(text: str) -> tuple[str, ...]:
    """A key that is equal for texts that differ only in whitespace, comments, case of words and a final ``;``."""
    found = tokens(text)
    if found and found[-1].text == ";":
        found = found[:-1]
    return tuple(token.text.lower() if token.kind in _FOLDED else token.text for token in found)


_LITERALS: Final = frozenset({"string", "uuid", "blob", "duration", "float", "integer"})


def without_literals(text: str) -> str:
    """The text with ``?`` in place of each literal, and without comments.

    Raises `InvalidQueryError` for a text that cannot be split into tokens.
    """
    parts: list[str] = []
    end = 0
    for token in tokens(text):
        between = text[end : token.start]
        parts.append(between if not between.strip() else " ")  # a comment may contain values, too
        parts.append("?" if token.kind in _LITERALS else token.text)
        end = token.end
    return "".join(parts)


_FOLDED: Final = frozenset({"word", "uuid", "blob", "duration", "float"})
