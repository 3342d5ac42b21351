"""Where the machine runs: a door, two keyspaces, and a look at them that coodie has no part in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from cassandra.cluster import EXEC_PROFILE_DEFAULT, Session
from cassandra.query import tuple_factory

from .tables import COLUMNS, SCALARS, alike, plain

Rows = list[tuple[Any, ...]]


class Look:
    """Reads the table as the vendor gives it, and empties partitions."""

    def __init__(self, session: Session, keyspaces: tuple[str, str]) -> None:
        self._session = session
        self._profile = session.execution_profile_clone_update(EXEC_PROFILE_DEFAULT, row_factory=tuple_factory)
        columns = ", ".join(["shop", "number", *COLUMNS, *(f"ttl({name})" for name in SCALARS)])
        self._reads = [session.prepare(f"SELECT {columns} FROM {name}.items WHERE shop IN ?") for name in keyspaces]
        self._deletes = [session.prepare(f"DELETE FROM {name}.items WHERE shop IN ?") for name in keyspaces]

    def rows(self, shops: list[str]) -> list[Rows]:
        """The rows of these partitions in both keyspaces, as the reference gives them."""
        asked = [self._session.execute_async(each, [shops], execution_profile=self._profile) for each in self._reads]
        return [sorted(map(_row, each.result()), key=lambda row: row[:2]) for each in asked]

    def clean(self, shops: list[str]) -> None:
        """Delete these partitions in both keyspaces."""
        for each in [self._session.execute_async(statement, [shops]) for statement in self._deletes]:
            each.result()


def _row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    end = 2 + len(COLUMNS)
    values = [alike(plain(value)) for value in row[2:end]]
    return (row[0], -1 if row[1] is None else row[1], *values, *(ttl is not None for ttl in row[end:]))


@dataclass
class World:
    """``do`` gives what a call of the door gives, awaited if it must be; ``leave`` ends a batch with an exception."""

    do: Callable[[Any], Any]
    batch: Callable[..., Any]
    leave: Callable[[Any], None]
    item: Any
    keyspaces: tuple[str, str]
    look: Look
    shops: Iterator[int] = field(default_factory=count)
    steps: int = 0

    @property
    def places(self) -> tuple[Any, Any]:
        """The model where it belongs, and in the other keyspace."""
        return self.item, self.item.using(keyspace=self.keyspaces[1])


def wait_for_the_servers_clock() -> None:
    """Let the millisecond end in which the last plain write may have been.

    The server gives a conditional write the start of the present millisecond as its timestamp, and clients give plain
    writes the present microsecond. So of two in one millisecond the plain one counts as the later, whatever their order
    was (docs/lwt.md: do not mix them). On one machine, with one clock, this is all it takes; a server with a clock of
    its own would have to be in step with this one.
    """
    now = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == now:
        time.sleep(0.0001)
