"""The meaning of literals: their Python values and their normal form."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from coodie._errors import InvalidQueryError
from coodie.cql.literals import literal
from coodie.cql.nodes import Literal
from coodie.cql.values import MAX_DIGITS, Duration


def literal_value(found: Literal) -> Any:
    """The Python value of a literal: a `Duration` for ``1h``, a Decimal for ``1.10``, since a float would lose
    digits.
    """
    return _VALUES[found.kind](found.text)


def normal_text(kind: str, text: str) -> str:
    """The normal form of a literal, from the kind and text of its token."""
    if kind == "string":
        return text[1:-1].replace("''", "'") if text[0] == "'" else text[2:-2]
    return _normal_duration(text) if kind == "duration" else text.lower()


@lru_cache(maxsize=256)
def _normal_duration(text: str) -> str:
    try:
        return literal(duration(text))
    except InvalidQueryError:
        if len(text) > _LONGEST:
            raise
        return text.lower()  # it lasts longer than a duration may, which is for what takes the value to say


def whole(text: str) -> int:
    """The int for a text of digits. Raises `InvalidQueryError` for too many, since Python needs quadratic time for
    them.
    """
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise InvalidQueryError(f"a number of {len(text)} digits is longer than the {MAX_DIGITS} that coodie takes")
    return int(text)


_UNITS: Final = {
    "y": (12, 0, 0),
    "mo": (1, 0, 0),
    "w": (0, 7, 0),
    "d": (0, 1, 0),
    "h": (0, 0, 3_600_000_000_000),
    "m": (0, 0, 60_000_000_000),
    "s": (0, 0, 1_000_000_000),
    "ms": (0, 0, 1_000_000),
    "us": (0, 0, 1000),
    "µs": (0, 0, 1000),
    "ns": (0, 0, 1),
}
_PART: Final = re.compile(r"(\d+)(mo|ms|us|ns|µs|[ywdhms])", re.IGNORECASE)
_CALENDAR: Final = re.compile(r"P(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)")


_LONGEST: Final = 200
"""The most characters that a duration can need: none of its numbers has more than 20 digits."""


def duration(text: str) -> Duration:
    """A duration written as ``1y2mo3d``, ``P1Y2M3DT4H`` or ``P0001-02-03T04:05:06``, with an optional minus.

    Raises `InvalidQueryError` for a duration that does not fit into the CQL type.
    """
    if len(text) > _LONGEST:
        raise InvalidQueryError(f"{text[:20]}... is not a CQL duration: a duration holds 64 bits of nanoseconds")
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
    sums = [sum(parts) for parts in zip(*map(_part, _parts(text)), strict=True)]
    try:
        return Duration(*(sign * each for each in sums))
    except ValueError as error:
        raise InvalidQueryError(f"{text} is not a CQL duration: {error}") from error


def _part(part: tuple[int, str]) -> tuple[int, ...]:
    return tuple(part[0] * size for size in _UNITS[part[1]])


def _parts(text: str) -> list[tuple[int, str]]:
    """The numbers with their units, as the short notation writes them."""
    if calendar := _CALENDAR.fullmatch(text):
        return [(whole(number), unit) for number, unit in zip(calendar.groups(), _CALENDAR_UNITS, strict=True)]
    if text[0] == "P":
        # Before the T, an M means months; after it, minutes.
        date, _, time = text[1:].lower().partition("t")
        text = date.replace("m", "mo") + time
    return [(whole(number), unit.lower()) for number, unit in _PART.findall(text)]


_CALENDAR_UNITS: Final = ("y", "mo", "d", "h", "m", "s")


def _float(text: str) -> Any:
    return Decimal(text) if text.strip("-")[0].isdigit() else float(text)


_VALUES: Final[dict[str, Callable[[str], Any]]] = {
    "string": str,
    "integer": whole,
    "float": _float,
    "boolean": lambda text: text == "true",
    "null": lambda text: None,
    "uuid": UUID,
    "blob": lambda text: bytes.fromhex(text[2:]),
    "duration": duration,
}
