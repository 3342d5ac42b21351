"""Files of migrations: names, markers, statements, checksums, and what is wrong in them with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from coodie.exceptions import MigrationError
from coodie.migrations import Kind, Migration, load
from coodie.testing import MemoryDriver


def read(folder: Path, text: str, name: str = "1_x.cql") -> Migration:
    (folder / name).write_text(text)
    return load(folder)[-1]


def test_a_file_has_a_description_a_way_up_and_a_way_down(tmp_path):
    found = read(
        tmp_path,
        "-- coodie migration 1\n-- Adds the e-mail,\n-- and an index.\n\n-- up\n"
        "ALTER TABLE users ADD email text; -- a remark\nCREATE INDEX ON users (email);\n\n"
        "-- down\nALTER TABLE users DROP email;\n",
        "20261128T141500_add_email.cql",
    )
    assert (found.revision, found.key, found.kind) == ("20261128T141500_add_email", "20261128T141500", Kind.UP)
    assert found.description == "Adds the e-mail, and an index."
    assert [(each.cql, each.line, each.column) for each in found.up] == [
        ("ALTER TABLE users ADD email text", 6, 1),
        ("CREATE INDEX ON users (email)", 7, 1),
    ]
    assert found.down is not None
    assert [each.cql for each in found.down] == ["ALTER TABLE users DROP email"]


def test_a_file_without_markers_is_all_up(tmp_path):
    found = read(tmp_path, "-- Words.\nCREATE TYPE a (b int);\n/* more */ DROP TYPE a")
    assert [each.cql for each in found.up] == ["CREATE TYPE a (b int)", "DROP TYPE a"]
    assert (found.down, found.has_down, found.description) == (None, False, "Words.")


def test_an_empty_way_down_is_one(tmp_path):
    found = read(tmp_path, "-- up\nCREATE TYPE a (b int);\n-- down\n")
    assert (found.down, found.has_down) == ((), True)


def test_markers_inside_of_strings_functions_and_comments_are_none(tmp_path):
    body = "$$\n-- down\nreturn x;\n$$"
    text = (
        f"/*\n-- down\n*/\nCREATE FUNCTION f (x int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS {body};\n"
        "INSERT INTO t (a) VALUES ('\n-- down\n');"
    )
    found = read(tmp_path, text)
    assert len(found.up) == 2
    assert found.down is None


def test_the_statements_of_a_batch_are_one_statement(tmp_path):
    found = read(
        tmp_path, "BEGIN BATCH INSERT INTO t (a) VALUES (1); DELETE FROM t WHERE a = 2; APPLY BATCH; DROP TABLE t"
    )
    assert len(found.up) == 2


def test_the_checksum_ignores_comments_spaces_case_and_the_way_down(tmp_path):
    one = read(tmp_path, "-- up\nCREATE TABLE t (id int PRIMARY KEY);\n-- down\nDROP TABLE t;")
    other = read(tmp_path, "-- Words.\n-- up\n create  table T(ID int, primary key (id)) ; -- more\n-- down\n")
    changed = read(tmp_path, "-- up\nCREATE TABLE t (id bigint PRIMARY KEY);")
    assert one.checksum == other.checksum != changed.checksum


def test_an_allowed_finding_and_its_reason_belong_to_the_statement_behind_them(tmp_path):
    found = read(
        tmp_path,
        "-- up\n-- coodie: allow C001 the table is empty\n-- coodie: allow c004 once\nDROP TABLE a;\nDROP TABLE b;",
    )
    assert [dict(each.allowed) for each in found.up] == [{"C001": "the table is empty", "C004": "once"}, {}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-- up\nCREATE TABLE t (\n  id int PRIMARY KEY,\n  x y z\n);", r"1_x\.cql:4:7: .* was expected"),
        ("-- up\nCREATE TABLE t (id int PRIMARY KEY);\n  SELCT 1;", r"1_x\.cql:3:3: a statement was expected"),
        ("INSERT INTO t (a) VALUES ('x", r"1_x\.cql:1:27: a string begins here and never ends"),
        ("-- up\n DROP TABLE t §;", r"1_x\.cql:2:15: '§' is not valid CQL"),
        ("-- up\n-- up\nDROP TABLE t", r"1_x\.cql:2:1: a second `-- up`"),
        ("DROP TABLE t;\n-- up\n", r"1_x\.cql:1:1: a statement before the first marker"),
        ("-- down\nDROP TABLE t;", r"1_x\.cql:1:1: a `-- down` without an `-- up`"),
        ("-- up\nDROP TABLE t\n-- down\nDROP TABLE u;", r"1_x\.cql:3:1: `-- down` inside of a statement"),
        ("INSERT INTO t (a) VALUES (?)", r"1_x\.cql:1:27: a bind mark, for which a file has no value"),
        ("USE shop", r"1_x\.cql:1:1: USE has no effect here"),
        ("SELECT a FROM t", r"1_x\.cql:1:1: a SELECT changes nothing"),
        ("DROP TABLE IF EXISTS coodie_migrations", r"1_x\.cql:1:1: coodie_migrations is kept by coodie itself"),
        ("TRUNCATE ks.coodie_migration_lock", r"1_x\.cql:1:1: coodie_migration_lock is kept by coodie itself"),
        ("-- coodie: allow C001\nDROP TABLE t", r"1_x\.cql:1:1: write `-- coodie: allow CODE why`"),
        ("-- coodie: alow C001 why\nDROP TABLE t", r"1_x\.cql:1:1: write `-- coodie: allow CODE why`"),
        ("-- coodie migration 2\nDROP TABLE t", r"1_x\.cql:1:1: version 2 of these files is from a newer coodie"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_file_line_and_column(tmp_path, text, message):
    with pytest.raises(MigrationError, match=message):
        read(tmp_path, text)


PYTHON = '"""Copies names."""\n\nasync def up(m):\n    await m.execute("DROP TABLE t")\n'


def test_a_python_file_is_read_but_not_executed(tmp_path):
    found = read(tmp_path, f"{PYTHON}\nraise SystemExit\n", "2_x.py")
    assert (found.description, found.python, found.has_down, found.up) == ("Copies names.", True, False, ())
    assert read(tmp_path, f"{PYTHON}\nasync def down(m): ...\n", "2_x.py").has_down


def test_the_checksum_of_a_python_file_ignores_comments_and_empty_lines(tmp_path):
    one = read(tmp_path, PYTHON, "2_x.py")
    other = read(
        tmp_path, PYTHON.replace("    await", "    # words\n\n    await").replace('t")', 't")  # more'), "2_x.py"
    )
    changed = read(tmp_path, PYTHON.replace("TABLE t", "TABLE u"), "2_x.py")
    assert one.checksum == other.checksum != changed.checksum


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\nasync def up(m)\n    pass", r"2_x\.py:2:16: expected ':'"),
        ("x = 1", r"2_x\.py:1:1: a migration in Python needs `async def up\(m\):`"),
        ("def up(m): ...", r"2_x\.py:1:1: write `async def up\(m\):`"),
        ("async def up(m): ...\nasync def down(): ...", r"2_x\.py:2:1: write `async def down\(m\):`"),
    ],
)
def test_what_is_wrong_in_a_python_file_is_told_with_its_place(tmp_path, text, message):
    with pytest.raises(MigrationError, match=message):
        read(tmp_path, text, "2_x.py")


def names(folder: Path, *files: str) -> list[str]:
    for name in files:
        (folder / name).write_text("async def up(m): ...\n" if name.endswith(".py") else "")
    return [each.revision for each in load(folder)]


def test_files_are_in_the_order_of_their_numbers_or_times_and_the_repeatable_ones_come_last(tmp_path):
    assert names(tmp_path, "R__b.cql", "0010_c.cql", "7_b.py", "0001_a.cql", "R__a.cql") == [
        "0001_a",
        "7_b",
        "0010_c",
        "R__a",
        "R__b",
    ]


def test_other_files_of_the_folder_are_passed_over(tmp_path):
    (tmp_path / "8_folder.cql").mkdir()
    assert names(tmp_path, "README.md", "__init__.py", ".hidden.cql", "_helpers.py", "1_a.cql", "notes.sql") == ["1_a"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["add_email.cql"], r"add_email\.cql: a migration is named by a time in UTC and words"),
        (["1-add.cql"], r"a migration is named"),
        (["2026_a.cql", "20261128T141500_b.cql"], "one folder has one scheme"),
        (["0007_a.cql", "7_b.cql"], r"0007_a\.cql and 7_b\.cql have the same place"),
        (["1_a.cql", "1_a.py"], r"have the same place"),
        (["20261128T141500_a.cql", "20261128T141500_b.cql"], r"have the same place"),
        (["R__x.py"], r"a repeatable migration is a \.cql file"),
    ],
)
def test_names_that_say_no_place_in_the_order_are_refused(tmp_path, files, message):
    with pytest.raises(MigrationError, match=message):
        names(tmp_path, *files)


def test_a_repeatable_file_has_no_way_down(tmp_path):
    with pytest.raises(MigrationError, match="a repeatable migration has no way down"):
        read(tmp_path, "-- up\nDROP TABLE t;\n-- down\n", "R__x.cql")


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(MigrationError, match="there is no folder"):
        load(tmp_path / "nothing")


def test_a_file_that_is_no_text_is_told(tmp_path):
    (tmp_path / "1_x.cql").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MigrationError, match=r"1_x\.cql cannot be read"):
        load(tmp_path)


def test_every_statement_of_a_file_is_one_that_a_server_takes(tmp_path):
    found = read(tmp_path, "CREATE TABLE t (id int PRIMARY KEY, v vector<float, 3>) WITH comment = 'a; b';")
    memory = MemoryDriver()
    memory.run("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; USE k")
    memory.run(found.up[0].cql)
