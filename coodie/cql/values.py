"""The Python values that CQL types take at the driver border, and the check that refuses what the wire would refuse.

================================  ==================================================================
CQL                               Python, at the driver border, both ways
================================  ==================================================================
ascii, text                       str
tinyint ... bigint, varint        int (checked against the width)
counter                           int
float, double                     float
decimal, boolean, blob            Decimal, bool, bytes
uuid, timeuuid                    UUID
timestamp                         datetime, aware, in UTC, whole milliseconds; or int: milliseconds since 1970
date                              date; or int: days since 1970
time                              time; or int: nanoseconds since midnight
duration                          `Duration`
inet                              IPv4Address, IPv6Address
list, set, map                    list, set, dict
tuple                             tuple
a user-defined type               `UdtValue`, a dictionary of all its fields
vector                            list
================================  ==================================================================

Inside a set, or as the key of a map, a value must be hashable: a list is a tuple there, a set a frozenset, a map and
a user-defined type a `UdtValue`. None is null.

The numbers are for what Python's types cannot hold. A driver gives a date, time or datetime wherever there is one, and
else an `Unreadable` with the number, which it takes, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Any, Final
from uuid import UUID

from coodie._words import a_type
from coodie.cql.types import NATIVE, CqlType, List, Map, Native, Set, Tuple, Udt, Vector


@dataclass(frozen=True, slots=True)
class Duration:
    """A CQL duration. Months, days and nanoseconds are kept apart, since a month is no fixed number of days.

    All three must have the same sign, as the server demands. ``coodie.types.CqlDuration`` is this class.
    """

    months: int = 0
    days: int = 0
    nanoseconds: int = 0

    def __post_init__(self) -> None:
        parts: tuple[Any, ...] = (self.months, self.days, self.nanoseconds)
        if any(isinstance(part, bool) or not isinstance(part, int) for part in parts):
            raise ValueError("months, days and nanoseconds of a duration are whole numbers")
        if min(parts) < 0 < max(parts):
            raise ValueError("months, days and nanoseconds of a duration must have one sign")
        if any(abs(part) >= limit for part, limit in zip(parts, (2**31, 2**31, 2**63), strict=True)):
            raise ValueError("a duration holds 32 bits of months and days and 64 of nanoseconds")

    @classmethod
    def from_timedelta(cls, delta: timedelta) -> Duration:
        """The same span as days and nanoseconds; a negative one has both negative."""
        sign = -1 if delta < timedelta() else 1
        delta = abs(delta)
        return cls(0, sign * delta.days, sign * (delta.seconds * 10**9 + delta.microseconds * 1000))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands in a row for a value that Python has no value for: a year beyond 9999, say, or a broken text.

    ``why`` says what is wrong with it. ``number`` is what a `date`, `time` or `timestamp` of CQL is on the wire: days
    or milliseconds since 1970, nanoseconds since midnight; None for any other type.
    """

    why: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A place on the ring, as the partitioner gives it; to compare with the token of a partition key."""

    value: int


class Secret(str):
    """A text that is bound as it is, and shown masked."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'**********'"


class SecretBlob(bytes):
    """Bytes that are bound as they are, and shown masked."""

    def __repr__(self) -> str:
        return "'**********'"


class UdtValue(dict[str, Any]):
    """A value of a user-defined type, or a map, that can stand in a set or as the key of a map."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self))


def check(cql_type: CqlType, value: Any) -> None:
    """Raise TypeError or ValueError, saying why, if ``value`` could not go over the wire as this type.

    None and `UNSET` are no values: the caller knows where they may stand.
    """
    match cql_type:
        case Native(name):
            _NATIVE_CHECKS[name](value, name)
        case List(element):
            _check_items(value, (list, tuple), element, cql_type)
        case Set(element):
            _check_items(value, (set, frozenset), element, cql_type)
        case Map(key, item):
            _expect(value, dict, cql_type)
            _check_items(list(value), (list,), key, cql_type)
            _check_items(list(value.values()), (list,), item, cql_type)
        case Vector(element, dimension):
            _check_items(value, (list, tuple), element, cql_type)
            _check_length(value, dimension, cql_type)
        case Tuple(elements):
            _expect(value, (tuple, list), cql_type)
            _check_length(value, len(elements), cql_type)
            for element, item in zip(elements, value, strict=True):
                if item is not None:
                    check(element, item)
        case Udt(name, fields):
            _expect(value, dict, cql_type)
            _check_fields(value, name, dict(fields))
        case _:
            pass  # there are no others


def _check_items(value: Any, types: tuple[type, ...], element: CqlType, cql_type: CqlType) -> None:
    _expect(value, types, cql_type)
    for item in value:
        if item is None:
            raise ValueError(f"{cql_type} cannot hold null")
        check(element, item)


def _check_length(value: Any, length: int, cql_type: CqlType) -> None:
    if len(value) != length:
        raise ValueError(f"{cql_type} takes {length} elements, not {len(value)}")


def _check_fields(value: dict[str, Any], name: str, types: dict[str, CqlType]) -> None:
    for field, item in value.items():
        if types and field not in types:
            raise ValueError(f"type {name} has only the fields {', '.join(types)}{but_not(value, types)}")
        if types and item is not None:
            check(types[field], item)


def but_not(value: dict[str, Any], fields: Collection[str]) -> str:
    """What a value of a class has beyond these fields, to end a message with; a dictionary's keys may be values."""
    return f", not {', '.join(name for name in value if name not in fields)}" if isinstance(value, UdtValue) else ""


MAX_DIGITS: Final = 4300
"""How many digits a decimal or varint may have: so many Python reads and prints, since more take quadratic time."""

_END: Final = 10**MAX_DIGITS


def check_whole(value: int) -> None:
    """Raise ValueError for a whole number of more than `MAX_DIGITS`."""
    if not -_END < value < _END:
        check_digits(MAX_DIGITS + 1)


def check_digits(count: int) -> None:
    """Raise ValueError for so many digits."""
    if count > MAX_DIGITS:
        raise ValueError(f"a number of more than {MAX_DIGITS} digits could not be read back")


_WIDTHS: Final = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64, "counter": 64}
_FLOAT_MAX: Final = (
    3.4028235677973366e38  # halfway from the largest 32-bit float to the next: from here on it overflows
)
_DOUBLE_END: Final = 2**1024 - 2**970  # the same for an int that is to be a double


def _expect(value: Any, types: type | tuple[type, ...], cql: CqlType | str) -> None:
    # bool is an int in Python and never one in CQL; datetime is a date in Python and never one in CQL.
    wrong = (isinstance(value, bool) and types is not bool) or (types is date and isinstance(value, datetime))
    if wrong or not isinstance(value, types):
        raise TypeError(f"{cql} does not take {a_type(value)}")


def _instance(types: type | tuple[type, ...]) -> Callable[[Any, str], None]:
    def check(value: Any, cql: str) -> None:
        _expect(value, types, cql)

    return check


def _integer(value: Any, cql: str) -> None:
    _expect(value, int, cql)
    bits = _WIDTHS.get(cql)
    if bits is not None and not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise ValueError(f"a number does not fit into {cql} ({bits} bits)")
    check_whole(value)


def _floating(value: Any, cql: str) -> None:
    _expect(value, (float, int), cql)
    if cql == "float" and _FLOAT_MAX <= abs(value) < float("inf"):
        raise ValueError("a number does not fit into float (32 bits)")
    if isinstance(value, int) and abs(value) >= _DOUBLE_END:
        raise ValueError("a number does not fit into double (64 bits)")


def _string(value: Any, cql: str) -> None:
    _expect(value, str, cql)
    if cql == "ascii" and not value.isascii():
        raise ValueError("ascii takes only characters below 128")
    value.encode()  # a lone surrogate is no UTF-8


def _decimal(value: Any, cql: str) -> None:
    _expect(value, Decimal, cql)
    if not value.is_finite():
        raise ValueError("decimal takes neither NaN nor infinity")
    _, digits, exponent = value.as_tuple()
    if not -(2**31) < exponent < 2**31:
        raise ValueError("the exponent of a number does not fit into decimal (32 bits)")
    check_digits(len(digits))


def _timeuuid(value: Any, cql: str) -> None:
    _expect(value, UUID, cql)
    if value.version != 1:
        raise ValueError(f"timeuuid takes a UUID of version 1, not {value.version}")


def _timestamp(value: Any, cql: str) -> None:
    if _is_number(value, cql):
        return
    _expect(value, datetime, cql)
    if value.utcoffset() != timedelta():
        raise ValueError("timestamp takes an aware datetime in UTC")
    if value.microsecond % 1000:
        raise ValueError("timestamp holds whole milliseconds, so cut off the microseconds")


def _date(value: Any, cql: str) -> None:
    if not _is_number(value, cql):
        _expect(value, date, cql)


def _is_number(value: Any, cql: str) -> bool:
    return wire_number(value, cql) is not None


def wire_number(value: Any, cql: str) -> int | None:
    """The number on the wire of a ``date``, ``time`` or ``timestamp``, if the value is one; None for any other value.

    Raises ValueError for a number that the type does not hold.
    """
    number = value.number if isinstance(value, Unreadable) else value
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    if number not in _NUMBERS[cql]:
        raise ValueError(f"the number is not one that {cql} holds")
    return number


def _time(value: Any, cql: str) -> None:
    if _is_number(value, cql):
        return
    _expect(value, time, cql)
    if value.tzinfo is not None:
        raise ValueError("time takes a time of day without a zone")


_NATIVE_CHECKS: Final[dict[str, Callable[[Any, str], None]]] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint", "counter", "varint"), _integer),
    **dict.fromkeys(("float", "double"), _floating),
    **dict.fromkeys(("ascii", "text"), _string),
    "blob": _instance((bytes, bytearray, memoryview)),
    "boolean": _instance(bool),
    "date": _date,
    "decimal": _decimal,
    "duration": _instance(Duration),
    "inet": _instance((IPv4Address, IPv6Address)),
    "time": _time,
    "timestamp": _timestamp,
    "timeuuid": _timeuuid,
    "uuid": _instance(UUID),
}


def stored(cql_type: CqlType, value: Any) -> Any:
    """What a server gives back for a value that it was sent: the nearest of 32 bits for a ``float``.

    Raises OverflowError for a float beyond those.
    """
    return _FLOAT.unpack(_FLOAT.pack(value))[0] if cql_type == NATIVE["float"] else value


_FLOAT: Final = Struct(">f")

EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MICROSECOND: Final = timedelta(microseconds=1)

_NUMBERS: Final = {
    "date": range(-(2**31), 2**31),
    "time": range(86_400 * 10**9),
    "timestamp": range(-(2**63), 2**63),
}


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime: what the wire carries for a ``timestamp``."""
    return (moment - EPOCH) // _MILLISECOND


def ceiling(moment: datetime) -> datetime | int:
    """The first whole millisecond that is not before a datetime; a number where no datetime can hold it."""
    rest = -microseconds(moment) % 1000
    try:
        return moment + timedelta(microseconds=rest)
    except OverflowError:
        return microseconds(moment) // 1000 + 1


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, as ``USING TIMESTAMP`` takes them; a naive datetime is taken as UTC."""
    aware = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment
    return (aware - EPOCH) // _MICROSECOND
