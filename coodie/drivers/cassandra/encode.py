"""Python values to the bytes of the wire: one encoder per mark, picked once per prepared statement.

The vendor's own serialisers are looked past here for two reasons. They are slow where it shows (a timestamp costs
2.1 µs there and 0.3 µs here). And they lose data without a word: a text for a list of texts, a tuple that is too
short, a field that the type does not have. An encoder raises TypeError or ValueError; the reason it gives names types
and widths, never the value. Which Python value each type takes stands in ``coodie.cql.values``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timezone
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from ipaddress import IPv4Address, IPv6Address
from struct import Struct, error
from typing import Any, Final, TypeAlias
from uuid import UUID

from coodie.cql.instants import days, nanoseconds
from coodie.cql.values import Duration, check_digits, check_whole, milliseconds, wire_number
from coodie.cql.vints import pack_varint
from coodie.drivers.cassandra.vendor import uvint_pack, vints_pack
from coodie.drivers.cassandra.vendor_types import cql_name, kind_of, thawed

Encoder: TypeAlias = Callable[[Any], bytes]

_length: Final = Struct(">i").pack
_NULL: Final = _length(-1)


def encoder_of(vendor_type: Any, protocol_version: int) -> Encoder:
    """The function that turns a value into the bytes of this type; it takes neither None nor `UNSET`."""
    vendor_type = thawed(vendor_type)
    kind = kind_of(vendor_type)
    if kind in _NATIVE:
        return _NATIVE[kind]
    if kind in _NESTED:
        return _NESTED[kind](vendor_type, protocol_version)
    return _by_vendor(vendor_type, protocol_version)


def _refused(value: Any, wanted: str) -> TypeError:
    if value is None:
        return TypeError("null cannot stand inside a collection")
    return TypeError(f"{wanted} is wanted, not {type(value).__name__}")


def _expected(value: Any, types: type | tuple[type, ...], wanted: str) -> Any:
    if not isinstance(value, types):
        raise _refused(value, wanted)
    return value


def _whole(bits: int, code: str) -> Encoder:
    pack = Struct(code).pack

    def encode(value: Any) -> bytes:
        # bool is an int in Python and never one in CQL
        if not isinstance(value, int) or value is True or value is False:
            raise _refused(value, "int")
        try:
            return pack(value)
        except error:
            raise ValueError(f"the number does not fit into {bits} bits") from None

    return encode


def _varint(value: Any) -> bytes:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _refused(value, "int")
    check_whole(value)
    return pack_varint(value)


def _floating(bits: int, code: str) -> Encoder:
    pack = Struct(code).pack

    def encode(value: Any) -> bytes:
        if not isinstance(value, (float, int)) or isinstance(value, bool):
            raise _refused(value, "float")
        try:
            return pack(value)
        except (OverflowError, error):
            raise ValueError(f"the number does not fit into {bits} bits") from None

    return encode


def _text(value: Any) -> bytes:
    if not isinstance(value, str):
        raise _refused(value, "str")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ValueError("the text has half of a surrogate pair, which UTF-8 cannot hold") from None


def _ascii(value: Any) -> bytes:
    if not isinstance(value, str):
        raise _refused(value, "str")
    try:
        return value.encode("ascii")
    except UnicodeEncodeError:
        raise ValueError("the text has characters that are not ASCII") from None


def _blob(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return bytes(_expected(value, (bytearray, memoryview), "bytes"))


def _boolean(value: Any) -> bytes:
    if value is True:
        return b"\x01"
    if value is False:
        return b"\x00"
    raise _refused(value, "bool")


def _uuid(value: Any) -> bytes:
    if not isinstance(value, UUID):
        raise _refused(value, "UUID")
    return value.bytes


def _timeuuid(value: Any) -> bytes:
    if not isinstance(value, UUID):
        raise _refused(value, "UUID")
    if value.version != 1:
        raise ValueError(f"it takes a UUID of version 1, not {value.version}")
    return value.bytes


def _decimal(value: Any) -> bytes:
    if not isinstance(value, Decimal):
        raise _refused(value, "Decimal")
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("it takes neither infinity nor NaN")
    if not -(2**31) < exponent < 2**31:  # the vendor's driver reads the scale of -2**31 as its opposite
        raise ValueError("the exponent does not fit into 32 bits")
    check_digits(len(digits))
    return _length(-exponent) + pack_varint(int(_EXACT.scaleb(value, -exponent)))


_EXACT: Final = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


_int64: Final = Struct(">q").pack
_uint32: Final = Struct(">I").pack


def _timestamp(value: Any) -> bytes:
    if not isinstance(value, datetime):
        return _int64(_number(value, "timestamp", "datetime"))
    # a naive one is taken as UTC, which is what the wire means; the wire holds milliseconds, so the rest is cut
    return _int64(milliseconds(value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)))


def _date(value: Any) -> bytes:
    if not isinstance(value, date) or isinstance(value, datetime):
        return _uint32(_number(value, "date", "date") + (1 << 31))
    return _uint32(days(value) + (1 << 31))


def _time(value: Any) -> bytes:
    if not isinstance(value, time):
        return _int64(_number(value, "time", "time"))
    if value.tzinfo is not None:
        raise ValueError("it takes a time of day without a zone")
    return _int64(nanoseconds(value))


def _number(value: Any, kind: str, wanted: str) -> int:
    """What the wire holds for it, which may be more than Python's type can hold."""
    number = wire_number(value, kind)
    if number is None:
        raise _refused(value, wanted)
    return number


def _duration(value: Any) -> bytes:
    if not isinstance(value, Duration):
        raise _refused(value, "CqlDuration")
    return vints_pack([value.months, value.days, value.nanoseconds])  # type: ignore[no-any-return]


def _inet(value: Any) -> bytes:
    if not isinstance(value, (IPv4Address, IPv6Address)):
        raise _refused(value, "IPv4Address or IPv6Address")
    return value.packed


_NATIVE: Final[dict[str, Encoder]] = {
    "ascii": _ascii,
    "bigint": _whole(64, ">q"),
    "blob": _blob,
    "boolean": _boolean,
    "counter": _whole(64, ">q"),
    "date": _date,
    "decimal": _decimal,
    "double": _floating(64, ">d"),
    "duration": _duration,
    "float": _floating(32, ">f"),
    "inet": _inet,
    "int": _whole(32, ">i"),
    "smallint": _whole(16, ">h"),
    "text": _text,
    "time": _time,
    "timestamp": _timestamp,
    "timeuuid": _timeuuid,
    "tinyint": _whole(8, ">b"),
    "uuid": _uuid,
    "varchar": _text,
    "varint": _varint,
}


def _elements(types: tuple[type, ...], wanted: str) -> Callable[[Any, int], Encoder]:
    """What makes the encoder of a list or set; ``types`` are the Python types that it takes."""

    def build(vendor_type: Any, protocol_version: int) -> Encoder:
        element = encoder_of(vendor_type.subtypes[0], protocol_version)

        def encode(value: Any) -> bytes:
            items = _expected(value, types, wanted)
            parts = [_length(len(items))]
            for item in items:
                data = element(item)
                parts += (_length(len(data)), data)
            return b"".join(parts)

        return encode

    return build


def _map(vendor_type: Any, protocol_version: int) -> Encoder:
    key, item = (encoder_of(subtype, protocol_version) for subtype in vendor_type.subtypes)

    def encode(value: Any) -> bytes:
        value = _expected(value, dict, "dict")
        parts = [_length(len(value))]
        for name, content in value.items():
            name, content = key(name), item(content)
            parts += (_length(len(name)), name, _length(len(content)), content)
        return b"".join(parts)

    return encode


def _field(value: Any, encode: Encoder) -> bytes:
    if value is None:
        return _NULL
    data = encode(value)
    return _length(len(data)) + data


def _tuple(vendor_type: Any, protocol_version: int) -> Encoder:
    encoders = [encoder_of(subtype, protocol_version) for subtype in vendor_type.subtypes]

    def encode(value: Any) -> bytes:
        value = _expected(value, (tuple, list), "tuple")
        if len(value) != len(encoders):
            raise ValueError(f"it takes {len(encoders)} elements, not {len(value)}")
        return b"".join(map(_field, value, encoders))

    return encode


def _udt(vendor_type: Any, protocol_version: int) -> Encoder:
    fields = tuple(vendor_type.fieldnames)
    encoders = [encoder_of(subtype, protocol_version) for subtype in vendor_type.subtypes]
    known = frozenset(fields)

    def encode(value: Any) -> bytes:
        value = _expected(value, dict, "a dict of its fields")
        if not value.keys() <= known:
            raise ValueError(f"the type has only the fields {', '.join(fields)}")
        return b"".join([_field(value.get(field), encode) for field, encode in zip(fields, encoders, strict=True)])

    return encode


_PACKED: Final = {"float": "f", "double": "d"}


def _vector(vendor_type: Any, protocol_version: int) -> Encoder:
    dimension = int(vendor_type.vector_size)
    subtype = vendor_type.subtype
    element = encoder_of(subtype, protocol_version)
    fixed = subtype.serial_size() is not None
    code = _PACKED.get(kind_of(subtype))
    pack = Struct(f">{dimension}{code}").pack if code is not None else None

    def encode(value: Any) -> bytes:
        value = _expected(value, (list, tuple), "list")
        if len(value) != dimension:
            raise ValueError(f"it takes {dimension} elements, not {len(value)}")
        if pack is not None and set(map(type, value)) == {float}:
            try:
                return pack(*value)
            except OverflowError:
                raise ValueError("a number does not fit into 32 bits") from None
        encoded = [element(item) for item in value]
        return b"".join(encoded if fixed else [uvint_pack(len(data)) + data for data in encoded])

    return encode


_NESTED: Final[dict[str, Callable[[Any, int], Encoder]]] = {
    "list": _elements((list, tuple), "list"),
    "set": _elements((set, frozenset), "set"),
    "map": _map,
    "tuple": _tuple,
    "udt": _udt,
    "vector": _vector,
}


def _by_vendor(vendor_type: Any, protocol_version: int) -> Encoder:
    """For types that coodie does not know, such as a custom class of the server."""

    def encode(value: Any) -> bytes:
        try:
            return vendor_type.serialize(value, protocol_version)  # type: ignore[no-any-return]
        except Exception:  # noqa: BLE001 - the vendor's serialisers raise what they like
            raise _refused(value, f"a value of {cql_name(vendor_type)}") from None

    return encode
