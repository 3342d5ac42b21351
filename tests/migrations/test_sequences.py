"""Random migrations, run by two runners that die, pause and get no answers: the end is that of one clean run.

COODIE_SEQUENCES says how many are tried.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from migrations.crashing import (
    KEYSPACE,
    Deaf,
    Disagreeing,
    Killed,
    Mortal,
    Paused,
    Refusing,
    Silent,
    engine,
    migrations,
    state_of,
)
from migrations.random_folders import Folder, folders
from random_values import how_many

from coodie.exceptions import (
    DriverError,
    LockLost,
    MigrationError,
    MigrationFailed,
    MigrationLocked,
)
from coodie.migrations import State
from coodie.sync import Migrations
from coodie.testing import MemoryDriver

EMPTY = engine()
ASKED = re.compile(r":\n  UPDATE (\w+) .*\n.*resume_at=(\d+) to send it again, or resume_at=(\d+)")


class Scene:
    """A folder, the cluster that it is for, and what users see and do there."""

    def __init__(self, folder: Folder, path: Path, memory: MemoryDriver) -> None:
        self.folder, self.path, self.memory = folder, path, memory

    def act(self, action: str, driver: Mortal) -> None:
        """Run `up` or `down`, answer its question where it asks, and take it that it may stop half way."""
        with migrations(self.path, driver) as found:
            try:
                self._answered(found, action)
            except (MigrationFailed, LockLost, MigrationLocked):
                pass
            except MigrationError as error:
                # In the second case another run has answered meanwhile.
                if not re.search("finish it with|resume_at is for|to send it again, or", str(error)):
                    raise
            except DriverError:
                if not isinstance(driver, (Silent, Deaf)):
                    raise

    def _answered(self, found: Migrations, action: str) -> None:
        do: Callable[..., Any] = found.down if action == "down" else lambda **given: found.up(fail_on=None, **given)
        try:
            do(wait=120)
        except MigrationError as error:
            asked = re.search(
                r":\n  UPDATE (\w+) .*\n.*resume_at=(\d+) to send it again, or resume_at=(\d+)", str(error)
            )
            if asked is None:
                raise
            do(wait=120, resume_at=int(asked[3 if self._happened(found, asked[1]) else 2]))

    def _happened(self, found: Migrations, table: str) -> bool:
        """Whether the counter of a table is another one than what the history says was done."""
        entries = {each.revision: each for each in found.history()}
        wanted = 0
        for file in self.folder.files:
            entry = entries.get(Path(file.name).stem)
            if entry is not None:
                done = entry.total - entry.done if entry.undone else entry.done
                made = file.made if entry.state is State.APPLIED else file.made[:done]
                wanted += sum(each.counter == table for each in made)
        rows = self.memory.rows(f"{KEYSPACE}.{table}")
        return (rows[0]["n"] if rows else 0) != wanted

    def finish(self) -> None:
        """Go on until all is applied, as a user does who is told what to do."""
        for _ in range(6):
            with migrations(self.path, Mortal(self.memory)) as found:
                states = {each.revision: each for each in found.history()}
            if any(each.undone and each.state is not State.APPLIED for each in states.values()):
                self.act("down", Mortal(self.memory))
            self.act("up", Mortal(self.memory))
            with migrations(self.path, Mortal(self.memory)) as found:
                if {each.condition.value for each in found.status()} == {"applied"}:
                    return
        raise AssertionError("up() does not come to an end")

    def driver(self, way: str, at: int, after: bool, action: str) -> Mortal:
        """The driver of a run that ends early in that way."""
        match way:
            case "dies":
                return Mortal(self.memory, at, after=after)
            case "deaf":
                return Deaf(self.memory, at, after=after, length=3 + at % 12)
            case "refused":
                return Refusing(self.memory, at)
            case "disagrees":
                return Disagreeing(self.memory, at)
            case "paused":
                return Paused(self.memory, at, lambda: self.act(action, Mortal(self.memory)), after=after)
            case _:
                return Silent(self.memory, at, after=after)


ways = st.tuples(
    st.sampled_from(["dies", "dies", "silent", "paused", "paused", "deaf", "refused", "disagrees"]),
    st.integers(0, 99),
    st.booleans(),
)
sequences = st.one_of(
    st.tuples(folders(repeatable=True), st.lists(st.tuples(st.just("up"), ways), max_size=3), st.integers(0, 3)),
    st.tuples(
        folders(repeatable=False),
        st.lists(st.tuples(st.sampled_from(["up", "up", "down"]), ways), min_size=1, max_size=4),
        st.integers(0, 4),
    ),
)


# Not shrunk: that takes long, and a sequence is short.
@settings(
    max_examples=how_many("COODIE_SEQUENCES", 15),
    phases=[Phase.generate],
    derandomize="COODIE_SEQUENCES" not in os.environ,
)
@given(sequences)
def test_any_sequence_of_runs_that_end_early_comes_to_the_end_of_a_clean_run(sequence):
    folder, runs, corrected = sequence
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        path = Path(name)
        clean = EMPTY.fork()
        folder.write(path, correct=True)
        first = Mortal(clean)
        with migrations(path, first) as found:
            found.up(fail_on=None)

        memory = EMPTY.fork()
        patch.setattr("time.monotonic", lambda: memory.clock.now().timestamp())
        scene = Scene(folder, path, memory)
        for number, (action, (way, percent, after)) in enumerate(runs):
            folder.write(path, correct=number >= corrected)
            with suppress(Killed):
                scene.act(action, scene.driver(way, 1 + first.count * percent // 100, after, action))
        folder.write(path, correct=True)
        scene.finish()
        assert state_of(memory) == state_of(clean)
        assert memory.rows(f"{KEYSPACE}.coodie_migration_lock") == []
