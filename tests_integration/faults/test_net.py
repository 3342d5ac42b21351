"""Gates, without a server: what goes through, what is lost, and what ends."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest

from .net import Ends, Gate, Net, Weather

MAGIC = bytes(8)


class Echo(BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    with ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield ("127.0.0.1", server.server_address[1])
        server.shutdown()


@pytest.fixture
def net() -> Iterator[Net]:
    with Net() as net:
        yield net


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def gate(net: Net, server: tuple[str, int]) -> Iterator[Gate]:
    gate = net.gate(("127.0.0.1", free_port()), server)
    yield gate
    gate.shut()


def connect(gate: Gate) -> socket.socket:
    return socket.create_connection(gate.here, timeout=10)


def ask(connection: socket.socket, data: bytes = b"0123456789") -> bytes:
    """What comes back in a while, up to as much as was sent; b"" says that the connection has ended."""
    connection.sendall(data)
    found = b""
    while len(found) < len(data) and (piece := connection.recv(len(data))):
        found += piece
    return found


def is_silent(connection: socket.socket) -> bool:
    connection.settimeout(0.2)
    try:
        connection.recv(1)
    except TimeoutError:
        return True
    else:
        return False
    finally:
        connection.settimeout(10)


def has_ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_what_goes_through_an_open_gate(gate: Gate) -> None:
    with connect(gate) as one, connect(gate) as other:
        assert ask(one, b"one" * 100_000) == b"one" * 100_000
        assert ask(other) == b"0123456789"


@pytest.mark.parametrize("weather", [Weather(loses=True, answers=False), Weather(loses=True, requests=False)])
def test_what_lost_bytes_is_silent_and_ends_when_the_gate_is_healed(gate: Gate, weather: Weather) -> None:
    with connect(gate) as busy, connect(gate) as idle:
        assert ask(busy) == ask(idle)
        gate.change(weather)
        busy.sendall(b"lost")
        assert is_silent(busy)
        gate.heal()
        assert has_ended(busy)
        assert ask(idle) == b"0123456789"


def test_half_an_answer_and_the_end(gate: Gate) -> None:
    with connect(gate) as connection:
        gate.change(Weather(halves=Ends.CUT, requests=False))
        assert ask(connection) == b"01234"
        assert has_ended(connection)


def test_half_a_request_and_silence(gate: Gate) -> None:
    with connect(gate) as connection:
        gate.change(Weather(halves=Ends.SILENT, answers=False))
        connection.sendall(b"0123456789")
        assert connection.recv(10) == b"01234"
        assert is_silent(connection)


def test_a_gate_that_is_shut_refuses_until_it_is_open_again(gate: Gate) -> None:
    with connect(gate) as connection:
        assert ask(connection)
        gate.shut()
        assert has_ended(connection)
    with pytest.raises(ConnectionRefusedError):
        connect(gate)
    gate.heal()
    with connect(gate) as connection:
        assert ask(connection) == b"0123456789"


def test_a_cut_ends_what_is_connected_and_takes_new_connections(gate: Gate) -> None:
    with connect(gate) as connection:
        assert ask(connection)
        gate.cut()
        assert has_ended(connection)
    with connect(gate) as connection:
        assert ask(connection) == b"0123456789"


def test_a_gate_between_nodes_knows_the_caller(net: Net, server: tuple[str, int]) -> None:
    gate = net.gate(("127.0.0.1", free_port()), server, greeted=True)
    lost, heard = (MAGIC + bytes([6, 127, 0, 2, number, 1, 2]) for number in (1, 2))
    gate.change(Weather(loses=True, callers=frozenset({"127.0.2.1"})))
    with connect(gate) as one, connect(gate) as other:
        one.sendall(lost)
        assert ask(other, heard) == heard
        assert is_silent(one)
        gate.heal()
        assert has_ended(one)
        assert ask(other) == b"0123456789"
    gate.shut()
