# Derived by tests/derive.py: edit tests/doors/aio/test_migrations.py,
# then run `tox -e sync`.
"""Migrations at the door: planned, applied under the lock and recorded, on a recorder around the engine in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coodie.sync import Migrations, read_schema
from coodie.exceptions import (
    ConfigurationError,
    LockLost,
    MigrationError,
    MigrationFailed,
    MigrationLocked,
    RequestRejected,
)
from coodie.migrations import Condition, Event, Happening, Kind, State
from coodie.testing import Clock, MemoryDriver, RecordingDriver, faults

Write = Callable[..., Migrations]

MORE = "-- up\nALTER TABLE users ADD more int;\n-- down\nALTER TABLE users DROP more;\n"

USERS = "-- up\nCREATE TABLE users (id int PRIMARY KEY, note text);\n-- down\nDROP TABLE users;\n"
EMAIL = (
    "-- up\nALTER TABLE users ADD email text;\nCREATE INDEX by_email ON users (email) USING 'sai';\n"
    "-- down\nDROP INDEX by_email;\nALTER TABLE users DROP email;\n"
)


@pytest.fixture
def recorder() -> Iterator[RecordingDriver]:
    memory = MemoryDriver(clock=Clock())
    memory.run("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    with RecordingDriver(memory, keyspace="shop") as recorder:
        yield recorder


@pytest.fixture
def memory(recorder: RecordingDriver) -> MemoryDriver:
    assert isinstance(recorder.inner, MemoryDriver)
    return recorder.inner


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(**files: str) -> Migrations:
        for path in tmp_path.iterdir():
            path.unlink()
        for name, text in files.items():
            (tmp_path / f"{name.removeprefix('_')}.cql").write_text(text)
        return Migrations(tmp_path)

    return write


def sent(recorder: RecordingDriver) -> list[str]:
    """The statements of the files, without those on coodie's own tables."""
    words = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")
    return [text for text in recorder.cql if text.startswith(words) and "coodie_migration" not in text]


def columns(table: str) -> list[str]:
    schema = read_schema("shop")
    assert schema is not None
    return [column.name for each in schema.tables if each.name == table for column in each.columns]


def test_a_plan_says_what_up_would_do_and_changes_nothing(recorder, write):
    migrations = write(_1_users=USERS, _2_email=EMAIL)
    plan = migrations.plan()
    assert [(step.revision, step.direction, step.first) for step in plan.steps] == [
        ("1_users", "up", 1),
        ("2_email", "up", 1),
    ]
    assert str(plan) == "up 1_users\nup 2_email"
    assert [str(step.revision) for step in (migrations.plan("1")).steps] == ["1_users"]
    assert sent(recorder) == []
    assert columns("coodie_migrations") == []


def test_up_applies_what_is_pending_in_the_order_of_the_names_qualified_by_the_keyspace(recorder, write):
    migrations = write(_2_email=EMAIL, _10_more="ALTER TABLE users ADD more int;", _1_users=USERS)
    report = migrations.up()
    assert [(each.revision, each.direction) for each in report.done] == [
        ("1_users", "up"),
        ("2_email", "up"),
        ("10_more", "up"),
    ]
    assert sent(recorder) == [
        "CREATE TABLE shop.users (id int, note text, PRIMARY KEY (id))",
        "ALTER TABLE shop.users ADD email text",
        "CREATE CUSTOM INDEX by_email ON shop.users (email) USING 'StorageAttachedIndex'",
        "ALTER TABLE shop.users ADD more int",
    ]


def test_a_second_up_has_nothing_to_do(recorder, write):
    migrations = write(_1_users=USERS)
    assert migrations.up()
    assert not migrations.up()
    assert len(sent(recorder)) == 1


def test_the_history_says_what_was_applied_by_whom_and_how(recorder, write):
    migrations = write(_1_users="-- Makes users.\n" + USERS)
    migrations.up()
    (entry,) = migrations.history()
    assert (entry.revision, entry.description, entry.kind, entry.state) == (
        "1_users",
        "Makes users.",
        Kind.UP,
        State.APPLIED,
    )
    assert (entry.done, entry.total, entry.error) == (1, 1, None)
    assert "@" in entry.applied_by
    assert entry.applied_at is not None
    assert entry.script == "-- Makes users.\n" + USERS
    (status,) = migrations.status()
    assert (status.revision, status.condition) == ("1_users", Condition.APPLIED)


def test_status_needs_no_table_of_the_history(recorder, write):
    assert write().status() == ()
    (status,) = write(_1_users=USERS).status()
    assert status.condition is Condition.PENDING
    assert sent(recorder) == []


def test_each_statement_is_recorded_before_it_is_sent_and_after_it_happened(recorder, write):
    write(_1_users=USERS, _2_email=EMAIL).up()
    at = {text: number for number, text in enumerate(recorder.cql) if "by_email" in text or "ADD email" in text}
    for number in at.values():
        before = recorder.cql[number - 2 : number]
        assert before[0].startswith(("INSERT INTO shop.coodie_migrations", "UPDATE shop.coodie_migrations"))
        assert before[1].startswith("UPDATE shop.coodie_migration_lock USING TTL")
        assert recorder.cql[number + 1].startswith("UPDATE shop.coodie_migrations")


def test_down_undoes_the_last_one_or_several_or_all_after_a_revision(recorder, write):
    migrations = write(_1_users=USERS, _2_email=EMAIL, _3_more="-- up\nALTER TABLE users ADD a int;\n-- down\n")
    migrations.up()
    assert [each.revision for each in (migrations.down()).done] == ["3_more"]
    assert [each.revision for each in (migrations.down(-2)).done] == ["2_email", "1_users"]
    migrations.up("2")
    assert [each.revision for each in (migrations.down("1")).done] == ["2_email"]
    assert sorted(columns("users")) == ["id", "note"]
    assert [each.revision for each in migrations.history()] == ["1_users"]


def test_a_migration_without_a_way_down_is_refused_before_anything_is_undone(recorder, write):
    migrations = write(_1_users="CREATE TABLE users (id int PRIMARY KEY)", _2_more=MORE)
    migrations.up()
    with pytest.raises(MigrationError, match="no way down"):
        migrations.down(-2)
    assert len(migrations.history()) == 2


def test_an_applied_file_that_was_changed_or_is_gone_is_refused(recorder, write):
    write(_1_users=USERS, _2_email=EMAIL).up()
    changed = write(_1_users=USERS.replace("note text", "note int"), _2_email=EMAIL, _3="")
    with pytest.raises(MigrationError, match="1_users was changed after it was applied"):
        changed.up()
    assert (changed.status())[0].condition is Condition.CHANGED
    gone = write(_2_email=EMAIL, _3="")
    with pytest.raises(MigrationError, match="1_users is applied, but its file is gone"):
        gone.up()
    assert (gone.status())[0].condition is Condition.MISSING


def test_comments_spaces_and_the_way_down_may_change_after_a_migration_was_applied(recorder, write):
    write(_1_users=USERS).up()
    other = "-- Other words\n-- up\n  create table USERS (id INT primary key,\n note text)  ;\n-- down\n"
    assert not write(_1_users=other).up()


def test_a_pending_file_older_than_an_applied_one_runs_only_if_that_is_allowed(recorder, write):
    write(_1_users=USERS, _3_c="ALTER TABLE users ADD c int").up()
    migrations = write(_1_users=USERS, _2_b="ALTER TABLE users ADD b int", _3_c="ALTER TABLE users ADD c int")
    with pytest.raises(MigrationError, match="2_b is pending, but older"):
        migrations.up()
    assert [each.revision for each in (migrations.up(out_of_order=True)).done] == ["2_b"]


@pytest.mark.parametrize("empty", ["", "-- Only words.\n", "-- up\n-- down\n", "-- up\n-- down\nDROP TABLE users;\n"])
@pytest.mark.parametrize("name", ["_2_more", "R__more"])
def test_a_file_without_statements_is_refused_before_anything_is_done(recorder, write, empty, name):
    if name == "R__more":
        empty = empty.partition("-- down")[0]
    migrations = write(**{"_1_users": USERS, name: empty})
    for call in (migrations.plan, migrations.up):
        with pytest.raises(MigrationError, match=r"more\.cql has no statements"):
            call()
    assert sent(recorder) == []
    migrations.up("1")


def test_a_repeatable_file_runs_last_and_again_when_its_statements_change(recorder, write):
    seeds = "INSERT INTO users (id, note) VALUES (1, 'a');"
    report = write(R__seeds=seeds, _1_users=USERS).up()
    assert [each.revision for each in report.done] == ["1_users", "R__seeds"]
    assert not write(R__seeds="-- a comment\n" + seeds, _1_users=USERS).up()
    again = write(R__seeds=seeds.replace("'a'", "'b'"), _1_users=USERS).up()
    assert [each.revision for each in again.done] == ["R__seeds"]
    assert len(sent(recorder)) == 3
    assert not write(_1_users=USERS).up(), "a repeatable file that is gone is no error"


def test_a_statement_that_fails_in_the_middle_of_a_file_stops_the_run_and_up_goes_on_behind_the_done_part(
    recorder, write
):
    broken = "ALTER TABLE users ADD a int; ALTER TABLE users ADD note int; ALTER TABLE users ADD b int;"
    with pytest.raises(MigrationFailed, match=r"2_more.cql:1:30: statement 2 of 3 failed") as caught:
        write(_1_users=USERS, _2_more=broken).up(fail_on=None)
    assert (caught.value.revision, caught.value.number) == ("2_more", 2)
    assert isinstance(caught.value.__cause__, RequestRejected)
    migrations = write(_1_users=USERS, _2_more=broken.replace("note int", "c int"))
    assert [each.condition for each in migrations.status()] == [Condition.APPLIED, Condition.FAILED]
    assert (migrations.history())[1].done == 1
    assert str(migrations.plan(fail_on=None)) == "up 2_more from statement 2"
    migrations.up(fail_on=None)
    assert sorted(columns("users")) == ["a", "b", "c", "id", "note"]


def test_the_done_part_of_a_failed_file_may_not_be_edited(recorder, write):
    with pytest.raises(MigrationFailed):
        write(_1="CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE b ADD c int;").up(fail_on=None)
    with pytest.raises(MigrationError, match=r"the first 1 of 2 statements have happened and were changed since"):
        write(_1="CREATE TABLE a (id text PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);").up(fail_on=None)


def test_a_run_waits_for_the_lock_of_another_and_says_who_holds_it(recorder, memory, write):
    migrations = write(_1_users=USERS)
    migrations.up()
    memory.run("INSERT INTO shop.coodie_migration_lock (name, owner) VALUES ('migrations', 'ann@box:7/x') USING TTL 9")
    events: list[Event] = []
    with pytest.raises(MigrationLocked, match="locked by ann@box:7") as caught:
        migrations.up(wait=3, progress=events.append)
    assert caught.value.owner == "ann@box:7"
    assert [each.happening for each in events] == [Happening.WAITING] * 3
    assert not migrations.up(), "it waits until the lock is over by itself"
    assert memory.rows("shop.coodie_migration_lock") == []


def test_a_run_that_lost_the_lock_stops_before_its_next_statement(recorder, memory, write):
    migrations = write(_1_users=USERS, _2_email=EMAIL)

    def pause(event: Event) -> None:
        if event.happening is Happening.SENT and event.revision == "1_users":
            memory.clock.tick(31)

    with pytest.raises(LockLost, match=r"the migrations of shop.*stopped before its next statement"):
        migrations.up(progress=pause)
    assert len(sent(recorder)) == 1
    assert [each.revision for each in (migrations.up()).done] == ["2_email"]


def test_a_run_whose_work_another_has_taken_over_records_nothing_more(recorder, memory, write):
    migrations = write(_1_users=USERS)

    def taken_over(event: Event) -> None:
        if event.happening is Happening.SENT:
            memory.run("UPDATE shop.coodie_migrations SET owner = 'ann@box:7/x' WHERE revision = '1_users'")

    with pytest.raises(LockLost, match="another run has taken over 1_users"):
        migrations.up(progress=taken_over)
    assert memory.rows("shop.coodie_migrations")[0]["state"] == "running"


def test_a_keyspace_that_does_not_exist_is_told_or_made(recorder, tmp_path):
    (tmp_path / "1_users.cql").write_text(USERS)
    migrations = Migrations(tmp_path, keyspace="other")
    for call in (migrations.plan, migrations.up, migrations.status, migrations.history):
        with pytest.raises(MigrationError, match="there is no keyspace other"):
            call()
    migrations.up(create_keyspace={"replication_factor": 3})
    assert "CREATE TABLE other.users (id int, note text, PRIMARY KEY (id))" in recorder.cql


def test_migrations_without_a_keyspace_are_refused(write):
    with RecordingDriver(MemoryDriver()), pytest.raises(ConfigurationError, match="migrations need a keyspace"):
        write(_1_users=USERS).up()


@pytest.mark.parametrize("applied", [True, False])
def test_an_unknown_outcome_of_ddl_is_settled_by_the_schema(recorder, write, applied):
    recorder.on("create", table="users").raises(faults.write_timeout(), applied=applied)
    write(_1_users=USERS).up()
    assert sorted(columns("users")) == ["id", "note"]
    assert len([text for text in sent(recorder) if "users" in text]) == (1 if applied else 2)


@pytest.mark.parametrize("applied", [True, False])
def test_data_that_may_be_written_twice_is_sent_again_after_an_unknown_outcome(recorder, memory, write, applied):
    recorder.on("insert", table="users").raises(faults.write_timeout(), applied=applied)
    write(_1_users="CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users (id) VALUES (1)").up()
    assert memory.rows("shop.users") == [{"id": 1}]


COUNT = "CREATE TABLE hits (id int PRIMARY KEY, n counter); UPDATE hits SET n = n + 1 WHERE id = 1"


@pytest.mark.parametrize(("applied", "resume_at", "hits"), [(True, 3, 1), (False, 2, 1)])
def test_what_must_not_be_sent_twice_stops_the_run_until_the_user_says_where_to_resume(
    recorder, memory, write, applied, resume_at, hits
):
    recorder.on("update", table="hits").raises(faults.write_timeout(), applied=applied)
    migrations = write(_1_hits=COUNT)
    with pytest.raises(MigrationFailed, match="statement 2 of 2 failed"):
        migrations.up(fail_on=None)
    with pytest.raises(MigrationError, match=r"nobody can know whether it happened[^$]*resume_at=2 .* resume_at=3"):
        migrations.up(fail_on=None)
    with pytest.raises(MigrationError, match="resume at 2 to send it again, or at 3 to go on behind it"):
        migrations.up(fail_on=None, resume_at=1)
    migrations.up(fail_on=None, resume_at=resume_at)
    assert memory.rows("shop.hits") == [{"id": 1, "n": hits}]
    assert [each.condition for each in migrations.status()] == [Condition.APPLIED]
