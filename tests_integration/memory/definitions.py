"""Statements that change the schema, changed at random, carried out by the server and by the engine.

``COODIE_HOSTS=host:port python -m tests_integration.memory.definitions COUNT [SEED]``. The seeds are those of the
corpus. Both take a statement, or refuse it with one code, or one of them for its syntax; each time so many were taken,
the tables of ``system_schema`` are compared, and both begin anew.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, Final

from coodie.exceptions import InvalidQueryError
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.base import CqlError, NotSupportedByMemoryDriver
from tests_integration.memory import raw
from tests_integration.memory.line import Line, asked
from tests_integration.memory.machine.both import Step, answer_of
from tests_integration.memory.play import CORPUS, KEYSPACE, parts
from tests_integration.memory.statements import SYNTAX, Difference, changed, made, main, pieces, pool_of, whole

VERBS: Final = re.compile(r"CREATE|ALTER|DROP")
_ELSEWHERE: Final = "KEYSPACE|FUNCTION|AGGREGATE|ROLE|USER|TRIGGER|MASKED|system"
LEFT_OUT: Final = re.compile(rf"{_ELSEWHERE}|\bid\b *=|comment *= *-?\d", re.IGNORECASE)
"""What is no table, type, index or view of one keyspace; an id, which no two tables may share; and a number as a
comment, which the engine writes as numbers are written.
"""
LONGEST: Final = 3000
TAKEN: Final = 60
"""Statements after which both begin anew."""
LOOKS: Final = {
    "tables": ("id",),
    "columns": ("type",),
    "types": (),
    "indexes": ("options",),
    "views": ("id", "base_table_id"),
    "dropped_columns": ("dropped_time", "type"),
}
"""The tables of the schema, and their columns that are not compared. A server writes types as they were written."""


def definitions() -> list[list[str]]:
    """The statements of the corpus that change a schema, by the files that they are in."""
    found: list[list[str]] = []
    for path in sorted(CORPUS.glob("*.cql")):
        texts = [parts(line)[1] for line in path.read_text(encoding="utf-8").splitlines()]
        found.append([text for text in texts if VERBS.match(text) and not LEFT_OUT.search(text) and whole(text)])
    return list(filter(None, found))


def drawn(count: int, random: Random) -> Iterator[str]:
    """So many statements: most of them changed, some as they are."""
    cut = [[pieces(text) for text in texts] for texts in definitions()]
    pool = pool_of(each for held in cut for each in held)
    while count:
        found = random.choice(random.choice(cut))
        text = "".join(found) if random.random() < 0.15 else changed(found, random, pool)
        if VERBS.match(text) and not LEFT_OUT.search(text) and len(text) < LONGEST:
            count -= 1
            yield text


def carried_out(engine: Engine, text: str) -> raw.Answer:
    """What the engine says."""
    try:
        engine.execute(engine.prepare(text, KEYSPACE))
    except CqlError as error:
        return raw.Answer(error.code, error.message)
    except InvalidQueryError as error:
        return raw.Answer(SYNTAX, str(error))
    return raw.Answer()


def alike(server: raw.Answer, engine: raw.Answer) -> bool:
    """Whether both took it, or refused it alike. Of two errors in a statement, one may be found first by its syntax."""
    if SYNTAX in (server.code, engine.code):
        return None not in (server.code, engine.code)
    return server.code == engine.code


class Comparison:
    """Both sides, in a keyspace of their own."""

    def __init__(self, line: Line, seed: int) -> None:
        self._line, self._seed, self._number, self._taken = line, seed, 0, 0
        self.counts: Counter[str] = Counter()
        self.differences: list[Difference] = []
        self._begin()

    def _begin(self) -> None:
        self._number += 1
        self._taken = 0
        self._name = f"definitions_{self._seed}_{self._number}_{Random().getrandbits(32):08x}"
        self._engine = made(self._line, self._name)

    def end(self) -> None:
        """Drop the keyspace."""
        self._line.wait(asked(f"DROP KEYSPACE IF EXISTS {self._name}"))

    def compare(self, text: str) -> None:
        """Both carry it out, unless the engine has not got it."""
        try:
            here = carried_out(self._engine, text)
        except NotSupportedByMemoryDriver as error:
            self.counts[f"unsupported: {error.feature}"] += 1
            return
        except Exception as error:  # noqa: BLE001 - a bug of the engine is a difference
            here = raw.Answer(-1, f"{type(error).__name__}: {error}")
        server = self._asked(text)
        self._taken += here.code is None
        if not alike(server, here):
            self._differ(text, server, here)
        else:
            self.counts["agree, taken" if here.code is None else f"agree on {here.code:#06x}"] += 1
            if self._taken < TAKEN:
                return
            self._look()
        self.end()
        self._begin()

    def _look(self) -> None:
        for table, unseen in LOOKS.items():
            cql = f"SELECT * FROM system_schema.{table} WHERE keyspace_name = '{KEYSPACE}'"
            there, here = self._asked(cql), answer_of(self._engine, KEYSPACE, Step(cql))
            if (said := rows(there, self._name, unseen)) != (own := rows(here, self._name, unseen)):
                only = [each for each in said if each not in own], [each for each in own if each not in said]
                self.differences.append(Difference(cql, str(only[0]), str(only[1]), "rows of the schema"))

    def _differ(self, text: str, server: raw.Answer, engine: raw.Answer) -> None:
        self.counts["different"] += 1
        self.differences.append(Difference(text, str(server), str(engine), "code"))

    def _asked(self, text: str) -> raw.Answer:
        return self._line.wait(asked(re.sub(rf"\b{KEYSPACE}\b", self._name, text)))


def rows(answer: raw.Answer, name: str, unseen: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows in an order of their own, with the columns that are compared."""
    names = [column for column, _ in answer.columns]
    found = [dict(zip(names, row, strict=True)) for page in answer.pages for row in page]
    kept = [
        {
            column: value.replace(name.encode(), KEYSPACE.encode()) if value is not None else None
            for column, value in row.items()
            if column not in unseen and column != "keyspace_name"
        }
        for row in found
    ]
    return sorted(kept, key=repr)


def run(line: Line, count: int, seed: int) -> tuple[Counter[str], list[Difference]]:
    """How many agreed, what was refused by name, and what differs."""
    both = Comparison(line, seed)
    try:
        for text in drawn(count, Random(seed)):
            both.compare(text)
    finally:
        if not line.lost:
            both.end()
    return both.counts, both.differences


if __name__ == "__main__":
    sys.exit(main(run, sys.argv[1:]))
