"""Texts, blobs, UUIDs and addresses: their codecs, literals and checks."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from operator import methodcaller
from typing import Any, Final
from uuid import UUID, SafeUUID

from coodie.cql.codecs.codec import Codec, InvalidBytes, by_bytes, check_type, expected, refused, sized
from coodie.cql.timeuuids import is_timeuuid


def _encode_text(value: Any) -> bytes:
    if not isinstance(value, str):
        raise refused(value, "str")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ValueError("the text has half of a surrogate pair, which UTF-8 cannot hold") from None


def _encode_ascii(value: Any) -> bytes:
    if not isinstance(value, str):
        raise refused(value, "str")
    try:
        return value.encode("ascii")
    except UnicodeEncodeError:
        raise ValueError("the text has characters that are not ASCII") from None


# The server's check is laxer than UTF-8: it accepts lone surrogates, code points beyond Unicode, an overlong zero, and
# in some places a second byte that is not a continuation byte.
_SERVER_UTF8: Final = re.compile(
    rb"(?:[\x00-\x7f]|\xc0\x80|[\xc2-\xdf][\x80-\xbf]|\xe0[^\x80-\x9f][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}"
    rb"|\xf0[\x10-\x3f\x50-\x7f\x90-\xbf\xd0-\xff][\x80-\xbf]{2}|[\xf1-\xf7][\x80-\xbf]{3})*"
)


def _validate_text(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        if _SERVER_UTF8.fullmatch(data) is None:
            raise InvalidBytes("String didn't validate.") from None


def _validate_ascii(data: bytes) -> None:
    if not data.isascii():
        byte = next(byte for byte in data if byte > 127)
        raise InvalidBytes(f"Invalid byte for ascii: {byte - 256}")


def _encode_blob(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return bytes(expected(value, (bytearray, memoryview), "bytes"))


def check_text(value: Any, cql: str) -> None:
    """Raise TypeError or ValueError for anything but a str that UTF-8, or ``ascii``, can hold."""
    check_type(value, str, cql)
    if cql == "ascii" and not value.isascii():
        raise ValueError("ascii takes only characters below 128")
    value.encode()  # a lone surrogate cannot be encoded


def text_literal(value: str) -> str:
    """The literal of a text: in single quotes, with quotes inside doubled, since CQL has no other escape."""
    return "'" + value.replace("'", "''") + "'"


def write_blob(value: bytes | bytearray | memoryview) -> str:
    """The literal of a blob, in hexadecimal."""
    return f"0x{value.hex()}"


TEXT: Final = Codec(_encode_text, methodcaller("decode"), _validate_text, by_bytes, holds_empty=True)
ASCII: Final = Codec(_encode_ascii, methodcaller("decode", "ascii"), _validate_ascii, by_bytes, holds_empty=True)
BLOB: Final = Codec(_encode_blob, bytes, lambda _: None, by_bytes, holds_empty=True)


def _encode_uuid(value: Any) -> bytes:
    if not isinstance(value, UUID):
        raise refused(value, "UUID")
    return value.int.to_bytes(16, "big")  # `value.bytes` does this, with one more call


def _encode_timeuuid(value: Any) -> bytes:
    if not isinstance(value, UUID):
        raise refused(value, "UUID")
    if not is_timeuuid(value):
        raise ValueError(f"it takes a UUID of version 1, not {value.version}")
    return value.bytes


def check_timeuuid(value: Any, cql: str) -> None:
    """Raise TypeError or ValueError for anything but a UUID of version 1."""
    check_type(value, UUID, cql)
    if not is_timeuuid(value):
        raise ValueError(f"timeuuid takes a UUID of version 1, not {value.version}")


_new: Final = object.__new__
_set: Final = object.__setattr__
_number: Final = int.from_bytes
_UNKNOWN: Final = SafeUUID.unknown


def _decode_uuid(data: bytes, _: object = None) -> UUID:
    # What UUID(bytes=data) does without checking its arguments: 0.3 µs instead of 0.8, and rows are full of UUIDs. UUID
    # objects are immutable, hence object.__setattr__.
    found = _new(UUID)
    _set(found, "int", _number(data, "big"))
    _set(found, "is_safe", _UNKNOWN)
    return found


_validate_uuid: Final = sized((16, 0), "UUID should be 16 or 0 bytes ({})")


def _validate_timeuuid(data: bytes) -> None:
    _validate_uuid(data)
    if data and data[6] >> 4 != 1:
        # Not the version of the UUID: the server reads it from the wrong byte, and its message is copied here.
        raise InvalidBytes(f"Invalid version for TimeUUID type: 0x{data[0] >> 4:x}")


def _instant(number: int) -> int:
    """The 60-bit time of a version 1 UUID, which stores the lowest bits first."""
    return (number >> 64 & 0xFFF) << 48 | (number >> 80 & 0xFFFF) << 32 | number >> 96


_LOW_HALF: Final = (1 << 64) - 1
_SIGNS: Final = 0x8080808080808080


def _uuid_key(data: bytes) -> int:
    """The sort key of a uuid: by version, then version 1 by time and last eight bytes, all others by their bytes."""
    if not data:
        return -1
    number = _number(data, "big")
    version = number >> 76 & 0xF
    rest = _instant(number) << 64 | number & _LOW_HALF if version == 1 else number
    return version << 128 | rest


def _timeuuid_key(data: bytes) -> int:
    """The sort key of a timeuuid: by time, then by the last eight bytes, each compared as a signed byte."""
    if not data:
        return -1
    number = _number(data, "big")
    return _instant(number) << 64 | (number & _LOW_HALF) ^ _SIGNS


UUID_: Final = Codec(_encode_uuid, _decode_uuid, _validate_uuid, _uuid_key, 16)
TIMEUUID: Final = Codec(_encode_timeuuid, _decode_uuid, _validate_timeuuid, _timeuuid_key, 16)


def _encode_inet(value: Any) -> bytes:
    if not isinstance(value, (IPv4Address, IPv6Address)):
        raise refused(value, "IPv4Address or IPv6Address")
    return value.packed


def _decode_inet(data: bytes, _: object = None) -> IPv4Address | IPv6Address:
    return IPv4Address(data) if len(data) == 4 else IPv6Address(data)


def _validate_inet(data: bytes) -> None:
    if len(data) not in (0, 4, 16):
        raise InvalidBytes(f"Expected 4 or 16 byte inetaddress; got {data.hex()}")


INET: Final = Codec(_encode_inet, _decode_inet, _validate_inet, by_bytes)


def write_inet(value: IPv4Address | IPv6Address) -> str:
    """The literal of an address: a string."""
    return text_literal(str(value))
