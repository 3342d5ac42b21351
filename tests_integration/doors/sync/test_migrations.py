# Derived by tests/derive.py: edit tests_integration/doors/aio/test_migrations.py,
# then run `tox -e sync`.
"""Migrations on a real cluster: planned, applied, gone on with and undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from coodie.sync import Migrations, create_keyspace, drop_keyspace, execute_raw, read_schema
from coodie.exceptions import MigrationError, MigrationFailed
from coodie.migrations import Condition

USERS = """-- coodie migration 1
-- Users and their visits.

-- up
CREATE TYPE address (street text, zip text);
CREATE TABLE users (id int PRIMARY KEY, name text, home frozen<address>);
CREATE TABLE hits (id int PRIMARY KEY, n counter);

-- down
DROP TABLE hits;
DROP TABLE users;
DROP TYPE address;
"""
EMAIL = """-- up
ALTER TABLE users ADD email text;
CREATE INDEX IF NOT EXISTS users_email ON users (email) USING 'sai';
INSERT INTO users (id, name, home) VALUES (1, 'Ann', {street: 'High', zip: '1'});
BEGIN BATCH
  INSERT INTO users (id, name) VALUES (2, 'Ben');
  UPDATE users SET email = 'a@x' WHERE id = 1;
APPLY BATCH;

-- down
DROP INDEX users_email;
ALTER TABLE users DROP email;
"""


@pytest.fixture
def fresh(connection: None) -> Iterator[str]:
    """A keyspace that has no migrations yet."""
    name = f"migrated_{uuid4().hex[:8]}"
    create_keyspace(name)
    yield name
    drop_keyspace(name)


def test_migrations_are_applied_recorded_gone_on_with_and_undone(fresh: str, tmp_path: Path) -> None:
    migrations = Migrations(tmp_path, keyspace=fresh)
    (tmp_path / "0001_users.cql").write_text(USERS)
    (tmp_path / "0002_email.cql").write_text(EMAIL)
    assert str(migrations.plan()) == "up 0001_users\nup 0002_email"
    assert [each.revision for each in (migrations.up()).done] == ["0001_users", "0002_email"]
    rows = execute_raw(f"SELECT id, name, email FROM {fresh}.users")
    assert {row["id"]: (row["name"], row["email"]) for row in rows} == {1: ("Ann", "a@x"), 2: ("Ben", None)}
    assert not migrations.up()

    (tmp_path / "0003_broken.cql").write_text("ALTER TABLE users ADD age int; ALTER TABLE nothing ADD a int;")
    with pytest.raises(MigrationFailed, match=r"0003_broken\.cql:1:32: statement 2 of 2 failed"):
        migrations.up(fail_on=None)
    (tmp_path / "0003_broken.cql").write_text("-- up\nALTER TABLE users ADD age int;\n-- down\n")
    assert [each.condition for each in migrations.status()] == [
        Condition.APPLIED,
        Condition.APPLIED,
        Condition.FAILED,
    ]
    assert migrations.up()
    assert [each.state.value for each in migrations.history()] == ["applied"] * 3

    assert len((migrations.down("0001")).done) == 2
    schema = read_schema(fresh)
    assert schema is not None
    assert {table.name for table in schema.tables} == {"users", "hits"}
    assert migrations.down()
    schema = read_schema(fresh)
    assert schema is not None
    assert not schema.tables
    assert not schema.types


def test_a_keyspace_that_does_not_exist_is_told_or_made(connection: None, tmp_path: Path) -> None:
    name = f"migrated_{uuid4().hex[:8]}"
    (tmp_path / "0001_users.cql").write_text(USERS)
    migrations = Migrations(tmp_path, keyspace=name)
    with pytest.raises(MigrationError, match="there is no keyspace"):
        migrations.up()
    try:
        assert migrations.up(create_keyspace=True)
    finally:
        drop_keyspace(name)
