"""The line to a server that says nothing any more ends with a message."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from coodie.testing.memory.wire import frames
from tests_integration.memory.line import HEADER, Line, NoAnswer, asked, executed, prepared
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
