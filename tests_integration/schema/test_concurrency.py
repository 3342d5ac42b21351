"""Eight processes bring one empty keyspace up to date at once, some of them of a newer release."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Annotated

import pytest
from cassandra.cluster import Session

from coodie import PrimaryKey, SchemaDisagreement
from coodie.sync import Document, close, create_keyspace

from ..server import Found, NoCluster, Node  # noqa: TID252 - the checkout's root is not on the path
from ..server import cluster as start_cluster  # noqa: TID252
from ..workers import connect, ended, go, start  # noqa: TID252


def go_together(*workers: subprocess.Popen[str]) -> list[str]:
    """Let all begin at once; what each said at its end, or the error that it ended with."""
    go(*workers)
    return [each.out if each.status == 0 else each.err for each in ended(*workers)]


def worker(host: str, port: int, keyspace: str, version: int) -> subprocess.Popen[str]:
    return start("schema.worker", host, str(port), keyspace, str(version))


def make_keyspace(session: Session, name: str, copies: int) -> None:
    replication = f"{{'class': 'SimpleStrategy', 'replication_factor': {copies}}}"
    session.execute(f"CREATE KEYSPACE {name} WITH replication = {replication}")


def check_schema(session: Session, keyspace: str) -> None:
    asked = "SELECT table_name, column_name FROM system_schema.columns WHERE keyspace_name = %s"
    columns: dict[str, set[str]] = {}
    for row in session.execute(asked, [keyspace]):
        columns.setdefault(row.table_name, set()).add(row.column_name)
    assert columns == {
        "customer": {"id", "email", "home", "others", "name", "points"},
        "order": {"customer", "number", "currency", "ship_to"},
        "order_by_number": {"number", "customer"},
    }
    indexes = session.execute("SELECT index_name FROM system_schema.indexes WHERE keyspace_name = %s", [keyspace])
    assert sorted(row.index_name for row in indexes) == ["customer_by_email", "customer_name_idx"]


def versions(session: Session) -> set[str]:
    local = session.execute("SELECT schema_version FROM system.local").one().schema_version
    return {
        str(local),
        *(str(row.schema_version) for row in session.execute("SELECT schema_version FROM system.peers_v2")),
    }


def all_sent(said: list[str]) -> bool:
    return all(out.startswith("sent ") for out in said)


def test_eight_workers_at_once(cluster: Found, session: Session, keyspace: str) -> None:
    for attempt in range(2):
        name = f"{keyspace}_{attempt}"
        make_keyspace(session, name, 1)
        said = go_together(*(worker(cluster.hosts[0], cluster.port, name, 1 + i % 2) for i in range(8)))
        assert all_sent(said), said
        check_schema(session, name)


@pytest.fixture(scope="module")
def three_nodes() -> Iterator[list[Node]]:
    try:
        with start_cluster(3) as nodes:
            yield nodes
    except NoCluster as error:
        pytest.skip(str(error))


def test_eight_workers_at_once_on_three_nodes(three_nodes: list[Node]) -> None:
    first = three_nodes[0]
    with first.session() as session:
        make_keyspace(session, "together", 3)
    # Each worker knows another node first, as those of a real deployment do.
    hosts = [three_nodes[number % 3].host for number in range(8)]
    said = go_together(*(worker(host, first.port, "together", 1 + i % 2) for i, host in enumerate(hosts)))
    assert all_sent(said), said
    assert go_together(worker(first.host, first.port, "together", 2)) == ["sent 0\n"]
    for node in three_nodes:
        with node.session() as other:
            check_schema(other, "together")
            assert len(versions(other)) == 1


class Note(Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        keyspace = "notes"


def test_a_lost_agreement_is_an_error_and_the_next_sync_ends_well(three_nodes: list[Node]) -> None:
    first, _, last = three_nodes
    connect(first.host, first.port, only=True)
    try:
        create_keyspace("notes", replication_factor=3)
        connect(first.host, first.port, only=True, schema_timeout=4)
        last.pause()
        with pytest.raises(SchemaDisagreement, match=r"CREATE TABLE IF NOT EXISTS notes\.note"):
            Note.sync_table()
        last.resume()
        for node in three_nodes:
            node.wait_ready()
        connect(first.host, first.port, only=True)
        Note.sync_table()
        Note.verify_table()
    finally:
        last.resume()
        close()
