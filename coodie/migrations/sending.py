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
from coodie.migrations.lock import lock_table
from coodie.migrations.qualify import qualified
from coodie.migrations.repeatable import idempotent
from coodie.plans.plan import Flow, Pause
from coodie.plans.schema_flows import read_all
from coodie.tables.table import Schema

_TRIES: Final = 3
_FIRST_PAUSE: Final = 1.0
"""Seconds to wait after the first failure, doubled after each further one."""
_NOT_DONE: Final = (RequestRejected, Unavailable, Overloaded, Timeout)


def request_of(keyspace: str, node: Node, timeout: float | None) -> Statement:
    """The request of a statement of a file: with the keyspace in its names, and a timeout in seconds."""
    placed = qualified(node, keyspace)
    return Statement(normal_form(placed), (), (), kind(placed), idempotent(placed), Options(timeout=timeout))


def is_unsure(error: DriverError) -> bool:
    """Whether the statement that failed may have happened."""
    return not isinstance(error, _NOT_DONE)


def send(keyspace: str, node: Node, request: Statement) -> Flow[None]:
    """Send a statement. After an unknown outcome, the schema says whether it happened, else it is sent again.

    What must not be sent twice is not. Raises the error of the driver.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            yield request
            return
        except RequestRejected:
            raise
        except DriverError as error:
            if is_unsure(error) and not is_schema(node) and not request.idempotent:
                raise
            failed = error
        yield Pause(_FIRST_PAUSE * 2 ** (_TRIES - 1 - tries_left))
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
