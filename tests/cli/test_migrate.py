"""`coodie migrate`: what it prints, what it does, and its exit statuses."""

import pytest
from command_line import masked

SIZES = """
-- up
ALTER TABLE users ADD size int;
ALTER TABLE users ADD age bigint;
ALTER TABLE users ADD weight int;
"""


def test_up_says_what_it_does_and_where(project):
    ended = project("migrate", "up", "--create-keyspace")
    assert ended.status == 0
    assert masked(ended.out) == masked(
        """
keyspace shop is created
keyspace shop:
  apply 0001_users
  apply 0002_email
  1/1 CREATE TABLE IF NOT EXISTS users (id uuid, name text, PRIMARY KEY (id)) (0.00 s)
0001_users up: done in 0.00 s
  1/2 ALTER TABLE users ADD IF NOT EXISTS email text (0.00 s)
  2/2 CREATE CUSTOM INDEX IF NOT EXISTS users_email ON users (email) USING 'StorageAttachedIndex' (0.00 s)
0002_email up: done in 0.00 s
keyspace shop: 2 migrations done in 0.00 s
"""
    )
    ended = project("migrate", "up")
    assert (ended.status, ended.out) == (0, "keyspace shop: nothing to do\n")


def test_a_dry_run_shows_the_statements_and_writes_nothing(project):
    ended = project("migrate", "up", "--create-keyspace", "--dry-run")
    assert ended.status == 0
    assert "    ALTER TABLE users ADD IF NOT EXISTS email text;" in ended.lines
    assert project("migrate", "status").status == 2  # there is no keyspace still
    assert project("migrate", "up", "--create-keyspace", "1").status == 1  # no such revision
    assert project("migrate", "up", "--create-keyspace", "0001").status == 0
    before = project.read("dev.cql")
    assert project("migrate", "up", "--dry-run").lines[:2] == ["keyspace shop:", "  apply 0002_email"]
    assert project("migrate", "down", "--dry-run").lines[:2] == ["keyspace shop:", "  undo 0001_users"]
    assert project.read("dev.cql") == before


def test_status_is_a_table_and_ends_with_1_while_something_is_pending(project):
    assert project("migrate", "up", "0001", "--create-keyspace").status == 0
    ended = project("migrate", "status")
    assert ended.status == 1
    assert max(map(len, ended.lines)) <= 80
    assert masked(ended.out) == masked(
        """
keyspace shop: 1 of 2 migrations not applied
revision    state    applied at (UTC)     description
0001_users  applied  2026-11-28 14:15:00  Users by their number.
0002_email  pending                       Adds the e-mail to users, and an index
                                          to find them by it.
"""
    )
    assert project("migrate", "status", "--json").json == {
        "migrations": [
            {
                "keyspace": "shop",
                "revision": "0001_users",
                "description": "Users by their number.",
                "kind": "up",
                "state": "applied",
            },
            {
                "keyspace": "shop",
                "revision": "0002_email",
                "description": "Adds the e-mail to users, and an index to find them by it.",
                "kind": "up",
                "state": "pending",
            },
        ]
    }
    assert project("migrate", "up").status == 0
    assert project("migrate", "status").status == 0


def test_history_says_who_did_what(applied):
    ended = applied("migrate", "history")
    assert ended.status == 0
    assert masked(ended.out) == masked(
        """
keyspace shop: 2 migrations in the history
revision    state    applied at (UTC)     seconds  by
0001_users  applied  2026-11-28 14:15:00  0.00  me@here:1
0002_email  applied  2026-11-28 14:15:00  0.00  me@here:1
"""
    )
    told = applied("migrate", "history", "--json").json["migrations"]
    assert [(each["revision"], each["state"], each["done"], each["total"]) for each in told] == [
        ("0001_users", "applied", 1, 1),
        ("0002_email", "applied", 2, 2),
    ]


def test_show_has_the_text_and_how_it_stands(applied):
    ended = applied("migrate", "show", "0002")
    assert ended.status == 0
    assert ended.lines[0] == "keyspace shop: 0002_email is applied"
    assert ended.out.endswith(applied.read("migrations/0002_email.cql"))
    (told,) = applied("migrate", "show", "0002", "--json").json["migrations"]
    assert told["script"] == applied.read("migrations/0002_email.cql")
    assert applied("migrate", "show", "0009").status == 1


def test_down_undoes_the_last_one_several_or_back_to_a_revision(applied):
    ended = applied("migrate", "down")
    assert ended.status == 0
    assert ended.lines[:2] == ["keyspace shop:", "  undo 0002_email"]
    assert applied("migrate", "up").status == 0
    assert applied("migrate", "down", "0001", "--dry-run").lines[1:2] == ["  undo 0002_email"]
    assert applied("migrate", "down", "-2").status == 0
    assert applied("schema", "show", "--json").json["objects"] == []
    ended = applied("migrate", "down", "--nope")
    assert (ended.status, ended.err) == (2, "there is no option --nope; to undo two migrations write -2\n")


def test_a_changed_file_is_refused_before_anything_is_done(applied):
    applied.write({"migrations/0001_users.cql": "-- up\nCREATE TABLE others (id int PRIMARY KEY);\n"})
    ended = applied("migrate", "up")
    assert (ended.status, ended.out) == (1, "")
    assert "0001_users was changed after it was applied" in ended.err
    assert applied("migrate", "status").status == 1


def test_a_file_that_cannot_be_parsed_is_named_with_line_and_column(applied):
    applied.write({"migrations/0003_bad.cql": "-- up\nALTER TABL users;\n"})
    ended = applied("migrate", "up")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("migrations/0003_bad.cql:2:")


def test_one_that_stops_half_way_ends_with_3_and_the_next_up_goes_on(applied):
    models = applied.read("app/models.py").replace("    email:", "    age: int | None = None\n    email:")
    applied.write({"app/models.py": models, "migrations/0003_sizes.cql": SIZES})
    assert applied("schema", "sync").status == 0  # somebody adds a column by hand
    ended = applied("migrate", "up")
    assert ended.status == 3
    assert "0003_sizes" in ended.err
    assert applied("migrate", "status").status == 1
    history = applied("migrate", "history")
    assert any(line.startswith("0003_sizes, statement 2 of 3: ") for line in history.lines)
    ended = applied("migrate", "up")
    assert ended.status == 0
    assert any("2/3 happened already" in line for line in ended.lines)


def test_several_keyspaces_are_planned_before_any_is_changed(project):
    assert project("migrate", "up", "--create-keyspace", "--keyspace", "one", "--keyspace", "two").status == 0
    ended = project("migrate", "status", "--keyspace", "one", "--keyspace", "two")
    assert [line for line in ended.lines if line.startswith("keyspace")] == [
        "keyspace one: all migrations are applied",
        "keyspace two: all migrations are applied",
    ]
    project.write({"migrations/0003_more.cql": "-- up\nCREATE TABLE more (id int PRIMARY KEY);\n"})
    ended = project("migrate", "up", "--keyspace", "one", "--keyspace", "none")
    assert ended.status == 2
    ended = project("migrate", "status", "--keyspace", "one")
    assert ended.lines[0] == "keyspace one: 1 of 3 migrations not applied"
    assert project("schema", "dump", "--keyspace", "one", "--keyspace", "two").status == 2


def test_copies_of_a_keyspace_that_is_created(project):
    arguments = ("migrate", "up", "--create-keyspace", "--replication-factor", "3")
    assert project(*arguments).status == 0
    assert "'replication_factor': '3'" in project("schema", "dump").lines[0]
    assert project(*arguments, "--keyspace", "other", "--datacenters", "datacenter1").status == 0
    assert "'datacenter1': '3'" in project("schema", "dump", "--keyspace", "other").lines[0]


@pytest.mark.parametrize("command", ["up", "down", "status", "history"])
def test_a_folder_that_is_not_there_is_named(applied, command):
    ended = applied("migrate", command, "--migrations", "nowhere")
    if command != "history":
        assert ended.status == 1
        assert "there is no folder nowhere" in ended.err
