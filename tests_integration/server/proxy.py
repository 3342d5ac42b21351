"""A network between a client and a server that a test can cut."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Thread
from types import TracebackType


class Proxy:
    """Forwards the connections to a port of its own, `port`, to a server, until it is `cut()`.

    Answers come in pieces of at most `size` bytes.
    """

    def __init__(self, host: str, port: int, *, size: int = 65536) -> None:
        self._server, self._size = (host, port), size
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = [self._listener]
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()

    def cut(self) -> None:
        """End all connections, and take no more."""
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._ends += [client, server]
                Thread(target=_forward, args=(client, server, 65536), daemon=True).start()
                Thread(target=_forward, args=(server, client, self._size), daemon=True).start()


def _forward(source: socket.socket, target: socket.socket, size: int) -> None:
    with suppress(OSError):
        while data := source.recv(size):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
