"""The order in which Java's ``HashSet`` has its elements, which shows in some of the server's messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def hash_of_text(text: str) -> int:
    """``String.hashCode()`` of a text of ASCII."""
    found = 0
    for each in text.encode():
        found = (31 * found + each) & 0xFFFFFFFF
    return found


def hash_of_bytes(data: bytes) -> int:
    """``ByteBuffer.hashCode()``."""
    found = 1
    for byte in reversed(data):
        found = (31 * found + (byte ^ 0x80) - 0x80) & 0xFFFFFFFF
    return found


def in_a_set(elements: Iterable[T], hashed: Callable[[T], int]) -> list[T]:
    """Elements, each once, in the order of a set they are added to."""
    found = list(dict.fromkeys(elements))
    buckets = 16
    while len(found) > buckets * 3 // 4:
        buckets *= 2

    def bucket(element: T) -> int:
        value = hashed(element)
        return (value ^ value >> 16) % buckets

    return sorted(found, key=bucket)
