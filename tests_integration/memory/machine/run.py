"""A run: some writes and reads on one table, and then all that is in it."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from coodie.cql.nodes import Name
from coodie.cql.types import COUNTER, is_multicell
from coodie.testing.memory.schema import Table
from coodie.testing.memory.typed import Value
from tests_integration.memory import raw
from tests_integration.memory.line import Flow, Line
from tests_integration.memory.machine.alters import an_alteration
from tests_integration.memory.machine.both import Both, Difference, Step
from tests_integration.memory.machine.draws import Pick, Template
from tests_integration.memory.machine.reads import a_read
from tests_integration.memory.machine.shapes import ALTERED, INDEXES, SCANNED, TABLES, TYPES, Keys
from tests_integration.memory.machine.writes import a_write

MANY: Final = 12
"""Texts of a kind and a table that are said again and again."""


@contextmanager
def made(line: Line, names: Sequence[str] = (*TABLES, *SCANNED)) -> Iterator[Both]:
    """Both sides with these tables and their indexes, in a keyspace of their own, which is dropped in the end."""
    both = Both(line, f"machine_{secrets.token_hex(4)}")
    tables = {**TABLES, **SCANNED}
    wanted = [text for text in INDEXES if text.partition(" ON ")[2].partition(" ")[0] in names]
    try:
        for text in (*TYPES, *(tables[name] for name in names), *wanted):
            line.wait(both.both(text))
        yield both
    finally:
        both.close()


AHEAD: Final = 100_000
"""Seconds by which a run is ahead of the clock, so that a compaction of the server finds nothing that has expired."""


class Library:
    """Statements that are said again and again, with other values."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._known: dict[tuple[bool, str, int], Template] = {}

    def template(self, writes: bool, table: Table, kind: str, number: int) -> Template:
        """One of `MANY`."""
        key = writes, table.name, number
        found = self._known.get(key)
        if found is None:
            pick = random.Random(f"{self.seed} {(writes, kind, number)}").choice
            found = a_write(pick, table, None) if writes else a_read(pick, table, None, kind in SCANNED)
            self._known[key] = found
        return found


class Machine:
    """One table, in partitions of its own. ``name`` is its kind; of the altered ones each run has another."""

    def __init__(self, both: Both, pick: Pick, name: str, base: int, library: Library | None = None) -> None:
        self.both, self.pick, self.library = both, pick, library
        self.name = self.called = name
        self.keys = Keys(base)
        self.now = both.engine.seconds() + AHEAD
        self.log: list[tuple[Step, raw.Answer]] = []
        self.skipped: frozenset[int] = frozenset()
        self._at = 0

    @property
    def table(self) -> Table:
        """As it is now."""
        return self.both.engine.schema.table(Name(self.called), self.both.keyspace)

    def run(self, steps: int) -> Flow[None]:
        """So many steps, and the check."""
        for _ in range(steps):
            yield from self.step()
        yield from self.check()

    def step(self) -> Flow[None]:
        """A write, a read, or some seconds."""
        if self.name == ALTERED and self.pick(range(8)) == 0:
            yield from self.say(an_alteration(self.pick, self.table))
            return
        which = self.pick(range(10))
        if which == 0 and self.name != ALTERED:  # what of expired rows is left there depends on when it was flushed
            self.now += self.pick([1, 3, 10])
            return
        again = self.library is not None and self.pick(range(4)) != 0
        template = self._again(which < 7) if again else self._new(which < 7)
        values = template.values(self.pick, self.keys)
        yield from self.say(template.text, values, 0 if which < 7 else self.pick([0, 0, 1, 2, 3]), again)

    def _again(self, writes: bool) -> Template:
        assert self.library is not None
        return self.library.template(writes, self.table, self.name, self.pick(range(MANY)))

    def _new(self, writes: bool) -> Template:
        if writes:
            return a_write(self.pick, self.table, self.keys)
        return a_read(self.pick, self.table, self.keys, self.name in SCANNED)

    def say(self, text: str, values: Sequence[Value] = (), size: int = 0, prepared: bool = False) -> Flow[None]:
        """One statement to both."""
        step = Step(text, values, size, self.now, prepared)
        self._at += 1
        if self._at - 1 in self.skipped:
            return
        try:
            answer = yield from self.both.say(step)
        except Difference as difference:
            difference.before = tuple(self.log)
            raise
        if answer is not None:
            self.log.append((step, answer))

    def check(self) -> Flow[None]:
        """All that is there."""
        names = []
        for column in self.table.columns.values():
            names.append(column.name)
            if column.name not in self.table.primary_key and column.type != COUNTER and not is_multicell(column.type):
                names += [f"writetime({column.name})", f"ttl({column.name})"]
        where = ""
        if self.name not in SCANNED:
            filtering = " ALLOW FILTERING" if len(self.table.partition) > 1 else ""
            where = f" WHERE p IN ({', '.join(map(str, self.keys.of()))}){filtering}"
        yield from self.say(f"SELECT {', '.join(names)} FROM {self.called}{where}")

    def empty(self) -> Flow[None]:
        """Delete what is there. What was altered stays, since the server flushes other tables when one is dropped."""
        if self.name != ALTERED:
            yield from self.both.both(f"TRUNCATE {self.name}")
            return
        self.called = f"{ALTERED}{self.keys.base}"
        yield from self.both.both(SCANNED[ALTERED].replace(f" {ALTERED} ", f" {self.called} ", 1))
