"""Frames of the native protocol, versions 3 to 5: their header, and reading and writing what is in them.

What does not fit raises `ProtocolViolation`, which is answered as the server does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Final

from coodie.cql.message import UNSET
from coodie.testing.memory.terms import Value

VERSIONS: Final = (3, 4, 5)
NEWEST: Final = VERSIONS[-1]
MOST_BYTES: Final = 16 << 20
"""How long the body of a frame may be, as on the server."""
HEADER: Final = Struct(">BBhBi")
_RESPONSE: Final = 0x80

ERROR, STARTUP, READY, OPTIONS, SUPPORTED = 0x00, 0x01, 0x02, 0x05, 0x06
QUERY, RESULT, PREPARE, EXECUTE, REGISTER, EVENT, BATCH, AUTH_RESPONSE = 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0F
REQUESTS: Final = {
    STARTUP: "STARTUP",
    OPTIONS: "OPTIONS",
    QUERY: "QUERY",
    PREPARE: "PREPARE",
    EXECUTE: "EXECUTE",
    REGISTER: "REGISTER",
    BATCH: "BATCH",
    AUTH_RESPONSE: "AUTH_RESPONSE",
}
RESPONSES: Final = {
    0x00: "ERROR",
    0x02: "READY",
    0x03: "AUTHENTICATE",
    0x06: "SUPPORTED",
    0x08: "RESULT",
    0x0C: "EVENT",
    0x0E: "AUTH_CHALLENGE",
    0x10: "AUTH_SUCCESS",
}

COMPRESSED, TRACED, WITH_PAYLOAD, WITH_WARNINGS = 0x01, 0x02, 0x04, 0x08

_int, _short, _long, _consistency = Struct(">i"), Struct(">H"), Struct(">q"), Struct(">h")


class ProtocolViolation(Exception):
    """A frame that cannot be. ``version`` and ``stream`` are those of the answer."""

    def __init__(self, message: str, *, version: int = NEWEST, stream: int = 0) -> None:
        super().__init__(message)
        self.version = version
        self.stream = stream


@dataclass(frozen=True, slots=True)
class Frame:
    """One message, either way."""

    version: int
    flags: int
    stream: int
    opcode: int
    body: bytes

    def pack(self) -> bytes:
        """As bytes, in the direction of the client."""
        head = HEADER.pack(self.version | _RESPONSE, self.flags, self.stream, self.opcode, len(self.body))
        return head + self.body


def request_header(data: bytes | bytearray, start: int) -> tuple[int, int, int, int, int]:
    """Version, flags, stream, opcode and the body's length of a request whose header begins at ``start``."""
    version, flags, stream, opcode, length = HEADER.unpack_from(data, start)
    if version not in VERSIONS:
        if version & _RESPONSE and version & ~_RESPONSE in VERSIONS:
            name = REQUESTS.get(opcode) or RESPONSES.get(opcode) or "UNKNOWN"
            said = f"Wrong protocol direction (expected REQUEST, got RESPONSE) for opcode {opcode} ({name})"
            raise ProtocolViolation(said, version=version & ~_RESPONSE, stream=stream)
        known = ", ".join(f"{each}/v{each}" for each in VERSIONS)
        said = f"Invalid or unsupported protocol version ({version}); supported versions are ({known})"
        raise ProtocolViolation(said, stream=stream)
    if not 0 <= length <= MOST_BYTES:
        said = f"Request is too big: length {length} exceeds maximum allowed length {MOST_BYTES}."
        raise ProtocolViolation(said, version=version, stream=stream)
    return version, flags, stream, opcode, length


class Body:
    """What is in a frame, read from its start to its end."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next bytes."""
        at = self._at
        end = self._at = at + count
        if count < 0 or end > len(self._data):
            raise ProtocolViolation(f"Not enough bytes in the frame: {count} are wanted at {at} of {len(self._data)}")
        return self._data[at:end]

    def byte(self) -> int:
        """[byte]."""
        return self.take(1)[0]

    def short(self) -> int:
        """[short]."""
        return int(_short.unpack(self.take(2))[0])

    def integer(self) -> int:
        """[int]."""
        return int(_int.unpack(self.take(4))[0])

    def long(self) -> int:
        """[long]."""
        return int(_long.unpack(self.take(8))[0])

    def string(self) -> str:
        """[string]."""
        return _text(self.take(self.short()))

    def long_string(self) -> str:
        """[long string]."""
        return _text(self.take(self.integer()))

    def short_bytes(self) -> bytes:
        """[short bytes]."""
        return self.take(self.short())

    def bytes(self) -> bytes | None:
        """[bytes]; None for null."""
        length = self.integer()
        return self.take(length) if length >= 0 else None

    def value(self, version: int) -> Value:
        """[value], which may be null or, from version 4 on, unset."""
        length = self.integer()
        if length >= 0:
            return self.take(length)
        if length == -1:
            return None
        if length == -2 and version > 3:
            return UNSET
        raise ProtocolViolation(f"Invalid ByteBuf length {length}")

    def strings(self) -> list[str]:
        """[string list]."""
        return [self.string() for _ in range(self.short())]

    def string_map(self) -> dict[str, str]:
        """[string map]."""
        return {self.string(): self.string() for _ in range(self.short())}

    def skip_bytes_map(self) -> None:
        """[bytes map], which nobody wants."""
        for _ in range(self.short()):
            self.string()
            self.bytes()


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ProtocolViolation(f"Cannot decode string as UTF8: '{error.object[error.start :][:40].hex()}'") from None


def short(number: int) -> bytes:
    """[short]."""
    return _short.pack(number)


def integer(number: int) -> bytes:
    """[int]."""
    return _int.pack(number)


NULL: Final = integer(-1)


def string(text: str) -> bytes:
    """[string]; a text that is too long is cut."""
    data = text.encode(errors="replace")
    if len(data) > 0xFFFF:
        data = data[:0xFFFF].decode(errors="ignore").encode()
    return _short.pack(len(data)) + data


def short_bytes(data: bytes) -> bytes:
    """[short bytes]."""
    return _short.pack(len(data)) + data


def some_bytes(data: bytes | None) -> bytes:
    """[bytes]; null for None."""
    return NULL if data is None else _int.pack(len(data)) + data


def strings(texts: Iterable[str]) -> bytes:
    """[string list]."""
    parts = [string(text) for text in texts]
    return _short.pack(len(parts)) + b"".join(parts)


def string_multimap(texts: Mapping[str, Iterable[str]]) -> bytes:
    """[string multimap]."""
    return _short.pack(len(texts)) + b"".join(string(key) + strings(values) for key, values in texts.items())
