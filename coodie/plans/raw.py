"""Statements that the user wrote: their kind is derived from the text, which is never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.kinds import kind_of
from coodie.cql.message import Consistency, Kind, Options, Page, Statement
from coodie.cql.options import checked
from coodie.plans.answers import by_name
from coodie.plans.plan import Pages
from coodie.plans.spec import number_of_rows


def raw_statement(cql: Any, params: Any = (), options: Options | None = None) -> Statement:
    """A statement of the user's, which is never idempotent. Raises `InvalidQueryError` for invalid arguments."""
    if not isinstance(cql, str) or not cql.strip():
        raise InvalidQueryError("a statement must be a text of CQL, not an empty one")
    if not _is_list(params):
        raise InvalidQueryError(
            f"the values of a statement must be a list or tuple, one for each ?, not {a_type(params)}"
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
    """The rows of any statement as dictionaries, from all pages. Raises `InvalidQueryError` for invalid arguments."""
    if fetch_size is not None:
        number_of_rows("fetch_size", fetch_size)
    options = checked(Options(consistency, None, timeout, fetch_size))
    return Pages(raw_statement(cql, params, options), _dicts, connection)


def _dicts(page: Page) -> list[dict[str, Any]]:
    return by_name(page, "a row of the answer")
