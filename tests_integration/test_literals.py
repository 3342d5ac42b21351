"""Literals on a real cluster: what is pasted is what was bound, and sets and maps stand in the server's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timezone
from decimal import Decimal
from ipaddress import ip_address
from itertools import count
from typing import Any
from uuid import UUID, uuid1, uuid4

import pytest
from cassandra.cluster import Session

from coodie.cql.literals import ordered
from coodie.cql.message import UNSET, Batch, Kind, Mark, Statement
from coodie.cql.types import CqlType, parse_type
from coodie.cql.values import Duration, UdtValue
from coodie.drivers.cassandra import CassandraDriver
from coodie.testing import RecordingDriver
from coodie.testing.contract import VALUES

UTC = timezone.utc
Look = Callable[..., list[tuple[Any, ...]]]

HARD: list[tuple[str, Any]] = [
    *VALUES.items(),
    ("text", ""),
    ("text", "a\nb\\n; DROP 'x' -- $$ /* \x00 ?"),
    ("ascii", "''"),
    ("double", float("nan")),
    ("double", float("inf")),
    ("double", float("-inf")),
    ("double", 1e22),
    ("double", 5e-324),
    ("double", -0.0),
    ("float", 3.4e38),
    ("float", float("nan")),
    ("decimal", Decimal("1E+5")),
    ("decimal", Decimal("-0.000000000")),
    ("varint", -(10**40)),
    ("bigint", 2**63 - 1),
    ("tinyint", 127),
    ("boolean", False),
    ("blob", b""),
    ("inet", ip_address("10.0.0.1")),
    ("timestamp", datetime(1, 1, 1, tzinfo=UTC)),
    ("timestamp", datetime(1500, 3, 1, tzinfo=UTC)),
    ("timestamp", datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    ("timestamp", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("date", date(1, 1, 1)),
    ("date", date(1500, 3, 1)),
    ("date", date(9999, 12, 31)),
    ("time", time(0)),
    ("time", time(23, 59, 59, 999999)),
    ("duration", Duration()),
    ("duration", Duration(-1, -2, -3_723_004_005_006)),
    ("duration", Duration(2**31 - 1, 2**31 - 1, 2**63 - 1)),
    ("list<frozen<map<text, frozen<set<int>>>>>", [{"a": {1, 2}}, {}]),
    ("map<int, frozen<tuple<int, text>>>", {1: (1, None), -1: (None, "b")}),
    ("set<frozen<list<int>>>", {(1, 2), ()}),
    ("map<uuid, timestamp>", {UUID(int=7): datetime(2030, 1, 1, tzinfo=UTC)}),
    ("frozen<map<inet, double>>", {ip_address("::1"): 0.5}),
    ("vector<float, 2>", [0.5, 1.0]),
    ("vector<text, 2>", ["a'b", ""]),
    ("tuple<int, frozen<list<text>>, duration>", (1, ["a"], Duration(1))),
    ("udt", UdtValue(street="O'Hara", No=5, tags={"b", "a"})),
    ("udt", UdtValue(street=None, No=None, tags=None)),
    ("list<frozen<udt>>", [UdtValue(street="a", No=1, tags=None)]),
]


@pytest.fixture(scope="module")
def driver(session: Session, keyspace: str) -> CassandraDriver:
    session.execute(f'CREATE TYPE {keyspace}.udt (street text, "No" int, tags frozen<set<text>>)')
    return CassandraDriver(session)


@pytest.fixture(scope="module")
def new_table(driver: CassandraDriver, keyspace: str) -> Callable[[str], str]:
    """A table with a column ``v`` of a type; one for each type, since making one takes a while."""
    names = (f"{keyspace}.t{number}" for number in count())
    made: dict[str, str] = {}

    def new_table(kind: str) -> str:
        if kind not in made:
            made[kind] = name = next(names)
            column = kind.replace("udt", f"{keyspace}.udt")
            driver.execute(Statement(f"CREATE TABLE {name} (id uuid PRIMARY KEY, v {column})", kind=Kind.SCHEMA))
        return made[kind]

    return new_table


def known(kind: str) -> CqlType | None:
    """What the mapper would know of a column; of a user's type it would know the fields."""
    return None if "udt" in kind else parse_type(kind)


def insert(table: str, key: UUID, kind: str, value: Any) -> Statement:
    marks = (Mark("id", parse_type("uuid")), Mark("v", known(kind)))
    return Statement(f"INSERT INTO {table} (id, v) VALUES (?, ?)", (key, value), marks)


def stored(driver: CassandraDriver, table: str, key: UUID) -> str:
    """As text, since no NaN equals another."""
    rows = driver.execute(Statement(f"SELECT v FROM {table} WHERE id = ?", (key,), kind=Kind.READ)).rows
    return repr([shown(value) for row in rows for value in row])


def shown(value: Any) -> Any:
    """Sets in an order of their own."""
    return sorted(map(repr, value)) if isinstance(value, (set, frozenset)) else value


@pytest.mark.parametrize(("kind", "value"), HARD, ids=[f"{kind} {number}" for number, (kind, _) in enumerate(HARD)])
def test_what_is_pasted_is_what_was_bound(
    driver: CassandraDriver, session: Session, new_table: Callable[[str], str], kind: str, value: Any
) -> None:
    table, bound, pasted = new_table(kind), uuid4(), uuid4()
    driver.execute(insert(table, bound, kind, value))
    recorder = RecordingDriver()
    recorder.execute(insert(table, pasted, kind, value))
    session.execute(recorder.to_cqlsh())

    assert stored(driver, table, pasted) == stored(driver, table, bound)
    assert stored(driver, table, pasted) != "[]"


def test_a_batch_is_pasted_whole_and_what_is_unset_is_left_out(
    driver: CassandraDriver, session: Session, new_table: Callable[[str], str]
) -> None:
    table, one, other = new_table("text"), uuid4(), uuid4()
    driver.execute(insert(table, one, "text", "kept"))
    recorder = RecordingDriver()
    recorder.execute(Batch((insert(table, one, "text", UNSET), insert(table, other, "text", "new")), timestamp=5))
    session.execute(recorder.to_cqlsh())

    assert stored(driver, table, one) == "['kept']"
    assert stored(driver, table, other) == "['new']"
    look = f"SELECT writetime(v) FROM {table} WHERE id = ?"
    assert driver.execute(Statement(look, (other,), kind=Kind.READ)).rows == [(5,)]


def test_a_query_is_pasted_with_its_list_and_its_limit(
    driver: CassandraDriver, session: Session, new_table: Callable[[str], str]
) -> None:
    table, keys = new_table("int"), [uuid4(), uuid4()]
    for key in keys:
        driver.execute(insert(table, key, "int", 5))
    recorder = RecordingDriver(strict=False)
    recorder.execute(Statement(f"SELECT id FROM {table} WHERE id IN ? LIMIT ?", (keys, 5), kind=Kind.READ))

    assert {row[0] for row in session.execute(recorder.to_cqlsh())} == set(keys)


TIMEUUIDS = [
    UUID(fields=(5, 0, 0x1000, 128, last, node))
    for last in (0, 127, 128, 255)
    for node in (0, 0x7FFFFFFFFFFF, 0x800000000000, 0xFF)
]

ORDERS: list[tuple[str, list[Any]]] = [
    ("text", ["Z", "a", "é", "\U0001f600", "\uffff", ""]),
    ("ascii", ["Z", "a", ""]),
    ("double", [float("nan"), -0.0, float("inf"), -1.5, float("-inf")]),
    ("float", [0.5, -0.5, float("nan")]),
    ("uuid", [*(uuid1() for _ in range(5)), *(uuid4() for _ in range(20)), UUID(int=7), *TIMEUUIDS]),
    ("timeuuid", [*TIMEUUIDS, *(uuid1() for _ in range(5))]),
    ("inet", [ip_address(text) for text in ("10.0.0.1", "192.168.0.1", "::1", "fe80::1", "9.0.0.0")]),
    ("boolean", [True, False]),
    ("blob", [b"", b"\x00", b"\xff", b"\x7f\x00"]),
    ("decimal", [Decimal("1.5"), Decimal(-3), Decimal("1E3"), Decimal("-0.1")]),
    ("varint", [10**30, -(10**30), 0, 127, 128, -1]),
    ("bigint", [-(2**63), 2**63 - 1, 0, -1]),
    ("int", [-1, 1, 0]),
    ("smallint", [-5, 5, 0]),
    ("tinyint", [-128, 127, 0, -1]),
    ("date", [date(1, 1, 1), date(1969, 12, 31), date(2030, 1, 1)]),
    ("time", [time(1), time(2), time(0, 0, 0, 1)]),
    ("timestamp", [datetime(1960, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]),
    ("frozen<list<int>>", [(), (1,), (1, 5), (2,), (-1,)]),
    ("frozen<set<int>>", [frozenset({9, 1}), frozenset({2}), frozenset()]),
    ("frozen<tuple<int, text>>", [(1, None), (1, "b"), (None, "a"), (2, "a"), (-1, "a")]),
    ("frozen<map<text, int>>", [UdtValue(a=1), UdtValue(a=2), UdtValue(b=0), UdtValue()]),
]


@pytest.mark.parametrize(("kind", "values"), ORDERS, ids=[kind for kind, _ in ORDERS])
@pytest.mark.parametrize("collection", ["set<{}>", "map<{}, int>"])
def test_values_stand_in_the_server_s_order(
    driver: CassandraDriver, look: Look, new_table: Callable[[str], str], kind: str, values: list[Any], collection: str
) -> None:
    column = collection.format(kind)
    table, whole, singles = new_table(column), uuid4(), [uuid4() for _ in values]
    driver.execute(insert(table, whole, column, of(values, column)))
    for key, value in zip(singles, ordered(values, parse_type(kind)), strict=True):
        driver.execute(insert(table, key, column, of([value], column)))

    # The server's own text of the whole is that of the single values, one after another.
    assert inside(look, table, [whole]) == inside(look, table, singles)


def of(values: Iterable[Any], column: str) -> Any:
    return set(values) if column.startswith("set") else dict.fromkeys(values, 1)


def inside(look: Look, table: str, keys: list[UUID]) -> str:
    name = table.split(".")[1]
    texts = [look(f"SELECT toJson(v) FROM {{}}.{name} WHERE id = %s", key)[0][0] for key in keys]
    return ", ".join(text[1:-1] for text in texts)
