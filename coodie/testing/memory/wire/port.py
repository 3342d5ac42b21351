"""The engine on a TCP port: one thread, any number of clients, each of which can only harm itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Final

from coodie.testing.memory.wire.frames import Frame
from coodie.testing.memory.wire.server import Server
from coodie.testing.memory.wire.stream import Exchange

MOST_CLIENTS: Final = 1000
_MOST_WAITING: Final = 128 << 20
"""Bytes of unfinished frames, of all clients together."""
_MOST_UNREAD: Final = 1 << 20
"""Bytes that a client may leave unread and still get events."""
_TURN: Final = 32
"""Requests of one client that are answered before others have their turn."""
_SECONDS_TO_START: Final = 30


class _Client(asyncio.Protocol):
    """One connection. While the client does not read what it gets, nothing more is read from it."""

    _transport: asyncio.Transport
    _exchange: Exchange

    def __init__(self, port: Port) -> None:
        self._port = port
        self._answers: Iterator[Frame] | None = None
        self._is_paused = False
        self._turn: asyncio.Handle | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._exchange = Exchange(self._port.server, self._tell)
        if not self._port.admits(self):
            transport.abort()
            return
        made = transport.get_extra_info("socket")
        if made is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._deadline = asyncio.get_running_loop().call_later(_SECONDS_TO_START, self._check_start)

    def connection_lost(self, exc: Exception | None) -> None:
        self._exchange.close()
        self._port.clients.discard(self)
        for handle in (self._turn, self._deadline):
            if handle is not None:
                handle.cancel()

    def data_received(self, data: bytes) -> None:
        if self._answers is None:
            self._answers = self._exchange.answers(data)
            self._go_on()
        else:
            self._exchange.stream.feed(data)
        if not self._port.has_room(self):
            self._transport.abort()

    def pause_writing(self) -> None:
        self._is_paused = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._is_paused = False
        self._transport.resume_reading()
        self._go_on()

    @property
    def waiting(self) -> int:
        """How many bytes of it wait for their rest."""
        return self._exchange.stream.waiting

    def close(self) -> None:
        """End it, when what it is owed has been sent."""
        self._transport.close()

    def _go_on(self) -> None:
        """Answer, as long as the client reads the answers and it is its turn."""
        self._turn = None
        if self._answers is None:
            return
        for _ in range(_TURN):
            if self._is_paused or self._transport.is_closing():
                return
            answer = next(self._answers, None)
            if answer is None:
                self._answers = None
                if self._exchange.is_over:
                    self._transport.close()
                return
            self._transport.write(self._exchange.stream.pack(answer))
        self._turn = asyncio.get_running_loop().call_soon(self._go_on)

    def _tell(self, event: Frame) -> None:
        self._port.call(self._write_event, event)

    def _write_event(self, event: Frame) -> None:
        if self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > _MOST_UNREAD:
            self._transport.abort()
            return
        self._transport.write(self._exchange.stream.pack(event))

    def _check_start(self) -> None:
        if not self._exchange.stream.started:
            self._transport.abort()


class Port:
    """Listens, and closes all connections in the end."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.clients: set[_Client] = set()
        self._loop = asyncio.get_running_loop()
        self._listener: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        """Open the port, 0 for a free one, and say where it is. Raises OSError if it is taken."""
        self._listener = await self._loop.create_server(lambda: _Client(self), host, port)
        found: tuple[str, int] = self._listener.sockets[0].getsockname()[:2]
        return found

    async def close(self) -> None:
        """Take no more clients, and end those that there are."""
        if self._listener is not None:
            self._listener.close()
        for client in list(self.clients):
            client.close()
        await asyncio.sleep(0)
        self.server.close()

    def call(self, function: object, event: Frame) -> None:
        """Have an event written on the thread of the port."""
        self._loop.call_soon_threadsafe(function, event)  # type: ignore[arg-type]

    def admits(self, client: _Client) -> bool:
        """Whether one more client is taken."""
        if len(self.clients) >= MOST_CLIENTS:
            return False
        self.clients.add(client)
        return True

    def has_room(self, client: _Client) -> bool:
        """Whether what waits of all clients is not too much."""
        return client.waiting <= 1 << 16 or sum(each.waiting for each in self.clients) <= _MOST_WAITING
