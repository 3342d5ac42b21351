"""A role that may read and not make: the error says what was not allowed, and which statement it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from cassandra.auth import PlainTextAuthProvider

from coodie import Indexed, PrimaryKey, RequestRejected
from coodie.cli.app import run
from coodie.sync import Document, close, execute_raw, init_coodie

from ..conftest import PATIENT  # noqa: TID252 - the checkout's root is not on the path
from ..server import NoCluster, Node  # noqa: TID252 - the checkout's root is not on the path

pytestmark = pytest.mark.needs_server("with roles")


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    try:
        with Node(authentication=True) as started, started.session() as session:
            session.execute(
                "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
            )
            session.execute("CREATE TABLE shop.there (id bigint PRIMARY KEY)")
            session.execute("CREATE ROLE reader WITH PASSWORD = 'reader' AND LOGIN = true")
            session.execute("GRANT SELECT ON KEYSPACE shop TO reader")
            yield started
    except NoCluster as error:
        pytest.skip(str(error))


@pytest.fixture
def reader(node: Node) -> Iterator[None]:
    login = PlainTextAuthProvider("reader", "reader")
    init_coodie([node.host], port=node.port, keyspace="shop", auth_provider=login, **PATIENT)
    yield
    close()


class There(Document):
    id: Annotated[int, PrimaryKey()]


class Grown(There):
    name: Annotated[str, Indexed()] = ""

    class Settings:
        name = "there"


class Absent(Document):
    id: Annotated[int, PrimaryKey()]


def test_who_may_only_read_can_verify_and_sync_what_is_there(reader: None) -> None:
    There.verify_table()
    assert There.sync_table() == []


@pytest.mark.parametrize(
    ("model", "permission", "statement"),
    [
        (Absent, "CREATE.*<all tables in shop>", "CREATE TABLE IF NOT EXISTS shop.absent"),
        (Grown, "ALTER.*<table shop.there>", "ALTER TABLE shop.there ADD name text"),
    ],
)
def test_what_is_not_allowed_is_named(reader: None, model: type[Document], permission: str, statement: str) -> None:
    with pytest.raises(RequestRejected, match=f"(?s)reader has no {permission}.*{statement}"):
        model.sync_table()
    assert execute_raw("SELECT id FROM shop.there") == []


@pytest.fixture
def project(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a migration, whose settings name the server and the role that may only read."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_orders.cql").write_text("CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY);")
    monkeypatch.chdir(tmp_path)
    for name in ("MODELS", "CONNECT", "ENV", "DATACENTERS", "MIGRATIONS"):
        monkeypatch.delenv(f"COODIE_{name}", raising=False)
    monkeypatch.setenv("COODIE_HOSTS", f"{node.host}:{node.port}")
    monkeypatch.setenv("COODIE_KEYSPACE", "shop")
    monkeypatch.setenv("COODIE_USERNAME", "reader")
    monkeypatch.setenv("COODIE_PASSWORD", "reader")
    return tmp_path


@pytest.mark.usefixtures("project")
def test_a_wrong_password_ends_with_2_and_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COODIE_PASSWORD", "hunter2")
    assert run(["schema", "show"]) == 2
    shown = "".join(capsys.readouterr())
    assert "credentials" in shown
    assert "hunter2" not in shown


@pytest.mark.usefixtures("project")
def test_migrations_without_permission_say_so_and_are_completed_when_it_is_there(
    node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(["migrate", "up"])
    shown = "".join(capsys.readouterr())
    assert status in (1, 3)
    assert "no CREATE permission" in shown
    with node.session() as session:
        session.execute("GRANT ALL PERMISSIONS ON KEYSPACE shop TO reader")
        try:
            assert run(["migrate", "up"]) == 0
            assert list(session.execute("SELECT id FROM shop.orders")) == []
        finally:
            session.execute("REVOKE ALL PERMISSIONS ON KEYSPACE shop FROM reader")
            session.execute("GRANT SELECT ON KEYSPACE shop TO reader")
