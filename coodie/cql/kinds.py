"""The kind of a CQL text that the user wrote, as far as drivers, batches and tests need it.

Only keywords outside of strings and comments count. The parser would know more, but refuses what it cannot read; a
text that is sent as it stands needs a kind in any case.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from coodie._errors import InvalidQueryError
from coodie.cql.lexer import tokens
from coodie.cql.message import Kind

_KINDS: Final = {
    "SELECT": Kind.READ,
    "INSERT": Kind.WRITE,
    "UPDATE": Kind.WRITE,
    "DELETE": Kind.WRITE,
    "BEGIN": Kind.WRITE,
    **dict.fromkeys(("LIST", "DESCRIBE", "DESC"), Kind.READ),
}


@lru_cache(maxsize=1024)
def kind_of(cql: str) -> Kind:
    """The kind of a text, by its first word; an IF makes a write conditional.

    Anything that begins with another word is taken for a schema change. A write to counters looks like any other and
    is reported as a plain write.
    """
    words = _words(cql)
    kind = _KINDS.get(words[0], Kind.SCHEMA) if words else Kind.SCHEMA
    return Kind.CONDITIONAL if kind is Kind.WRITE and "IF" in words else kind


def is_batch(cql: str) -> bool:
    """Whether the text is a whole batch, ``BEGIN ... APPLY BATCH``."""
    return _words(cql)[:1] == ["BEGIN"]


def operation_of(cql: str) -> str:
    """The first word of a text in upper case, such as ``SELECT``; ``BATCH`` for ``BEGIN ... APPLY BATCH``.

    Empty if the text begins with anything but a word.
    """
    first = next(iter(_words(cql)), "")
    return "BATCH" if first == "BEGIN" else first if first.isalpha() else ""


def _words(cql: str) -> list[str]:
    """The words in upper case, with an empty string for every other token. Falls back to a plain split for invalid
    CQL.
    """
    try:
        return [token.keyword for token in tokens(cql)]
    except InvalidQueryError:
        return cql.upper().split()
