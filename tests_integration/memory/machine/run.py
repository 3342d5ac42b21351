"""A run: some writes and reads on one table, and then all that is in it."""

from __future__ import annotations

from cassandra.cluster import Session

from coodie.cql.nodes import Name
from coodie.cql.types import COUNTER, is_multicell
from tests_integration.memory.machine.both import Both
from tests_integration.memory.machine.draws import Pick, a_read, a_write
from tests_integration.memory.machine.shapes import INDEXES, TABLES, TYPES, Keys


def made(session: Session, keyspace: str) -> Both:
    """Both sides with all tables."""
    both = Both(session, keyspace)
    for text in (*TYPES, *TABLES.values(), *INDEXES):
        both.ddl(text)
    return both


class Machine:
    """One table, in partitions of its own."""

    def __init__(self, both: Both, pick: Pick, name: str, base: int) -> None:
        self.both, self.pick = both, pick
        self.table = both.engine.schema.table(Name(name), both.keyspace)
        self.keys = Keys(base)
        both.start()

    def step(self) -> None:
        """A write, a read, or some seconds."""
        which = self.pick(range(10))
        if which == 0:
            self.both.now += self.pick([1, 3, 10])
        elif which < 7:
            self.both.say(*a_write(self.pick, self.table, self.keys))
        else:
            text, values = a_read(self.pick, self.table, self.keys)
            self.both.say(text, values, self.pick([0, 0, 1, 2, 3]))

    def check(self) -> None:
        """All that is there."""
        names = []
        for column in self.table.columns.values():
            names.append(column.name)
            if column.name not in self.table.primary_key and column.type != COUNTER and not is_multicell(column.type):
                names += [f"writetime({column.name})", f"ttl({column.name})"]
        listed = ", ".join(map(str, (self.keys.base, self.keys.base + 1, self.keys.base + 2)))
        filtering = " ALLOW FILTERING" if len(self.table.partition) > 1 else ""
        self.both.say(f"SELECT {', '.join(names)} FROM {self.table.name} WHERE p IN ({listed}){filtering}")
