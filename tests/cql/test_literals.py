from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import IPv6Address, ip_address
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coodie.cql.lexer import tokens
from coodie.cql.literals import literal, ordered
from coodie.cql.message import UNSET
from coodie.cql.types import TEXT, Udt, parse_type
from coodie.cql.values import Duration, Secret, SecretBlob, UdtValue, Unreadable

ADDRESS = Udt("address", (("street", TEXT), ("Zip", TEXT)))


@pytest.mark.parametrize(
    ("cql_type", "value", "written"),
    [
        ("text", "Ann", "'Ann'"),
        ("text", "O'Hara; DROP TABLE x --", "'O''Hara; DROP TABLE x --'"),
        ("ascii", "", "''"),
        ("bigint", -5, "-5"),
        ("varint", 10**30, "1" + "0" * 30),
        ("boolean", True, "true"),
        ("double", 0.1, "0.1"),
        ("double", 1e22, "1e+22"),
        ("double", float("nan"), "NaN"),
        ("double", float("-inf"), "-Infinity"),
        ("double", 3, "3"),
        ("decimal", Decimal("1.50"), "1.50"),
        ("decimal", Decimal("1E+5"), "1E+5"),
        ("blob", b"\x00\xff", "0x00ff"),
        ("blob", b"", "0x"),
        ("blob", memoryview(b"\x01"), "0x01"),
        ("uuid", UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ("timestamp", datetime(2030, 1, 1, tzinfo=timezone.utc), "'2030-01-01T00:00:00.000Z'"),
        ("timestamp", datetime(2030, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), "'2030-01-01T00:00:00.000Z'"),
        ("timestamp", datetime(33, 1, 1, microsecond=5000), "'0033-01-01T00:00:00.005Z'"),
        ("date", date(2030, 2, 3), "'2030-02-03'"),
        ("time", time(8, 30, 0, 5), "'08:30:00.000005'"),
        ("timestamp", -5, "-5"),
        ("timestamp", Unreadable("far", 2**60), str(2**60)),
        ("date", 0, "2147483648"),
        ("date", -(2**31), "0"),
        ("date", Unreadable("far", 2**31 - 1), "4294967295"),
        ("time", 1, "1"),
        ("time", Unreadable("fine", 5), "5"),
        ("list<date>", [1], "[2147483649]"),
        ("duration", Duration(14, 3, 3_600_000_000_001), "14mo3d1h1ns"),
        ("duration", Duration(0, -1, -1_500_000), "-1d1ms500us"),
        ("duration", Duration(), "0ns"),
        ("inet", ip_address("127.0.0.1"), "'127.0.0.1'"),
        ("inet", ip_address("::1"), "'::1'"),
        ("list<text>", ["b", "a"], "['b', 'a']"),
        ("set<text>", {"b", "a"}, "{'a', 'b'}"),
        ("set<int>", {10, 9}, "{9, 10}"),
        ("set<int>", set(), "{}"),
        ("map<text, int>", {"b": 1, "a": 2}, "{'a': 2, 'b': 1}"),
        ("map<text, list<int>>", {"b": [1]}, "{'b': [1]}"),
        ("tuple<int, text>", (1, None), "(1, null)"),
        ("set<frozen<list<int>>>", {(2,), (1, 9)}, "{[1, 9], [2]}"),
        ("set<frozen<tuple<int, text>>>", {(1, "b"), (1, None)}, "{(1, null), (1, 'b')}"),
        ("vector<float, 2>", [0.5, 1], "[0.5, 1]"),
        ("text", None, "null"),
    ],
)
def test_a_value_is_written_as_cql_has_it(cql_type, value, written):
    assert literal(value, parse_type(cql_type)) == written


def test_fields_of_a_user_defined_type_are_names_in_the_order_of_the_type():
    value = UdtValue(Zip="1234", street="Main")

    assert literal(value, ADDRESS) == "{street: 'Main', \"Zip\": '1234'}"


def test_a_map_in_a_set_stays_a_map_though_python_has_one_hashable_dictionary_for_both():
    assert literal({UdtValue(a="x")}, parse_type("set<frozen<map<text, text>>>")) == "{{'a': 'x'}}"


def test_without_a_type_python_s_own_types_decide():
    assert literal([(1, "a"), UdtValue(street="Main"), {"k": {2, 1}}]) == "[(1, 'a'), {street: 'Main'}, {'k': {1, 2}}]"


@pytest.mark.parametrize("value", [UNSET, object(), [object()], 1j, Unreadable("broken")])
def test_what_is_no_value_of_cql_has_no_literal(value):
    with pytest.raises(TypeError, match="not a CQL value"):
        literal(value)


@pytest.mark.parametrize("value", [10**4300, -(10**4300), 1 << 10**6], ids=["first", "negative", "long"])
def test_a_number_that_nobody_could_read_back_has_no_literal(value):
    with pytest.raises(ValueError, match="more than 4300 digits"):
        literal(value)


@settings(deadline=None)
@given(st.text())
def test_no_text_gets_out_of_its_quotes(text):
    written = literal(text, TEXT)

    (token,) = tokens(written)
    assert token.kind == "string"
    assert token.text[1:-1].replace("''", "'") == text


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_digit_of_a_float_is_lost(number):
    assert float(literal(number)) == number


@settings(deadline=None)
@given(st.integers(), st.integers(0, 10**6), st.integers(0, 10**20))
def test_durations_are_read_back_as_they_were(months, days, nanoseconds):
    months %= 2**31
    nanoseconds %= 2**63
    written = literal(Duration(months, days, nanoseconds))

    (token,) = tokens(written)
    assert token.kind == "duration"
    assert _parts(written) == (months, days, nanoseconds)


def _parts(text):
    import re

    sizes = {"h": 3_600_000_000_000, "m": 60_000_000_000, "s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}
    found = {unit: int(count) for count, unit in re.findall(r"(\d+)(mo|ms|us|ns|d|h|m|s)", text)}
    nanoseconds = sum(found.get(unit, 0) * size for unit, size in sizes.items())
    return found.get("mo", 0), found.get("d", 0), nanoseconds


@pytest.mark.parametrize(
    ("cql_type", "expected"),
    [
        ("text", ["Z", "a", "é", "\U0001f600"]),
        ("double", [float("-inf"), -0.0, 0.0, 1.5, float("inf"), float("nan")]),
        ("boolean", [False, True]),
        ("inet", [ip_address("10.0.0.1"), ip_address("192.168.0.1"), ip_address("fe80::1")]),
        # By version, then for version 1 by time: the first group holds the low bits of the time.
        (
            "uuid",
            [
                UUID("ffffffff-0000-1000-8000-000000000000"),
                UUID("00000000-0001-1000-8000-000000000000"),
                UUID("00000000-0000-4000-8000-000000000000"),
            ],
        ),
        ("list<int>", [(), (1,), (1, 5), (2,)]),
        ("set<int>", [frozenset(), frozenset({9, 1}), frozenset({2})]),
        ("map<text, int>", [UdtValue(a=1), UdtValue(a=2), UdtValue(b=0)]),
        ("timestamp", [datetime(1969, 12, 31), datetime(1970, 1, 1, tzinfo=timezone.utc)]),
    ],
)
def test_sets_and_keys_stand_in_the_order_of_the_server(cql_type, expected):
    assert list(map(repr, ordered(reversed(expected), parse_type(cql_type)))) == list(map(repr, expected))


def test_timeuuids_of_one_instant_are_ordered_by_signed_bytes_and_uuids_are_not():
    low, high = UUID("00000000-0000-1000-8000-000000000000"), UUID("00000000-0000-1000-8000-00000000007f")
    negative = UUID("00000000-0000-1000-8000-0000000000ff")

    assert ordered([high, low, negative], parse_type("timeuuid")) == [negative, low, high]
    assert ordered([high, negative, low], parse_type("uuid")) == [low, high, negative]
    assert ordered([high, negative, low]) == [low, high, negative]


@pytest.mark.parametrize(
    ("cql_type", "values", "expected"),
    [
        ("int", [2**40, "b", 7, None, "a", -1], [-1, 7, None, 2**40, "a", "b"]),
        ("text", ["b", "\ud800", "a"], ["a", "b", "\ud800"]),
        ("decimal", [Decimal("NaN"), Decimal(1)], [Decimal(1), Decimal("NaN")]),
    ],
)
def test_what_the_type_does_not_take_comes_last_and_always_in_one_order(cql_type, values, expected):
    for items in (values, values[::-1]):
        assert list(map(repr, ordered(items, parse_type(cql_type)))) == list(map(repr, expected))


def test_values_of_a_type_whose_fields_nobody_knows_have_an_order():
    unknown = Udt("unknown")
    values = [UdtValue(a=1), UdtValue(a=None), UdtValue(a={2}), UdtValue(a={frozenset({1})})]

    assert ordered(values, unknown) == ordered(values[::-1], unknown)


def test_values_of_several_types_still_have_an_order_when_nobody_knows_the_type():
    assert literal({1, "a", 2}) == literal({2, "a", 1})


def test_a_secret_is_masked() -> None:
    assert literal([Secret("hunter2")]) == "['**********']"
    assert literal(SecretBlob(b"hunter2")) == "'**********'"


def test_rule_32_the_scope_of_an_address_stays_in_its_quotes():
    assert literal(IPv6Address("fe80::1%' OR 1")) == "'fe80::1%'' OR 1'"
