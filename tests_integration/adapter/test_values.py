"""Every type there and back through the adapter, and what Python has no value for."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timezone
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from uuid import UUID, uuid1, uuid4

import pytest
from cassandra.cluster import Session

from coodie.cql.message import UNSET, Batch
from coodie.cql.values import Duration, UdtValue, Unreadable
from coodie.drivers.cassandra import CassandraDriver

from .requests import ddl, read, write

UTC = timezone.utc


MOMENT = datetime(2024, 2, 29, 12, 30, 15, 123000, tzinfo=UTC)


TYPES: list[tuple[str, Any]] = [
    ("ascii", "abc"),
    ("bigint", 2**63 - 1),
    ("blob", b"\x00\xff"),
    ("boolean", False),
    ("date", date(1, 1, 1)),
    ("decimal", Decimal("-1.50")),
    ("double", 0.1),
    ("duration", Duration(1, 2, 3_000_000_000)),
    ("float", 0.5),
    ("inet", ip_address("2001:db8::1")),
    ("inet", ip_address("10.0.0.1")),
    ("int", -1),
    ("smallint", -(2**15)),
    ("text", "grüße"),
    ("time", time(23, 59, 59, 999999)),
    ("timestamp", MOMENT),
    ("timestamp", datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    ("timestamp", datetime(1, 1, 1, tzinfo=UTC)),
    ("timeuuid", uuid1()),
    ("tinyint", 127),
    ("uuid", UUID(int=5)),
    ("varint", -(10**30)),
    ("list<timestamp>", [MOMENT, MOMENT]),
    ("set<inet>", {ip_address("10.0.0.1")}),
    ("map<text, date>", {"a": date(2024, 1, 1)}),
    ("frozen<set<frozen<list<int>>>>", {(1, 2), (3,)}),
    ("map<frozen<list<text>>, frozen<set<time>>>", {("a", "b"): {time(1)}}),
    ("tuple<int, text, timestamp>", (1, None, MOMENT)),
    ("frozen<address>", UdtValue(street="a", zips=[1, 2], seen=None)),
    ("address", UdtValue(street="a", zips=None, seen=MOMENT)),
    ("list<frozen<address>>", [UdtValue(street=None, zips=[], seen=MOMENT)]),
    ("set<frozen<address>>", {UdtValue(street="x", zips=None, seen=MOMENT)}),
    (
        "map<text, frozen<map<int, frozen<list<frozen<address>>>>>>",
        {"a": {1: [UdtValue(street="s", zips=[3], seen=None)]}},
    ),
    ("vector<float, 3>", [0.5, -1.0, 2.0]),
    ("vector<text, 2>", ["a", "bcd"]),
    ("vector<timestamp, 1>", [MOMENT]),
    ("vector<frozen<list<int>>, 2>", [[1], [2, 3]]),
]


@pytest.fixture
def address(driver: CassandraDriver, keyspace: str) -> None:
    driver.execute(
        ddl(f"CREATE TYPE IF NOT EXISTS {keyspace}.address (street text, zips frozen<list<int>>, seen timestamp)")
    )


@pytest.mark.usefixtures("address")
def test_every_type_there_and_back(driver: CassandraDriver, keyspace: str) -> None:
    name = f"{keyspace}.types_{uuid4().hex}"
    columns = [f"c{number}" for number in range(len(TYPES))]
    types = [cql.replace("address", f"{keyspace}.address") for cql, _ in TYPES]
    declared = ", ".join(f"{column} {kind}" for column, kind in zip(columns, types, strict=True))
    driver.execute(ddl(f"CREATE TABLE {name} (id int PRIMARY KEY, {declared})"))
    marks = ", ".join("?" for _ in columns)
    insert = f"INSERT INTO {name} (id, {', '.join(columns)}) VALUES (?, {marks})"
    values = tuple(value for _, value in TYPES)
    select = read(f"SELECT {', '.join(columns)} FROM {name} WHERE id = ?", 1)
    for request in (write(insert, 1, *values), Batch((write(insert, 1, *values),))):
        driver.execute(request)
        (row,) = driver.execute(select).rows
        assert row == values
        assert [type(cell) for cell in row] == [type(value) for value in values]
        (row,) = driver.execute(read(f"SELECT {', '.join(columns)} FROM {name}")).rows
        assert row == values
    driver.execute(write(insert, 2, *[None] * len(columns)))
    assert set(driver.execute(read(select.cql, 2)).rows[0]) == {None}


def test_a_moment_that_python_cannot_hold_is_named_and_harms_no_other_request(
    driver: CassandraDriver, users_session: Session, keyspace: str
) -> None:
    name = f"{keyspace}.far_{uuid4().hex}"
    driver.execute(ddl(f"CREATE TABLE {name} (id int PRIMARY KEY, seen timestamp)"))
    users_session.execute(f"INSERT INTO {name} (id, seen) VALUES (7, 300000000000000)")
    bad, good = read(f"SELECT id, seen FROM {name} WHERE id = ?", 7), read(f"SELECT id FROM {name} WHERE id = ?", 7)

    async def both() -> list[Any]:
        return await asyncio.gather(*[driver.aexecute(r) for r in [good, bad] * 50], return_exceptions=True)

    results = asyncio.run(both())
    assert all(page.rows == [(7,)] for page in results[::2])
    for page in results[1::2]:
        ((key, cell),) = page.rows
        assert (key, type(cell), cell.number) == (7, Unreadable, 300_000_000_000_000)


@pytest.mark.parametrize(
    ("kind", "number"), [("date", 2**31 - 1), ("time", 86_399_999_999_999), ("timestamp", -(2**63))]
)
def test_a_number_that_python_has_no_value_for_comes_back(
    driver: CassandraDriver, keyspace: str, kind: str, number: int
) -> None:
    name = f"{keyspace}.far_{uuid4().hex}"
    driver.execute(ddl(f"CREATE TABLE {name} (id int PRIMARY KEY, v {kind}, many list<{kind}>)"))
    insert, select = f"INSERT INTO {name} (id, v, many) VALUES (?, ?, ?)", f"SELECT v, many FROM {name} WHERE id = ?"
    driver.execute(write(insert, 1, number, [number, 0]))
    ((found, many),) = driver.execute(read(select, 1)).rows
    assert isinstance(found, Unreadable)
    assert (found.number, many[0]) == (number, found)
    driver.execute(write(insert, 2, found, many))
    assert driver.execute(read(select, 2)).rows == [(found, many)]


def test_unset_leaves_and_null_deletes(driver: CassandraDriver, table: str) -> None:
    insert = f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)"
    for value, expected in (("a", "a"), (UNSET, "a"), (None, None)):
        driver.execute(write(insert, 1, 1, value))
        assert driver.execute(read(f"SELECT v FROM {table} WHERE id = ?", 1)).rows == [(expected,)]
