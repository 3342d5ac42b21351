"""`coodie migrate new`, `check` and `lint`: what works on the files, without a database."""

import json

import pytest

AGE = "    age: int | None = None\n    email:"
DROP = "-- up\nALTER TABLE users DROP IF EXISTS name;\n-- down\nALTER TABLE users ADD IF NOT EXISTS name text;\n"


@pytest.fixture(autouse=True)
def no_database(request, monkeypatch):
    """None of these opens a connection, but for `--from-cluster`."""
    if "cluster" not in request.node.name:
        monkeypatch.setenv("COODIE_CONNECT", "nowhere:connect")


@pytest.fixture
def older(project):
    """A project whose models have a column more than its migrations make."""
    project.write({"app/models.py": project.read("app/models.py").replace("    email:", AGE)})
    return project


def test_a_new_file_is_empty_and_comes_after_those_that_are_there(project):
    ended = project("migrate", "new", "add a phone")
    assert (ended.status, ended.out) == (0, "wrote migrations/0003_add_a_phone.cql\n")
    assert project.read("migrations/0003_add_a_phone.cql").startswith("-- coodie migration 1\n-- add a phone\n")
    assert project("migrate", "new", "x", "--dry-run").lines[0] == "would write migrations/0004_x.cql"
    assert not (project.folder / "migrations/0004_x.cql").exists()


def test_a_new_file_in_a_new_folder_has_the_time_in_its_name(empty):
    ended = empty("migrate", "new", "first", "--json")
    (made,) = ended.json["migrations"]
    assert (empty.folder / made["file"]).read_text() == made["script"]
    assert made["revision"].endswith("_first")


def test_a_new_file_is_written_from_what_the_models_have_and_the_migrations_lack(older):
    ended = older("migrate", "new", "--auto", "age", "--json")
    assert ended.status == 0
    assert [each["statement"] for each in ended.json["changes"]] == ["ALTER TABLE users ADD age bigint"]
    assert "ALTER TABLE users ADD IF NOT EXISTS age bigint;" in older.read("migrations/0003_age.cql")
    ended = older("migrate", "new", "--auto", "again")
    assert (ended.status, ended.out) == (0, "nothing to do: the models have what is there\n")
    assert not (older.folder / "migrations/0004_again.cql").exists()


def test_what_cannot_be_done_safely_is_a_comment_and_ends_with_1(project):
    project.write({"app/models.py": project.read("app/models.py").replace("    name: str | None = None\n", "")})
    ended = project("migrate", "new", "--auto", "less")
    assert ended.status == 1
    assert ended.lines[:2] == ["wrote migrations/0003_less.cql", "1 change to be done by hand:"]
    assert "\nALTER" not in project.read("migrations/0003_less.cql")


def test_a_new_file_from_the_cluster_has_what_the_keyspace_lacks(older):
    assert older("migrate", "up", "--create-keyspace").status == 0
    (older.folder / "migrations/0002_email.cql").unlink()
    assert older("migrate", "new", "--from-cluster", "age").status == 0
    text = older.read("migrations/0002_age.cql")
    assert "age" in text
    assert "email" not in text
    assert older("migrate", "new", "--from-cluster", "age", "--keyspace", "nope").status == 2


def test_check_ends_with_0_if_all_is_well_and_1_if_the_models_differ(project):
    ended = project("migrate", "check")
    assert (ended.status, ended.out) == (0, "2 migrations in migrations: all is well\n")
    assert project("migrate", "check", "--json").json == {"findings": [], "not_undone": [], "changes": []}
    project.write({"app/models.py": project.read("app/models.py").replace("    email:", AGE)})
    ended = project("migrate", "check")
    assert ended.status == 1
    assert "age" in ended.out
    (change,) = project("migrate", "check", "--json").json["changes"]
    assert {"statement", "danger", "why"} <= {*change}


def test_check_names_what_a_way_down_leaves(project):
    project.write({"migrations/0003_more.cql": "-- up\nCREATE TABLE IF NOT EXISTS m (id int PRIMARY KEY);\n-- down\n"})
    ended = project("migrate", "check", "--json")
    assert ended.status == 1
    assert [each["revision"] for each in ended.json["not_undone"]] == ["0003_more"]


def test_lint_shows_findings_and_ends_with_1_from_the_severity_that_counts(project):
    assert project("migrate", "lint").out == "0 findings in migrations\n"
    project.write({"migrations/0003_drop.cql": DROP})
    ended = project("migrate", "lint")
    assert ended.status == 1
    assert ended.lines[0].startswith("migrations/0003_drop.cql:2:1: C001 error: ")
    found = project("migrate", "lint", "--json").json["findings"]
    assert {*found[0]} == {"code", "severity", "file", "line", "column", "why", "how", "url"}
    assert project("migrate", "up", "--create-keyspace", "--dry-run").status in (0, 1)
    project.write({"migrations/0003_drop.cql": DROP.replace("ALTER", "-- coodie: allow C001 unused\nALTER", 1)})
    found = project("migrate", "lint", "--json").json["findings"]
    assert "C001" not in [each["code"] for each in found]


def test_lint_counts_warnings_only_if_asked_to(project):
    project.write({"migrations/0003_more.cql": "-- up\nCREATE TABLE more (id int PRIMARY KEY);\n"})
    assert project("migrate", "lint").status == 0
    assert project("migrate", "lint", "--fail-on", "warning").status == 1
    assert project("migrate", "lint", "--fail-on", "nonsense").status == 2


def test_lint_speaks_the_languages_of_github_and_of_sarif(project):
    project.write({"migrations/0003_drop.cql": DROP})
    ended = project("migrate", "lint", "--format", "github")
    assert ended.status == 1
    assert ended.lines[0].startswith("::error file=migrations/0003_drop.cql,line=2,col=1,title=C001::")
    ended = project("migrate", "lint", "--format", "sarif")
    assert ended.status == 1
    (run,) = json.loads(ended.out)["runs"]
    (place,) = run["results"][0]["locations"]
    assert run["results"][0]["ruleId"] == "C001"
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "migrations/0003_drop.cql"
    assert place["physicalLocation"]["region"]["startLine"] == 2


@pytest.mark.parametrize(
    ("folder", "said"), [("a_file", "a_file: file exists"), ("a_file/below", "a_file/below: not a directory")]
)
def test_a_folder_that_cannot_be_made_is_named_and_ends_with_2(project, folder, said):
    project.write({"a_file": ""})
    ended = project("migrate", "new", "add email", "--migrations", folder)
    assert (ended.status, ended.out, ended.err) == (2, "", f"{said}\n")
