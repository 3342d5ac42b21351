"""The table of the native types: each row, with its codec, holds everything that coodie knows about one type.

Everything else is derived from these rows: the checks, literals and sort order of values, the types of annotations and
the markers that override them, the form of values in recordings, and the contract of drivers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime, time, timezone
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final
from uuid import UUID

from coodie.cql.codecs import numbers, texts, times
from coodie.cql.codecs.codec import Check, Codec, Writer, of_type
from coodie.cql.instants import DATES, MOMENTS, TIMES, Counted
from coodie.cql.values import Duration


@dataclass(frozen=True, slots=True)
class NativeType:
    """A native type.

    - ``types`` are the Python types of its values at the driver border; ``check`` raises TypeError or ValueError for
      any other value.
    - ``codec`` converts its values to bytes, and ``literal`` to CQL literals.
    - ``example`` is a value.
    - ``code`` is its number in the native protocol, and ``server_class`` the name of its class on the server.
    - ``plain`` are the annotations that stand for it, ``marker`` is its marker in ``coodie.fields``, and ``base`` the
      name of the type that is annotated with the marker.
    - ``widest`` is whether it holds all values of its Python types; values of an unknown CQL type are sorted as this
      one.
    - ``counted`` is set if values may be numbers as well.
    - ``zero`` is the sum of no values; None if values have no sum.
    - ``stored`` returns the value as the server stores it.
    """

    name: str
    types: tuple[type, ...]
    codec: Codec
    check: Check
    literal: Writer
    example: Any
    _: KW_ONLY
    code: int
    server_class: str
    plain: tuple[Any, ...] = ()
    marker: str | None = None
    base: str | None = None
    widest: bool = False
    counted: Counted | None = None
    zero: Any = None
    stored: Callable[[Any], Any] | None = None


def _int(name: str, codec: Codec, bits: int | None, example: int, **more: Any) -> NativeType:
    return NativeType(name, (int,), codec, numbers.whole(bits), numbers.write_whole, example, zero=0, **more)


def _float(name: str, codec: Codec, example: float, **more: Any) -> NativeType:
    check, literal = numbers.check_floating, numbers.write_floating
    return NativeType(name, (float,), codec, check, literal, example, zero=0.0, **more)


_ADDRESSES: Final = (IPv4Address, IPv6Address)
_BYTES: Final = (bytes, bytearray, memoryview)
_NOON: Final = datetime(2030, 1, 1, 12, 0, 0, 5000, tzinfo=timezone.utc)
_UUID_1: Final = UUID("00000001-0000-1000-8000-000000000000")

_ROWS: Final = (
    NativeType(
        *("ascii", (str,), texts.ASCII, texts.check_text, texts.text_literal, "a"),
        code=0x01,
        server_class="AsciiType",
        marker="Ascii",
        base="text",
    ),
    _int(
        "bigint",
        numbers.BIGINT,
        64,
        -(2**63),
        plain=(int,),
        marker="BigInt",
        base="bigint",
        code=0x02,
        server_class="LongType",
    ),
    NativeType(
        *("blob", _BYTES, texts.BLOB, of_type(_BYTES), texts.write_blob, b"\x00\xff"),
        code=0x03,
        server_class="BytesType",
        plain=(bytes,),
        marker="Blob",
        base="blob",
        widest=True,
    ),
    NativeType(
        *("boolean", (bool,), numbers.BOOLEAN, of_type(bool), numbers.write_boolean, True),
        code=0x04,
        server_class="BooleanType",
        plain=(bool,),
        marker="Boolean",
        base="boolean",
        widest=True,
    ),
    _int("counter", numbers.BIGINT, 64, 7, code=0x05, server_class="CounterColumnType"),
    NativeType(
        *("date", (date,), times.DATE, times.check_date, times.write_iso, date(2030, 2, 3)),
        code=0x11,
        server_class="SimpleDateType",
        plain=(date,),
        marker="Date",
        base="bigint",
        widest=True,
        counted=DATES,
    ),
    NativeType(
        *("decimal", (Decimal,), numbers.DECIMAL, numbers.check_decimal, str, Decimal("1.50")),
        code=0x06,
        server_class="DecimalType",
        plain=(Decimal,),
        marker="Decimal",
        base="decimal",
        widest=True,
        zero=Decimal(0),
    ),
    _float(
        "double",
        numbers.DOUBLE,
        0.1,
        plain=(float,),
        marker="Double",
        base="double",
        widest=True,
        code=0x07,
        server_class="DoubleType",
    ),
    NativeType(
        *("duration", (Duration,), times.DURATION, of_type(Duration), times.write_duration, Duration(1, 2, 3)),
        code=0x15,
        server_class="DurationType",
        plain=(Duration,),
        marker="Duration",
        base="duration",
        widest=True,
    ),
    _float(
        "float",
        numbers.FLOAT,
        0.5,
        marker="Float",
        base="double",
        stored=numbers.nearest_float,
        code=0x08,
        server_class="FloatType",
    ),
    NativeType(
        *("inet", _ADDRESSES, texts.INET, of_type(_ADDRESSES), texts.write_inet, IPv6Address("::1")),
        code=0x10,
        server_class="InetAddressType",
        plain=(*_ADDRESSES, IPv4Address | IPv6Address),
        marker="Inet",
        base="text",
        widest=True,
    ),
    _int("int", numbers.INT, 32, 2**31 - 1, marker="Int", base="bigint", code=0x09, server_class="Int32Type"),
    _int("smallint", numbers.SMALLINT, 16, -1, marker="SmallInt", base="bigint", code=0x13, server_class="ShortType"),
    NativeType(
        *("text", (str,), texts.TEXT, texts.check_text, texts.text_literal, "O'Hara \U0001f600"),
        code=0x0D,
        server_class="UTF8Type",
        plain=(str,),
        marker="Text",
        base="text",
        widest=True,
    ),
    NativeType(
        *("time", (time,), times.TIME, times.check_time, times.write_iso, time(8, 30, 0, 5)),
        code=0x12,
        server_class="TimeType",
        plain=(time,),
        marker="Time",
        base="bigint",
        widest=True,
        counted=TIMES,
    ),
    NativeType(
        *("timestamp", (datetime,), times.TIMESTAMP, times.check_timestamp, times.write_timestamp, _NOON),
        code=0x0B,
        server_class="TimestampType",
        plain=(datetime,),
        marker="Timestamp",
        base="bigint",
        widest=True,
        counted=MOMENTS,
    ),
    NativeType(
        *("timeuuid", (UUID,), texts.TIMEUUID, texts.check_timeuuid, str, _UUID_1),
        code=0x0F,
        server_class="TimeUUIDType",
        marker="TimeUUID",
        base="uuid",
    ),
    _int("tinyint", numbers.TINYINT, 8, -128, marker="TinyInt", base="bigint", code=0x14, server_class="ByteType"),
    NativeType(
        *("uuid", (UUID,), texts.UUID_, of_type(UUID), str, UUID(int=7)),
        code=0x0C,
        server_class="UUIDType",
        plain=(UUID,),
        widest=True,
    ),
    _int(
        "varint",
        numbers.VARINT,
        None,
        10**30,
        marker="VarInt",
        base="bigint",
        widest=True,
        code=0x0E,
        server_class="IntegerType",
    ),
)

NATIVES: Final = {row.name: row for row in _ROWS}

WIDEST: Final[dict[type, NativeType]] = {kind: row for row in _ROWS if row.widest for kind in row.types}
"""The CQL type for values of a Python type whose CQL type is unknown."""


def type_of_value(value: Any) -> NativeType | None:
    """The native type that holds all values of this value's Python type; None if it is not a value of a native type."""
    return next((WIDEST[kind] for kind in type(value).__mro__ if kind in WIDEST), None)
