"""Values to bytes and back, for every CQL type: with the vendor's serialiser as the yardstick where it is right."""

from __future__ import annotations

import copy
import pickle
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from uuid import UUID, uuid1, uuid4

import pytest
from cassandra import cqltypes as vendor
from cassandra import util
from hypothesis import given
from hypothesis import strategies as st

from coodie.cql.values import Duration, UdtValue, Unreadable
from coodie.drivers.cassandra.decode import own_type
from coodie.drivers.cassandra.encode import encoder_of
from coodie.drivers.cassandra.vendor_types import cql_name

UTC = timezone.utc
V4 = 4
ADDRESS = vendor.UserType.make_udt_class("shop", "address", ("street", "zip"), (vendor.UTF8Type, vendor.Int32Type))
GROWN = vendor.UserType.make_udt_class(
    "shop", "grown", ("street", "zip", "seen"), (vendor.UTF8Type, vendor.Int32Type, vendor.DateType)
)


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


def encode(kind: Any, value: Any) -> bytes:
    return encoder_of(kind, V4)(value)


def decode(kind: Any, data: bytes) -> Any:
    return own_type(kind).from_binary(data, V4)


MOMENT = datetime(2024, 2, 29, 23, 59, 59, 123000, tzinfo=UTC)

SAME_ON_THE_WIRE = [
    (vendor.AsciiType, "abc"),
    (vendor.UTF8Type, "grüße 🐘"),
    (vendor.VarcharType, ""),
    (vendor.ByteType, -128),
    (vendor.ShortType, 32767),
    (vendor.Int32Type, -(2**31)),
    (vendor.LongType, 2**63 - 1),
    (vendor.CounterColumnType, 7),
    (vendor.IntegerType, -(10**40)),
    (vendor.IntegerType, 0),
    (vendor.FloatType, 0.5),
    (vendor.DoubleType, 1e308),
    (vendor.DecimalType, Decimal("-1234567890.1234567890")),
    (vendor.DecimalType, Decimal("1E+30")),
    (vendor.DecimalType, Decimal("1E+2147483647")),
    (vendor.BooleanType, True),
    (vendor.BooleanType, False),
    (vendor.BytesType, b"\x00\xff"),
    (vendor.UUIDType, uuid4()),
    (vendor.TimeUUIDType, uuid1()),
    (listed(vendor.Int32Type), [1, 2, 3]),
    (listed(vendor.Int32Type), []),
    (listed(listed(vendor.UTF8Type)), [["a"], []]),
    (tuple_of(vendor.Int32Type, vendor.UTF8Type), (1, None)),
    (vector_of(vendor.FloatType, 3), [0.5, -1.0, 2.0]),
    (vector_of(vendor.DoubleType, 2), [0.1, 0.2]),
    (vector_of(vendor.Int32Type, 2), [1, -2]),
    (vector_of(vendor.UTF8Type, 2), ["a", "bcd"]),
    (vector_of(vendor.UUIDType, 1), [uuid4()]),
]


@pytest.mark.parametrize(("kind", "value"), SAME_ON_THE_WIRE, ids=lambda part: getattr(part, "__name__", None))
def test_bytes_are_those_of_the_vendor_and_read_back_equal(kind: Any, value: Any) -> None:
    data = encode(kind, value)
    assert data == kind.serialize(value, V4)
    back = decode(kind, data)
    assert back == value
    assert type(back) is type(value)


ROUND_TRIPS = [
    (vendor.DateType, MOMENT),
    (vendor.DateType, datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    (vendor.DateType, datetime(1, 1, 1, tzinfo=UTC)),
    (vendor.DateType, datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    (vendor.DateType, datetime(1677, 9, 21, 0, 12, 43, 145000, tzinfo=UTC)),
    (vendor.SimpleDateType, date(1, 1, 1)),
    (vendor.SimpleDateType, date(9999, 12, 31)),
    (vendor.TimeType, time(23, 59, 59, 999999)),
    (vendor.TimeType, time()),
    (vendor.DurationType, Duration(1, 2, 3)),
    (vendor.DurationType, Duration(-(2**31) + 1, -1, -(2**63) + 1)),
    (vendor.InetAddressType, ip_address("127.0.0.1")),
    (vendor.InetAddressType, ip_address("2001:db8::1")),
    (listed(vendor.DateType), [MOMENT]),
    (set_of(vendor.DateType), {MOMENT}),
    (set_of(vendor.UTF8Type), {"", "a"}),
    (set_of(vendor.UTF8Type), set()),
    (map_of(vendor.UTF8Type, vendor.SimpleDateType), {"a": date(2024, 1, 1)}),
    (map_of(vendor.Int32Type, listed(vendor.DateType)), {1: [MOMENT], 2: []}),
    (map_of(vendor.InetAddressType, set_of(vendor.UUIDType)), {ip_address("::1"): {UUID(int=5)}}),
    (tuple_of(vendor.DateType, set_of(vendor.Int32Type)), (MOMENT, {1})),
    (ADDRESS, UdtValue(street="High Street", zip=None)),
    (listed(ADDRESS), [UdtValue(street="a", zip=1)]),
    (GROWN, UdtValue(street="a", zip=1, seen=MOMENT)),
    (vector_of(vendor.DateType, 2), [MOMENT, MOMENT]),
    (vector_of(set_of(vendor.Int32Type), 2), [{1}, {2, 3}]),
    (listed(vector_of(vendor.FloatType, 1)), [[0.5]]),
]


@pytest.mark.parametrize(("kind", "value"), ROUND_TRIPS, ids=lambda part: getattr(part, "__name__", None))
def test_values_of_the_border_come_back_as_they_went(kind: Any, value: Any) -> None:
    back = decode(kind, encode(kind, value))
    assert back == value
    assert type(back) is type(value)


HASHABLE = [
    (set_of(listed(vendor.Int32Type)), {(1, 2), ()}),
    (set_of(set_of(vendor.UTF8Type)), {frozenset({"a"})}),
    (set_of(map_of(vendor.UTF8Type, vendor.Int32Type)), {UdtValue(a=1)}),
    (set_of(ADDRESS), {UdtValue(street="a", zip=1)}),
    (set_of(tuple_of(vendor.Int32Type, listed(vendor.Int32Type))), {(1, (2,))}),
    (set_of(vector_of(vendor.FloatType, 2)), {(0.5, 1.0)}),
    (map_of(listed(vendor.DateType), listed(vendor.Int32Type)), {(MOMENT,): [1]}),
    (map_of(ADDRESS, vendor.Int32Type), {UdtValue(street="a", zip=None): 1}),
    (set_of(listed(set_of(vendor.Int32Type))), {(frozenset({1}),)}),
]


@pytest.mark.parametrize(("kind", "value"), HASHABLE, ids=lambda part: getattr(part, "__name__", None))
def test_what_stands_in_a_set_or_a_key_is_hashable(kind: Any, value: Any) -> None:
    assert decode(kind, encode(kind, value)) == value


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31, 23, 59, 59)))
def test_timestamps_are_exact_to_the_millisecond(naive: datetime) -> None:
    moment = naive.replace(microsecond=naive.microsecond // 1000 * 1000, tzinfo=UTC)
    assert decode(vendor.DateType, encode(vendor.DateType, moment)) == moment


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_keep_value_and_scale(value: Decimal) -> None:
    back = decode(vendor.DecimalType, encode(vendor.DecimalType, value))
    assert (back, back.as_tuple().exponent) == (value, value.as_tuple().exponent)


@given(st.integers())
def test_varints_have_no_bounds(value: int) -> None:
    assert decode(vendor.IntegerType, encode(vendor.IntegerType, value)) == value


def test_other_zones_and_microseconds_mean_the_same_moment_in_milliseconds() -> None:
    berlin = timezone(timedelta(hours=2))
    local = datetime(2024, 7, 1, 12, 0, 0, 123999, tzinfo=berlin)
    assert decode(vendor.DateType, encode(vendor.DateType, local)) == datetime(2024, 7, 1, 10, 0, 0, 123000, tzinfo=UTC)


def test_a_naive_datetime_is_taken_as_utc() -> None:
    assert decode(vendor.DateType, encode(vendor.DateType, datetime(2024, 1, 1))) == datetime(2024, 1, 1, tzinfo=UTC)


def test_uuids_are_whole() -> None:
    back = decode(vendor.UUIDType, encode(vendor.UUIDType, UUID(int=7)))
    same = (hash(back), repr(back), back.is_safe) == (hash(UUID(int=7)), repr(UUID(int=7)), UUID(int=7).is_safe)
    assert same
    assert pickle.loads(pickle.dumps(back)) == copy.deepcopy(back) == UUID(int=7)


def test_missing_fields_of_a_type_are_null_and_later_ones_are_passed_over() -> None:
    assert decode(ADDRESS, encode(ADDRESS, {"street": "a"})) == {"street": "a", "zip": None}
    assert decode(GROWN, encode(ADDRESS, {"street": "a", "zip": 1})) == {"street": "a", "zip": 1, "seen": None}
    assert decode(ADDRESS, encode(GROWN, {"street": "a", "zip": 1, "seen": MOMENT})) == {"street": "a", "zip": 1}


REFUSED = [
    (vendor.UTF8Type, 5, "str is wanted, not int"),
    (vendor.UTF8Type, b"x", "str is wanted, not bytes"),
    (vendor.UTF8Type, "\ud800", "surrogate"),
    (vendor.AsciiType, "ü", "not ASCII"),
    (vendor.Int32Type, "5", "int is wanted, not str"),
    (vendor.Int32Type, True, "int is wanted, not bool"),
    (vendor.Int32Type, 5.0, "int is wanted, not float"),
    (vendor.Int32Type, 2**31, "does not fit into 32 bits"),
    (vendor.ByteType, 128, "does not fit into 8 bits"),
    (vendor.ShortType, -32769, "does not fit into 16 bits"),
    (vendor.LongType, 2**63, "does not fit into 64 bits"),
    (vendor.IntegerType, True, "int is wanted"),
    (vendor.FloatType, 1e39, "does not fit into 32 bits"),
    (vendor.DoubleType, 10**400, "does not fit into 64 bits"),
    (vendor.DoubleType, "1", "float is wanted, not str"),
    (vendor.DecimalType, 1.5, "Decimal is wanted, not float"),
    (vendor.DecimalType, Decimal("NaN"), "neither infinity nor NaN"),
    (vendor.DecimalType, Decimal("1E+2147483648"), "exponent does not fit"),
    (vendor.DecimalType, Decimal("1E-2147483648"), "exponent does not fit"),
    (vendor.BooleanType, 1, "bool is wanted, not int"),
    (vendor.BytesType, "x", "bytes is wanted, not str"),
    (vendor.UUIDType, str(UUID(int=1)), "UUID is wanted, not str"),
    (vendor.TimeUUIDType, uuid4(), "version 1, not 4"),
    (vendor.DateType, date(2024, 1, 1), "datetime is wanted, not date"),
    (vendor.DateType, 0.5, "datetime is wanted, not float"),
    (vendor.DateType, 2**63, "the number is not one that timestamp holds"),
    (vendor.SimpleDateType, True, "date is wanted, not bool"),
    (vendor.SimpleDateType, 2**31, "the number is not one that date holds"),
    (vendor.TimeType, -1, "the number is not one that time holds"),
    (vendor.TimeType, Unreadable("broken"), "time is wanted, not Unreadable"),
    (vendor.SimpleDateType, MOMENT, "date is wanted, not datetime"),
    (vendor.SimpleDateType, "2024-01-01", "date is wanted, not str"),
    (vendor.TimeType, time(1, tzinfo=UTC), "without a zone"),
    (vendor.TimeType, MOMENT, "time is wanted, not datetime"),
    (vendor.DurationType, timedelta(1), "CqlDuration is wanted, not timedelta"),
    (vendor.DurationType, util.Duration(1, 1, 1), "CqlDuration is wanted, not Duration"),
    (vendor.InetAddressType, "127.0.0.1", "is wanted, not str"),
    (listed(vendor.UTF8Type), "abc", "list is wanted, not str"),
    (listed(vendor.UTF8Type), {"a"}, "list is wanted, not set"),
    (listed(vendor.UTF8Type), ["a", None], "null cannot stand inside a collection"),
    (set_of(vendor.UTF8Type), "abc", "set is wanted, not str"),
    (set_of(vendor.UTF8Type), ["a"], "set is wanted, not list"),
    (set_of(vendor.UTF8Type), {None}, "null cannot stand inside a collection"),
    (map_of(vendor.UTF8Type, vendor.UTF8Type), [("a", "b")], "dict is wanted, not list"),
    (map_of(vendor.UTF8Type, vendor.UTF8Type), {"a": None}, "null cannot stand inside a collection"),
    (tuple_of(vendor.Int32Type, vendor.Int32Type), (1,), "takes 2 elements, not 1"),
    (tuple_of(vendor.Int32Type, vendor.Int32Type), (1, 2, 3), "takes 2 elements, not 3"),
    (tuple_of(vendor.Int32Type), "a", "tuple is wanted, not str"),
    (ADDRESS, {"street": "a", "city": "b"}, "the type has only the fields street, zip"),
    (ADDRESS, ("a", 1), "a dict of its fields is wanted, not tuple"),
    (ADDRESS, {"zip": "1"}, "int is wanted, not str"),
    (vector_of(vendor.FloatType, 3), [1.0, 2.0], "takes 3 elements, not 2"),
    (vector_of(vendor.FloatType, 1), [None], "null cannot stand"),
    (vector_of(vendor.FloatType, 1), [1e39], "does not fit into 32 bits"),
    (vector_of(vendor.FloatType, 1), "a", "list is wanted, not str"),
]


@pytest.mark.parametrize(("kind", "value", "why"), REFUSED)
def test_what_would_lose_data_is_refused(kind: Any, value: Any, why: str) -> None:
    with pytest.raises((TypeError, ValueError), match=why):
        encode(kind, value)


OUT_OF_REACH = [
    (vendor.DateType, 300_000_000_000_000, "years 1 to 9999"),
    (vendor.DateType, -(2**63), "years 1 to 9999"),
    (vendor.SimpleDateType, -(2**31), "years 1 to 9999"),
    (vendor.SimpleDateType, 2**31 - 1, "years 1 to 9999"),
    (vendor.TimeType, 1, "nanoseconds"),
    (vendor.TimeType, 86_399_999_999_999, "nanoseconds"),
]


@pytest.mark.parametrize(("kind", "number", "why"), OUT_OF_REACH)
def test_what_python_cannot_hold_keeps_its_number_and_goes_back_as_it_came(kind: Any, number: int, why: str) -> None:
    data = encode(kind, number)
    found = decode(kind, data)
    assert isinstance(found, Unreadable)
    assert (found.number, encode(kind, found)) == (number, data)
    assert why in found.why
    assert decode(listed(kind), encode(listed(kind), [number])) == [found]
    assert decode(set_of(kind), encode(set_of(kind), {number})) == {found}


NUMBERS = [
    (vendor.DateType, 1_600_000_000_005, datetime(2020, 9, 13, 12, 26, 40, 5000, tzinfo=UTC)),
    (vendor.SimpleDateType, -1, date(1969, 12, 31)),
    (vendor.TimeType, 3_600_000_001_000, time(1, 0, 0, 1)),
]


@pytest.mark.parametrize(("kind", "number", "value"), NUMBERS)
def test_a_number_of_the_wire_is_the_same_value(kind: Any, number: int, value: Any) -> None:
    assert encode(kind, number) == encode(kind, value)
    assert decode(kind, encode(kind, number)) == value


@pytest.mark.parametrize("value", [10**4300, -(10**4300), 1 << 10**6], ids=["first", "negative", "long"])
def test_rule_23_a_varint_that_could_not_be_read_back_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="more than 4300 digits"):
        encode(vendor.IntegerType, value)


@pytest.mark.parametrize("digits", [4301, 10**6])
def test_rule_23_a_decimal_that_could_not_be_read_back_is_refused(digits: int) -> None:
    for exponent in (-5000, 0, 5000):
        with pytest.raises(ValueError, match="more than 4300 digits"):
            encode(vendor.DecimalType, Decimal((1, (9,) * digits, exponent)))


@pytest.mark.parametrize("sign", [0, 1])
def test_the_longest_numbers_come_back(sign: int) -> None:
    for exponent in (-5000, 0, 5000):
        value = Decimal((sign, (9,) * 4300, exponent))
        assert decode(vendor.DecimalType, encode(vendor.DecimalType, value)) == value
    whole = (1 - 2 * sign) * (10**4300 - 1)
    assert decode(vendor.IntegerType, encode(vendor.IntegerType, whole)) == whole


@given(st.integers() | st.integers(0, 200).map(lambda bits: 1 << bits))
def test_a_varint_has_the_shortest_bytes(value: int) -> None:
    for each in (value, value - 1, -value, -value - 1):
        assert encode(vendor.IntegerType, each) == vendor.IntegerType.serialize(each, V4)


def test_null_and_the_empty_value_of_old_are_none() -> None:
    assert decode(vendor.DateType, None) is None  # type: ignore[arg-type]
    assert decode(vendor.DateType, b"") is None
    assert decode(vendor.UTF8Type, b"") == ""


@pytest.mark.parametrize(
    ("kind", "cql"),
    [
        (vendor.VarcharType, "text"),
        (map_of(vendor.UTF8Type, listed(vendor.DateType)), "map<text, list<timestamp>>"),
        (ADDRESS, "address"),
        (vector_of(vendor.FloatType, 3), "vector<float, 3>"),
        (tuple_of(vendor.Int32Type, vendor.UUIDType), "tuple<int, uuid>"),
    ],
)
def test_types_are_named_as_in_cql(kind: Any, cql: str) -> None:
    assert cql_name(kind) == cql
