"""The server that the other tests run on: it starts, fails loudly, survives what tests do to it, and leaves nothing."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra import ConsistencyLevel, OperationTimedOut, Unauthorized
from cassandra.cluster import NoHostAvailable, Session
from cassandra.query import SimpleStatement

from .server import NoCluster, Node, NodeFailed, cluster, find_cluster, prepare_server
from .server.find import parse_hosts

ROOT = Path(__file__).parent.parent


pytestmark = pytest.mark.needs_server("the tests are about it")


@pytest.fixture(scope="module")
def server() -> None:
    try:
        prepare_server()
    except NoCluster as error:
        if os.environ.get("COODIE_REQUIRE_CLUSTER") == "1" and "COODIE_HOSTS" not in os.environ:
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def node(server: None) -> Iterator[Node]:
    with Node(durable=True) as node:
        with node.session() as session:
            create_table(session, copies=1)
        yield node


def create_table(session: Session, copies: int) -> None:
    session.execute(
        f"CREATE KEYSPACE shop WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': {copies}}}"
    )
    session.execute("CREATE TABLE shop.items (name text PRIMARY KEY)")


def names(node: Node) -> set[str]:
    with node.session() as session:
        return {row.name for row in session.execute("SELECT name FROM shop.items")}


def insert(node: Node, name: str) -> None:
    with node.session() as session:
        session.execute("INSERT INTO shop.items (name) VALUES (%s)", [name])


def refuses(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) != 0


def test_data_is_there_after_a_graceful_stop(node: Node) -> None:
    insert(node, "stopped")
    node.restart()
    assert "stopped" in names(node)


def test_data_is_there_after_a_kill(node: Node) -> None:
    insert(node, "killed")
    node.kill()
    assert node.pid is None
    assert refuses(node.host, node.port)
    node.start()
    node.wait_ready()
    assert "killed" in names(node)


def test_a_paused_node_keeps_connections_and_answers_later(node: Node) -> None:
    query = "SELECT release_version FROM system.local"
    with node.session() as session:
        node.pause()
        try:
            with pytest.raises(OperationTimedOut):
                session.execute(query, timeout=1)
        finally:
            node.resume()
        assert session.execute(query, timeout=120).one().release_version.startswith("5.0")


@pytest.mark.usefixtures("server")
def test_nothing_is_left_after_close() -> None:
    node = Node()
    node.start()
    pid = node.pid
    assert pid is not None
    node.close()
    assert not node.directory.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.usefixtures("server")
def test_a_start_that_fails_shows_the_log() -> None:
    with pytest.raises(NodeFailed, match="no_such_setting"), Node(changes={"no_such_setting": 1}):
        pass


@pytest.mark.usefixtures("server")
def test_a_server_ends_with_the_process_that_started_it() -> None:
    command = [sys.executable, "-m", "tests_integration.server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        host, port = starter.stdout.readline().strip().split(":")
        assert not refuses(host, int(port))
        starter.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while not refuses(host, int(port)):
        assert time.monotonic() < deadline, "the server still listens"
        time.sleep(0.1)


@pytest.mark.usefixtures("server")
def test_a_command_gets_the_address_and_its_exit_code_is_passed_on() -> None:
    program = "import os; print(os.environ['COODIE_HOSTS']); raise SystemExit(3)"
    command = [sys.executable, "-m", "tests_integration.server", "--", sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 3
    assert re.fullmatch(r"127\.0\.0\.1:\d+\n", done.stdout)


@pytest.mark.usefixtures("server")
def test_users_and_permissions() -> None:
    with Node(authentication=True) as node:
        with node.session() as admin:
            create_table(admin, copies=1)
            admin.execute("CREATE ROLE ann WITH password = 'secret' AND login = true")
        with node.session(("ann", "secret")) as ann, pytest.raises(Unauthorized):
            ann.execute("SELECT name FROM shop.items")


@pytest.mark.usefixtures("server")
def test_three_nodes_are_one_ring() -> None:
    with cluster(3) as nodes, nodes[0].session() as session:
        create_table(session, copies=3)
        write = "INSERT INTO shop.items (name) VALUES ('x')"
        for node in nodes:
            with node.session() as other:
                other.execute(SimpleStatement(write, consistency_level=ConsistencyLevel.ALL))
        nodes[2].stop()
        session.execute(SimpleStatement(write, consistency_level=ConsistencyLevel.QUORUM))
        with pytest.raises(NoHostAvailable, match="Cannot achieve consistency level ALL"):
            session.execute(SimpleStatement(write, consistency_level=ConsistencyLevel.ALL))


def test_named_hosts_come_before_a_server_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COODIE_HOSTS", "db1:9999, db2:9999")
    with find_cluster() as found:
        assert (found.hosts, found.port, found.node) == (["db1", "db2"], 9999, None)
        assert "COODIE_HOSTS" in found.description


def test_no_cluster_says_in_one_line_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COODIE_HOSTS", raising=False)
    monkeypatch.setenv("COODIE_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoCluster, match=r"^no Cassandra: .*install.*$"), find_cluster():
        pass


@pytest.mark.parametrize(
    ("text", "hosts", "port"),
    [
        ("db", ["db"], 9042),
        ("db:9999", ["db"], 9999),
        ("10.0.0.1,10.0.0.2", ["10.0.0.1", "10.0.0.2"], 9042),
        ("[::1]:9999", ["::1"], 9999),
    ],
)
def test_hosts(text: str, hosts: list[str], port: int) -> None:
    assert parse_hosts(text) == (hosts, port)


@pytest.mark.parametrize("text", [",", "a:1,b:2", "a:x"])
def test_hosts_that_make_no_sense(text: str) -> None:
    with pytest.raises(ValueError, match=r"port|Port"):
        parse_hosts(text)
