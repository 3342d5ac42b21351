"""CQL types as the vendor's classes, and values as the vendor's codec takes and gives them."""

from __future__ import annotations

from datetime import datetime, timezone
from ipaddress import ip_address
from typing import Any

from cassandra import cqltypes as vendor
from cassandra import util

from coodie.cql.literals import ordered
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.values import Duration

# Not by the vendor's registry of CQL names: there, the last class of a name has it.
NATIVES = {
    "ascii": vendor.AsciiType,
    "bigint": vendor.LongType,
    "blob": vendor.BytesType,
    "boolean": vendor.BooleanType,
    "counter": vendor.CounterColumnType,
    "date": vendor.SimpleDateType,
    "decimal": vendor.DecimalType,
    "double": vendor.DoubleType,
    "duration": vendor.DurationType,
    "float": vendor.FloatType,
    "inet": vendor.InetAddressType,
    "int": vendor.Int32Type,
    "smallint": vendor.ShortType,
    "text": vendor.UTF8Type,
    "time": vendor.TimeType,
    "timestamp": vendor.DateType,
    "timeuuid": vendor.TimeUUIDType,
    "tinyint": vendor.ByteType,
    "uuid": vendor.UUIDType,
    "varint": vendor.IntegerType,
}


def vendor_type(kind: CqlType) -> Any:
    match kind:
        case Native(name):
            return NATIVES[name]
        case List(element):
            return vendor.ListType.apply_parameters((vendor_type(element),))
        case Set(element):
            return vendor.SetType.apply_parameters((vendor_type(element),))
        case Map(key, item):
            return vendor.MapType.apply_parameters((vendor_type(key), vendor_type(item)))
        case Tuple(elements):
            return vendor.TupleType.apply_parameters(tuple(map(vendor_type, elements)))
        case Udt(name, fields):
            names, types = tuple(name for name, _ in fields), tuple(vendor_type(field) for _, field in fields)
            # Not `make_udt_class`, which keeps each type for ever.
            members = {"subtypes": types, "fieldnames": names, "typename": name, "mapped_class": None}
            return type(vendor.UserType)(f"_{name}", (vendor.UserType,), {**members, "tuple_type": None})
        case Vector(element, dimension):
            return vendor.VectorType.apply_parameters((vendor_type(element), dimension), None)
        case _:
            raise TypeError(kind)


def is_known(kind: CqlType) -> bool:
    """Whether the vendor's codec can be asked: the oldest one knows vectors of some types only."""
    return hasattr(vendor.VectorType, "serial_size") or "Vector(" not in repr(kind)


def for_vendor(kind: CqlType, given: Any, nested: bool = False) -> Any:
    """The value as the vendor's codec takes it: a user-defined type's as a tuple, sets and maps as lists of theirs.

    The vendor goes through them in Python's order, which coodie does only where the server puts them into its own.
    """
    if given is None:
        return None
    match kind:
        case List(element):
            return [for_vendor(element, item, nested) for item in given]
        case Set(element):
            return [for_vendor(element, item, nested) for item in (ordered(given, element) if nested else given)]
        case Map(key, item):
            names = ordered(given, key) if nested else given
            return Pairs((for_vendor(key, name, nested), for_vendor(item, given[name], nested)) for name in names)
        case Vector(element):
            return [for_vendor(element, item, True) for item in given]
        case Tuple(elements):
            return tuple(for_vendor(element, item, True) for element, item in zip(elements, given, strict=True))
        case Udt(_, fields):
            return tuple(for_vendor(field, given[name], True) for name, field in fields)
        case Native("duration"):
            return util.Duration(given.months, given.days, given.nanoseconds)
        case _:
            return given


class Pairs(list[Any]):
    def items(self) -> Any:
        return self


def settled(given: Any) -> Any:
    """A form to compare: by type and by the text of a number (0.0 is not -0.0 and 1.0 not 1.00), sets without order."""
    match given:
        case dict():
            return frozenset((settled(key), settled(item)) for key, item in given.items())
        case set() | frozenset():
            return frozenset(map(settled, given))
        case list() | tuple():
            return tuple(map(settled, given))
        case _:
            return type(given), repr(given)


def of_vendor(kind: CqlType, found: Any) -> Any:
    """What the vendor's codec has read, in that same form.

    A quirk is mended here: the vendor's timestamps are counted in floats, so that from the year 2100 on their
    microseconds are wrong (9999-12-31T23:59:59.999 comes out with .999024); rounded to milliseconds, they are right.
    """
    if found is None:
        return settled(None)
    match kind:
        case List(element) | Vector(element):
            return tuple(of_vendor(element, item) for item in found)
        case Set(element):
            return frozenset(of_vendor(element, item) for item in found)
        case Map(key, item):
            # Not `items()`: it looks each key up by its bytes, and a key with a set in it has been sorted meanwhile.
            return frozenset((of_vendor(key, name), of_vendor(item, content)) for name, content in found._items)
        case Tuple(elements):
            return tuple(map(of_vendor, elements, found))
        case Udt(_, fields):
            named = zip(fields, found, strict=True)
            return frozenset((settled(name), of_vendor(field, item)) for (name, field), item in named)
        case Native(name):
            return settled(BORDER.get(name, same)(found))
        case _:
            raise TypeError(kind)


def same(found: Any) -> Any:
    return found


def to_millisecond(found: datetime) -> datetime:
    thousands = (found.microsecond + 500) // 1000
    return found.replace(microsecond=thousands * 1000, tzinfo=timezone.utc)


BORDER = {
    "date": lambda found: found.date(),
    "duration": lambda found: Duration(found.months, found.days, found.nanoseconds),
    "inet": ip_address,
    "time": lambda found: found.time(),
    "timestamp": to_millisecond,
}
