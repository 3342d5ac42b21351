"""On a real cluster: rows of every type as data of Arrow, over many pages, from queries and scans, and back again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from coodie import ClusteringKey, DecodeError, PrimaryKey, UserType, Vector
from coodie.aio import Document, arrow_batches, execute_raw, sync_all, to_arrow
from coodie.fields import Float, Function, SmallInt, Static, TimeUUID, VarInt, Writetime

UNIQUE = UUID("4b6c2a1e-8f0d-4c3b-9a57-2f1e0d9c8b7a")
TIMED = UUID("c9a646d3-9c61-11cd-8f9c-0800200c9a66")
MOMENT = datetime(2030, 1, 2, 3, 4, 5, 678000, timezone.utc)


class Address(UserType):
    street: str
    number: int | None = None
    seen: list[datetime] = []


class Everything(Document):
    id: Annotated[int, PrimaryKey()]
    text: str | None = None
    blob: bytes | None = None
    flag: bool | None = None
    small: Annotated[int | None, SmallInt()] = None
    huge: Annotated[int | None, VarInt()] = None
    single: Annotated[float | None, Float()] = None
    double: float | None = None
    exact: Decimal | None = None
    unique: UUID | None = None
    timed: Annotated[UUID | None, TimeUUID()] = None
    host: IPv4Address | None = None
    day: date | None = None
    hour: time | None = None
    moment: datetime | None = None
    span: timedelta | None = None
    near: Annotated[list[float] | None, Vector(3)] = None
    pair: tuple[int, str] | None = None
    address: Address | None = None
    names: list[str] | None = None
    scores: set[int] | None = None
    days: dict[str, date] | None = None
    deep: dict[UUID, list[tuple[Decimal, set[str]]]] | None = None


VALUES: dict[str, Any] = {
    "id": 1,
    "text": "grün",
    "blob": b"\x00\xff",
    "flag": True,
    "small": 300,
    "huge": 10**30,
    "single": 0.5,
    "double": 0.1,
    "exact": Decimal("1.500"),
    "unique": UNIQUE,
    "timed": TIMED,
    "host": IPv4Address("10.0.0.1"),
    "day": date(1969, 12, 31),
    "hour": time(23, 59, 59, 999999),
    "moment": MOMENT,
    "span": timedelta(days=1, microseconds=5),
    "near": [1.0, 2.0, 3.0],
    "pair": (5, "five"),
    "address": Address(street="Main", seen=[MOMENT]),
    "names": ["b", "a"],
    "scores": {3, 1},
    "days": {"b": date(2030, 1, 1), "a": date(2030, 1, 2)},
    "deep": {UNIQUE: [(Decimal("0.1"), {"y", "x"})]},
}
IN_ARROW = {
    **VALUES,
    "huge": str(10**30),
    "exact": "1.500",
    "unique": str(UNIQUE),
    "timed": str(TIMED),
    "host": "10.0.0.1",
    "span": {"months": 0, "days": 1, "nanoseconds": 5000},
    "pair": {"0": 5, "1": "five"},
    "address": {"street": "Main", "number": None, "seen": [MOMENT]},
    "scores": [1, 3],
    "days": [("a", date(2030, 1, 2)), ("b", date(2030, 1, 1))],
    "deep": [(str(UNIQUE), [{"0": "0.1", "1": ["x", "y"]}])],
}


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    room: Annotated[str | None, Static()] = None
    tags: list[str] = []
    value: float


class Told(BaseModel):
    sensor: int
    value: Annotated[float | None, Function("round", "value")] = None
    written: Annotated[int | None, Writetime("value")] = None


ROWS = [(sensor, at) for sensor in range(40) for at in range(5)]


async def fill() -> None:
    await Reading.sync_table()
    await Reading.truncate()
    for sensor in range(40):
        rows = "".join(f"INSERT INTO reading (sensor, at, value) VALUES ({sensor}, {at}, {at}.25);" for at in range(5))
        await execute_raw(f"BEGIN UNLOGGED BATCH {rows} APPLY BATCH")


def keys(*tables: Any) -> list[tuple[int, int]]:
    return sorted((row["sensor"], row["at"]) for table in tables for row in table.to_pylist())


async def test_every_type_nested_and_null(connection: None) -> None:
    await sync_all(Everything)
    await Everything(**VALUES).save()
    await Everything(id=2).save()
    for source in (Everything.find(), Everything.scan(), Everything.find().values_list(*VALUES)):
        first, second = sorted((await to_arrow(source)).to_pylist(), key=lambda row: int(row["id"]))
        assert first == IN_ARROW
        assert second == {**dict.fromkeys(VALUES), "id": 2}


async def test_rows_of_many_pages_are_the_documents(connection: None) -> None:
    await fill()
    documents = [each.model_dump() async for each in Reading.find().fetch_size(7)]
    table = await to_arrow(Reading.find().fetch_size(7))
    assert table.schema == Reading.arrow_schema()
    assert table.to_pylist() == documents
    found = [batch async for batch in arrow_batches(Reading.scan(concurrency=4, fetch_size=7), rows=30)]
    assert [batch.num_rows for batch in found] == [30] * 6 + [20]
    assert keys(*found) == ROWS


async def test_batches_are_gone_on_with_from_a_state(connection: None) -> None:
    await fill()
    found, state = [], None
    while True:
        scan = Reading.scan(concurrency=2, fetch_size=7, state=state)
        before = len(found)
        async for batch in arrow_batches(scan, rows=30):
            found.append(batch)
            break
        if len(found) == before:
            break
        state = scan.state()
    assert keys(*found) == ROWS


async def test_projections_and_rows_that_do_not_fit(connection: None) -> None:
    await fill()
    told = await to_arrow(Reading.find(sensor=3).as_(Told))
    assert [row["value"] for row in told.to_pylist()] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert all(row["written"] > 0 for row in told.to_pylist())
    await execute_raw("INSERT INTO reading (sensor, at) VALUES (3, 7)")
    await execute_raw("INSERT INTO reading (sensor, room) VALUES (500, 'hall')")
    with pytest.raises(DecodeError, match="column 'value' of the row with the key"):
        await to_arrow(Reading.scan())
    passed: list[DecodeError] = []
    assert keys(await to_arrow(Reading.scan(unreadable=passed.append))) == ROWS
    assert [error.key for error in passed] == [{"sensor": 3, "at": 7}]
