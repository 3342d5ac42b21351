"""A run that ends anywhere is continued by the next one, and the end is that of a run that was never interrupted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from migrations.crashing import KEYSPACE, Killed, Late, Mortal, Paused, Silent, engine, migrations, state_of
from random_values import how_many

from coodie.exceptions import LockLost, MigrationError, MigrationFailed, Timeout
from coodie.migrations import State

FILES = {
    "1_tables.cql": """-- up
CREATE TYPE address (street text);
CREATE TABLE users (id int PRIMARY KEY, name text, home frozen<address>);
CREATE TABLE hits (id int PRIMARY KEY, n counter);
ALTER TYPE address ADD zip text;
-- down
DROP TABLE hits;
DROP TABLE users;
DROP TYPE address;
""",
    "2_email.cql": """-- up
ALTER TABLE users ADD email text;
CREATE INDEX by_email ON users (email);
INSERT INTO users (id, name) VALUES (1, 'Ann');
UPDATE hits SET n = n + 1 WHERE id = 1;
ALTER TABLE users RENAME id TO user;
ALTER TABLE users WITH comment = 'x';
-- down
ALTER TABLE users RENAME user TO id;
UPDATE hits SET n = n - 1 WHERE id = 1;
DROP INDEX by_email;
ALTER TABLE users DROP email;
""",
    "R__seeds.cql": "INSERT INTO users (user, name) VALUES (2, 'Ben');",
}
COUNTED = f"UPDATE {KEYSPACE}.hits SET n = n + 1 WHERE id = 1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


POINTS = how_many("COODIE_CRASH_POINTS", 6)


def points(requests: int) -> Iterator[tuple[int, bool]]:
    """Requests at which a run ends, spread over all of them, and whether that one is carried out."""
    step = max(1, -(-requests // POINTS))
    for number, at in enumerate(range(1, requests + 1, step)):
        for after in (False, True) if step == 1 else (bool(number % 2),):
            yield at, after


def finish(folder: Path, driver: Mortal, first: Mortal) -> None:
    """What a user does after a run that ended: `up` again, with the answer to its question where it asks."""
    with migrations(folder, driver) as found:
        try:
            found.up(fail_on=None)
        except MigrationError as error:
            asked = re.search(r"resume_at=(\d+) to send it again, or resume_at=(\d+)", str(error))
            if asked is None:
                raise
            found.up(fail_on=None, resume_at=int(asked[2 if COUNTED in first.sent else 1]))


def clean(folder: Path) -> tuple[str, int]:
    memory = engine()
    driver = Mortal(memory)
    with migrations(folder, driver) as found:
        found.up(fail_on=None)
    return state_of(memory), driver.count


def test_a_run_that_is_killed_at_any_request_is_completed_by_the_next_one(folder):
    wanted, requests = clean(folder)
    empty = engine()
    for at, after in points(requests):
        memory = empty.fork()
        dying, second = Mortal(memory, at, after=after), Mortal(memory)
        with migrations(folder, dying) as found, pytest.raises(Killed):
            found.up(fail_on=None)
        finish(folder, second, dying)
        assert state_of(memory) == wanted, (at, after)
        assert [*dying.sent, *second.sent].count(COUNTED) == 1, (at, after)


def test_a_run_that_is_killed_on_its_way_down_is_completed_by_the_next_one(folder):
    wanted, _ = clean(folder)
    memory = engine()
    before = state_of(memory)
    with migrations(folder, Mortal(memory)) as found:
        found.up(fail_on=None)
    start = memory.snapshot()
    driver = Mortal(memory)
    with migrations(folder, driver) as found:
        found.down(-2)
    for at, after in points(driver.count):
        memory.restore(start)
        dying = Mortal(memory, at, after=after)
        with migrations(folder, dying) as found, pytest.raises(Killed):
            found.down(-2)
        with migrations(folder, Mortal(memory)) as found:
            try:
                left = [each.revision for each in found.history() if not each.revision.startswith("R__")]
                if left:
                    found.down(-len(left))
            except MigrationError as error:
                asked = re.search(r"resume_at=(\d+) to send it again, or resume_at=(\d+)", str(error))
                if asked is None:
                    raise
                minus = COUNTED.replace("+", "-")
                found.down(-len(left), resume_at=int(asked[2 if minus in dying.sent else 1]))
            assert state_of(memory) == before, (at, after)
    assert wanted != before


def test_no_answer_to_any_one_request_leaves_the_end_as_it_is(folder):
    wanted, requests = clean(folder)
    empty = engine()
    for at, after in points(requests):
        memory = empty.fork()
        driver, second = Silent(memory, at, after=after), Mortal(memory)
        with migrations(folder, driver) as found:
            try:
                found.up(fail_on=None)
            except (MigrationFailed, Timeout):
                finish(folder, second, driver)
        assert state_of(memory) == wanted, (at, after)
        assert [*driver.sent, *second.sent].count(COUNTED) == 1, (at, after)


FIRST = f"INSERT INTO {KEYSPACE}.coodie_migrations"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("text", "before"), [(COUNTED, 1), (COUNTED, 2), (FIRST, 1), (FIRST, 2)])
def test_a_run_that_stands_still_for_longer_than_its_lock_lasts_does_nothing_that_another_one_has_done(
    folder, monkeypatch, text, before, after
):
    wanted, _ = clean(folder)
    asking = Mortal(engine())
    with migrations(folder, asking) as found:
        found.up(fail_on=None)
    at = next(number for number, each in enumerate(asking.sent, 1) if each.startswith(text)) - before
    memory = engine()
    other = Mortal(memory)
    paused = Paused(memory, at, lambda: finish(folder, other, paused), after=after)
    monkeypatch.setattr("time.monotonic", lambda: memory.clock.now().timestamp())
    with migrations(folder, paused) as found, pytest.raises(LockLost):
        found.up(fail_on=None)
    assert [*paused.sent, *other.sent].count(COUNTED) == 1
    assert state_of(memory) == wanted
    with migrations(folder, other) as found:
        assert {each.state for each in found.history()} == {State.APPLIED}


def test_tables_that_another_run_has_just_made_are_waited_for(folder):
    wanted, _ = clean(folder)
    driver = Late(engine())
    with migrations(folder, driver) as found:
        found.up(fail_on=None)
    assert driver.missing == set()
    assert state_of(driver.memory) == wanted
