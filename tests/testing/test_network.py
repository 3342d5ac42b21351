"""Every way to reach a host is refused, and the refusal is kept, whoever swallows it."""

import asyncio
import socket
from contextlib import suppress

import pytest

from coodie import aio, sync
from coodie.exceptions import Unavailable
from coodie.testing import NetworkRefused, network_refused

HOST = ("127.0.0.1", 9)


def by_a_socket():
    with socket.socket() as made:
        made.connect(HOST)


def without_an_error():
    with socket.socket() as made:
        made.connect_ex(HOST)


def by_the_standard_library():
    socket.create_connection(HOST)


def by_an_event_loop():
    asyncio.run(asyncio.wait_for(asyncio.open_connection(*HOST), 10))


@pytest.mark.parametrize("connect", [by_a_socket, without_an_error, by_the_standard_library, by_an_event_loop])
def test_a_connect_to_a_host_is_refused(connect):
    with network_refused() as attempts, pytest.raises(NetworkRefused, match=r"127\.0\.0\.1.*network=True"):
        connect()

    assert len(attempts) == 1


def init():
    sync.init_coodie("127.0.0.1:9")


def ainit():
    asyncio.run(aio.init_coodie("127.0.0.1:9"))


@pytest.mark.parametrize("connect", [init, ainit])
def test_what_the_vendor_s_driver_makes_of_it_is_known_all_the_same(connect):
    pytest.importorskip("cassandra")
    with network_refused() as attempts, pytest.raises(Unavailable, match="NetworkRefused"):
        connect()

    assert len(attempts) == 1


def test_sockets_on_disk_stay_open(tmp_path, monkeypatch):
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("this system has none")
    monkeypatch.chdir(tmp_path)  # a path of such a socket may not be long
    with (
        network_refused() as attempts,
        socket.socket(socket.AF_UNIX) as server,
        socket.socket(socket.AF_UNIX) as client,
    ):
        server.bind("socket")
        server.listen()
        client.connect("socket")
        client.sendall(b"x")
        other, _ = server.accept()
        with other:
            assert other.recv(1) == b"x"

    assert attempts == []


def test_afterwards_hosts_can_be_reached_again():
    with network_refused() as attempts, suppress(NetworkRefused):
        by_a_socket()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        assert len(attempts) == 1
