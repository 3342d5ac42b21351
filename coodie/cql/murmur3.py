"""The token of a partition key, as Cassandra's ``Murmur3Partitioner`` computes it.

It is the first half of MurmurHash3 (x64, 128 bits) with two peculiarities of Cassandra's: the bytes after the last
whole block are taken as signed, and the lowest 64-bit number, which marks the start of the ring, becomes the highest.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import unpack_from
from typing import Final

START: Final = -(1 << 63)
"""The token at which the ring starts; as the end of a range it means the end of the ring."""

_MASK: Final = (1 << 64) - 1
_C1: Final = 0x87C37B91114253D5
_C2: Final = 0x4CF5AD432745937F


def partition_key(parts: Sequence[bytes]) -> bytes:
    """The serialized partition key, from the bytes of its columns. Raises ValueError for a column over 65,535 bytes.

    A single column is used as it is. Of several, each is preceded by its length in two bytes and followed by a zero.
    """
    if len(parts) == 1:
        return parts[0]
    if any(len(part) > 0xFFFF for part in parts):
        raise ValueError("a part of a composite partition key has more than 65,535 bytes")
    return b"".join([len(part).to_bytes(2, "big") + part + b"\x00" for part in parts])


def token(key: bytes) -> int:
    """The token of a partition key (`partition_key`): from -2**63 + 1 to 2**63 - 1.

    Zero bytes are not a key and give the start of the ring, -2**63.
    """
    if not key:
        return START
    size = len(key)
    h1 = h2 = 0
    blocks = size >> 4
    words = unpack_from(f"<{2 * blocks}Q", key)
    for k1, k2 in zip(words[::2], words[1::2], strict=True):
        h1 ^= _mixed(k1, _C1, 31, _C2)
        h1 = (_turned(h1, 27) + h2) * 5 + 0x52DCE729 & _MASK
        h2 ^= _mixed(k2, _C2, 33, _C1)
        h2 = (_turned(h2, 31) + h1) * 5 + 0x38495AB5 & _MASK
    tail = key[blocks << 4 :]
    h2 ^= _mixed(_signed_word(tail[8:]), _C2, 33, _C1) ^ size
    h1 ^= _mixed(_signed_word(tail[:8]), _C1, 31, _C2) ^ size
    h1 = h1 + h2 & _MASK
    h2 = h2 + h1 & _MASK
    found = _final(h1) + _final(h2) & _MASK
    if found >> 63:
        return found - (1 << 64) if found != 1 << 63 else (1 << 63) - 1
    return found


def _turned(word: int, bits: int) -> int:
    return (word << bits | word >> 64 - bits) & _MASK


def _mixed(word: int, first: int, bits: int, second: int) -> int:
    return _turned(word * first & _MASK, bits) * second & _MASK


def _signed_word(tail: bytes) -> int:
    """Up to eight bytes as a little-endian word, with each byte sign-extended, as Java does it."""
    word = int.from_bytes(tail, "little")
    for place, byte in enumerate(tail):
        if byte & 0x80:
            word ^= -1 << 8 * place + 8
    return word & _MASK


def _final(word: int) -> int:
    word = (word ^ word >> 33) * 0xFF51AFD7ED558CCD & _MASK
    word = (word ^ word >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    return word ^ word >> 33
