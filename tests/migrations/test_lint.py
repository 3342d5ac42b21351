"""Findings: each code finds what it is for, and not what is well, and a comment allows it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest

from coodie.exceptions import InvalidQueryError, MigrationError
from coodie.fields import PrimaryKey
from coodie.migrations import Finding, Severity
from coodie.sync import Document, Migrations
from coodie.testing import MemoryDriver, RecordingDriver

TABLE = "CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY, a int, b text, email text);\n"
WIDE = "CREATE TABLE IF NOT EXISTS w (p int, q int, c int, v int, PRIMARY KEY ((p, q), c));\n"
COUNTERS = "CREATE TABLE IF NOT EXISTS n (id int PRIMARY KEY, n counter);\n"
TYPE = "CREATE TYPE IF NOT EXISTS u (x int);\n"
GRACE = "ALTER TABLE t WITH gc_grace_seconds = "
KEYSPACE = "CREATE KEYSPACE IF NOT EXISTS k WITH replication = "
TWCS = "{'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'DAYS', 'compaction_window_size': 1}"


class Thing(Document):
    id: Annotated[int, PrimaryKey()]
    a: int | None = None

    class Settings:
        name = "t"


def lint(folder: Path, text: str, before: str = "") -> list[Finding]:
    (folder / "1_before.cql").write_text(before)
    (folder / "2_x.cql").write_text(f"-- up\n{text}")
    found = Migrations(folder, keyspace="shop", models=[Thing]).lint(datacenters=["a", "b"])
    return [each for each in found if each.path.name == "2_x.cql"]


FOUND = [
    ("C001", "DROP TABLE IF EXISTS t", TABLE, "the table t goes with all of its rows"),
    ("C001", "TRUNCATE t", TABLE, "all rows of t go"),
    ("C001", "ALTER TABLE t DROP IF EXISTS b", TABLE, "the values of t.b are gone in all rows"),
    ("C001", "DROP KEYSPACE IF EXISTS other", "", "the keyspace other goes with everything in it"),
    (
        "C001",
        "DROP TYPE IF EXISTS u",
        TYPE + "CREATE TABLE IF NOT EXISTS x (id int PRIMARY KEY, u frozen<u>)",
        "in use",
    ),
    ("C002", "ALTER TABLE t ALTER a TYPE bigint", TABLE, "no server changes the type of a column or field of t"),
    ("C002", "ALTER TYPE u ALTER x TYPE bigint", TYPE, "no server changes the type"),
    ("C002", "ALTER TABLE t ADD IF NOT EXISTS a bigint", TABLE, "t.a is int, and no server makes it bigint"),
    ("C002", "ALTER TABLE w DROP IF EXISTS c", WIDE, "w.c is in the key, and cannot be dropped"),
    ("C002", "ALTER TABLE t RENAME a TO z", TABLE, "t.a is not in the key, and cannot be renamed"),
    ("C002", "CREATE TABLE IF NOT EXISTS t (a int PRIMARY KEY)", TABLE, "t is there with other columns or another key"),
    ("C003", "ALTER TABLE t ADD IF NOT EXISTS b blob", TABLE + "ALTER TABLE t DROP b;", "t.b was text before"),
    ("C003", "ALTER TABLE t DROP IF EXISTS a", TABLE, "a model still has t.a"),
    ("C004", "CREATE TABLE x (id int PRIMARY KEY)", "", "a CREATE without IF NOT EXISTS"),
    ("C004", "DROP INDEX i", TABLE + "CREATE INDEX i ON t (a);", "a DROP without IF EXISTS"),
    ("C004", "ALTER TABLE t ADD z int", TABLE, "an ADD without IF NOT EXISTS"),
    ("C004", "ALTER TABLE t DROP b", TABLE, "a DROP of a column without IF EXISTS"),
    ("C005", "CREATE INDEX IF NOT EXISTS ON t (email)", TABLE, "the index on t.email has many values"),
    ("C005", "CREATE INDEX IF NOT EXISTS ON f (f)", "CREATE TABLE f (id int PRIMARY KEY, f boolean)", "two values"),
    ("C005", "CREATE INDEX IF NOT EXISTS ON f (f)", "CREATE TABLE f (id int PRIMARY KEY, f uuid)", "many values"),
    (
        "C005",
        "CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT * FROM t WHERE id IS NOT NULL AND a IS NOT NULL "
        "PRIMARY KEY (a, id)",
        TABLE,
        "the materialized view v is an experimental feature",
    ),
    ("C006", f"{GRACE}3600", TABLE, "a node that is away for 3600 seconds brings deleted rows back"),
    ("C006", "ALTER TABLE t WITH default_time_to_live = 60", TABLE, "size-tiered compaction keeps expired rows"),
    ("C007", f"{KEYSPACE}{{'class': 'SimpleStrategy', 'replication_factor': 3}}", "", "does not know the data centres"),
    ("C007", f"{KEYSPACE}{{'class': 'NetworkTopologyStrategy', 'a': 3, 'b': 1}}", "", "with one copy"),
    ("C008", "UPDATE w SET v = 1 WHERE p = 1 AND q IN (1, 2) AND c = 1", WIDE, "w.q has no single value"),
    ("C008", "UPDATE n SET n = n + 1 WHERE id = 1", COUNTERS, "nobody can know whether this must be sent again"),
    (
        "C008",
        "INSERT INTO f (id, f) VALUES (1, now())",
        "CREATE TABLE f (id int PRIMARY KEY, f timeuuid)",
        "sent again",
    ),
    ("C009", "ALTER TABLE t ADD y int; ALTER TABLE t ADD z int", TABLE, "change t in the same way"),
    ("C009", "CREATE TABLE x (id int PRIMARY KEY); ALTER TABLE x ADD z int", "", "could have this column at once"),
    ("C010", "ALTER TABLE coodie_replay.t ADD z int", TABLE, "names its keyspace"),
    ("C010", 'ALTER TABLE t ADD "Order" int', TABLE, 'the name "Order" needs quotes'),
    ("C011", "CREATE TABLE x (id int PRIMARY KEY, s int STATIC)", "", "has no clustering key, so it has no static"),
    ("C011", "ALTER TABLE t ADD n counter", TABLE, "t has counters only beside its key, or none"),
    ("C011", "ALTER TABLE nothing ADD n int", "", "nothing"),
    ("C011", "CREATE TABLE x (id int PRIMARY KEY, f frozen<nothing>)", "", "nothing"),
    ("C012", "ALTER TYPE u ADD y int", TYPE + "CREATE TABLE x (u frozen<u> PRIMARY KEY)", "the partition key of x"),
    (
        "C012",
        "ALTER TYPE u ADD y int",
        TYPE + "CREATE TABLE x (id int, u frozen<u>, PRIMARY KEY (id, u))",
        "the clustering key of x",
    ),
    ("C012", "ALTER TYPE u ADD y int", TYPE + "CREATE TYPE o (u frozen<u>)", "u is in o, whose values"),
]

SOUND = [
    ("C001", "DROP INDEX IF EXISTS i; DROP TYPE IF EXISTS u", TABLE + TYPE + "CREATE INDEX i ON t (a);"),
    ("C002", "ALTER TABLE t ADD IF NOT EXISTS a int; ALTER TABLE t RENAME id TO key", TABLE),
    ("C002", TABLE, TABLE),
    ("C003", "ALTER TABLE t ADD b text", TABLE + "ALTER TABLE t DROP b;"),
    ("C003", "ALTER TABLE t DROP b", TABLE),
    ("C004", "CREATE TABLE IF NOT EXISTS x (id int PRIMARY KEY); ALTER TABLE x ADD IF NOT EXISTS z int", ""),
    ("C005", "CREATE INDEX IF NOT EXISTS ON t (email) USING 'sai'; CREATE INDEX IF NOT EXISTS ON t (a)", TABLE),
    ("C006", f"{GRACE}864000; ALTER TABLE t WITH default_time_to_live = 60 AND compaction = {TWCS}", TABLE),
    ("C007", f"{KEYSPACE}{{'class': 'NetworkTopologyStrategy', 'a': 3, 'b': 3}}", ""),
    (
        "C008",
        "INSERT INTO t (id, a) VALUES (1, 2); UPDATE t SET a = 1 WHERE id = 1; DELETE FROM w WHERE p = 1 AND q = 2; "
        "INSERT INTO t (id) VALUES (3) IF NOT EXISTS",
        TABLE + WIDE,
    ),
    ("C009", "ALTER TABLE t ADD y int; ALTER TABLE w ADD y int; ALTER TABLE t DROP b", TABLE + WIDE),
    ("C010", "ALTER TABLE t ADD ordered int", TABLE),
    ("C011", "CREATE TABLE x (id int, c int, s int STATIC, PRIMARY KEY (id, c))", ""),
    ("C012", "ALTER TYPE u ADD y int", TYPE + "CREATE TABLE x (id int PRIMARY KEY, u frozen<u>)"),
]


@pytest.mark.parametrize(("code", "text", "before", "why"), FOUND)
def test_each_code_finds_what_it_is_for(tmp_path, code, text, before, why):
    found = [each for each in lint(tmp_path, f"{text};", before) if each.code == code]
    assert any(why in each.why for each in found), lint(tmp_path, f"{text};", before)
    assert all(each.line == 2 and each.how and each.url.endswith(f"#{code.lower()}") for each in found)


@pytest.mark.parametrize(("code", "text", "before"), SOUND)
def test_each_code_leaves_alone_what_is_well(tmp_path, code, text, before):
    assert [each for each in lint(tmp_path, f"{text};", before) if each.code == code] == []


@pytest.mark.parametrize(("code", "text", "before", "why"), FOUND)
def test_a_comment_allows_each_code_at_its_statement_only(tmp_path, code, text, before, why):
    allow = f"-- coodie: allow {code} it is known\n"
    commented = f"{allow}{text.replace('; ', f';{chr(10)}{allow}')};"
    found = [each for each in lint(tmp_path, commented, before) if each.code == code]
    assert found
    assert {each.allowed for each in found} == {"it is known"}


def test_on_the_way_down_nothing_is_said_about_lost_data(tmp_path):
    found = lint(tmp_path, f"{TABLE}-- down\nDROP TABLE IF EXISTS t;\n")
    assert [each.code for each in found] == []


def test_files_behind_a_refused_statement_are_looked_at_as_well(tmp_path):
    found = lint(tmp_path, "TRUNCATE t;", f"{TABLE}; ALTER TABLE nothing ADD a int;")
    assert [each.code for each in found] == ["C001"]


def test_a_finding_is_readable(tmp_path):
    (found,) = lint(tmp_path, "TRUNCATE t;", TABLE)
    assert str(found) == (
        f"{tmp_path / '2_x.cql'}:2:1: C001 error: all rows of t go; stop using it first, keep a snapshot, and allow "
        "the finding with the reason"
    )
    assert found.severity is Severity.ERROR


def test_up_refuses_what_is_found_in_pending_files_before_anything_is_changed(tmp_path):
    (tmp_path / "1_x.cql").write_text("DROP TABLE IF EXISTS t;")
    memory = MemoryDriver()
    memory.run("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    with RecordingDriver(memory, keyspace="shop") as recorder:
        migrations = Migrations(tmp_path)
        with pytest.raises(MigrationError, match=r"1_x\.cql:1:1: C001 error: the table t goes"):
            migrations.up()
        with pytest.raises(MigrationError, match="allow one with `-- coodie: allow C001 why`"):
            migrations.plan()
        with pytest.raises(InvalidQueryError, match="fail_on is 'error', 'warning' or 'hint'"):
            migrations.up(fail_on="fatal")
        assert "DROP TABLE IF EXISTS shop.t" not in recorder.cql
        assert migrations.up(fail_on=None)
        (tmp_path / "2_x.cql").write_text("-- coodie: allow C001 nobody uses it\nDROP TABLE IF EXISTS t;")
        assert migrations.up()
        (tmp_path / "3_x.cql").write_text("CREATE TABLE a (id int PRIMARY KEY);")
        with pytest.raises(MigrationError, match="C004 warning"):
            migrations.up(fail_on="warning")
        assert migrations.up()
