"""What must be there before migrations run: the keyspace, and coodie's two tables in it."""

from __future__ import annotations

from coodie._errors import MigrationError
from coodie.cql.message import Statement
from coodie.cql.names import quote
from coodie.cql.rendering.ddl import render_ddl
from coodie.drivers.errors import OutcomeUnknown, RequestRejected, SchemaDisagreement
from coodie.migrations.entry import Entry
from coodie.migrations.history import history_table, patient, read_history
from coodie.migrations.lock import lock_table
from coodie.plans.plan import Flow, Pause
from coodie.plans.schema_flows import ddl, rows
from coodie.tables.ddl import create_table
from coodie.tables.introspect import found_keyspace, question
from coodie.tables.own import HISTORY, LOCK
from coodie.tables.table import Table

_TRIES = 5
_PAUSE = 1.0


def require_keyspace(keyspace: str, create: Statement | None = None) -> Flow[None]:
    """Raise `MigrationError` if the keyspace does not exist; with ``create`` that is sent first."""
    if create is not None:
        yield from patient(create, own=False)
    if found_keyspace({"keyspaces": (yield from rows(keyspace, "keyspaces"))}) is None:
        raise MigrationError(
            f"there is no keyspace {quote(keyspace)}; make it, as with create_keyspace={{...}} in the first up()"
        )


def entries_of(keyspace: str) -> Flow[tuple[Entry, ...]]:
    """All entries of the history; none if its table does not exist yet. Raises as `require_keyspace` does."""
    if (yield from has_table(keyspace, HISTORY)):
        return (yield from read_history(keyspace))
    yield from require_keyspace(keyspace)
    return ()


def has_table(keyspace: str, name: str) -> Flow[bool]:
    """Whether the keyspace has this table."""
    page = yield question("columns", keyspace, name)
    return bool(page.rows)


def require_lock(keyspace: str) -> Flow[None]:
    """Make the table of the lock if it is missing, before anybody can hold the lock."""
    yield from _require(lock_table(keyspace), LOCK)


def require_history(keyspace: str) -> Flow[None]:
    """Make the table of the history if it is missing, while this run holds the lock."""
    yield from _require(history_table(keyspace), HISTORY)


def _require(table: Table, name: str) -> Flow[None]:
    keyspace = table.keyspace or ""
    for tries_left in reversed(range(_TRIES)):
        if (yield from has_table(keyspace, name)):
            return
        try:
            yield settled(table)
        except (OutcomeUnknown, SchemaDisagreement):
            if not tries_left:
                raise
        except RequestRejected:
            # Several runs may make the table at the same moment, and a server may then refuse all but one of them.
            if not tries_left or not (yield from _is_there(keyspace, name)):
                raise
        yield Pause(_PAUSE)


def _is_there(keyspace: str, name: str) -> Flow[bool]:
    yield Pause(_PAUSE)
    return (yield from has_table(keyspace, name))


def settled(table: Table) -> Statement:
    """The statement that makes a table. Where it is there already, it is answered once all nodes agree."""
    return ddl(render_ddl(create_table(table)))
