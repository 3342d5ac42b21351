"""Quoting and checking of identifiers: here and nowhere else.

CQL folds an unquoted name to lower case and reserves some words (CQL reference, "Identifiers and keywords"), so a name
is written without quotes only if that does not change it, and in double quotes otherwise.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.natives import NATIVES

RESERVED = frozenset(
    """
    add allow alter and apply asc authorize batch begin by columnfamily create default delete desc describe drop
    entries execute false from full grant if in index infinity insert into is keyspace limit materialized mbean mbeans
    modify nan norecursive not null of on or order primary rename replace revoke schema select set table to token
    true truncate unlogged unset update use using view where with
    """.split()
)
"""Words that must be quoted when used as names, in Cassandra 4 and 5 and in ScyllaDB. Quoting too many is harmless."""

UNREADABLE_TYPES = frozenset(
    """
    bitstring byte cast complex count distinct enum false frozen interval json list macaddr map maxwritetime set true
    ttl tuple varchar vector writetime
    """.split()
).union(NATIVES)
"""Words that must not name a user-defined type. The server accepts most of them in quotes but stores them without, and
then fails to start, or reads the column as another type (observed on Cassandra 5.0)."""

TABLE_NAME_LENGTH = 48
"""The longest name of a keyspace, table, type, index or view, in characters (the server's limit for keyspaces)."""

COLUMN_NAME_LENGTH = 65535
"""The longest name of a column, in bytes: the protocol stores the length in 16 bits."""

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
_WORD = re.compile(r"[A-Za-z0-9_]+")


def quote(name: str) -> str:
    """The identifier as CQL text: plain where that is safe, else in double quotes.

    Raises `InvalidQueryError` for a name that is empty, contains NUL or is longer than the protocol allows.
    """
    _check_text(name)  # first, since anything but a str may be unhashable
    return _quoted(name)


@lru_cache(maxsize=4096)
def _quoted(name: str) -> str:
    if not name:
        raise InvalidQueryError("an identifier is empty; give it a name")
    if "\0" in name:
        raise InvalidQueryError(f"the identifier {name!r} has a NUL character in it; leave it out")
    if len(name.encode()) > COLUMN_NAME_LENGTH:
        raise InvalidQueryError(f"the identifier {name[:40]!r}... is over {COLUMN_NAME_LENGTH} bytes; shorten it")
    if _PLAIN.fullmatch(name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def _check_text(name: Any) -> None:
    if not isinstance(name, str):
        raise InvalidQueryError(f"a name must be a str, not {a_type(name)}")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidQueryError(f"the name {name!r} has half of a surrogate pair, which UTF-8 cannot hold") from None


def check_name(name: str, what: str = "table") -> str:
    """``name`` itself, if it is a valid name for a keyspace, table, type, index or view.

    The server allows letters, digits and underscores only, and coodie at most 48 of them, quoted or not.
    Raises `InvalidQueryError`.
    """
    _check_text(name)
    if not name:
        raise InvalidQueryError(f"the name of a {what} is empty; give it a name")
    if len(name) > TABLE_NAME_LENGTH:
        raise InvalidQueryError(
            f"the {what} name {name!r} has {len(name)} characters; at most {TABLE_NAME_LENGTH} are allowed"
        )
    if not _WORD.fullmatch(name):
        raise InvalidQueryError(f"the {what} name {name!r} may hold only letters, digits and underscores")
    return name


def qualified(keyspace: str | None, name: str) -> str:
    """``keyspace.name``, each quoted where necessary; just the name if there is no keyspace."""
    table = quote(check_name(name))
    return f"{quote(check_name(keyspace, 'keyspace'))}.{table}" if keyspace is not None else table


def check_type_name(name: str) -> str:
    """``name`` itself, if it is a valid name for a user-defined type. Raises `InvalidQueryError`."""
    if check_name(name, "type") in UNREADABLE_TYPES:
        raise InvalidQueryError(
            f"a type cannot be called {name!r}: servers keep the name without quotes, take it for a word of CQL when "
            "they start again, and then do not start; take another name, or one with capitals"
        )
    return name
