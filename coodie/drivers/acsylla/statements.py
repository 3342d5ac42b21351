"""The vendor's statements with all options set, and what follows from their texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from coodie.cql.message import Batch, BatchKind, Kind, Options, Request, Statement
from coodie.cql.options import checked
from coodie.drivers.acsylla.prepared import Prepared
from coodie.drivers.acsylla.vendor import (
    Consistency,
    create_batch_counter,
    create_batch_logged,
    create_batch_unlogged,
    create_statement,
)
from coodie.drivers.shared.batch_size import check_size

_FETCH_SIZE: Final = 5000
"""The rows of a page if the request does not say, as in cassandra-driver; the vendor's own default is all rows."""
_LEAST_MS: Final = 1
_CREATE_BATCH: Final = {
    BatchKind.LOGGED: create_batch_logged,
    BatchKind.UNLOGGED: create_batch_unlogged,
    BatchKind.COUNTER: create_batch_counter,
}


def statement_of(request: Statement, prepared: Prepared) -> Any:
    """The statement of a prepared text with the request's values and options."""
    statement = prepared.statement(request)
    statement.set_is_idempotent(request.idempotent)
    _set_options(statement, request.options)
    if request.kind is Kind.READ:
        _set_page(statement, request.options)
    return statement


def plain_statement(request: Statement) -> Any:
    """The statement that sends a text without preparing it: DDL, and whatever cannot be prepared."""
    statement = create_statement(request.cql)
    statement.set_is_idempotent(request.idempotent)
    _set_options(statement, request.options)
    return statement


def batch_of(request: Batch, found: Mapping[str, Prepared]) -> Any:
    """The batch with its values and options."""
    check_size(request)
    batch = _CREATE_BATCH[request.kind]()
    for statement in request.statements:
        batch.add_statement(found[statement.cql].statement(statement))
    batch.set_is_idempotent(request.idempotent)
    if request.timestamp is not None:
        batch.set_timestamp(request.timestamp)
    _set_options(batch, request.options)
    return batch


def _set_options(statement: Any, options: Options) -> None:
    if options.consistency is not None or options.serial_consistency is not None:
        checked(options)
        if options.consistency is not None:
            statement.set_consistency(Consistency[options.consistency])
        if options.serial_consistency is not None:
            statement.set_serial_consistency(Consistency[options.serial_consistency])


def _set_page(statement: Any, options: Options) -> None:
    size = _FETCH_SIZE if options.fetch_size is None else options.fetch_size
    if size:  # without a size, all rows come in one page
        statement.set_page_size(size)
    if options.paging_state is not None:
        statement.set_page_state(options.paging_state)


def set_timeout(statement: Any, request: Request, seconds: float) -> None:
    """Let the statement take so many seconds; to the vendor, less than a millisecond would be no limit."""
    milliseconds = max(_LEAST_MS, round(seconds * 1000))
    if isinstance(request, Batch):
        statement.set_request_timeout(milliseconds)
    else:
        statement.set_timeout(milliseconds / 1000)


_USE: Final = re.compile(r'\s*USE\s+("(?:[^"]|"")+"|\w+)\s*;?\s*', re.IGNORECASE)


def used_keyspace(cql: str) -> str | None:
    """The keyspace of a ``USE``, None for any other text."""
    found = _USE.fullmatch(cql)
    if found is None:
        return None
    name = found[1]
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


_CHANGES: Final = re.compile(r"\s*(CREATE|ALTER|DROP)\s", re.IGNORECASE)


def changes_schema(cql: str) -> bool:
    """Whether a text that is not prepared may change the schema."""
    return _CHANGES.match(cql) is not None
