"""A role that may read and not make: the error says what was not allowed, and which statement it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import pytest
from cassandra.auth import PlainTextAuthProvider

from coodie import Indexed, PrimaryKey, RequestRejected
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
    init_coodie([node.host], port=node.port, keyspace="shop", auth_provider=login, protocol_version=5, **PATIENT)
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
