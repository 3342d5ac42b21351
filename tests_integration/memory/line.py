"""A connection in version 5 of the protocol with many requests in flight, and what its answers say.

The vendor's driver would take most of the time that a step may have. `Line.wait` runs one flow, `Line.together` many: a
flow is a generator that yields requests and is sent the frames that answer them.
"""

from __future__ import annotations

import socket
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from struct import Struct
from typing import Any, Final, TypeVar

from cassandra.protocol import ResultMessage

from coodie.cql.message import UNSET
from coodie.testing.memory.typed import Value
from coodie.testing.memory.wire import frames, segments
from coodie.testing.memory.wire.frames import Frame
from tests_integration.memory import raw
from tests_integration.server import Found

T = TypeVar("T")
Request = tuple[int, bytes]
Flow = Generator[Request, Frame, T]

HEADER: Final = Struct(">BBhBi")
_SIZE: Final = Struct(">i")
_SHORT: Final = Struct(">H")
_VALUES, _PAGE, _STATE, _NOW = 0x01, 0x04, 0x08, 0x100
_ONE: Final = b"\x00\x01"
_ROWS, _PREPARED = 2, 4
_ONE_TABLE, _MORE, _NO_METADATA, _CHANGED = 0x01, 0x02, 0x04, 0x08


@dataclass(frozen=True)
class Parameters:
    """What goes with a statement: values, the size of a page, where to go on, and the second that it is."""

    values: Sequence[Value] = ()
    size: int = 5000
    state: bytes | None = None
    now: int | None = None

    def pack(self) -> bytes:
        """As bytes."""
        flags, parts = _PAGE, []
        if self.values:
            flags |= _VALUES
            parts = [_SHORT.pack(len(self.values)), *map(_value, self.values)]
        parts.append(_SIZE.pack(self.size))
        if self.state is not None:
            flags |= _STATE
            parts += [_SIZE.pack(len(self.state)), self.state]
        if self.now is not None:
            flags |= _NOW
            parts.append(_SIZE.pack(self.now))
        return b"".join([_ONE, _SIZE.pack(flags), *parts])


def _value(value: Value) -> bytes:
    if value is None:
        return _SIZE.pack(-1)
    return _SIZE.pack(-2) if value is UNSET else _SIZE.pack(len(value)) + value  # type: ignore[arg-type,operator]


def query(text: str, parameters: Parameters) -> Request:
    """QUERY, with values if there are any."""
    return frames.QUERY, _long(text) + parameters.pack()


def prepare(text: str) -> Request:
    """PREPARE, in the connection's keyspace."""
    return frames.PREPARE, _long(text) + _SIZE.pack(0)


def execute(ids: tuple[bytes, bytes], parameters: Parameters) -> Request:
    """EXECUTE of what PREPARE answered."""
    return frames.EXECUTE, b"".join(_SHORT.pack(len(each)) + each for each in ids) + parameters.pack()


def shown_request(opcode: int, body: bytes) -> str:
    """A request in a message: the text of QUERY and PREPARE, and of EXECUTE its id."""
    if opcode == frames.EXECUTE:
        (size,) = _SHORT.unpack_from(body)
        return f"EXECUTE {body[2 : 2 + size].hex()}"
    (size,) = _SIZE.unpack_from(body)
    return body[4 : 4 + size].decode()


def _long(text: str) -> bytes:
    data = text.encode()
    return _SIZE.pack(len(data)) + data


class NoAnswer(Exception):
    """The server gave no answer for a long time; the message ends with the tail of its log."""


class Line:
    """A connection to the server. When an answer does not come for so many seconds, it is lost, which is `NoAnswer`."""

    def __init__(self, found: Found, patience: float = 300) -> None:
        self._found, self._patience = found, patience
        self._socket = socket.create_connection((found.hosts[0], found.port), patience)
        self.lost = False
        self._asked: dict[int, Request] = {}
        self._raw, self._got = bytearray(), bytearray()
        self._waiting: dict[int, Flow[Any]] = {}
        self._free = list(range(1, 2000))
        options = frames.short(1) + frames.string("CQL_VERSION") + frames.string("3.0.0")
        self._socket.sendall(HEADER.pack(5, 0, 0, frames.STARTUP, len(options)) + options)
        answer = self._socket.recv(1 << 16)  # the one answer that comes without segments
        assert answer[4] == frames.READY

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *exc: object) -> None:
        self._socket.close()

    def wait(self, flow: Flow[T]) -> T:
        """Run one flow to its end."""
        found: list[T] = []

        def kept() -> Flow[None]:
            found.append((yield from flow))

        self.together(iter([kept()]), 1)
        return found[0]

    def together(self, flows: Iterator[Flow[None]], width: int) -> None:
        """Run flows to their ends, so many at a time."""
        self._start(flows, width)
        while self._waiting:
            frame = self._received()
            flow = self._waiting.pop(frame.stream)
            self._free.append(frame.stream)
            self._go(flow, frame)
            self._start(flows, width)

    def drain(self) -> None:
        """Wait for the answers that flows which broke off have not had."""
        while self._waiting:
            frame = self._received()
            del self._waiting[frame.stream]
            self._free.append(frame.stream)

    def _start(self, flows: Iterator[Flow[None]], width: int) -> None:
        while len(self._waiting) < width:
            flow = next(flows, None)
            if flow is None:
                return
            self._go(flow, None)

    def _go(self, flow: Flow[Any], frame: Frame | None) -> None:
        try:
            opcode, body = next(flow) if frame is None else flow.send(frame)
        except StopIteration:
            return
        stream = self._free.pop()
        self._waiting[stream] = flow
        self._asked[stream] = opcode, body
        self._socket.sendall(segments.packed(HEADER.pack(5, 0, stream, opcode, len(body)) + body))

    def _received(self) -> Frame:
        """The next answer. Those behind it stay for `drain`, should the flow that it is for break off."""
        while (found := self._frame()) is None:
            try:
                data = self._socket.recv(1 << 20)
            except TimeoutError:
                self.lost = True
                raise NoAnswer(self._complaint()) from None
            if not data:
                self.lost = True
                raise ConnectionError("the server closed the connection")
            self._raw += data
            at = 0
            while (segment := segments.unpack(self._raw, at)) is not None:
                self._got += segment[0]
                at = segment[1]
            del self._raw[:at]
        return found

    def _complaint(self) -> str:
        waiting = [shown_request(*self._asked[stream]) for stream in self._waiting]
        log = self._found.node.log_tail() if self._found.node is not None else "(its log is not here)"
        return "\n".join([f"no answer for {self._patience:g} seconds to {len(waiting)} requests:", *waiting, log])

    def _frame(self) -> Frame | None:
        if len(self._got) < HEADER.size:
            return None
        version, flags, stream, opcode, length = HEADER.unpack_from(self._got)
        end = HEADER.size + length
        if len(self._got) < end:
            return None
        found = Frame(version & 0x7F, flags, stream, opcode, bytes(self._got[HEADER.size : end]))
        del self._got[:end]
        return found


def asked(text: str, values: Sequence[Value] = (), size: int = 0, now: int | None = None) -> Flow[raw.Answer]:
    """The answer to a statement, all its pages."""
    return (yield from _pages(lambda parameters: query(text, parameters), Parameters(values, size or 5000, None, now)))


def executed(
    ids: tuple[bytes, bytes], values: Sequence[Value], size: int = 0, now: int | None = None
) -> Flow[raw.Answer]:
    """The answer to a prepared statement, all its pages."""
    return (yield from _pages(lambda parameters: execute(ids, parameters), Parameters(values, size or 5000, None, now)))


def _pages(ask: Any, parameters: Parameters) -> Flow[raw.Answer]:
    pages: list[tuple[tuple[bytes | None, ...], ...]] = []
    while True:
        reading = Reading((yield ask(parameters)))
        if reading.code is not None:
            return raw.Answer(reading.code, reading.message)
        columns, rows, state = reading.rows()
        pages.append(rows)
        if state is None:
            return raw.Answer(columns=columns, pages=tuple(pages) if columns else (), warnings=reading.warnings)
        parameters = Parameters(parameters.values, parameters.size, state, parameters.now)


def prepared(text: str) -> Flow[raw.Answer | tuple[raw.Prepared, tuple[bytes, bytes]]]:
    """What the server says to PREPARE, and the ids for EXECUTE."""
    reading = Reading((yield prepare(text)))
    return raw.Answer(reading.code, reading.message) if reading.code is not None else reading.prepared()


Columns = tuple[tuple[str, str], ...]


class Reading:
    """What is in a frame."""

    def __init__(self, frame: Frame) -> None:
        self._body, self._at = frame.body, 0
        self.warnings: tuple[str, ...] = ()
        if frame.flags & frames.WITH_WARNINGS:
            self.warnings = tuple(self._text() for _ in range(self._short()))
        self.code = self._int() if frame.opcode == frames.ERROR else None
        self.message = self._text() if frame.opcode == frames.ERROR else ""

    def rows(self) -> tuple[Columns, tuple[tuple[bytes | None, ...], ...], bytes | None]:
        """Columns, rows and the state of a RESULT; nothing of one without rows."""
        if self._int() != _ROWS:
            return (), (), None
        columns, state = self._columns()
        width = range(len(columns))
        return columns, tuple(tuple(self._bytes() for _ in width) for _ in range(self._int())), state

    def prepared(self) -> tuple[raw.Prepared, tuple[bytes, bytes]]:
        """Marks, key indexes, columns and ids."""
        assert self._int() == _PREPARED
        ids = self._sized(self._short()), self._sized(self._short())
        flags, count = self._int(), self._int()
        keys = tuple(self._short() for _ in range(self._int()))
        marks = self._specs(flags, count)
        columns, _ = self._columns()
        return raw.Prepared(marks, keys or None, columns), ids

    def _columns(self) -> tuple[Columns, bytes | None]:
        flags, count = self._int(), self._int()
        state = self._bytes() if flags & _MORE else None
        if flags & _CHANGED:
            self._sized(self._short())
        return (() if flags & _NO_METADATA else self._specs(flags, count)), state

    def _specs(self, flags: int, count: int) -> Columns:
        if flags & _ONE_TABLE and count:
            self._text(), self._text()
        found = []
        for _ in range(count):
            if not flags & _ONE_TABLE:
                self._text(), self._text()
            name = shown(self._text())
            start = self._at
            self._skip_type()
            found.append((name, _type_text(self._body[start : self._at])))
        return tuple(found)

    def _skip_type(self) -> None:
        kind = self._short()
        if kind == 0x00:
            self._text()
        elif kind in (0x20, 0x22):
            self._skip_type()
        elif kind == 0x21:
            self._skip_type(), self._skip_type()
        elif kind == 0x30:
            self._text(), self._text()
            for _ in range(self._short()):
                self._text(), self._skip_type()
        elif kind == 0x31:
            for _ in range(self._short()):
                self._skip_type()

    def _int(self) -> int:
        (found,) = _SIZE.unpack_from(self._body, self._at)
        self._at += 4
        return int(found)

    def _short(self) -> int:
        (found,) = _SHORT.unpack_from(self._body, self._at)
        self._at += 2
        return int(found)

    def _sized(self, size: int) -> bytes:
        self._at += size
        return self._body[self._at - size : self._at]

    def _text(self) -> str:
        return self._sized(self._short()).decode()

    def _bytes(self) -> bytes | None:
        size = self._int()
        return self._sized(size) if size >= 0 else None


def shown(text: str) -> str:
    """The server calls both of these functions by the name that was used first since its start."""
    return text.replace("system.tojson", "system.to_json")


@lru_cache(1024)
def _type_text(option: bytes) -> str:
    return raw.type_text(ResultMessage.read_type(BytesIO(option), {}))
