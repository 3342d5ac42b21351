"""Migrations at the door: baseline, repair, redo, unlock, check, and new files, on the engine in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from migrations.python_files import BACKFILL, MODEL_BACKFILL, PYTHON

from coodie.aio import Document, Migrations, execute_raw, read_schema
from coodie.exceptions import ConfigurationError, LockLost, MigrationError, SchemaMismatch
from coodie.fields import Indexed, Int, PrimaryKey
from coodie.migrations import Condition, Event, Happening, Kind
from coodie.testing import Clock, MemoryDriver, RecordingDriver

Write = Callable[..., Migrations]

USERS = (
    "-- up\nCREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY, note text);\n-- down\nDROP TABLE IF EXISTS users;\n"
)
EMAIL = "-- up\nALTER TABLE users ADD IF NOT EXISTS email text;\n-- down\nALTER TABLE users DROP IF EXISTS email;\n"


class User(Document):
    id: Annotated[int, PrimaryKey(), Int()]
    note: str | None = None
    email: Annotated[str | None, Indexed()] = None

    class Settings:
        name = "users"


@pytest.fixture
def memory() -> Iterator[MemoryDriver]:
    memory = MemoryDriver(clock=Clock())
    memory.run("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    with RecordingDriver(memory, keyspace="shop"):
        yield memory


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(models: Any = None, **files: str) -> Migrations:
        for path in tmp_path.iterdir():
            path.unlink()
        for name, text in files.items():
            (tmp_path / f"{name.removeprefix('_')}.cql").write_text(text)
        return Migrations(tmp_path, models=models)

    return write


async def test_a_baseline_marks_as_applied_what_the_keyspace_has_already(memory, write):
    memory.run("CREATE TABLE shop.users (id int PRIMARY KEY, note text)")
    migrations = write(_1_users=USERS, _2_email=EMAIL)
    report = await migrations.baseline("1")
    assert [(each.revision, each.direction) for each in report.done] == [("1_users", "baseline")]
    assert [(each.kind, each.condition) for each in await migrations.status()] == [
        (Kind.BASELINE, Condition.APPLIED),
        (Kind.UP, Condition.PENDING),
    ]
    assert [each.revision for each in (await migrations.up()).done] == ["2_email"]
    with pytest.raises(MigrationError, match="2_email is in the history already"):
        await migrations.baseline("2")


async def test_a_baseline_of_another_schema_is_refused_with_every_difference(memory, write):
    memory.run("CREATE TABLE shop.users (id int PRIMARY KEY); CREATE TABLE shop.other (id int PRIMARY KEY)")
    migrations = write(_1_users=USERS)
    with pytest.raises(SchemaMismatch, match="2 differences") as caught:
        await migrations.baseline("1")
    assert {each.name for each in caught.value.changes} == {"shop.users.note", "shop.other"}
    assert await migrations.history() == ()
    assert await migrations.baseline("1", compare=False)


async def test_repair_accepts_the_text_of_a_changed_file_without_running_it(memory, write):
    await write(_1_users=USERS).up()
    migrations = write(_1_users=USERS.replace("note", "remark"))
    await migrations.repair("1")
    (status,) = await migrations.status()
    assert status.condition is Condition.APPLIED
    assert status.entry is not None
    assert "remark" in status.entry.script
    schema = await read_schema("shop")
    assert schema is not None
    assert set(schema.tables[0].by_name) == {"id", "note"}
    with pytest.raises(MigrationError, match="1_users is applied, so there is no changed text to accept"):
        await migrations.repair("1")
    with pytest.raises(MigrationError, match="there is no migration '7'; the last ones are 1_users"):
        await migrations.repair("7")


async def test_redo_undoes_the_last_one_and_applies_it_again_with_its_text_of_now(memory, write):
    migrations = write(_1_users=USERS)
    assert not await migrations.redo()
    await write(_1_users=USERS, _2_email=EMAIL).up()
    report = await write(_1_users=USERS, _2_email=EMAIL.replace("email", "mail")).redo()
    assert [(each.revision, each.direction) for each in report.done] == [("2_email", "down"), ("2_email", "up")]


async def test_unlock_removes_the_lock_and_the_run_that_had_it_stops(memory, write):
    migrations = write(_1_users=USERS, _2_email=EMAIL)
    assert await migrations.lock() is None
    await migrations.up("1")
    assert await migrations.unlock() is None
    memory.run("INSERT INTO shop.coodie_migration_lock (name, owner) VALUES ('migrations', 'ann@box:7/x') USING TTL 30")
    holder = await migrations.lock()
    assert holder is not None
    assert holder.name == "ann@box:7"
    assert await migrations.unlock(holder) == holder
    assert await migrations.lock() is None

    def unlocked(event: Event) -> None:
        if event.happening is Happening.STARTED:
            memory.run("DELETE FROM shop.coodie_migration_lock WHERE name = 'migrations'")

    with pytest.raises(LockLost):
        await migrations.up(progress=unlocked)
    assert [each.revision for each in (await migrations.up()).done] == ["2_email"]


async def test_coodies_own_tables_are_in_no_schema(memory, write):
    await write(_1_users=USERS).up()
    schema = await read_schema("shop")
    assert schema is not None
    assert [table.name for table in schema.tables] == ["users"]
    await User.sync_table()


async def test_check_is_true_for_files_that_parse_apply_undo_and_make_what_the_models_want(write):
    index = "-- up\nCREATE INDEX IF NOT EXISTS i ON users (email);\n-- down\nDROP INDEX IF EXISTS i;"
    found = await write([User], _1_users=USERS, _2_email=EMAIL, _3_index=index.replace("(email)", "(note)")).check()
    assert not found
    found = await write([User], _1_users=USERS, _2_email=EMAIL, _3_index=index).check()
    assert found
    assert str(found) == "all is well"
    assert (found.findings[0].code, found.failing) == ("C005", ())
    assert not await write([User], _1_users=USERS, _2_email=EMAIL, _3_index=index).check(fail_on="warning")


async def test_check_needs_no_connection(tmp_path):
    (tmp_path / "1_users.cql").write_text(USERS)
    assert await Migrations(tmp_path).check()
    assert await Migrations(tmp_path, connection="nobody").lint() == ()


async def test_check_tells_what_a_way_down_leaves_and_what_the_models_lack(write):
    left = USERS.replace("DROP TABLE IF EXISTS users;", "")
    found = await write([User], _1_users=left).check()
    ((revision, (change,)),) = found.not_undone
    assert (revision, change.about, change.name.rpartition(".")[2]) == ("1_users", "table", "users")
    assert [each.name.rpartition(".")[2] for each in found.changes] == ["email", "email"]
    assert "1_users: its way down leaves" in str(found)


async def test_new_writes_an_empty_file_with_the_next_name(write, tmp_path):
    migrations = write(_0007_users=USERS)
    path = await migrations.new("Add the e-mail!")
    assert path.name == "0008_add_the_e_mail.cql"
    assert path.read_text() == "-- coodie migration 1\n-- Add the e-mail!\n\n-- up\n\n-- down\n"
    path = await Migrations(tmp_path / "other").new("first")
    assert path.name[8] == "T"
    assert path.name.endswith("_first.cql")
    with pytest.raises(ConfigurationError, match="a file is written from the models"):
        await migrations.new("x", auto=True)


async def test_new_from_models_writes_what_the_folder_lacks_and_its_way_back(write):
    migrations = write([User], _1_users=USERS)
    draft = await migrations.draft("email", auto=True)
    assert draft.script == (
        "-- coodie migration 1\n-- email\n\n-- up\nALTER TABLE users ADD IF NOT EXISTS email text;\n"
        "CREATE INDEX IF NOT EXISTS users_email_idx ON users (email);\n\n"
        "-- down\nDROP INDEX IF EXISTS users_email_idx;\nALTER TABLE users DROP IF EXISTS email;\n"
    )
    await migrations.new("email", auto=True)
    assert await migrations.check()
    again = await migrations.draft("again", auto=True)
    assert (again.changes, again.unsafe) == ((), ())


async def test_what_destroys_data_or_is_impossible_is_a_comment_that_says_how_to_go_about_it(write):
    migrations = write([User], _1_users=USERS.replace("note text", "note int, old text"))
    draft = await migrations.draft("change", auto=True)
    assert {each.name.rpartition(".")[2] for each in draft.unsafe} == {"note", "old"}
    assert "--   ALTER TABLE users DROP old;" in draft.script
    assert "-- TODO by hand: column users.note: wanted note text (regular), found note int (regular)." in draft.script
    assert "copy with m.backfill()" in draft.script
    path = await migrations.new("change", auto=True)
    assert [each.cql for each in migrations.files()[-1].up][:1] == ["ALTER TABLE users ADD IF NOT EXISTS email text"]
    path.unlink()


async def test_new_from_the_cluster_compares_with_the_keyspace(memory, write):
    memory.run("CREATE TABLE shop.users (id int PRIMARY KEY, note text, email text)")
    draft = await write([User]).draft("index", auto=True, from_cluster=True)
    assert "ALTER TABLE" not in draft.script
    assert "CREATE INDEX IF NOT EXISTS users_email_idx ON users (email);" in draft.script


async def test_a_python_file_runs_its_steps_once_even_if_it_is_run_again(memory, write, tmp_path):
    migrations = write(_1_users=USERS)
    await migrations.up()
    memory.run("INSERT INTO shop.users (id, note) VALUES (1, 'a')")
    (tmp_path / "2_copy.py").write_text(PYTHON)
    with pytest.raises(MigrationError, match=r"2_copy\.py: up\(\) failed with ValueError"):
        await migrations.up()
    assert memory.rows("shop.copies") == [{"id": 1, "note": "a"}]
    assert (await migrations.history())[1].error == "ValueError: see the output of the run"
    memory.run("INSERT INTO shop.copies (id) VALUES (9); DELETE FROM shop.copies WHERE id = 1")
    assert [each.revision for each in (await migrations.up()).done] == ["2_copy"]
    assert memory.rows("shop.copies") == [{"id": 9, "note": None}]
    await migrations.down()
    assert [each.revision for each in await migrations.history()] == ["1_users"]


async def test_a_backfill_changes_each_row_and_goes_on_where_it_stopped(memory, write, tmp_path):
    migrations = write(_1_users=USERS)
    await migrations.up()
    memory.run("".join(f"INSERT INTO shop.users (id, note) VALUES ({n}, 'n{n}');" for n in range(300)))
    memory.run("INSERT INTO shop.users (id) VALUES (1000); INSERT INTO shop.users (id, note) VALUES (1001, 'bad')")
    (tmp_path / "2_fill.py").write_text(BACKFILL)
    with pytest.raises(MigrationError, match=r"2_fill\.py: up\(\) failed with ValueError"):
        await migrations.up()
    memory.run("UPDATE shop.users SET note = 'good' WHERE id = 1001")
    events: list[Event] = []
    await migrations.up(progress=events.append)
    rows = {row["id"]: row for row in await execute_raw("SELECT id, note, email FROM shop.users")}
    assert {n: rows[n]["email"] for n in range(300)} == {n: f"n{n}@x" for n in range(300)}
    assert (rows[1000]["email"], rows[1001]["email"]) == (None, "good@x")
    ranges = [each.number for each in events if each.happening is Happening.PROGRESS]
    assert ranges[-1] == 256
    assert len(ranges) < 256, "finished ranges are not read again"
    assert int(rows[-1]["note"]) < 301


async def test_a_backfill_of_a_model_gives_documents_and_loses_nothing_that_was_written_meanwhile(
    memory, write, tmp_path
):
    migrations = write(_1_users=USERS)
    await migrations.up()
    memory.run("INSERT INTO shop.users (id, note) VALUES (1, 'a'); INSERT INTO shop.users (id, note) VALUES (2, 'b')")
    memory.clock.tick(10)
    later = (memory.clock.now().timestamp() + 3600) * 1_000_000
    memory.run(f"INSERT INTO shop.users (id, note) VALUES (2, 'later') USING TIMESTAMP {int(later)}")
    (tmp_path / "2_fill.py").write_text(MODEL_BACKFILL)
    await migrations.up()
    assert {row["id"]: row["note"] for row in memory.rows("shop.users")} == {1: "A", 2: "later"}
