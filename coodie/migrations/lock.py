"""The lock on the migrations of a keyspace: one row of ``coodie_migration_lock``, written conditionally at SERIAL only.

It is written with a TTL, so that the servers' clocks decide when it is over and never that of a client, whose clock may
be wrong. A live lock is never taken; an expired one is gone.
"""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from coodie._errors import LockLost, MigrationLocked
from coodie.cql.message import Kind, Mark, Options, Statement
from coodie.cql.nodes import Assignment, Delete, Insert, Name, Ref, Relation, Select, Selector, Update, Using
from coodie.cql.rendering.statements import render
from coodie.cql.types import NATIVE, CqlType
from coodie.drivers.errors import DriverError
from coodie.migrations.entry import now, who
from coodie.migrations.history import CONDITIONAL, patient
from coodie.plans.answers import by_name, read_answer
from coodie.plans.plan import Flow, Pause
from coodie.tables.own import LOCK
from coodie.tables.table import Column, ColumnKind, Table

TTL: Final = 30
"""Seconds after which a lock that is not renewed is over."""
HEARTBEAT: Final = 10.0
"""Seconds between two renewals."""
_POLL: Final = 1.0
"""Seconds between two attempts to take a lock that another run holds."""
_LATE: Final = TTL / 2
"""Seconds after which the answer to a renewal is no longer believed."""
_TRIES: Final = 3
_KEYSPACE_LOCK: Final = "migrations"
_TYPES: Final[dict[str, CqlType]] = {
    "name": NATIVE["text"],
    "owner": NATIVE["text"],
    "since": NATIVE["timestamp"],
    "[ttl]": NATIVE["int"],
}


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, as ``user@host:pid``, and since when by that one's clock."""

    owner: str
    since: datetime | None

    @property
    def name(self) -> str:
        """The holder without what makes it unique."""
        return who(self.owner)


@dataclass(slots=True)
class Lock:
    """The lock of one run, which began at ``since`` by its own clock.

    ``lost`` is set by a heartbeat that found that another run has it.
    """

    keyspace: str
    owner: str
    since: datetime = field(default_factory=now)
    lost: bool = False


def lock_table(keyspace: str) -> Table:
    """The table of the lock in a keyspace."""
    columns = tuple(
        Column(name, _TYPES[name], ColumnKind.PARTITION_KEY if name == "name" else ColumnKind.REGULAR)
        for name in ("name", "owner", "since")
    )
    options = (("comment", "Held while the migrations of this keyspace run; kept by coodie"),)
    return Table(LOCK, columns, ("name",), keyspace=keyspace, options=options)


def new_owner() -> str:
    """A name for a run: who and where it is, and a random part that makes it unique."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no user with that number, as in some containers
        user = f"uid{os.getuid()}" if hasattr(os, "getuid") else "unknown"
    return f"{user}@{socket.gethostname()}:{os.getpid()}/{secrets.token_hex(4)}"


def take(lock: Lock, wait: float | None, waiting: Callable[[Holder], object]) -> Flow[None]:
    """Take the lock, waiting for another run to end: up to ``wait`` seconds, or without end if it is None.

    ``waiting`` is called with the holder at each attempt. Raises `MigrationLocked` when the time is over.
    """
    node = Insert(Name(LOCK, lock.keyspace), ("name", "owner", "since"), True, Using(ttl=True))
    waited = 0.0
    while True:
        values = (_KEYSPACE_LOCK, lock.owner, lock.since, TTL)
        page = yield from patient(_conditional(node, values))
        applied, rows = read_answer(page, f"on {LOCK}")
        # The first try may have been applied although its answer was lost.
        if applied or (rows and rows[0].get("owner") == lock.owner):
            return
        holder = _holder(rows[0] if rows else {})
        if wait is not None and waited >= wait:
            raise MigrationLocked(_locked(lock.keyspace, holder), holder.name, holder.since)
        waiting(holder)
        pause = _POLL if wait is None else min(_POLL, wait - waited)
        yield Pause(pause)
        waited += pause


def _locked(keyspace: str, holder: Holder) -> str:
    since = "" if holder.since is None else f" since {holder.since:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"the migrations of {keyspace} are locked by {holder.name}{since}; wait for it to end. If that run is gone, "
        f"its lock ends by itself after {TTL} seconds"
    )


def renew(lock: Lock) -> Flow[None]:
    """Renew the lock for another 30 seconds. Raises `LockLost` if this run no longer has it.

    An answer that came late, as to a process that was paused while it waited, says nothing any more; it is asked again.
    """
    for _ in range(_TRIES):
        started = time.monotonic()
        yield from _renew(lock)
        if time.monotonic() - started < _LATE:
            return
    raise LockLost(_lost(lock, "was renewed too slowly"))


def _renew(lock: Lock) -> Flow[None]:
    node = Update(
        Name(LOCK, lock.keyspace),
        (Assignment(Ref("owner")), Assignment(Ref("since"))),
        (Relation(Ref("name")),),
        (Relation(Ref("owner")),),
        using=Using(ttl=True),
    )
    values = (TTL, lock.owner, lock.since, _KEYSPACE_LOCK, lock.owner)
    if not lock.lost:
        try:
            page = yield from patient(_conditional(node, values))
        except DriverError as error:
            raise LockLost(_lost(lock, "could not be renewed")) from error
        lock.lost = not read_answer(page, f"on {LOCK}")[0]
    if lock.lost:
        raise LockLost(_lost(lock, "is no longer this run's"))


def _lost(lock: Lock, what: str) -> str:
    return (
        f"the lock on the migrations of {lock.keyspace} {what}, so this run stopped before its next statement; what it "
        "did is in the history, and the next up() goes on from there"
    )


def beat(lock: Lock) -> Flow[None]:
    """Renew the lock beside the work. A failure is left to the work itself, which renews before each statement."""
    with suppress(LockLost):
        yield from renew(lock)


def release(lock: Lock) -> Flow[None]:
    """Give the lock back, if it is still this run's. If the cluster does not answer, it ends by itself."""
    with suppress(DriverError):
        yield from unlock(lock.keyspace, lock.owner)


def unlock(keyspace: str, owner: str) -> Flow[bool]:
    """Remove the lock of ``owner``; returns whether that one had it."""
    node = Delete(Name(LOCK, keyspace), (Relation(Ref("name")),), conditions=(Relation(Ref("owner")),))
    page = yield from patient(_conditional(node, (_KEYSPACE_LOCK, owner)))
    return read_answer(page, f"on {LOCK}")[0]


def read_lock(keyspace: str) -> Flow[Holder | None]:
    """Who holds the lock now; None if nobody does. The table must exist."""
    selectors = (Selector(Ref("owner")), Selector(Ref("since")))
    cql = render(Select(Name(LOCK, keyspace), selectors, (Relation(Ref("name")),))).cql
    marks = (Mark("name", _TYPES["name"]),)
    options = Options(consistency="SERIAL")
    page = yield from patient(Statement(cql, (_KEYSPACE_LOCK,), marks, Kind.READ, True, options))
    rows = by_name(page, f"a row of {LOCK}")
    return _holder(rows[0]) if rows else None


def _holder(row: dict[str, Any]) -> Holder:
    return Holder(row.get("owner") or "somebody/", row.get("since"))


def _conditional(node: Insert | Update | Delete, values: tuple[Any, ...]) -> Statement:
    text = render(node)
    marks = tuple(Mark(name, _TYPES[name]) for name in text.names)
    return Statement(text.cql, values, marks, Kind.CONDITIONAL, False, CONDITIONAL)
