"""The line to a server that says nothing any more ends with a message; other answers outlive a flow that breaks off."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from coodie.testing.memory.wire import frames, segments
from tests_integration.memory.line import HEADER, Flow, Line, NoAnswer, asked, executed, prepared
from tests_integration.server import Found


@pytest.fixture
def silent() -> Iterator[Found]:
    """A server that is ready, and then answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            client, _ = listening.accept()
            with client:
                client.sendall(HEADER.pack(0x85, 0, 0, frames.READY, 0))
                while client.recv(1 << 16):
                    pass

        thread = Thread(target=serve)
        thread.start()
        yield Found(["127.0.0.1"], listening.getsockname()[1], "silent")
        thread.join()


def test_a_server_that_does_not_answer_is_told_with_what_it_was_asked(silent: Found) -> None:
    flows = iter([asked("SELECT 1"), prepared("SELECT 2"), executed((b"\x07", b""), ())])
    with Line(silent, 0.2) as line:
        with pytest.raises(NoAnswer) as error:
            line.together(flows, 3)  # type: ignore[arg-type]
        assert line.lost
    assert str(error.value).splitlines() == [
        "no answer for 0.2 seconds to 3 requests:",
        "SELECT 1",
        "SELECT 2",
        "EXECUTE 07",
        "(its log is not here)",
    ]


@pytest.fixture
def together() -> Iterator[Found]:
    """A server that waits for three requests, and answers all of them in one segment."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            client, _ = listening.accept()
            with client:
                client.recv(1 << 16)  # STARTUP
                client.sendall(HEADER.pack(0x85, 0, 0, frames.READY, 0))
                streams, data = [], b""
                while len(streams) < 3:
                    data += client.recv(1 << 16)
                    while (segment := segments.unpack(data, 0)) is not None:
                        streams.append(HEADER.unpack_from(segment[0])[2])
                        data = data[segment[1] :]
                void = b"\x00\x00\x00\x01"
                answers = [HEADER.pack(0x85, 0, stream, frames.RESULT, len(void)) + void for stream in streams]
                client.sendall(segments.packed(b"".join(answers)))
                while client.recv(1 << 16):
                    pass

        thread = Thread(target=serve)
        thread.start()
        yield Found(["127.0.0.1"], listening.getsockname()[1], "answers three at once")
        thread.join()


def test_when_a_flow_breaks_off_the_answers_beside_its_own_are_not_waited_for_again(together: Found) -> None:
    def broken() -> Flow[None]:
        yield from asked("SELECT 1")
        raise ZeroDivisionError

    with Line(together, 5) as line:
        with pytest.raises(ZeroDivisionError):
            line.together(iter([broken(), broken(), broken()]), 3)
        line.drain()
        assert not line.lost
