"""`coodie migrate redo`, `baseline`, `repair` and `unlock`."""

import io

import pytest

from coodie.migrations.lock import new_owner
from coodie.sync import close, execute_raw, init_coodie

CHANGED = """
-- up
CREATE TABLE IF NOT EXISTS users (id uuid PRIMARY KEY, name ascii);
"""
LOCK = "INSERT INTO shop.coodie_migration_lock (name, owner, since) VALUES ('migrations', ?, toTimestamp(now()))"


@pytest.fixture
def answer(monkeypatch):
    """Makes the user give an answer; none without it."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.fixture
def changed(applied):
    applied.write({"migrations/0001_users.cql": CHANGED})
    return applied


@pytest.fixture
def locked(applied):
    """A keyspace whose lock somebody else has."""
    init_coodie("memory:dev.cql")
    execute_raw(LOCK, [new_owner()])
    close()
    return applied


def test_redo_undoes_the_last_one_and_applies_it_again(applied):
    ended = applied("migrate", "redo", "--dry-run")
    assert (ended.status, [line for line in ended.lines if "0002" in line]) == (
        0,
        ["  undo 0002_email", "  apply 0002_email"],
    )
    ended = applied("migrate", "redo", "--json")
    assert ended.status == 0
    assert [(each["direction"], each["state"]) for each in ended.json["migrations"]] == [
        ("down", "pending"),
        ("up", "applied"),
    ]
    assert applied("migrate", "status").status == 0


def test_a_baseline_marks_what_the_keyspace_has(applied):
    applied("schema", "dump", "--output", "there.cql")
    place = ("--hosts", "memory:there.cql")
    ended = applied("migrate", "baseline", "0002", *place, "--dry-run")
    assert ended.lines == ["keyspace shop: would mark 2 migrations as applied", "  0001_users", "  0002_email"]
    assert applied("migrate", "status", *place).status == 1
    assert applied("migrate", "baseline", "0002", *place).status == 0
    assert applied("migrate", "status", *place).status == 0
    told = applied("migrate", "history", *place, "--json").json["migrations"]
    assert [each["kind"] for each in told] == ["baseline", "baseline"]


def test_a_baseline_of_another_schema_is_refused(applied):
    applied("schema", "dump", "--output", "there.cql")
    ended = applied("migrate", "baseline", "0001", "--hosts", "memory:there.cql")
    assert ended.status == 1
    assert "email" in ended.err
    assert applied("migrate", "status", "--hosts", "memory:there.cql").lines[0].startswith("keyspace shop: 2 of 2")
    assert applied("migrate", "baseline", "0001", "--hosts", "memory:there.cql", "--no-compare").status == 0


def test_repair_shows_both_texts_and_asks(changed, answer):
    answer("n\n")
    ended = changed("migrate", "repair", "0001")
    assert ended.status == 1
    assert "-CREATE TABLE IF NOT EXISTS users (id uuid PRIMARY KEY, name text);" in ended.lines
    assert "+CREATE TABLE IF NOT EXISTS users (id uuid PRIMARY KEY, name ascii);" in ended.lines
    assert changed("migrate", "status").status == 1
    answer("y\n")
    ended = changed("migrate", "repair", "0001")
    assert (ended.status, ended.lines[-1].strip()) == (0, "accepted")
    assert changed("migrate", "status").status == 0
    assert changed("migrate", "repair", "0001", "--yes").status == 1  # there is nothing to accept any more


@pytest.mark.parametrize(("option", "status"), [("--dry-run", 0), ("--json", 1)])
def test_without_an_answer_nothing_is_repaired(changed, answer, option, status):
    assert changed("migrate", "repair", "0001", option).status == status
    assert changed("migrate", "status").status == 1
    assert changed("migrate", "repair", "0001").status == 1
    assert changed("migrate", "repair", "0001", "--yes").status == 0
    assert changed("migrate", "status").status == 0


def test_unlock_shows_the_lock_and_asks(locked, answer):
    ended = locked("migrate", "unlock", "--dry-run")
    assert ended.status == 0
    assert "has the lock since " in ended.out
    assert locked("migrate", "unlock").status == 1  # no answer leaves it
    ended = locked("migrate", "up", "--wait", "0")
    assert ended.status == 1
    assert "locked by" in ended.err
    answer("y\n")
    ended = locked("migrate", "unlock")
    assert (ended.status, ended.lines[-1].strip()) == (0, "removed")
    assert locked("migrate", "unlock", "--yes").lines == ["keyspace shop: nobody has the lock"]
    assert locked("migrate", "up").status == 0


@pytest.mark.parametrize("after", [False, True])
def test_an_unlock_that_is_interrupted_is_done_by_the_next_one(locked, interrupt, after):
    interrupt("DELETE FROM shop.coodie_migration_lock", after)
    ended = locked("migrate", "unlock", "--yes")
    assert (ended.status, ended.err) == (130, "interrupted\n")
    assert locked("migrate", "unlock", "--yes").status == 0
    assert locked("migrate", "up").status == 0
