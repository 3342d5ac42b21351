"""Numbers and booleans: their codecs, literals and checks."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from math import isinf, isnan
from struct import Struct, error
from typing import Any, Final

from coodie.cql.codecs.codec import Check, Codec, InvalidBytes, SortKey, check_type, refused, sized
from coodie.cql.values import MAX_DIGITS, check_digits, check_whole
from coodie.cql.vints import pack_varint, unpack_varint

EMPTY_FIRST: Final = float("-inf")
"""The sort key of the empty value: below every int."""


def _whole(code: str, name: str, expected: str, *, empty: bool = True, fixed: bool = True) -> Codec:
    """The codec of a signed integer of fixed width. ``fixed`` is the server's message for a wrong size in a vector."""
    layout = Struct(code)
    pack, unpack, unpack_from, size = layout.pack, layout.unpack, layout.unpack_from, layout.size

    def encode(value: Any) -> bytes:
        # bool is a subclass of int in Python, but CQL does not take a boolean for a number
        if not isinstance(value, int) or value is True or value is False:
            raise refused(value, "int")
        try:
            return pack(value)
        except error:
            raise ValueError(f"the number does not fit into {size * 8} bits") from None

    def decode(data: bytes) -> Any:
        return unpack(data)[0]

    def first(data: bytes) -> Any:
        return unpack_from(data)[0]  # a tinyint may have more bytes, which a server does not look at

    sizes = (size, 0) if empty else (size,)
    text = f"Expected {expected} {name} ({{}})"
    of_vectors = (size, code[1:]) if fixed else (None, None)
    return Codec(encode, decode, sized(sizes, text), _number_key(first), *of_vectors)


def _number_key(decode: Any) -> SortKey:
    return lambda data: decode(data) if data else EMPTY_FIRST


def whole(bits: int | None = None) -> Check:
    """The check for whole numbers of one width, or without a width, of any size that can be read back."""

    def check(value: Any, cql: str) -> None:
        check_type(value, int, cql)
        if bits is not None and not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise ValueError(f"a number does not fit into {cql} ({bits} bits)")
        check_whole(value)

    return check


def write_whole(value: int) -> str:
    """The literal of a whole number."""
    check_whole(value)
    return str(int(value))


TINYINT: Final = _whole(">b", "tinyint", "1 byte for a", empty=False, fixed=False)
SMALLINT: Final = _whole(">h", "smallint", "2 bytes for a", empty=False, fixed=False)
INT: Final = _whole(">i", "int", "4 or 0 byte")
BIGINT: Final = _whole(">q", "long", "8 or 0 byte")


def _encode_varint(value: Any) -> bytes:
    if not isinstance(value, int) or value is True or value is False:
        raise refused(value, "int")
    check_whole(value)
    return pack_varint(value)


def _decode_varint(data: bytes, _: object = None) -> int:
    return int.from_bytes(data, "big", signed=True)


VARINT: Final = Codec(_encode_varint, _decode_varint, lambda _: None, _number_key(unpack_varint))


def _floating(code: str, bits_code: str, name: str) -> Codec:
    layout, as_bits = Struct(code), Struct(bits_code).unpack
    pack, unpack, size = layout.pack, layout.unpack, layout.size
    magnitude = (1 << size * 8 - 1) - 1
    (infinity,) = as_bits(pack(float("inf")))

    def encode(value: Any) -> bytes:
        if not isinstance(value, (float, int)) or value is True or value is False:
            raise refused(value, "float")
        try:
            return pack(value)
        except (OverflowError, error):
            raise ValueError(f"the number does not fit into {size * 8} bits") from None

    def decode(data: bytes) -> Any:
        return unpack(data)[0]

    def sort_key(data: bytes) -> float:
        """A key with Java's order of floats: -0.0 before 0.0, and every NaN, whatever its bits, after all numbers."""
        if not data:
            return EMPTY_FIRST
        (bits,) = as_bits(data)
        rest: int = bits & magnitude
        if rest > infinity:
            return magnitude
        return rest if bits >= 0 else ~rest

    text = f"Expected {size} or 0 byte value for a {name} ({{}})"
    return Codec(encode, decode, sized((size, 0), text), sort_key, size, code[1:])


FLOAT: Final = _floating(">f", ">i", "float")
DOUBLE: Final = _floating(">d", ">q", "double")

_FLOAT_MAX: Final = (
    # halfway between the largest 32-bit float and the next power of two: from here on, rounding overflows
    3.4028235677973366e38
)
_DOUBLE_END: Final = 2**1024 - 2**970  # the same for an int that is converted to a double


def check_floating(value: Any, cql: str) -> None:
    """Raise TypeError for anything but a float or int, and ValueError for one that overflows."""
    check_type(value, (float, int), cql)
    if cql == "float" and _FLOAT_MAX <= abs(value) < float("inf"):
        raise ValueError("a number does not fit into float (32 bits)")
    if isinstance(value, int) and abs(value) >= _DOUBLE_END:
        raise ValueError("a number does not fit into double (64 bits)")


def write_floating(value: float) -> str:
    """The literal of a float: as Python writes it, except for NaN and infinities."""
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(float(value))


_float: Final = Struct(">f")


def nearest_float(value: float) -> float:
    """The nearest 32-bit float. Raises OverflowError for a number outside of their range."""
    found: float = _float.unpack(_float.pack(value))[0]
    return found


_scale: Final = Struct(">i")
# The widest context that Python has and no traps: scaling moves the decimal point and must not round any digit.
_move_point: Final = Context(prec=MAX_DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[]).scaleb


def _encode_decimal(value: Any) -> bytes:
    if not isinstance(value, Decimal):
        raise refused(value, "Decimal")
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("it takes neither infinity nor NaN")
    # the vendor's driver negates the scale when it reads it, which overflows for -2**31
    if not -(2**31) < exponent < 2**31:
        raise ValueError("the exponent does not fit into 32 bits")
    check_digits(len(digits))
    return _scale.pack(-exponent) + pack_varint(int(_move_point(value, -exponent)))


def check_decimal(value: Any, cql: str) -> None:
    """Raise TypeError or ValueError for anything but a finite Decimal that can be read back."""
    check_type(value, Decimal, cql)
    if not value.is_finite():
        raise ValueError("decimal takes neither NaN nor infinity")
    _, digits, exponent = value.as_tuple()
    if not -(2**31) < exponent < 2**31:
        raise ValueError("the exponent of a number does not fit into decimal (32 bits)")
    check_digits(len(digits))


def _decode_decimal(data: bytes, _: object = None) -> Decimal:
    unscaled = unpack_varint(data[4:])
    check_whole(unscaled)
    return _move_point(Decimal(unscaled), -_scale.unpack_from(data)[0])


def _validate_decimal(data: bytes) -> None:
    if 0 < len(data) < 4:
        raise InvalidBytes(f"Expected 0 or at least 4 bytes ({len(data)})")


_LEAST: Final = Decimal("-Infinity")


def _decimal_key(data: bytes) -> Decimal:
    # Compared as numbers: to the server 1.0 and 1.00 are the same clustering key.
    return _decode_decimal(data) if data else _LEAST


DECIMAL: Final = Codec(_encode_decimal, _decode_decimal, _validate_decimal, _decimal_key)


def _encode_boolean(value: Any) -> bytes:
    if value is True:
        return b"\x01"
    if value is False:
        return b"\x00"
    raise refused(value, "bool")


def _decode_boolean(data: bytes) -> bool:
    return data != b"\x00"


def _boolean_key(data: bytes) -> int:
    return (data != b"\x00") if data else -1


BOOLEAN: Final = Codec(
    _encode_boolean, _decode_boolean, sized((1, 0), "Expected 1 or 0 byte value ({})"), _boolean_key, 1
)


def write_boolean(value: bool) -> str:
    """The literal of a boolean, in lower case."""
    return "true" if value else "false"
