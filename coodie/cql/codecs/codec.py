"""The class of codecs, the errors that they raise, and helpers for checks of values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from coodie._words import a_type

Encoder: TypeAlias = Callable[[Any], bytes]
Decoder: TypeAlias = Callable[[bytes], Any]
Validator: TypeAlias = Callable[[bytes], None]
SortKey: TypeAlias = Callable[[bytes], Any]
Check: TypeAlias = Callable[[Any, str], None]
Writer: TypeAlias = Callable[[Any], str]

INVALID: Final = 0x2200
SERVER_ERROR: Final = 0x0000


class InvalidBytes(ValueError):
    """Raised for bytes that the server would refuse for a type; the message is the server's own.

    ``code`` is the error code of the protocol: `INVALID`, or `SERVER_ERROR` where the server itself fails on a bug.
    """

    def __init__(self, text: str, code: int = INVALID) -> None:
        super().__init__(text)
        self.code: int = code


@dataclass(frozen=True, slots=True)
class Codec:
    """The conversion between the Python values of a native type and their bytes.

    - ``encode`` raises TypeError for a value of the wrong Python type and ValueError for one that does not fit. The
      message names types and widths, never the value.
    - ``decode`` takes bytes that ``validate`` accepts. It raises ValueError for a value that the Python type cannot
      hold. Some decoders accept and ignore a second argument: the vendor's row parser calls them with the protocol
      version as well, and a wrapper to drop it would cost as much as decoding the cell.
    - ``validate`` raises `InvalidBytes`.
    - ``sort_key`` returns a key for sorting in the server's order, the empty value included.
    - ``size`` is the number of bytes of an element, if a vector of the type has no lengths in it; ``layout`` is then
      the letter of `struct` for such a number, if there is one.
    - ``holds_empty`` is whether zero bytes are a value. For all other types they are read as null: the server refuses
      them, or accepts them only for compatibility with old data.
    """

    encode: Encoder
    decode: Decoder
    validate: Validator
    sort_key: SortKey
    size: int | None = None
    layout: str | None = None
    holds_empty: bool = False


def refused(value: Any, wanted: str) -> TypeError:
    """The TypeError for a value whose Python type the CQL type does not accept."""
    if value is None:
        return TypeError("a collection cannot contain null")
    return TypeError(f"{wanted} is wanted, not {type(value).__name__}")


def expected(value: Any, types: type | tuple[type, ...], wanted: str) -> Any:
    """``value`` itself if it has one of these Python types. Raises TypeError otherwise."""
    if not isinstance(value, types):
        raise refused(value, wanted)
    return value


def check_type(value: Any, types: type | tuple[type, ...], cql: object) -> None:
    """Raise TypeError for a value that has none of these Python types; ``cql`` is the CQL type named in the message."""
    # In Python bool is a subclass of int, and datetime of date; in CQL they are different types.
    wrong = (isinstance(value, bool) and types is not bool) or (types is date and isinstance(value, datetime))
    if wrong or not isinstance(value, types):
        raise TypeError(f"{cql} does not take {a_type(value)}")


def of_type(types: type | tuple[type, ...]) -> Check:
    """The check for a type that accepts every value of these Python types."""

    def check(value: Any, cql: str) -> None:
        check_type(value, types, cql)

    return check


def sized(sizes: tuple[int, ...], text: str) -> Validator:
    """A validator that checks only the number of bytes; ``{}`` in the message is replaced by the number found."""

    def validate(data: bytes) -> None:
        if len(data) not in sizes:
            raise InvalidBytes(text.format(len(data)))

    return validate


def by_bytes(data: bytes) -> bytes:
    """The sort key of a type whose values sort by their bytes, unsigned."""
    return data
