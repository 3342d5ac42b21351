"""The vendor's statements, made from requests, with encoded values and all options set.

They are subclasses only to distinguish coodie's requests from those that the user sends over the same session.
`install` hooks into the session's public request listener to adapt coodie's requests, and leaves all others alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from time import monotonic
from types import MappingProxyType
from typing import Any, Final

from coodie._errors import InvalidQueryError
from coodie._words import word
from coodie.cql.message import DEFAULTS, Batch, BatchKind, Kind, Options, Request, Statement
from coodie.drivers.cassandra.answers import answer_of
from coodie.drivers.cassandra.own_messages import Values, of_entries
from coodie.drivers.cassandra.prepared import Prepared
from coodie.drivers.cassandra.vendor import (
    BatchStatement,
    BatchType,
    BoundStatement,
    ConnectionException,
    ConsistencyLevel,
    PrepareMessage,
    SimpleStatement,
)
from coodie.drivers.shared.batch_size import check_size


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """The protocol handlers and retry policies for the requests of one driver.

    ``preparing`` is the handler that reads the answer to a preparation.
    """

    handler: Any
    preparing: Any
    reads: Any
    writes: Any


class _Own:
    """The attributes that all of coodie's statements have."""

    handler: Any
    # set by the retry policy when it retries after an attempt that may have taken effect
    unsure = False
    # how often the retry policy sent it to another host
    moves = 0
    micros: int | None = None
    # whether it changes or reads the schema
    of_schema: bool = False
    # its prepared statements by text, referenced here because the vendor keeps only weak references
    found: Mapping[str, Prepared] = MappingProxyType({})


class Simple(SimpleStatement, _Own):  # type: ignore[misc]
    """A text that is sent without preparation: DDL, and whatever cannot be prepared."""

    started = 0.0  # by the clock of `monotonic`


class Preparing(SimpleStatement):  # type: ignore[misc]
    """A text to be prepared, in the keyspace ``prepare_in`` unless that is None."""

    handler: Any = None
    prepare_in: str | None = None


class Bound(BoundStatement, _Own):  # type: ignore[misc]
    """A prepared statement with encoded values.

    The vendor's constructor and ``bind()`` are not called: they take 6 µs, and all that they set is set here.
    """

    raw_values = "hidden"  # what the vendor prints in the repr of a statement
    routing_key: bytes | None = None  # in place of the vendor's property, which makes it of single values

    def __init__(self, prepared: Prepared, cells: bytes, routing_key: bytes | None, idempotent: bool) -> None:
        self.handler = prepared.handler
        self.prepared = prepared
        self.prepared_statement: Any = prepared.vendor
        self.values = Values(cells)
        self.routing_key = routing_key
        self.keyspace: str | None = prepared.keyspace
        self.is_idempotent = idempotent
        self.of_schema: bool = prepared.of_schema


class Batched(BatchStatement, _Own):  # type: ignore[misc]
    """A protocol-level batch."""

    def size(self) -> int:
        """The bytes of its statements."""
        return sum(map(len, self._statements_and_parameters))


_OWN: Final = frozenset((Simple, Bound, Batched))


def install(session: Any) -> None:
    """Adapt coodie's requests on this session, until `uninstall`."""
    session.add_request_init_listener(_apply_policy)


def uninstall(session: Any) -> None:
    """Undo one `install`."""
    session.remove_request_init_listener(_apply_policy)


def _apply_policy(future: Any) -> None:
    # Several drivers may have installed the hook on one session; applying it twice changes nothing.
    query = future.query
    if query.__class__ in _OWN:
        future.row_factory = answer_of
        future._protocol_handler = query.handler  # noqa: SLF001 - the vendor has no other way to a handler for one call
        if query.micros is not None:
            future.message.timestamp = query.micros
        if query.__class__ is Batched:
            future.message = of_entries(future.message)
    elif query.__class__ is Preparing:
        message = PrepareMessage(query.query_string, query.prepare_in)
        message.allow_beta_protocol_version = future.message.allow_beta_protocol_version
        future.message = message
        future._protocol_handler = query.handler  # noqa: SLF001 - the vendor has no other way to a handler for one call


def simple_statement(request: Statement, keyspace: str | None, policy: RequestPolicy) -> Simple:
    """The statement that sends a text without preparing it."""
    statement = Simple(request.cql, keyspace=keyspace, is_idempotent=request.idempotent)
    statement.of_schema = request.kind is Kind.SCHEMA
    statement.started = monotonic()
    statement.handler = policy.handler
    statement.retry_policy = policy.reads if request.kind is Kind.READ else policy.writes
    _set_options(statement, request.options)
    return statement


def preparing_statement(cql: str, keyspace: str | None, policy: RequestPolicy) -> Preparing:
    """The statement that has the server prepare a text."""
    statement = Preparing(cql)
    statement.prepare_in = keyspace
    statement.handler = policy.preparing
    statement.retry_policy = policy.reads
    return statement


def bound_statement(request: Statement, prepared: Prepared, policy: RequestPolicy) -> Bound:
    """The prepared statement with the request's values; raises `InvalidQueryError` for one that does not fit."""
    statement = Bound(prepared, *prepared.encode(request), request.idempotent)
    statement.retry_policy = policy.reads if request.kind is Kind.READ else policy.writes
    if request.options is not DEFAULTS:
        _set_options(statement, request.options)
    return statement


_BATCH_TYPES: Final = {
    BatchKind.LOGGED: BatchType.LOGGED,
    BatchKind.UNLOGGED: BatchType.UNLOGGED,
    BatchKind.COUNTER: BatchType.COUNTER,
}


def batch_statement(request: Batch, prepared: Mapping[str, Prepared], policy: RequestPolicy) -> Batched:
    """The batch, made of statement ids and encoded values. Routed by the first statement with a full partition key."""
    check_size(request)
    batch = Batched(_BATCH_TYPES[request.kind])
    entries: list[bytes] = []
    routing_key: bytes | None = None
    for statement in request.statements:
        found = prepared[statement.cql]
        cells, key = found.encode(statement)
        entries.append(found.head + cells)
        if routing_key is None and key and found.keyspace:
            routing_key = batch.routing_key = key
            batch.keyspace = found.keyspace
    # The vendor's add() would bind each statement, at 6 µs each. `own_messages` writes what is here instead.
    batch._statements_and_parameters = entries  # noqa: SLF001 - as just said
    batch.is_idempotent = request.idempotent
    batch.micros = request.timestamp
    batch.found = prepared
    batch.handler = policy.handler
    batch.retry_policy = policy.writes
    if request.options is not DEFAULTS:
        _set_options(batch, request.options)
    return batch


def may_be_partial(statement: Any, request: Request) -> bool:
    """Whether the server may execute one part and refuse another: for an unlogged batch over several partitions."""
    if not isinstance(request, Batch) or request.kind is BatchKind.LOGGED:
        return False
    found = [(statement.found[each.cql], each) for each in request.statements]
    partitions = {(prepared.keyspace, prepared.encode(each)[1]) for prepared, each in found}
    return len(partitions) > 1 or any(key is None for _, key in partitions)


def is_stale(statement: Any, error: Exception) -> bool:
    """Whether it failed because preparing it again gave other types; then it was not executed."""
    if not isinstance(error, ConnectionException) or "when preparing" not in str(error):
        return False
    if isinstance(statement, Bound):
        return statement.prepared.stale
    return any(prepared.stale for prepared in statement.found.values())


def _set_options(statement: Any, options: Options) -> None:
    if options.consistency is not None:
        statement.consistency_level = level(options.consistency)
    if options.serial_consistency is not None:
        statement.serial_consistency_level = level(options.serial_consistency, serial=True)
    if options.fetch_size is not None:
        statement.fetch_size = options.fetch_size


_LEVELS: Final[dict[str, int]] = dict(ConsistencyLevel.name_to_value)
_SERIAL: Final = ("SERIAL", "LOCAL_SERIAL")


def level(name: str, *, serial: bool = False) -> int:
    """The vendor's number for a consistency level; for an unknown one raises `InvalidQueryError` that names the
    nearest.
    """
    known = _SERIAL if serial else tuple(_LEVELS)
    if name in known:
        return _LEVELS[name]
    what = "serial consistency" if serial else "consistency"
    near = get_close_matches(str(name).upper(), known, 1, 0.4)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
    raise InvalidQueryError(f"there is no {what} level {word(name)}{hint}")
