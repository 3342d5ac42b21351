"""The bytes of the wire to Python values, as types that the vendor's own row parser uses.

The vendor parses rows in Cython and asks each column's type to decode its cell. So the values come out right at
once, with no second pass over the rows, when the types are coodie's: a type whose vendor's values are those of the
border (``coodie.cql.values``) stays as it is, decoded in Cython; any other is replaced, nested ones included.

A value that Python cannot hold becomes an `Unreadable`, in its place in the row: what the row is read for says whether
it matters. In the vendor's hands it would close the connection, with all that is under way on it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Any, Final, TypeAlias
from uuid import UUID, SafeUUID

from coodie.cql.instants import date_of, datetime_of, time_of
from coodie.cql.values import EPOCH, Duration, UdtValue, Unreadable
from coodie.drivers.cassandra.vendor import CassandraType, ListType, TupleType, uvint_unpack, vints_unpack
from coodie.drivers.cassandra.vendor_types import cql_name, kind_of, thawed

Decoder: TypeAlias = Callable[[bytes, int], Any]

_length: Final = Struct(">i").unpack_from
_int64: Final = Struct(">q").unpack
_uint32: Final = Struct(">I").unpack


_MILLISECOND: Final = timedelta(milliseconds=1)
_EPOCH_DAY: Final = EPOCH.toordinal()


# What Python can hold is made here, one call less for each cell; for the rest there is an `Unreadable`.


def _timestamp(data: bytes, _: int) -> datetime | Unreadable:
    # integers throughout: the vendor counts in floats, which are off by microseconds from the year 2100 on
    try:
        moment: datetime = EPOCH + _int64(data)[0] * _MILLISECOND
    except OverflowError:
        return datetime_of(_int64(data)[0])
    return moment


def _date(data: bytes, _: int) -> date | Unreadable:
    try:
        return date.fromordinal(_uint32(data)[0] - (1 << 31) + _EPOCH_DAY)
    except (ValueError, OverflowError):
        return date_of(_uint32(data)[0] - (1 << 31))


def _time(data: bytes, _: int) -> time | Unreadable:
    return time_of(_int64(data)[0])


def _duration(data: bytes, _: int) -> Duration:
    return Duration(*vints_unpack(data))


def _inet(data: bytes, _: int) -> IPv4Address | IPv6Address:
    return IPv4Address(data) if len(data) == 4 else IPv6Address(data)


_new: Final = object.__new__
_set: Final = object.__setattr__
_number: Final = int.from_bytes
_UNKNOWN: Final = SafeUUID.unknown


def _uuid(data: bytes, _: int) -> UUID:
    # What UUID(bytes=data) does, without its checks of arguments: 0.3 µs for 0.8, and rows are full of them. It refuses
    # to be changed, hence the detour.
    found = _new(UUID)
    _set(found, "int", _number(data, "big"))
    _set(found, "is_safe", _UNKNOWN)
    return found


_NATIVE: Final[dict[str, Decoder]] = {
    "date": _date,
    "duration": _duration,
    "inet": _inet,
    "time": _time,
    "timestamp": _timestamp,
    "timeuuid": _uuid,
    "uuid": _uuid,
}


def own_type(vendor_type: Any) -> Any:
    """The type that decodes to the values of the border: the vendor's own where those are the same."""
    kind = kind_of(vendor_type)
    if kind in _OWN_NATIVES:
        return _OWN_NATIVES[kind]
    if kind not in _NESTED:
        return vendor_type
    if kind in ("list", "tuple") and not any(kind_of(subtype) in _NESTED for subtype in vendor_type.subtypes):
        # Cython reads the frame, coodie's types or the vendor's read the elements
        return (ListType if kind == "list" else TupleType).apply_parameters(tuple(map(own_type, vendor_type.subtypes)))
    return _wrapped(vendor_type, _decoder(vendor_type, hashable=False))


def _wrapped(vendor_type: Any, decode: Decoder) -> Any:
    # a name with an underscore keeps the vendor's registry of types, and its table of Cython decoders, out of it
    members = {
        "deserialize": staticmethod(decode),
        "typename": cql_name(vendor_type),
        "empty_binary_ok": vendor_type.empty_binary_ok,
        "cassname": vendor_type.cassname,
        "wraps": vendor_type,
    }
    return type(CassandraType)("_Coodie", (CassandraType,), members)


def _decoder(vendor_type: Any, *, hashable: bool) -> Decoder:
    """A decoder for a value inside another. In a set or a map's key it must be ``hashable``."""
    vendor_type = thawed(vendor_type)
    kind = kind_of(vendor_type)
    if kind in _NESTED:
        return _NESTED[kind](vendor_type, hashable)
    by_vendor: Decoder = vendor_type.deserialize
    return _NATIVE.get(kind, by_vendor)


class _Cell:
    """Reads the cells of a collection one after another."""

    __slots__ = ("decode", "empty")

    def __init__(self, vendor_type: Any, hashable: bool) -> None:
        self.decode = _decoder(vendor_type, hashable=hashable)
        self.empty = thawed(vendor_type).empty_binary_ok

    def read(self, data: bytes, at: int, version: int) -> tuple[Any, int]:
        (size,) = _length(data, at)
        at += 4
        if size < 0 or (size == 0 and not self.empty):
            return None, at
        end = at + size
        return self.decode(data[at:end], version), end


def _sequence(plain: type, frozen: type, inner_hashable: bool) -> Callable[[Any, bool], Decoder]:
    def build(vendor_type: Any, hashable: bool) -> Decoder:
        read = _Cell(vendor_type.subtypes[0], inner_hashable or hashable).read
        make: Callable[[Any], Any] = frozen if hashable else plain

        def decode(data: bytes, version: int) -> Any:
            items: list[Any] = []
            at = 4
            for _ in range(_length(data)[0]):
                item, at = read(data, at, version)
                items.append(item)
            return items if make is list else make(items)

        return decode

    return build


def _map(vendor_type: Any, hashable: bool) -> Decoder:
    key, item = _Cell(vendor_type.subtypes[0], True).read, _Cell(vendor_type.subtypes[1], False).read
    make: type[dict[Any, Any]] = UdtValue if hashable else dict

    def decode(data: bytes, version: int) -> dict[Any, Any]:
        found, at = make(), 4
        for _ in range(_length(data)[0]):
            name, at = key(data, at, version)
            found[name], at = item(data, at, version)
        return found

    return decode


def _fields(vendor_type: Any, hashable: bool) -> Callable[[bytes, int], list[Any]]:
    """Fields one after another. Fields that were added later may be missing at the end, or be more than are known."""
    cells = [_Cell(subtype, hashable).read for subtype in vendor_type.subtypes]

    def decode(data: bytes, version: int) -> list[Any]:
        values: list[Any] = []
        at, end = 0, len(data)
        for read in cells:
            value, at = read(data, at, version) if at < end else (None, at)
            values.append(value)
        return values

    return decode


def _tuple(vendor_type: Any, hashable: bool) -> Decoder:
    fields = _fields(vendor_type, hashable)
    return lambda data, version: tuple(fields(data, version))


def _udt(vendor_type: Any, _: bool) -> Decoder:
    names, fields = tuple(vendor_type.fieldnames), _fields(vendor_type, False)
    return lambda data, version: UdtValue(zip(names, fields(data, version), strict=True))


_PACKED: Final = {"float": "f", "double": "d", "int": "i", "bigint": "q"}


# For pyright, to which the types themselves would make a container of unknown things.
_LIST: Callable[[Any], Any] = list
_FROZEN_LIST: Callable[[Any], Any] = tuple


def _vector(vendor_type: Any, hashable: bool) -> Decoder:
    dimension, subtype = int(vendor_type.vector_size), vendor_type.subtype
    make = _FROZEN_LIST if hashable else _LIST
    if code := _PACKED.get(kind_of(subtype)):
        unpack = Struct(f">{dimension}{code}").unpack
        return lambda data, _: make(unpack(data))
    decode = _decoder(subtype, hashable=hashable)
    size = subtype.serial_size()

    def read(data: bytes, version: int) -> Any:
        items: list[Any] = []
        at = 0
        for _ in range(dimension):
            length, skip = (size, 0) if size is not None else uvint_unpack(data[at:])
            at += skip
            items.append(decode(data[at : at + length], version))
            at += length
        return make(items)

    return read


_NESTED: Final[dict[str, Callable[[Any, bool], Decoder]]] = {
    "list": _sequence(list, tuple, False),
    "set": _sequence(set, frozenset, True),
    "map": _map,
    "tuple": _tuple,
    "udt": _udt,
    "vector": _vector,
}

_OWN_NATIVES: Final = {
    kind: type(CassandraType)(
        "_Coodie", (CassandraType,), {"deserialize": staticmethod(decode), "typename": kind, "cassname": kind}
    )
    for kind, decode in _NATIVE.items()
}
