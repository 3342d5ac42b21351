"""A client that speaks in frames, on a server without a socket."""

from __future__ import annotations

import os
from collections.abc import Iterable
from random import Random

from coodie.testing.memory.driver import MemoryDriver
from coodie.testing.memory.wire import frames, segments
from coodie.testing.memory.wire.frames import HEADER, Body, Frame, integer, short, short_bytes, string
from coodie.testing.memory.wire.stream import Exchange

FRAMES = int(os.environ.get("COODIE_FRAMES", "1500"))
"""How many random and mutated frames are sent."""


def request(opcode: int, body: bytes = b"", *, version: int = 4, flags: int = 0, stream: int = 1) -> bytes:
    return HEADER.pack(version, flags, stream, opcode, len(body)) + body


def startup(version: int = 4) -> bytes:
    return request(frames.STARTUP, short(1) + string("CQL_VERSION") + string("3.0.0"), version=version)


def text(cql: str) -> bytes:
    return integer(len(cql.encode())) + cql.encode()


def some_values(values: Iterable[bytes | None]) -> bytes:
    values = list(values)
    return short(len(values)) + b"".join(frames.some_bytes(value) for value in values)


class Client:
    """One that has started. ``ask`` sends a request and gives the answer, ``events`` are those that came."""

    def __init__(self, memory: MemoryDriver, version: int = 4) -> None:
        self.version = version
        self.events: list[Frame] = []
        self.exchange = Exchange(memory.server, self.events.append)
        (answer,) = self.exchange.answers(startup(version))
        assert answer.opcode == frames.READY

    def send(self, data: bytes) -> list[Frame]:
        return list(self.exchange.answers(segments.packed(data) if self.exchange.stream.segmented else data))

    def ask(self, opcode: int, body: bytes = b"", flags: int = 0) -> Frame:
        (answer,) = self.send(request(opcode, body, version=self.version, flags=flags))
        return answer

    def parameters(self, flags: int = 0, rest: bytes = b"") -> bytes:
        return short(1) + (integer(flags) if self.version > 4 else bytes([flags])) + rest

    def query(self, cql: str, flags: int = 0, rest: bytes = b"") -> Frame:
        return self.ask(frames.QUERY, text(cql) + self.parameters(flags, rest))

    def prepare(self, cql: str, keyspace: str | None = None) -> bytes:
        """The id, and in version 5 the id of the columns after it, each as [short bytes]."""
        flags = integer(0) if self.version == 5 else b""
        if keyspace is not None:
            flags = integer(1) + string(keyspace)
        body = plain(self.ask(frames.PREPARE, text(cql) + flags))
        return body[4 : 4 + 18 * (1 + (self.version > 4))]

    def execute(self, key: bytes, flags: int = 0, rest: bytes = b"") -> Frame:
        return self.ask(frames.EXECUTE, key + self.parameters(flags, rest))


def plain(answer: Frame) -> bytes:
    """The body without its warnings."""
    if not answer.flags & frames.WITH_WARNINGS:
        return answer.body
    body = Body(answer.body)
    skipped = sum(2 + len(told.encode()) for told in body.strings())
    return answer.body[2 + skipped :]


def error_of(answer: Frame) -> tuple[int, str]:
    assert answer.opcode == frames.ERROR
    length = int.from_bytes(answer.body[4:6], "big")
    return int.from_bytes(answer.body[:4], "big"), answer.body[6 : 6 + length].decode()


def rows_of(answer: Frame) -> bytes:
    """What follows the columns, when these were left away: the number of rows, and their cells."""
    assert answer.body[:4] == integer(2), answer.body
    assert int.from_bytes(answer.body[4:8], "big") & 4
    return answer.body[12:]


def mutated(random: Random) -> bytes:
    """A frame that a client may send, with something wrong, or noise alone."""
    body = random.choice(
        [
            text(random.choice(["SELECT * FROM ks.t", "INSERT INTO ks.t (p) VALUES (?)", "USE ks", "", "x" * 500]))
            + random.choice([b"\0\1\0", b"\0\1\x27\0\1\0\0\0\4\0\0\0\1\0\0\0\2", b"\0\1", random.randbytes(12)]),
            b"\0\0\1\0" + text("INSERT INTO ks.t (p, c) VALUES (1, 1)") + b"\0\0\0\1\0",
            short_bytes(random.randbytes(16)) + random.randbytes(random.randrange(9)),
            random.randbytes(random.randrange(64)),
        ]
    )
    data = bytearray(request(random.randrange(18), body, version=random.choice([3, 4, 5]), stream=random.randrange(99)))
    for _ in range(random.choice([0, 0, 1, 3])):
        data[random.randrange(len(data))] = random.randrange(256)
    if random.random() < 0.1:
        del data[random.randrange(len(data)) :]
    return random.randbytes(random.randrange(200)) if random.random() < 0.1 else bytes(data)
