"""Sends one statement of a migration until it is known what became of it, or nobody can know."""

from __future__ import annotations

from typing import Final

from coodie.cql.message import Options, Statement
from coodie.cql.nodes import Node
from coodie.cql.parsing.facts import kind, normal_form
from coodie.drivers.errors import (
    DriverError,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    SchemaDisagreement,
    Timeout,
    Unavailable,
)
from coodie.migrations.happened import happened, is_schema
from coodie.migrations.keyspaces import settled
from coodie.migrations.lock import Lock, lock_table, renew
from coodie.migrations.qualify import qualified
from coodie.migrations.repeatable import idempotent
from coodie.plans.patience import pause_after
from coodie.plans.plan import Flow
from coodie.plans.schema_flows import read_all
from coodie.tables.table import Schema

_TRIES: Final = 3
_NOT_DONE: Final = (RequestRejected, Unavailable, Overloaded, Timeout)


def request_of(keyspace: str, node: Node, timeout: float | None) -> Statement:
    """The request of a statement of a file: with the keyspace in its names, and a timeout in seconds."""
    placed = qualified(node, keyspace)
    return Statement(normal_form(placed), (), (), kind(placed), idempotent(placed), Options(timeout=timeout))


def is_unsure(error: DriverError) -> bool:
    """Whether the statement that failed may have happened."""
    return not isinstance(error, _NOT_DONE)


def send(lock: Lock, node: Node, request: Statement) -> Flow[None]:
    """Send a statement. After an unknown outcome, the schema says whether it happened, else it is sent again.

    What must not be sent twice is not. The lock is renewed each time, as the last thing before it. Raises the error of
    the driver, and `LockLost`.
    """
    keyspace = lock.keyspace
    for tries_left in reversed(range(_TRIES)):
        yield from renew(lock)
        try:
            yield request
            return
        except RequestRejected:
            raise
        except DriverError as error:
            if is_unsure(error) and not is_schema(node) and not request.idempotent:
                raise
            failed = error
        yield pause_after(_TRIES - tries_left)
        if is_unsure(failed) and is_schema(node):
            if happened((yield from found(keyspace)), qualified(node, keyspace)):
                # A statement that changes nothing, but is answered only once all nodes agree on the schema.
                yield settled(lock_table(keyspace))
                return
            if isinstance(failed, (OutcomeUnknown, SchemaDisagreement)) and not tries_left:
                raise failed
        if not tries_left:
            raise failed


def found(keyspace: str) -> Flow[Schema]:
    """The schema of the keyspace as it is now."""
    return (yield from read_all(keyspace)) or Schema(keyspace)
