"""The vendor's type classes as coodie's: what they are called, and how the values of each are read and written.

The bytes themselves are the matter of ``tests/cql/test_codecs.py``; ``test_vendor_codec.py`` compares them.
"""

from __future__ import annotations

from datetime import date, datetime, time, timezone
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from uuid import UUID, uuid1

import pytest
from cassandra import cqltypes as vendor
from cassandra import util
from drivers.vendor_values import NATIVES

from coodie.cql.encode import encoder_of
from coodie.cql.types import NATIVE, Custom, parse_type
from coodie.cql.values import Duration, UdtValue
from coodie.drivers.cassandra.decode import own_type
from coodie.drivers.cassandra.vendor_types import cql_type_of

UTC = timezone.utc
V4 = 4
ADDRESS = vendor.UserType.make_udt_class("shop", "address", ("street", "zip"), (vendor.UTF8Type, vendor.Int32Type))
ORDER = vendor.UserType.make_udt_class("shop", "Order", ("number",), (vendor.Int32Type,))


def listed(inner: Any) -> Any:
    return vendor.ListType.apply_parameters((inner,))


def set_of(inner: Any) -> Any:
    return vendor.SetType.apply_parameters((inner,))


def map_of(key: Any, value: Any) -> Any:
    return vendor.MapType.apply_parameters((key, value))


def tuple_of(*inner: Any) -> Any:
    return vendor.TupleType.apply_parameters(inner)


def vector_of(inner: Any, dimension: int) -> Any:
    return vendor.VectorType.apply_parameters((inner, dimension), None)


def frozen(inner: Any) -> Any:
    return vendor.FrozenType.apply_parameters((inner,))


def reversed_(inner: Any) -> Any:
    return vendor.ReversedType.apply_parameters((inner,))


@pytest.mark.parametrize("name", NATIVE)
def test_every_native_type_is_known(name: str) -> None:
    assert cql_type_of(NATIVES[name]) == NATIVE[name]


@pytest.mark.parametrize(
    ("kind", "cql"),
    [
        (vendor.VarcharType, "text"),
        (vendor.TimestampType, "timestamp"),
        (map_of(vendor.UTF8Type, listed(vendor.DateType)), "map<text, frozen<list<timestamp>>>"),
        (vector_of(vendor.FloatType, 3), "vector<float, 3>"),
        (vector_of(frozen(set_of(vendor.FloatType)), 3), "vector<frozen<set<float>>, 3>"),
        (tuple_of(vendor.Int32Type, vendor.UUIDType), "frozen<tuple<int, uuid>>"),
        (
            tuple_of(vendor.BytesType, reversed_(frozen(set_of(vendor.FloatType)))),
            "frozen<tuple<blob, frozen<set<float>>>>",
        ),
        (listed(ADDRESS), "list<frozen<address>>"),
    ],
)
def test_types_are_those_of_cql(kind: Any, cql: str) -> None:
    assert cql_type_of(kind) == parse_type(cql)
    assert str(cql_type_of(kind)) == cql


def test_a_type_of_the_user_is_named_as_in_cql_and_has_its_fields() -> None:
    assert (str(cql_type_of(ADDRESS)), str(cql_type_of(ORDER))) == ("address", '"Order"')
    assert cql_type_of(ADDRESS).fields == (("street", NATIVE["text"]), ("zip", NATIVE["int"]))  # type: ignore[attr-defined]


MOMENT = datetime(2024, 2, 29, 23, 59, 59, 123000, tzinfo=UTC)

READ_AND_WRITTEN: list[tuple[Any, Any]] = [
    (vendor.UTF8Type, "grüße 🐘"),
    (vendor.VarcharType, ""),
    (vendor.IntegerType, -(10**40)),
    (vendor.DecimalType, Decimal("1E+2147483647")),
    (vendor.UUIDType, UUID(int=7)),
    (vendor.TimeUUIDType, uuid1()),
    (vendor.DateType, MOMENT),
    (vendor.DateType, datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    (vendor.TimestampType, datetime(1677, 9, 21, 0, 12, 43, 145000, tzinfo=UTC)),
    (vendor.SimpleDateType, date(9999, 12, 31)),
    (vendor.TimeType, time(23, 59, 59, 999999)),
    (vendor.DurationType, Duration(-1, -2, -3)),
    (vendor.InetAddressType, ip_address("2001:db8::1")),
    (listed(vendor.DateType), [MOMENT]),
    (listed(vendor.UTF8Type), ["", "a"]),
    (listed(listed(vendor.UTF8Type)), [["a"], []]),
    (set_of(vendor.SimpleDateType), {date(2024, 1, 1)}),
    (set_of(listed(vendor.Int32Type)), {(1, 2), ()}),
    (map_of(vendor.InetAddressType, set_of(vendor.UUIDType)), {ip_address("::1"): {UUID(int=5)}}),
    (tuple_of(vendor.Int32Type, vendor.DateType), (1, None)),
    (tuple_of(vendor.DateType, set_of(vendor.Int32Type)), (MOMENT, {1})),
    (ADDRESS, UdtValue(street="High Street", zip=None)),
    (listed(ADDRESS), [UdtValue(street="a", zip=1)]),
    (vector_of(vendor.FloatType, 3), [0.5, -1.0, 2.0]),
    (vector_of(frozen(listed(vendor.DateType)), 1), [[MOMENT]]),
    (frozen(vector_of(vendor.UTF8Type, 2)), ["a", "bcd"]),
]


@pytest.mark.parametrize(("kind", "value"), READ_AND_WRITTEN, ids=lambda part: getattr(part, "__name__", None))
def test_values_of_the_border_come_back_as_they_went(kind: Any, value: Any) -> None:
    back = own_type(kind).from_binary(encoder_of(cql_type_of(kind))(value), V4)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("kind", [vendor.DateType, listed(vendor.Int32Type), vector_of(vendor.UTF8Type, 2), ADDRESS])
def test_null_and_the_empty_value_of_old_are_none(kind: Any) -> None:
    assert own_type(kind).from_binary(None, V4) is None
    assert own_type(kind).from_binary(b"", V4) is None


def test_no_bytes_are_an_empty_text() -> None:
    assert own_type(vendor.UTF8Type).from_binary(b"", V4) == ""


POINT = util.Point(1.0, 2.5)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (vendor.PointType, POINT),
        (listed(vendor.PointType), [POINT]),
        (map_of(vendor.UTF8Type, vendor.PointType), {"a": POINT}),
    ],
)
def test_types_that_coodie_does_not_know_are_read_and_written_by_the_vendor(kind: Any, value: Any) -> None:
    data = encoder_of(cql_type_of(kind))(value)
    assert data == kind.serialize(value, V4)
    assert own_type(kind).from_binary(data, V4) == value


def test_a_class_of_the_server_that_the_vendor_does_not_know_is_bytes() -> None:
    kind = vendor.lookup_casstype("org.example.Colour")
    assert cql_type_of(kind) == Custom("'org.example.Colour'", bytes, bytes)
    assert encoder_of(cql_type_of(kind))(b"\x01") == own_type(kind).from_binary(b"\x01", V4) == b"\x01"


def test_what_the_vendor_cannot_write_is_refused_without_the_value() -> None:
    with pytest.raises(TypeError, match=r"^a value of PointType is wanted, not str$"):
        encoder_of(cql_type_of(vendor.PointType))("secret")
