"""Statements that the user wrote: what they are is read off their text, and the text is never changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeGuard

from coodie.cql.message import Consistency, Kind, Options, Page, Statement
from coodie.exceptions import InvalidQueryError
from coodie.plans.plan import Pages

_NO_CODE: Final = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | \$\$.*?\$\$ | /\*.*?\*/ | (?:--|//)[^\n]*""", re.VERBOSE | re.DOTALL
)
_WORD: Final = re.compile(r"[A-Za-z_]+")
_KINDS: Final = {
    "SELECT": Kind.READ,
    "INSERT": Kind.WRITE,
    "UPDATE": Kind.WRITE,
    "DELETE": Kind.WRITE,
    "BEGIN": Kind.WRITE,
    "LIST": Kind.READ,
}


@lru_cache(maxsize=1024)
def kind_of(cql: str) -> Kind:
    """What a text does: its first word tells, and an IF makes a write conditional. Strings and comments do not count.

    Whether a write is one of counters cannot be seen in a text.
    """
    words = [word.upper() for word in _WORD.findall(_NO_CODE.sub(" ", cql))]
    kind = _KINDS.get(words[0], Kind.SCHEMA) if words else Kind.SCHEMA
    return Kind.CONDITIONAL if kind is Kind.WRITE and "IF" in words else kind


def is_batch(cql: str) -> bool:
    """Whether the text is a whole batch, ``BEGIN ... APPLY BATCH``."""
    words = _WORD.findall(_NO_CODE.sub(" ", cql))
    return bool(words) and words[0].upper() == "BEGIN"


def raw_statement(cql: Any, params: Any = (), options: Options | None = None) -> Statement:
    """A statement of the user's. It is never taken for idempotent. Raises `InvalidQueryError` for wrong arguments."""
    if not isinstance(cql, str) or not cql.strip():
        raise InvalidQueryError("a statement is a text of CQL, and this one is empty")
    if not _is_list(params):
        raise InvalidQueryError(
            f"the values of a statement are a list or tuple, one for each ?, not a {type(params).__name__}"
        )
    kind = kind_of(cql)
    statement = Statement(cql.strip().rstrip(";").rstrip(), tuple(params), (), kind, kind is Kind.READ)
    return statement if options is None else statement.with_options(options)


def _is_list(params: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(params, Sequence) and not isinstance(params, (str, bytes, Mapping))


def execute_raw(
    cql: str,
    params: Sequence[Any] = (),
    *,
    connection: str | None = None,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    fetch_size: int | None = None,
) -> Pages[dict[str, Any]]:
    """The rows of any statement as dictionaries, over all pages."""
    options = Options(consistency, None, timeout, fetch_size)
    return Pages(raw_statement(cql, params, options), _dicts, connection)


def _dicts(page: Page) -> list[dict[str, Any]]:
    return list(_each(page))


def _each(page: Page) -> Iterator[dict[str, Any]]:
    for row in page.rows:
        yield dict(zip(page.columns, row, strict=True))
