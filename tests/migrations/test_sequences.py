"""Random migrations, run by two runners that die, pause and get no answers: the end is that of one clean run.

COODIE_SEQUENCES says how many are tried.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from migrations.crashing import Killed, Mortal, Silent, engine, migrations, state_of
from random_values import how_many

from coodie.cql.message import Page, Request
from coodie.exceptions import CoodieError, LockLost, MigrationError, MigrationFailed, MigrationLocked
from coodie.sync import Migrations
from coodie.testing import MemoryDriver

EMPTY = engine()


class Paused(Mortal):
    """A run that stands still before a request for longer than its lock lasts, while another run does its work."""

    def __init__(self, memory: MemoryDriver, at: int, folder: Path) -> None:
        super().__init__(memory, at)
        self.folder = folder
        self.other = Mortal(memory)

    def execute(self, request: Request, /) -> Page:
        self.count += 1
        if self.count == self.at:
            self.memory.clock.tick(31)
            with migrations(self.folder, self.other) as found:
                attempt(found, self.other, [self])
        return self._carry_out(request)

    def pass_time(self, seconds: float, /) -> bool:
        return self.memory.pass_time(seconds)


@st.composite
def folders(draw: st.DrawFn) -> list[list[str]]:
    """The statements of some files, each of which a server takes after those before it."""
    tables: dict[str, list[str]] = {}
    counters: list[str] = []
    indexed: set[str] = set()
    count = 0
    files: list[list[str]] = []
    for _ in range(draw(st.integers(1, 3))):
        statements: list[str] = []
        for _ in range(draw(st.integers(1, 3))):
            count += 1
            kinds = ["table", "counter", "type"] + ["add", "drop", "index", "insert", "comment"] * bool(tables)
            kind = draw(st.sampled_from(kinds + ["count"] * 2 * bool(counters)))
            absent = draw(st.sampled_from(["", "IF NOT EXISTS "]))
            table = draw(st.sampled_from(sorted(tables))) if tables else ""
            if kind == "table":
                tables[f"t{count}"] = []
                statements.append(f"CREATE TABLE {absent}t{count} (id int PRIMARY KEY, v int)")
            elif kind == "counter":
                counters.append(f"n{count}")
                statements.append(f"CREATE TABLE {absent}n{count} (id int PRIMARY KEY, n counter)")
            elif kind == "type":
                statements.append(f"CREATE TYPE {absent}u{count} (x int)")
            elif kind == "add" or (kind == "drop" and not tables[table]):
                tables[table].append(f"c{count}")
                statements.append(f"ALTER TABLE {table} ADD {absent}c{count} int")
            elif kind == "drop":
                statements.append(f"ALTER TABLE {table} DROP {tables[table].pop()}")
            elif kind == "index" and table not in indexed:
                indexed.add(table)
                statements.append(f"CREATE INDEX {absent}i{count} ON {table} (v)")
            elif kind in ("index", "insert"):
                statements.append(f"INSERT INTO {table} (id, v) VALUES ({count}, {count})")
            elif kind == "comment":
                statements.append(f"ALTER TABLE {table} WITH comment = 'c{count}'")
            else:
                statements.append(f"UPDATE {draw(st.sampled_from(counters))} SET n = n + 1 WHERE id = 1")
        files.append(statements)
    return files


ends = st.lists(st.tuples(st.sampled_from(["dies", "silent", "paused"]), st.integers(1, 60), st.booleans()), max_size=3)


def attempt(found: Migrations, own: Mortal, others: Sequence[Mortal]) -> bool:
    """One `up`, and the answer to its question where it asks; whether all is applied then."""
    try:
        found.up(fail_on=None, wait=120)
        return True
    except MigrationError as error:
        asked = re.search(r":\n  (UPDATE .*)\n.*resume_at=(\d+) to send it again, or resume_at=(\d+)", str(error))
        if asked is None:
            if not isinstance(error, (MigrationFailed, LockLost, MigrationLocked)):
                raise
            return False
    # What the user sees in the data: how often the increment has happened, and how often it should have by now.
    wanted = _before(found, asked[1])
    happened = sum(each.sent.count(_placed(asked[1])) for each in (own, *others)) > wanted
    try:
        found.up(fail_on=None, wait=120, resume_at=int(asked[3 if happened else 2]))
    except (MigrationFailed, LockLost, MigrationLocked):
        return False
    return True


def _placed(text: str) -> str:
    return text.replace("UPDATE ", "UPDATE shop.")


def _before(found: Migrations, text: str) -> int:
    """How often the statement stands before the one that is asked about."""
    entry = next(each for each in found.history() if each.state.value != "applied")
    files = found.files()
    done = [each.cql for file in files if file.revision < entry.revision for each in file.up]
    current = next(file for file in files if file.revision == entry.revision)
    return [*done, *(each.cql for each in current.up[: entry.done])].count(text)


# Not shrunk: that takes long, and a sequence is short.
@settings(
    max_examples=how_many("COODIE_SEQUENCES", 15),
    phases=[Phase.generate],
    derandomize="COODIE_SEQUENCES" not in os.environ,
)
@given(folders(), ends)
def test_any_sequence_of_runs_that_end_early_comes_to_the_end_of_a_clean_run(files, ways):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, statements in enumerate(files, 1):
            (folder / f"{number}_x.cql").write_text(";\n".join(statements) + ";\n")
        clean = EMPTY.fork()
        with migrations(folder, Mortal(clean)) as found:
            found.up(fail_on=None)

        memory = EMPTY.fork()
        drivers: list[Mortal] = []
        for way, at, after in ways:
            driver = Paused(memory, at, folder) if way == "paused" else _driver(way, memory, at, after)
            with migrations(folder, driver) as found:
                try:
                    attempt(found, driver, drivers)
                except Killed:
                    pass
                except CoodieError:
                    if way != "silent":
                        raise
            drivers += [driver, driver.other] if isinstance(driver, Paused) else [driver]
        last = Mortal(memory)
        with migrations(folder, last) as found:
            for _ in range(3):
                if attempt(found, last, drivers):
                    break
            assert {each.state.value for each in found.history()} <= {"applied"}
        assert state_of(memory) == state_of(clean)
        for text in {each for statements in files for each in statements if each.startswith("UPDATE")}:
            count = sum(each.sent.count(_placed(text)) for each in (*drivers, last))
            assert count == sum(statements.count(text) for statements in files)


def _driver(way: str, memory: MemoryDriver, at: int, after: bool) -> Mortal:
    return Mortal(memory, at, after=after) if way == "dies" else Silent(memory, at, after=after)
