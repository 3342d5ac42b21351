"""The variable-length integers of the protocol: varint, vint and uvint.

A *varint* is two's complement in the fewest bytes possible; CQL's type of that name and the digits of a ``decimal`` use
it. A *uvint* gives in the leading one bits of its first byte how many bytes follow; lengths inside a vector use it. A
*vint* is the uvint of the number's zigzag form (0, -1, 1, -2 ...), so that small negative numbers are short; durations
use it.
"""

from __future__ import annotations


def pack_varint(value: int) -> bytes:
    """The number as a varint: two's complement, big-endian, in the fewest bytes possible, but at least one."""
    # -128 takes one byte and 128 takes two
    size = (value + 1 if value < 0 else value).bit_length() // 8 + 1
    return value.to_bytes(size, "big", signed=True)


def unpack_varint(data: bytes) -> int:
    """The number of a varint of any length, which need not be the shortest."""
    return int.from_bytes(data, "big", signed=True)


def pack_uvint(value: int) -> bytes:
    """A number from 0 to 2**64 - 1 as a uvint. Raises ValueError for any other number."""
    if 0 <= value < 128:
        return bytes((value,))
    if not 0 <= value < 1 << 64:
        raise ValueError("a uvint holds numbers of 64 bits, and none below 0")
    extra = min((value.bit_length() - 1) // 7, 8)
    ones = 0xFF00 >> extra & 0xFF
    return (ones << 8 * extra | value).to_bytes(extra + 1, "big")


def unpack_uvint(data: bytes, at: int = 0) -> tuple[int, int]:
    """The uvint at this position and the position after it. Raises ValueError if the bytes end too early."""
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
    """A signed 64-bit number as a vint. Raises ValueError for any other number."""
    return pack_uvint(value << 1 if value >= 0 else ~(value << 1))


def unpack_vint(data: bytes, at: int = 0) -> tuple[int, int]:
    """The vint at this position and the position after it. Raises ValueError if the bytes end too early."""
    value, end = unpack_uvint(data, at)
    return value >> 1 ^ -(value & 1), end
