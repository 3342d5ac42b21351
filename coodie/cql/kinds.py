"""What a text of the user's does, as far as drivers, batches and tests need to know. Strings and comments do not count.

The parser knows more, but it refuses what it cannot read; a text that is sent as it stands has a kind all the same.
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
    """The first word tells, and an IF makes a write conditional.

    What begins otherwise changes the schema, or is refused by the server. Whether a write is one of counters cannot be
    seen in a text.
    """
    words = _words(cql)
    kind = _KINDS.get(words[0], Kind.SCHEMA) if words else Kind.SCHEMA
    return Kind.CONDITIONAL if kind is Kind.WRITE and "IF" in words else kind


def is_batch(cql: str) -> bool:
    """Whether the text is a whole batch, ``BEGIN ... APPLY BATCH``."""
    return _words(cql)[:1] == ["BEGIN"]


def _words(cql: str) -> list[str]:
    """The keywords in upper case, with an empty text for each other token; of what is no CQL, whatever is in it."""
    try:
        return [token.keyword for token in tokens(cql)]
    except InvalidQueryError:
        return cql.upper().split()
