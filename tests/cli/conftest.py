import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import Project, forget_modules

from coodie.testing import MemoryDriver

pytest.importorskip("typer")


SETTINGS = """
[tool.coodie]
hosts = "memory:dev.cql"
keyspace = "shop"
models = "app.models"
"""
MODELS = """
from typing import Annotated
from uuid import UUID

from coodie.fields import PrimaryKey, Indexed
from coodie.sync import Document


class User(Document):
    id: Annotated[UUID, PrimaryKey()]
    name: str | None = None
    email: Annotated[str | None, Indexed("users_email", using="sai")] = None

    class Settings:
        name = "users"
"""
USERS = """
-- coodie migration 1
-- Users by their number.

-- up
CREATE TABLE IF NOT EXISTS users (id uuid PRIMARY KEY, name text);

-- down
DROP TABLE IF EXISTS users;
"""
EMAIL = """
-- coodie migration 1
-- Adds the e-mail to users, and an index to find them by it.

-- up
ALTER TABLE users ADD IF NOT EXISTS email text;
CREATE INDEX IF NOT EXISTS users_email ON users (email) USING 'sai';

-- down
DROP INDEX IF EXISTS users_email;
ALTER TABLE users DROP IF EXISTS email;
"""


@pytest.fixture
def empty(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A folder without anything in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    # Compiled files are told apart by the second of their source and its size, which is too coarse here.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in ("HOSTS", "KEYSPACE", "MODELS", "MIGRATIONS", "DATACENTERS", "CONNECT", "USERNAME", "PASSWORD", "ENV"):
        monkeypatch.delenv(f"COODIE_{name}", raising=False)
    yield Project(tmp_path, capsys)
    forget_modules(tmp_path)


@pytest.fixture
def project(empty: Project) -> Project:
    """A project with a model, two migrations and an engine in a file, which has no keyspace yet."""
    empty.write(
        {
            "pyproject.toml": SETTINGS,
            "app/__init__.py": "",
            "app/models.py": MODELS,
            "migrations/0001_users.cql": USERS,
            "migrations/0002_email.cql": EMAIL,
        }
    )
    return empty


@pytest.fixture
def applied(project: Project) -> Project:
    """The project with all migrations applied."""
    ended = project("migrate", "up", "--create-keyspace")
    assert ended.status == 0, ended
    return project


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bool], None]:
    """Makes the user press Ctrl-C while a statement with a text is under way: before it is carried out, or after."""

    def interrupt(text: str, after: bool) -> None:
        carry_out = MemoryDriver.execute
        left = [text]

        def execute(self: MemoryDriver, request: Any) -> Any:
            hit = left and left[0] in getattr(request, "cql", "")
            if hit:
                left.clear()
            page = None if hit and not after else carry_out(self, request)
            if hit:
                raise KeyboardInterrupt
            return page

        monkeypatch.setattr(MemoryDriver, "execute", execute)

    return interrupt
