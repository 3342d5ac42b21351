from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address
from uuid import UUID, uuid1, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coodie.cql.border import check
from coodie.cql.types import NATIVE, List, Map, Set, Tuple, Udt, Vector, parse_type
from coodie.cql.values import Duration, UdtValue, Unreadable, microseconds, milliseconds

# A machine under load is slow, and no failure of ours.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

INT, TEXT = NATIVE["int"], NATIVE["text"]
ADDRESS = Udt("address", (("zip", TEXT), ("floor", INT)))
NOON = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("cql_type", "values"),
    [
        ("tinyint", [-128, 127]),
        ("smallint", [-(2**15), 2**15 - 1]),
        ("int", [-(2**31), 2**31 - 1]),
        ("bigint", [-(2**63), 2**63 - 1]),
        ("counter", [5]),
        ("varint", [2**200, 10**4300 - 1, 1 - 10**4300]),
        ("float", [1.5, 2, float("nan"), float("inf"), 3.4e38]),
        ("double", [1e300, 2, 2**1023]),
        ("text", ["", "ä\U0001f600"]),
        ("ascii", ["abc"]),
        ("boolean", [True, False]),
        ("blob", [b"", bytearray(b"x"), memoryview(b"x")]),
        ("decimal", [Decimal("1.50"), Decimal("1E+2147483647"), Decimal("9" * 4300)]),
        ("uuid", [uuid1(), uuid4(), UUID(int=0)]),
        ("timeuuid", [uuid1()]),
        ("timestamp", [NOON, NOON.replace(microsecond=5000), 0, -(2**63), 2**63 - 1, Unreadable("far", 2**62)]),
        ("date", [date(1, 1, 1), 0, -(2**31), 2**31 - 1, Unreadable("far", 2**30)]),
        ("time", [time(1, 2, 3, 4), 0, 86_400 * 10**9 - 1, Unreadable("fine", 1)]),
        ("duration", [Duration(1, 2, 3)]),
        ("inet", [ip_address("127.0.0.1"), ip_address("::1")]),
        ("list<int>", [[], [1], (1, 2)]),
        ("set<int>", [set(), {1}, frozenset({1})]),
        ("map<text, int>", [{}, {"a": 1}]),
        ("tuple<int, text>", [(1, "a"), (None, None)]),
        ("vector<float, 2>", [[1.0, 2]]),
        (ADDRESS, [{"zip": "1", "floor": None}, UdtValue(zip="1")]),
    ],
)
def test_values_that_fit(cql_type, values):
    cql_type = parse_type(cql_type) if isinstance(cql_type, str) else cql_type
    for value in values:
        check(cql_type, value)


@pytest.mark.parametrize(
    ("cql_type", "values"),
    [
        ("tinyint", [-129, 128]),
        ("smallint", [2**15]),
        ("int", [2**31, -(2**31) - 1, True, 1.0, "1", Decimal(1)]),
        ("bigint", [2**63]),
        ("counter", [2**63, 1.5]),
        ("varint", [1.0, False, 10**4300, -(10**4300)]),
        ("float", [3.5e38, -3.5e38, "1", True, Decimal(1)]),
        ("double", ["1", True, 2**1024]),
        ("text", [b"x", 1, "\ud800"]),
        ("ascii", ["ä"]),
        ("boolean", [0, 1, "true"]),
        ("blob", ["x"]),
        ("decimal", [1.5, 1, Decimal("NaN"), Decimal("Infinity"), Decimal("1E+2147483648"), Decimal("1E-2147483648")]),
        ("decimal", [Decimal("9" * 4301), Decimal("-0." + "9" * 4301)]),
        ("uuid", ["00000000-0000-0000-0000-000000000000"]),
        ("timeuuid", [uuid4(), UUID(int=0)]),
        ("timestamp", [NOON.replace(tzinfo=None), NOON.astimezone(timezone(timedelta(hours=1))), date(2030, 1, 1)]),
        ("timestamp", [NOON.replace(microsecond=1), 1.5, True, 2**63, -(2**63) - 1, Unreadable("broken")]),
        ("date", [NOON, "2030-01-01", False, 2**31, -(2**31) - 1, Unreadable("broken")]),
        ("time", [time(1, tzinfo=timezone.utc), "01:00", True, -1, 86_400 * 10**9, Unreadable("broken", -1)]),
        ("text", [Unreadable("broken"), Unreadable("broken", 5)]),
        ("duration", [timedelta(1)]),
        ("inet", ["127.0.0.1"]),
        ("list<int>", ["ab", {1}, [None], ["x"], [[1]]]),
        ("set<int>", [[1], {None}]),
        ("map<text, int>", [[("a", 1)], {"a": None}, {1: 1}, {"a": "b"}]),
        ("list<frozen<list<int>>>", [[1], [["x"]]]),
        ("tuple<int, text>", [(1,), (1, "a", 2), ("a", 1)]),
        ("vector<float, 2>", [[1.0], [1.0, 2.0, 3.0], [1.0, None]]),
        (ADDRESS, [{"zap": "1"}, {"zip": 1}, [("zip", "1")]]),
    ],
)
def test_values_that_do_not_fit(cql_type, values):
    cql_type = parse_type(cql_type) if isinstance(cql_type, str) else cql_type
    for value in values:
        with pytest.raises((TypeError, ValueError)):
            check(cql_type, value)


def test_a_list_of_one_type_says_which():
    with pytest.raises(ValueError, match="list<int> cannot hold null"):
        check(List(INT), [None])
    with pytest.raises(TypeError, match="text does not take an int"):
        check(Map(TEXT, Set(TEXT)), {"a": {1}})
    with pytest.raises(ValueError, match="takes 2 elements, not 1"):
        check(Tuple((INT, INT)), (1,))
    with pytest.raises(ValueError, match=r"has only the fields zip, floor$"):
        check(ADDRESS, {"zap": 1})
    with pytest.raises(ValueError, match=r"has only the fields zip, floor, not zap$"):
        check(ADDRESS, UdtValue(zap=1, zip="a"))
    with pytest.raises(ValueError, match="3 elements"):
        check(Vector(INT, 3), [1])


@pytest.mark.parametrize(
    ("delta", "duration"),
    [
        (timedelta(), Duration()),
        (timedelta(days=1, seconds=2, microseconds=3), Duration(0, 1, 2_000_003_000)),
        (timedelta(seconds=-1), Duration(0, 0, -1_000_000_000)),
        (timedelta(days=-1, seconds=-1), Duration(0, -1, -1_000_000_000)),
    ],
)
def test_a_span_as_a_duration(delta, duration):
    assert Duration.from_timedelta(delta) == duration


@pytest.mark.parametrize(
    "parts",
    [(1, -1, 0), (0, 1, -1), (2**31, 0, 0), (0, 2**31, 0), (0, 0, 2**63), (1.5, 0, 0), (True, 0, 0), ("1", 0, 0)],
)
def test_a_duration_that_the_server_refuses(parts):
    with pytest.raises(ValueError, match="duration"):
        Duration(*parts)


@unhurried
@given(st.datetimes(timezones=st.timezones()))
def test_instants_are_counted_in_whole_units_since_1970(moment):
    exact = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert timedelta(microseconds=microseconds(moment)) == exact
    assert timedelta(0) <= exact - timedelta(milliseconds=milliseconds(moment)) < timedelta(milliseconds=1)


def test_a_naive_instant_is_utc():
    assert microseconds(datetime(1970, 1, 1, 0, 0, 0, 5)) == 5
    assert microseconds(datetime(1969, 12, 31, 23, 59, 59, 999999)) == -1


def test_a_value_of_a_type_can_stand_in_a_set():
    assert len({UdtValue(a=1), UdtValue(a=1), UdtValue(a=2)}) == 2
    assert UdtValue(a=1) == {"a": 1}
