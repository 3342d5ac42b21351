"""Values to bytes and back, for every CQL type."""

from __future__ import annotations

import copy
import pickle
import struct
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_values import cql_type, value

from coodie.cql.decode import decoder_of, holds_empty
from coodie.cql.encode import encoder_of
from coodie.cql.types import NATIVE, CqlType, Set, Tuple, Udt, Vector, parse_type
from coodie.cql.values import Duration, UdtValue, Unreadable

UTC = timezone.utc
TEXT, INT, TIMESTAMP = NATIVE["text"], NATIVE["int"], NATIVE["timestamp"]
ADDRESS = Udt("address", (("street", TEXT), ("zip", INT)))
GROWN = Udt("grown", (("street", TEXT), ("zip", INT), ("seen", TIMESTAMP)))
MOMENT = datetime(2024, 2, 29, 23, 59, 59, 123000, tzinfo=UTC)


def of(kind: CqlType | str) -> CqlType:
    return parse_type(kind) if isinstance(kind, str) else kind


def encode(kind: CqlType | str, value: Any) -> bytes:
    return encoder_of(of(kind))(value)


def decode(kind: CqlType | str, data: bytes) -> Any:
    return decoder_of(of(kind))(data)


@pytest.mark.parametrize(
    ("kind", "value", "data"),
    [
        ("ascii", "abc", "616263"),
        ("text", "ß", "c39f"),
        ("text", "", ""),
        ("tinyint", -128, "80"),
        ("smallint", 32767, "7fff"),
        ("int", -(2**31), "80000000"),
        ("bigint", 2**63 - 1, "7fffffffffffffff"),
        ("counter", 7, "0000000000000007"),
        ("varint", -129, "ff7f"),
        ("float", 0.5, "3f000000"),
        ("double", -0.0, "8000000000000000"),
        ("decimal", Decimal("-12.50"), "00000002fb1e"),
        ("decimal", Decimal("1E+2147483647"), "8000000101"),
        ("boolean", True, "01"),
        ("boolean", False, "00"),
        ("blob", b"\x00\xff", "00ff"),
        ("uuid", UUID(int=7), "00000000000000000000000000000007"),
        ("timestamp", datetime(1970, 1, 1, tzinfo=UTC), "0000000000000000"),
        ("timestamp", datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC), "ffffffffffffffff"),
        ("date", date(1970, 1, 2), "80000001"),
        ("time", time(0, 0, 0, 1), "00000000000003e8"),
        ("duration", Duration(1, 2, -0), "020400"),
        ("inet", ip_address("127.0.0.1"), "7f000001"),
        ("list<tinyint>", [1, 2], "00000002" + "0000000101" + "0000000102"),
        ("set<text>", {""}, "00000001" + "00000000"),
        ("map<tinyint, text>", {1: "a"}, "00000001" + "0000000101" + "0000000161"),
        ("tuple<tinyint, text>", (None, "a"), "ffffffff" + "0000000161"),
        (ADDRESS, UdtValue(street="a", zip=None), "0000000161" + "ffffffff"),
        ("vector<float, 2>", [0.5, 0.5], "3f000000" * 2),
        ("vector<tinyint, 2>", [1, 2], "0101" + "0102"),
        ("vector<date, 1>", [date(1970, 1, 1)], "0480000000"),
        ("vector<vector<int, 2>, 1>", [[1, 2]], "0000000100000002"),
        ("vector<vector<text, 1>, 1>", [["a"]], "020161"),
    ],
)
def test_bytes_are_those_of_the_protocol(kind: CqlType | str, value: Any, data: str) -> None:
    assert encode(kind, value).hex() == data
    back = decode(kind, bytes.fromhex(data))
    assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize("seed", range(40))
def test_generated_values_come_back_equal(seed: int) -> None:
    random = Random(seed)
    for _ in range(10):
        kind = cql_type(random, 3)
        given = value(random, kind)
        back = decode(kind, encode(kind, given))
        assert (back, type(back)) == (given, type(given))


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31, 23, 59, 59)))
def test_timestamps_are_exact_to_the_millisecond(naive: datetime) -> None:
    moment = naive.replace(microsecond=naive.microsecond // 1000 * 1000, tzinfo=UTC)
    assert decode("timestamp", encode("timestamp", moment)) == moment


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_keep_value_and_scale(number: Decimal) -> None:
    back = decode("decimal", encode("decimal", number))
    assert (back, back.as_tuple().exponent) == (number, number.as_tuple().exponent)


@pytest.mark.parametrize("exponent", [0, 2**31 - 1, 1 - 2**31])
def test_decimals_of_4300_digits_are_the_longest(exponent: int) -> None:
    longest = Decimal((1, (9,) * 4300, exponent))
    assert decode("decimal", encode("decimal", longest)) == longest
    with pytest.raises(ValueError, match="more than 4300 digits"):
        encode("decimal", Decimal((0, (1,) * 4301, exponent)))
    for data in ((10**4300).to_bytes(1786, "big"), b"\x7f" * 400_000, b"\x80" + bytes(400_000)):
        with pytest.raises(ValueError, match="more than 4300 digits"):
            decode("decimal", bytes(4) + data)


@pytest.mark.parametrize("kind", ["float", "double"])
def test_no_number_comes_back_as_none(kind: str) -> None:
    back = decode(kind, encode(kind, float("nan")))
    assert back != back


def test_other_zones_and_microseconds_mean_the_same_moment_in_milliseconds() -> None:
    berlin = timezone(timedelta(hours=2))
    local = datetime(2024, 7, 1, 12, 0, 0, 123999, tzinfo=berlin)
    assert decode("timestamp", encode("timestamp", local)) == datetime(2024, 7, 1, 10, 0, 0, 123000, tzinfo=UTC)


def test_a_naive_datetime_is_taken_as_utc() -> None:
    assert decode("timestamp", encode("timestamp", datetime(2024, 1, 1))) == datetime(2024, 1, 1, tzinfo=UTC)


def test_uuids_are_whole() -> None:
    back = decode("uuid", encode("uuid", UUID(int=7)))
    same = (hash(back), repr(back), back.is_safe) == (hash(UUID(int=7)), repr(UUID(int=7)), UUID(int=7).is_safe)
    assert same
    assert pickle.loads(pickle.dumps(back)) == copy.deepcopy(back) == UUID(int=7)


INTS = {8, 0}, {0, 8}
"""Equal sets that Python goes through in different orders."""


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("tuple<set<int>>", [(ints,) for ints in INTS]),
        ("tuple<list<set<int>>>", [([ints],) for ints in INTS]),
        ("vector<set<int>, 1>", [[ints] for ints in INTS]),
        (Udt("u", (("a", parse_type("set<int>")),)), [{"a": ints} for ints in INTS]),
        ("tuple<map<int, text>>", [(dict.fromkeys(ints, "x"),) for ints in INTS]),
        ("set<tuple<set<int>>>", [{(frozenset(ints),)} for ints in INTS]),
    ],
)
def test_equal_sets_have_equal_bytes_where_the_server_does_not_sort_them(kind: CqlType | str, given: list[Any]) -> None:
    one, other = given
    assert encode(kind, one) == encode(kind, other)
    assert decode(kind, encode(kind, one)) == one


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("set<int>", INTS),
        ("map<int, int>", [dict.fromkeys(ints, 1) for ints in INTS]),
        ("list<set<int>>", [[i] for i in INTS]),
    ],
)
def test_equal_sets_can_have_equal_bytes_everywhere(kind: str, given: Any) -> None:
    one, other = given
    assert encoder_of(of(kind), sort_sets=True)(one) == encoder_of(of(kind), sort_sets=True)(other)


def test_a_sorted_set_has_each_element_once() -> None:
    # Two numbers that are one with 32 bits, and two moments that are one in milliseconds.
    assert decode("tuple<set<float>>", encode("tuple<set<float>>", ({0.1, 0.1 + 1e-12},)))[0] == {0.10000000149011612}
    moments = {MOMENT, MOMENT + timedelta(microseconds=1)}
    assert decode("tuple<map<timestamp, int>>", encode("tuple<map<timestamp, int>>", (dict.fromkeys(moments, 1),))) == (
        {MOMENT: 1},
    )


def test_what_is_like_bytes_is_a_blob_and_a_list_may_be_a_tuple() -> None:
    assert encode("blob", bytearray(b"x")) == encode("blob", memoryview(b"x")) == b"x"
    assert encode("list<int>", (1,)) == encode("list<int>", [1])
    assert encode("set<int>", frozenset({1})) == encode("set<int>", {1})
    assert encode("tuple<int>", [1]) == encode("tuple<int>", (1,))
    assert encode("vector<int, 1>", (1,)) == encode("vector<int, 1>", [1])
    assert encode("double", 1) == encode("double", 1.0)
    assert encode("vector<float, 2>", [1, 0.5]) == encode("vector<float, 2>", [1.0, 0.5])


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("set<list<int>>", {(1, 2), ()}),
        ("set<set<text>>", {frozenset({"a"})}),
        ("set<map<text, int>>", {UdtValue(a=1)}),
        (Set(ADDRESS), {UdtValue(street="a", zip=1)}),
        ("set<tuple<int, list<int>>>", {(1, (2,))}),
        ("set<vector<float, 2>>", {(0.5, 1.0)}),
        ("set<vector<text, 2>>", {("a", "b")}),
        ("map<list<timestamp>, list<int>>", {(MOMENT,): [1]}),
        ("set<list<set<int>>>", {(frozenset({1}),)}),
    ],
)
def test_what_stands_in_a_set_or_a_key_is_hashable(kind: CqlType | str, given: Any) -> None:
    assert decode(kind, encode(kind, given)) == given


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("list<int>", (1,)),
        ("set<int>", frozenset({1})),
        ("map<int, int>", UdtValue({1: 2})),
        ("vector<text, 1>", ("a",)),
    ],
)
def test_a_value_of_its_own_can_be_hashable_too(kind: str, given: Any) -> None:
    back = decoder_of(of(kind), hashable=True)(encode(kind, given))
    assert (back, type(back), hash(back)) == (given, type(given), hash(given))


def test_missing_fields_of_a_type_are_null_and_later_ones_are_passed_over() -> None:
    assert decode(ADDRESS, encode(ADDRESS, {"street": "a"})) == {"street": "a", "zip": None}
    assert decode(GROWN, encode(ADDRESS, {"street": "a", "zip": 1})) == {"street": "a", "zip": 1, "seen": None}
    assert decode(ADDRESS, encode(GROWN, {"street": "a", "zip": 1, "seen": MOMENT})) == {"street": "a", "zip": 1}
    assert decode("tuple<int, text>", encode("tuple<int>", (1,))) == (1, None)


NULL, EMPTY = "ffffffff", "00000000"


def test_null_inside_a_value_is_none_and_so_is_the_empty_value_of_old() -> None:
    two, one = "00000002", "00000001"
    assert decode("list<int>", bytes.fromhex(two + NULL + EMPTY)) == [None, None]
    assert decode("list<text>", bytes.fromhex(two + NULL + EMPTY)) == [None, ""]
    assert decode("map<int, int>", bytes.fromhex(one + "0000000400000007" + NULL)) == {7: None}
    assert decode("map<int, text>", bytes.fromhex(two + EMPTY + EMPTY + "0000000400000007" + NULL)) == {
        None: "",
        7: None,
    }
    assert decode("tuple<int, text, blob>", bytes.fromhex(EMPTY + EMPTY + NULL)) == (None, "", None)
    assert decode("vector<varint, 2>", bytes.fromhex("000105")) == [None, 5]


def test_no_bytes_at_all_are_a_value_of_three_types() -> None:
    assert [name for name in NATIVE if holds_empty(NATIVE[name])] == ["ascii", "blob", "text"]
    assert not holds_empty(parse_type("list<text>"))


REFUSED: list[tuple[CqlType | str, Any, str]] = [
    ("text", 5, "str is wanted, not int"),
    ("text", b"x", "str is wanted, not bytes"),
    ("text", "\ud800", "surrogate"),
    ("ascii", "ü", "not ASCII"),
    ("ascii", b"x", "str is wanted, not bytes"),
    ("int", "5", "int is wanted, not str"),
    ("int", True, "int is wanted, not bool"),
    ("int", 5.0, "int is wanted, not float"),
    ("int", 2**31, "does not fit into 32 bits"),
    ("tinyint", 128, "does not fit into 8 bits"),
    ("smallint", -32769, "does not fit into 16 bits"),
    ("bigint", 2**63, "does not fit into 64 bits"),
    ("varint", True, "int is wanted"),
    ("float", 1e39, "does not fit into 32 bits"),
    ("double", 10**400, "does not fit into 64 bits"),
    ("double", "1", "float is wanted, not str"),
    ("double", True, "float is wanted, not bool"),
    ("decimal", 1.5, "Decimal is wanted, not float"),
    ("decimal", Decimal("NaN"), "neither infinity nor NaN"),
    ("decimal", Decimal("1E+2147483648"), "exponent does not fit"),
    ("decimal", Decimal("1E-2147483648"), "exponent does not fit"),
    ("boolean", 1, "bool is wanted, not int"),
    ("blob", "x", "bytes is wanted, not str"),
    ("uuid", str(UUID(int=1)), "UUID is wanted, not str"),
    ("timeuuid", str(UUID(int=1)), "UUID is wanted, not str"),
    ("timeuuid", uuid4(), "version 1, not 4"),
    ("timestamp", date(2024, 1, 1), "datetime is wanted, not date"),
    ("timestamp", 0.5, "datetime is wanted, not float"),
    ("timestamp", 2**63, "the number is out of range for timestamp"),
    ("date", True, "date is wanted, not bool"),
    ("date", -(2**31) - 1, "the number is out of range for date"),
    ("time", 86_400 * 10**9, "the number is out of range for time"),
    ("time", Unreadable("broken"), "time is wanted, not Unreadable"),
    ("date", MOMENT, "date is wanted, not datetime"),
    ("date", "2024-01-01", "date is wanted, not str"),
    ("time", time(1, tzinfo=UTC), "without a zone"),
    ("time", MOMENT, "time is wanted, not datetime"),
    ("duration", timedelta(1), "CqlDuration is wanted, not timedelta"),
    ("inet", "127.0.0.1", "is wanted, not str"),
    ("list<text>", "abc", "list is wanted, not str"),
    ("list<text>", {"a"}, "list is wanted, not set"),
    ("list<text>", ["a", None], "a collection cannot contain null"),
    ("set<text>", "abc", "set is wanted, not str"),
    ("set<text>", ["a"], "set is wanted, not list"),
    ("set<text>", {None}, "a collection cannot contain null"),
    ("map<text, text>", [("a", "b")], "dict is wanted, not list"),
    ("map<text, text>", {"a": None}, "a collection cannot contain null"),
    ("tuple<int, int>", (1,), "takes 2 elements, not 1"),
    ("tuple<int, int>", (1, 2, 3), "takes 2 elements, not 3"),
    ("tuple<int>", "a", "tuple is wanted, not str"),
    (ADDRESS, {"street": "a", "city": "b"}, "the type has only the fields street, zip$"),
    (ADDRESS, UdtValue(street="a", city="b", land="c"), "the type has only the fields street, zip, not city, land$"),
    (ADDRESS, ("a", 1), "a dict of its fields is wanted, not tuple"),
    (ADDRESS, {"zip": "1"}, "int is wanted, not str"),
    (Udt("unknown"), {}, "the fields of the user-defined type unknown are not known"),
    ("vector<float, 3>", [1.0, 2.0], "takes 3 elements, not 2"),
    ("vector<float, 1>", [None], "a collection cannot contain null"),
    ("vector<float, 1>", [1e39], "does not fit into 32 bits"),
    ("vector<float, 1>", "a", "list is wanted, not str"),
]


@pytest.mark.parametrize(("kind", "given", "why"), REFUSED)
def test_what_would_lose_data_is_refused(kind: CqlType | str, given: Any, why: str) -> None:
    with pytest.raises((TypeError, ValueError), match=why):
        encode(kind, given)


@pytest.mark.parametrize(
    ("kind", "data", "number", "why"),
    [
        ("timestamp", struct.pack(">q", 300_000_000_000_000), 300_000_000_000_000, "years 1 to 9999"),
        ("timestamp", struct.pack(">q", -(2**63)), -(2**63), "years 1 to 9999"),
        ("date", struct.pack(">I", 0), -(2**31), "years 1 to 9999"),
        ("date", struct.pack(">I", 2**32 - 1), 2**31 - 1, "years 1 to 9999"),
        ("time", struct.pack(">q", 1), 1, "nanoseconds"),
    ],
)
def test_what_python_cannot_hold_keeps_its_number_and_goes_back_as_it_came(
    kind: str, data: bytes, number: int, why: str
) -> None:
    found = decode(kind, data)
    assert isinstance(found, Unreadable)
    assert found.number == number
    assert why in found.why
    assert encode(kind, found) == encode(kind, number) == data


def test_a_time_outside_of_the_day_is_read_as_its_number() -> None:
    for number in (-1000, 86_400 * 10**9):
        found = decode("time", struct.pack(">q", number))
        assert (found.number, "outside the hours of a day" in found.why) == (number, True)


def test_rule_23_a_varint_that_could_not_be_read_back_is_refused() -> None:
    assert decode("varint", encode("varint", 1 - 10**4300)) == 1 - 10**4300
    for long in (10**4300, -(10**4300), 1 << 10**6):
        with pytest.raises(ValueError, match="more than 4300 digits"):
            encode("varint", long)


def test_a_duration_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="64 of nanoseconds"):
        decode("duration", b"\x00\x00" + b"\xff" * 9)


@pytest.mark.parametrize("make", [encoder_of, decoder_of])
def test_only_cql_s_types_have_a_codec(make: Any) -> None:
    with pytest.raises(TypeError, match="has no codec"):
        make("text")


def test_vectors_nest() -> None:
    kind = Vector(Vector(Tuple((INT,)), 2), 2)
    given = [[(1,), (2,)], [(3,), (4,)]]
    assert decode(kind, encode(kind, given)) == given
