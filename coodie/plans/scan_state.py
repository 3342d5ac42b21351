"""How far a scan has come, as a text from which another one goes on."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from base64 import b64encode as to_text
from dataclasses import dataclass, field
from typing import Any, Final

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.plans.token_ranges import MOST, read_back, shown

DIGEST_BYTES: Final = 8
_MOST_BYTES: Final = 2**26
_VERSION: Final = 1


@dataclass(slots=True)
class Position:
    """A place in a range: the paging state of the page there, and the digests of keys that are not handed out again."""

    page: bytes | None = None
    passed: frozenset[bytes] = frozenset()


@dataclass(slots=True)
class Progress:
    """What a scan has handed out: whole ranges, and for those that it has begun how far.

    ``subject`` is the table with the part of the ring that is read.
    """

    subject: str
    ranges: int
    finished: set[int] = field(default_factory=set[int])
    positions: dict[int, Position] = field(default_factory=dict[int, Position])

    def copy(self) -> Progress:
        """A copy that stays as it is."""
        return Progress(self.subject, self.ranges, set(self.finished), dict(self.positions))

    def advance(self, number: int, page: bytes | None, passed: frozenset[bytes] = frozenset()) -> None:
        """Record that all rows of a range before ``page`` are handed out; None is the end of the range."""
        if page is None:
            self.positions.pop(number, None)
            self.finished.add(number)
        else:
            self.positions[number] = Position(page, passed)

    def left(self) -> list[int]:
        """The ranges that are not finished, first those that are begun."""
        begun = sorted(self.positions)
        return [*begun, *(n for n in range(self.ranges) if n not in self.finished and n not in self.positions)]

    def text(self, current: tuple[int, Position] | None = None) -> str:
        """The state as a text; ``current`` is the range whose page is handed out now, with its position."""
        positions = self.positions if current is None else {**self.positions, current[0]: current[1]}
        told = {
            str(number): [None if at.page is None else to_text(at.page).decode(), to_text(_joined(at)).decode()]
            for number, at in positions.items()
        }
        content = [_VERSION, self.subject, shown(self.finished, self.ranges), told]
        return urlsafe_b64encode(zlib.compress(json.dumps(content, separators=(",", ":")).encode())).decode()


def read_progress(text: Any, subject: str) -> Progress:
    """The progress in a text. Raises `InvalidQueryError` for a text that is none, or of another scan."""
    if not isinstance(text, str):
        raise InvalidQueryError(f"state= takes the text that state() of a scan gives, not {a_type(text)}")
    try:
        version, of, finished, told = json.loads(_unpacked(urlsafe_b64decode(text)))
        numbers, ranges = read_back(finished)
        if not 0 < ranges <= MOST:
            raise ValueError(ranges)
        positions = {int(number): Position(_page(page), _split(passed)) for number, (page, passed) in told.items()}
    except (ValueError, TypeError, ArithmeticError, zlib.error) as error:
        raise InvalidQueryError("state= is not a text that state() of a scan gives; it may have been cut") from error
    if version != _VERSION:
        raise InvalidQueryError(f"state= is of a scan of another version of coodie: {version}, not {_VERSION}")
    if of != subject:
        raise InvalidQueryError(f"state= is of a scan of {of}, not of {subject}")
    return Progress(subject, ranges, numbers, positions)


def _unpacked(data: bytes) -> bytes:
    # A few kilobytes may unpack to gigabytes.
    unpacking = zlib.decompressobj()
    found = unpacking.decompress(data, _MOST_BYTES)
    if not unpacking.eof:
        raise ValueError("it is cut, or too long")
    return found


def _joined(position: Position) -> bytes:
    return b"".join(sorted(position.passed))


def _page(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text)


def _split(text: str) -> frozenset[bytes]:
    joined = b64decode(text)
    return frozenset(joined[place : place + DIGEST_BYTES] for place in range(0, len(joined), DIGEST_BYTES))
