"""The segments in which version 5 of the protocol sends its frames once a connection has started, without compression.

Three bytes say how long a segment is and whether it holds whole frames; three check these, four check the content.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

from coodie.testing.memory.wire.frames import ProtocolViolation

_HEAD: Final = 6
_TAIL: Final = 4
_MOST: Final = (1 << 17) - 1
_WHOLE: Final = 1 << 17
_FIRST_32: Final = crc32(b"\xfa\x2d\x55\xca")
_FIRST_24: Final = 0x875060
_POLYNOMIAL: Final = 0x1974F0B


def _row(byte: int) -> int:
    rest = byte << 16
    for _ in range(8):
        rest <<= 1
        if rest & 0x1000000:
            rest ^= _POLYNOMIAL
    return rest


_TABLE: Final = tuple(_row(byte) for byte in range(256))


def _crc24(data: bytes) -> bytes:
    rest = _FIRST_24
    for byte in data:
        rest = (rest << 8 & 0xFFFFFF) ^ _TABLE[rest >> 16 ^ byte]
    return rest.to_bytes(3, "little")


def _crc32(data: bytes) -> bytes:
    return crc32(data, _FIRST_32).to_bytes(4, "little")


def packed(data: bytes) -> bytes:
    """Frames as segments."""
    whole = _WHOLE if len(data) <= _MOST else 0
    parts: list[bytes] = []
    for start in range(0, len(data), _MOST):
        part = data[start : start + _MOST]
        head = (len(part) | whole).to_bytes(3, "little")
        parts += [head, _crc24(head), part, _crc32(part)]
    return b"".join(parts)


def unpack(data: bytes | bytearray, start: int) -> tuple[bytes, int] | None:
    """The content of the segment that begins at ``start``, and where it ends; None if the rest is still to come."""
    if len(data) < start + _HEAD:
        return None
    head = bytes(data[start : start + 3])
    if _crc24(head) != data[start + 3 : start + _HEAD]:
        raise ProtocolViolation("The check sum of a segment's header is wrong")
    begin = start + _HEAD
    end = begin + (int.from_bytes(head, "little") & _MOST)
    if len(data) < end + _TAIL:
        return None
    content = bytes(data[begin:end])
    if _crc32(content) != data[end : end + _TAIL]:
        raise ProtocolViolation("The check sum of a segment is wrong")
    return content, end + _TAIL
