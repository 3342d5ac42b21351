"""Integers of variable length, as the protocol writes them: varint, vint and uvint.

A *varint* is two's complement in as few bytes as it takes: CQL's type of that name, and the digits of a ``decimal``.
A *uvint* says in the leading ones of its first byte how many bytes follow: the lengths inside a vector. A *vint* is a
uvint of the number's zigzag form (0, -1, 1, -2 ...), so that small negative numbers are short: the parts of a duration.
"""

from __future__ import annotations


def pack_varint(value: int) -> bytes:
    """Two's complement, big-endian, in as few bytes as it takes; at least one."""
    # -128 takes one byte and 128 takes two
    size = (value + 1 if value < 0 else value).bit_length() // 8 + 1
    return value.to_bytes(size, "big", signed=True)


def unpack_varint(data: bytes) -> int:
    """The number of a varint, in however many bytes it stands."""
    return int.from_bytes(data, "big", signed=True)


def pack_uvint(value: int) -> bytes:
    """A number from 0 to 2**64 - 1. Raises ValueError for any other."""
    if 0 <= value < 128:
        return bytes((value,))
    if not 0 <= value < 1 << 64:
        raise ValueError("a uvint holds numbers of 64 bits, and none below 0")
    extra = min((value.bit_length() - 1) // 7, 8)
    ones = 0xFF00 >> extra & 0xFF
    return (ones << 8 * extra | value).to_bytes(extra + 1, "big")


def unpack_uvint(data: bytes, at: int = 0) -> tuple[int, int]:
    """The uvint at this place, and the place behind it. Raises ValueError if the bytes end before it does."""
    if at >= len(data):
        raise ValueError("the bytes end where a uvint should begin")
    first = data[at]
    if first < 128:
        return first, at + 1
    extra = 8 - (first ^ 0xFF).bit_length()
    end = at + 1 + extra
    if end > len(data):
        raise ValueError("the bytes end inside a uvint")
    return (first & 0xFF >> extra) << 8 * extra | int.from_bytes(data[at + 1 : end], "big"), end


def pack_vint(value: int) -> bytes:
    """A signed number of 64 bits. Raises ValueError for any other."""
    return pack_uvint(value << 1 if value >= 0 else ~(value << 1))


def unpack_vint(data: bytes, at: int = 0) -> tuple[int, int]:
    """The vint at this place, and the place behind it. Raises ValueError if the bytes end before it does."""
    value, end = unpack_uvint(data, at)
    return value >> 1 ^ -(value & 1), end
