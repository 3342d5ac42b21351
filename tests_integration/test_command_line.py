"""The command line on a real cluster: migrations, the schema, and what it says where the server refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coodie.cli.app import run

from .server import Found

MODELS = """
from typing import Annotated
from uuid import UUID

from coodie.fields import Indexed, PrimaryKey
from coodie.sync import Document


class User(Document):
    id: Annotated[UUID, PrimaryKey()]
    name: str | None = None
    email: Annotated[str | None, Indexed("users_email", using="sai")] = None

    class Settings:
        name = "users"
"""


@pytest.fixture
def project(cluster: Found, keyspace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose settings name the cluster and a keyspace that is there."""
    (tmp_path / "cluster_models.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("COODIE_HOSTS", ",".join(f"{host}:{cluster.port}" for host in cluster.hosts))
    monkeypatch.setenv("COODIE_KEYSPACE", keyspace)
    monkeypatch.setenv("COODIE_MODELS", "cluster_models")
    for name in ("USERNAME", "PASSWORD", "CONNECT", "ENV", "DATACENTERS", "MIGRATIONS"):
        monkeypatch.delenv(f"COODIE_{name}", raising=False)
    return tmp_path


def test_migrations_are_written_applied_and_undone(
    project: Path, keyspace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["migrate", "new", "--auto", "users"]) == 0
    assert run(["migrate", "status"]) == 1
    assert run(["migrate", "up", "--timeout", "60"]) == 0
    assert run(["migrate", "status"]) == 0
    assert run(["schema", "verify", "--exact"]) == 0
    assert run(["schema", "models", "--output", "made_models.py"]) == 0
    assert run(["schema", "verify", "--exact", "--models", "made_models"]) == 0
    assert run(["migrate", "redo"]) == 0
    capsys.readouterr()
    assert run(["schema", "dump"]) == 0
    dumped = capsys.readouterr().out
    assert f"CREATE TABLE IF NOT EXISTS {keyspace}.users (id uuid, email text, name text, PRIMARY KEY (id));" in dumped
    assert "coodie_migration" not in dumped
    statement, one = "SELECT name FROM users WHERE id = :id", "id=b2b5d2a5-6c5e-4f6e-9a3e-0d6f3f1c2a11"
    assert run(["query", statement, "--param", one]) == 0
    assert capsys.readouterr().out == "0 rows\n"
    assert run(["query", "SELECT key FROM system.local WHERE key = :key", "--param", "key=local"]) == 0
    assert capsys.readouterr().out == "key\nlocal\n1 row\n"
    assert run(["schema", "diagram", "--format", "dot"]) == 0
    assert run(["doctor"]) == 0
    assert run(["migrate", "unlock", "--yes"]) == 0
    capsys.readouterr()
    assert run(["migrate", "history", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["migrations"]
    assert [each["state"] for each in told] == ["applied"]
    assert run(["migrate", "down"]) == 0
    assert run(["schema", "sync"]) == 0
    assert run(["schema", "diff", "--exact"]) == 0


@pytest.mark.parametrize("command", [["schema", "dump"], ["migrate", "status"], ["schema", "sync"]])
def test_a_keyspace_that_is_not_there_ends_with_2(
    project: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert run([*command, "--keyspace", "coodie_is_not_there"]) == 2
    assert "there is no keyspace coodie_is_not_there" in capsys.readouterr().err


def test_a_host_that_does_not_answer_ends_with_2(
    project: Path, closed_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["schema", "dump", "--hosts", f"127.0.0.1:{closed_port}"]) == 2
    assert "check that the hosts are up and the port is right" in capsys.readouterr().err


def test_a_user_and_a_password_are_sent_and_never_shown(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COODIE_USERNAME", "sinclair")
    monkeypatch.setenv("COODIE_PASSWORD", "hunter2")
    assert run(["schema", "show"]) == 0  # a server without authentication does not ask for them
    shown = "".join(capsys.readouterr())
    assert "hunter2" not in shown
    assert "sinclair" not in shown
