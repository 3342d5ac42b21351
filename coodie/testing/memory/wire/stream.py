"""From the bytes of a connection to its frames, and from these to the bytes of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from coodie.testing.memory.errors.base import PROTOCOL
from coodie.testing.memory.wire import frames, results, segments
from coodie.testing.memory.wire.frames import HEADER, Frame, ProtocolViolation, request_header
from coodie.testing.memory.wire.server import Server

_MOST_BEFORE: Final = 64 << 10


class Stream:
    """One connection's bytes. ``segmented`` is set when version 5 begins to send segments, which is after its READY.

    Before a connection has ``started``, a frame may have 64 KiB only.
    """

    __slots__ = ("_frames", "_raw", "segmented", "started", "version")

    def __init__(self) -> None:
        self.segmented = False
        self.started = False
        self.version: int | None = None
        self._raw = bytearray()
        self._frames = bytearray()

    def feed(self, data: bytes) -> None:
        """More bytes from the client."""
        self._raw += data

    @property
    def waiting(self) -> int:
        """How many bytes wait for their rest."""
        return len(self._raw) + len(self._frames)

    def next(self) -> Frame | None:
        """The next frame, if all of it has come. Raises `ProtocolViolation`."""
        if not self.segmented:
            return self._next(self._raw)
        while True:
            found = self._next(self._frames)
            if found is not None:
                return found
            content = segments.unpack(self._raw, 0)
            if content is None:
                return None
            self._frames += content[0]
            del self._raw[: content[1]]

    def _next(self, data: bytearray) -> Frame | None:
        if len(data) < HEADER.size:
            return None
        version, flags, stream, opcode, length = request_header(data, 0)
        if self.version is None:
            self.version = version
        elif version != self.version:
            said = (
                f"Invalid message version. Got {version}/v{version} but previous messages on this connection had "
                f"version {self.version}/v{self.version}"
            )
            raise ProtocolViolation(said, version=self.version, stream=stream)
        if not self.started and length > _MOST_BEFORE:
            said = f"Request is too big: length {length} exceeds maximum allowed length {_MOST_BEFORE}."
            raise ProtocolViolation(said, version=version, stream=stream)
        end = HEADER.size + length
        if len(data) < end:
            return None
        body = bytes(data[HEADER.size : end])
        del data[:end]
        return Frame(version, flags, stream, opcode, body)

    def pack(self, frame: Frame) -> bytes:
        """A frame as it goes to the client."""
        data = frame.pack()
        return segments.packed(data) if self.segmented else data


class Exchange:
    """One client's part of a server: its bytes in, and the answers to them. ``send`` is for events."""

    def __init__(self, server: Server, send: Callable[[Frame], None]) -> None:
        self.stream = Stream()
        self.is_over = False
        self._server = server
        self._connection = server.connect(send)

    def answers(self, data: bytes) -> Iterator[Frame]:
        """The answers to all that has come. After a frame that cannot be read there are none any more."""
        stream = self.stream
        stream.feed(data)
        while not self.is_over:
            try:
                request = stream.next()
            except ProtocolViolation as error:
                self.is_over = True
                yield Frame(error.version, 0, error.stream, frames.ERROR, results.error(PROTOCOL, str(error)))
                return
            if request is None:
                return
            answer = self._server.answer(request, self._connection)
            yield answer
            if answer.opcode == frames.READY and request.opcode == frames.STARTUP:
                stream.started = True
                stream.segmented = request.version > 4

    def close(self) -> None:
        """The client has gone."""
        self.is_over = True
        self._server.disconnect(self._connection)
