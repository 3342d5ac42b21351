"""The engine on a TCP port, as a program of its own and inside of this one."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.policies import RoundRobinPolicy
from cassandra.query import SimpleStatement
from testing.memory.wire.frame_client import FRAMES, mutated, request, startup, text
from testing.memory.wire.open_port import opened

from coodie.testing.memory.driver import MemoryDriver
from coodie.testing.memory.wire import frames, port
from coodie.testing.memory.wire.frames import HEADER, integer

QUERY = request(frames.QUERY, text("SELECT key FROM system.local") + b"\0\1\0")


@contextmanager
def program(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The program with its port."""
    command = [sys.executable, "-m", "coodie.testing.memory", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            line = running.stdout.readline()
            assert line.startswith("listening on 127.0.0.1:"), line
            yield running, int(line.rpartition(":")[2])
        finally:
            running.kill()


@contextmanager
def driven(number: int, version: int = 5) -> Iterator[Any]:
    """The vendor's session on a port."""
    profile = ExecutionProfile(RoundRobinPolicy(), request_timeout=60)
    cluster = Cluster(
        ["127.0.0.1"], number, protocol_version=version, execution_profiles={EXEC_PROFILE_DEFAULT: profile}
    )
    try:
        yield cluster.connect()
    finally:
        cluster.shutdown()


def connected(number: int) -> socket.socket:
    found = socket.create_connection(("127.0.0.1", number), 60)
    found.sendall(startup())
    assert answer_of(found)[0] == frames.READY
    return found


def answer_of(client: socket.socket) -> tuple[int, bytes]:
    """The opcode and body of the next answer; nothing but zeros once the connection is closed."""
    head = taken(client, HEADER.size)
    if len(head) < HEADER.size:
        return 0, b""
    _, _, _, opcode, length = HEADER.unpack(head)
    return opcode, taken(client, length)


def taken(client: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        try:
            more = client.recv(count - len(got))
        except ConnectionError:
            return got
        if not more:
            return got
        got += more
    return got


def serves(number: int) -> bool:
    """Whether a new client is answered."""
    with connected(number) as client:
        client.sendall(QUERY)
        return b"local" in answer_of(client)[1]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_program_listens_says_so_and_ends_in_order(ending: signal.Signals) -> None:
    with program("--keyspace", "shop", "--keyspace", "Case") as (running, number):
        with driven(number) as session:
            assert {"shop", "Case"} <= set(session.cluster.metadata.keyspaces)
            (host,) = session.cluster.metadata.all_hosts()
            assert session.execute("SELECT rpc_port FROM system.local").one().rpc_port == number
            assert host.release_version == "5.0.9"
        running.send_signal(ending)
        rest, errors = running.communicate(timeout=60)
        assert (running.returncode, rest, errors) == (0, "", "")


def test_a_client_that_stays_does_not_hold_up_the_end() -> None:
    with program() as (running, number), connected(number) as client:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=60)
        assert running.returncode == 0
        assert answer_of(client) == (0, b"")


def test_a_file_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "shop.cql"
    file.write_text(
        "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};\n"
        "USE shop;\n"
        "CREATE TABLE t (p int PRIMARY KEY); -- a comment\n"
        "INSERT INTO t (p) VALUES (7);\n"
    )
    with program("--load", str(file)) as (_, number), driven(number) as session:
        assert session.execute("SELECT p FROM shop.t").one().p == 7


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("USE nosuch;", "1:1: Keyspace 'nosuch' does not exist"),
        ("\n\n  SELEC;", "3:3: no viable alternative"),
        (
            "CREATE KEYSPACE a WITH replication = {'class': 'SimpleStrategy'};\nUSE a; CREATE TABLE t (p int,\n  x);",
            "3:4: ",
        ),
        ("CREATE FUNCTION f () CALLED ON NULL INPUT RETURNS int LANGUAGE java AS '';", "1:1: MemoryDriver does not"),
    ],
)
def test_a_file_that_does_not_load_is_told_with_its_place(tmp_path: Path, script: str, told: str) -> None:
    file = tmp_path / "x.cql"
    file.write_text(script)
    command = [sys.executable, "-m", "coodie.testing.memory", "--port", "0", "--load", str(file)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith(f"{file}:{told}")


def test_what_was_written_is_saved_in_the_end_and_can_be_loaded_again(tmp_path: Path) -> None:
    file = tmp_path / "shop.cql"
    for number in (1, 2):
        with program("--keyspace", "shop", "--load", str(file), "--save", str(file)) as (running, port_number):
            with driven(port_number) as session:
                session.execute("CREATE TABLE IF NOT EXISTS shop.t (p int PRIMARY KEY)")
                session.execute(f"INSERT INTO shop.t (p) VALUES ({number})")
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) == 0
    assert [line for line in file.read_text().splitlines() if line.startswith("INSERT")] == [
        "INSERT INTO shop.t (p) VALUES (1);",
        "INSERT INTO shop.t (p) VALUES (2);",
    ]
    assert list(tmp_path.iterdir()) == [file]


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "coodie.testing.memory", "--port", number]
        found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 2
    assert number in found.stderr


@pytest.mark.parametrize("version", [3, 4, 5])
def test_the_driver_works_over_tcp(memory: MemoryDriver, version: int) -> None:
    with opened(memory) as number, driven(number, version) as session:
        insert = session.prepare("INSERT INTO ks.t (p, c, v) VALUES (?, ?, ?)")
        found = execute_concurrent_with_args(session, insert, [(n % 5, n, "x" * n) for n in range(500)])
        assert all(each.success for each in found)
        rows = session.execute(SimpleStatement("SELECT p, c, v FROM ks.t", fetch_size=70)).all()
        assert sorted(len(row.v) for row in rows) == list(range(500))
        session.execute("CREATE TABLE ks.more (p int PRIMARY KEY)")
        assert "more" in session.cluster.metadata.keyspaces["ks"].tables
        long = "x" * 1_000_000
        session.execute(insert, (9, 9, long))
        assert session.execute("SELECT v FROM ks.t WHERE p = 9 AND c = 9").one().v == long


def test_one_driver_hears_what_another_changed(memory: MemoryDriver) -> None:
    with opened(memory) as number, connected(number) as listener, driven(number) as session:
        listener.sendall(request(frames.REGISTER, frames.strings(["SCHEMA_CHANGE"])))
        assert answer_of(listener)[0] == frames.READY
        session.execute("CREATE TABLE ks.more (p int PRIMARY KEY)")
        opcode, body = answer_of(listener)
        assert (opcode, body) == (
            frames.EVENT,
            b"".join(map(frames.string, ("SCHEMA_CHANGE", "CREATED", "TABLE", "ks", "more"))),
        )
        memory.run("DROP TABLE ks.more")
        assert answer_of(listener)[0] == frames.EVENT


def test_the_oldest_driver_negotiates_down_from_what_it_has_not_got(memory: MemoryDriver) -> None:
    with opened(memory) as number, socket.create_connection(("127.0.0.1", number), 60) as client:
        client.sendall(request(frames.OPTIONS, version=0x42))
        assert b"Invalid or unsupported protocol version (66); supported versions are" in answer_of(client)[1]
        assert client.recv(1) == b""


def test_half_open_connections_and_broken_frames_harm_nobody(memory: MemoryDriver) -> None:
    with opened(memory) as number:
        silent = [socket.create_connection(("127.0.0.1", number), 60) for _ in range(50)]
        for client in silent[:25]:
            client.sendall(startup()[:7])
        started = [connected(number) for _ in range(10)]
        for client in started:
            client.sendall(HEADER.pack(4, 0, 1, frames.QUERY, frames.MOST_BYTES) + b"x" * 1000)
        assert serves(number)
        for client in silent + started:
            client.close()
        assert serves(number)


@pytest.mark.parametrize("length", [frames.MOST_BYTES + 1, (1 << 31) - 1, -1])
def test_a_frame_of_impossible_length_ends_its_connection_alone(memory: MemoryDriver, length: int) -> None:
    with opened(memory) as number, connected(number) as other:
        with connected(number) as client:
            client.sendall(HEADER.pack(4, 0, 1, frames.QUERY, length))
            opcode, body = answer_of(client)
            assert (opcode, body[:4]) == (frames.ERROR, integer(0x0A))
            assert client.recv(1) == b""
        other.sendall(QUERY)
        assert b"local" in answer_of(other)[1]


def test_who_does_not_read_is_not_read_from(memory: MemoryDriver) -> None:
    memory.run(f"INSERT INTO ks.t (p, c, v) VALUES (1, 1, '{'x' * 100_000}')")
    asked = request(frames.QUERY, text("SELECT v FROM ks.t") + b"\0\1\0")
    with opened(memory) as number, connected(number) as greedy:
        greedy.settimeout(0.2)
        sent = 0
        with suppress(TimeoutError):
            while sent < 1 << 24:
                sent += greedy.send(asked * 100)
        assert sent < 1 << 24
        assert serves(number)
        greedy.settimeout(60)
        for _ in range(200):
            assert len(answer_of(greedy)[1]) > 100_000


def test_too_many_clients_are_turned_away(memory: MemoryDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port, "MOST_CLIENTS", 3)
    with opened(memory) as number:
        kept = [connected(number) for _ in range(3)]
        with socket.create_connection(("127.0.0.1", number), 60) as client:
            assert taken(client, 1) == b""
        kept.pop().close()
        for client in kept:
            client.sendall(QUERY)
            assert b"local" in answer_of(client)[1]
            client.close()


def test_random_and_mutated_frames_do_no_harm(memory: MemoryDriver) -> None:
    random = Random(20)
    with opened(memory) as number:
        sent = 0
        while sent < FRAMES // 3:
            with connected(number) as client:
                for _ in range(random.randrange(1, 60)):
                    try:
                        client.sendall(mutated(random))
                    except ConnectionError:
                        break
                    sent += 1
                with suppress(OSError):
                    if random.random() < 0.5:
                        client.shutdown(socket.SHUT_WR)
                    client.settimeout(0.01)
                    while client.recv(1 << 16):
                        pass
        assert serves(number)
        with driven(number) as session:
            session.execute("SELECT * FROM ks.t").all()
