"""`coodie doctor`: what a report of a problem needs, and no secrets."""

import pytest


def test_it_shows_versions_the_server_and_how_the_keyspace_stands(applied):
    ended = applied("doctor", "--json")
    assert ended.status == 0
    told = ended.json
    assert {"Python", "coodie", "pydantic", "typer", "latency"} <= {*told}
    assert (told["server"], told["nodes"], told["schema_agreement"]) == ("5.0.9", "1 in datacenter1", "yes")
    assert (told["keyspace"], told["pending_migrations"], told["differing_from_models"]) == ("shop", [], [])
    ended = applied("doctor")
    assert ended.status == 0
    assert "schema agreement" in ended.out
    assert max(map(len, ended.lines)) <= 80


def test_what_is_pending_or_differs_is_named_and_ends_with_1(applied):
    models = applied.read("app/models.py").replace("    email:", "    age: int | None = None\n    email:")
    more = "-- up\nCREATE TABLE IF NOT EXISTS more (id int PRIMARY KEY);\n"
    applied.write({"migrations/0003_more.cql": more, "app/models.py": models})
    ended = applied("doctor", "--json")
    assert ended.status == 1
    assert ended.json["pending_migrations"] == ["0003_more (pending)"]
    assert ended.json["differing_from_models"] == ["shop.users.age"]


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--keyspace", "nope"], "there is no keyspace nope"), (["--hosts", "memory:a/b"], "a")]
)
def test_a_cluster_that_cannot_be_used_is_a_line_of_the_report(applied, arguments, said):
    ended = applied("doctor", "--json", *arguments)
    assert ended.status == 2
    assert said in ended.json["problem"]
    assert "coodie" in ended.json


def test_user_and_password_are_not_in_it(applied, monkeypatch):
    monkeypatch.setenv("COODIE_USERNAME", "sinclair")
    monkeypatch.setenv("COODIE_PASSWORD", "hunter2")
    shown = "".join(map(str, applied("doctor")))
    assert "hunter2" not in shown
    assert "sinclair" not in shown
