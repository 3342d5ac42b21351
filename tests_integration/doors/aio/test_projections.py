"""What a server gives for the objects of a class, and for CQL of the user's own."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Annotated

import pytest
from pydantic import BaseModel

from coodie import ClusteringKey, Frozen, PrimaryKey, RequestRejected, Static, UserType, Vector, VectorIndex
from coodie.aio import Document
from coodie.fields import Cast, From, Function, Similarity, TokenOf, Ttl, Writetime
from coodie.types import Token

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


class Address(UserType):
    zip: str = ""


class Event(Document):
    user: Annotated[int, PrimaryKey()]
    ts: Annotated[datetime, ClusteringKey()]
    kind: str | None = None
    room: Annotated[str | None, Static()] = None
    tags: set[str] = set()
    attrs: dict[str, int] = {}
    address: Annotated[Address | None, Frozen(False)] = None

    class Settings:
        name = "events"


class Spot(Document):
    id: Annotated[int, PrimaryKey()]
    at: Annotated[list[float], Vector(2), VectorIndex(similarity_function="EUCLIDEAN")]


class Place(BaseModel):
    zip: str


class Summary(BaseModel):
    ts: datetime
    what: Annotated[str, From("kind")]
    written: Annotated[int, Writetime("kind")]
    left: Annotated[int | None, Ttl("kind")]
    day: Annotated[date, Function("to_date", "ts")]
    number: Annotated[str, Cast("user", "text")]
    ring: Annotated[int, TokenOf()]
    keys: Annotated[set[str], Function("map_keys", "attrs")]
    masked: Annotated[str, Function("mask_inner", "kind", 1, None)]
    times: Annotated[list[int], Function("writetime", "tags")]
    last: Annotated[int, Function("maxwritetime", "tags")]
    tags: frozenset[str]
    address: Place | None


class Counted(BaseModel):
    user: int
    n: Annotated[int, Function("count", "ts")]
    last: Annotated[datetime, Function("max", "ts")]


class Near(BaseModel):
    id: int
    score: Annotated[float, Similarity("at")]


class Wrong(BaseModel):
    x: Annotated[int, Function("no_such_function", "ts")]


class Row(BaseModel):
    user: int
    ts: datetime


class PerhapsRow(BaseModel):
    user: int
    ts: datetime | None


@pytest.fixture(autouse=True)
async def events(connection: None) -> None:
    await Event.sync_table()
    event = Event(user=1, ts=START, kind="login", tags={"a", "b"}, attrs={"k": 5}, address=Address(zip="1"))
    await event.save(ttl=500, timestamp=1_000_000)
    for second in range(3):
        await Event(user=2, ts=START.replace(second=second), kind="x").save()


async def test_each_marker_gives_what_the_server_makes_of_it() -> None:
    found = await Event.find(user=1).as_(Summary).one()
    assert found.left is not None
    assert 0 < found.left <= 500
    assert await Event.find(user__token__gte=Token(found.ring), user__token__lte=Token(found.ring)).exists()
    assert found == Summary(
        ts=START,
        what="login",
        written=1_000_000,
        left=found.left,
        day=date(2026, 1, 2),
        number="1",
        ring=found.ring,
        keys={"k"},
        masked="l****",
        times=[1_000_000, 1_000_000],
        last=1_000_000,
        tags=frozenset({"a", "b"}),
        address=Place(zip="1"),
    )


async def test_objects_come_by_page_and_by_group() -> None:
    query = Event.find(user=2).as_(Row).fetch_size(2)
    first = await query.paged_all()
    rest = await query.page(first.paging_state).all()
    assert [each.ts.second for each in (*first.data, *rest)] == [0, 1, 2]
    assert [each.ts.second async for each in query] == [0, 1, 2]
    (group,) = await Event.find(user=2).group_by("user").as_(Counted).all()
    assert (group.n, group.last.second) == (3, 2)


async def test_a_similarity_is_that_of_the_index() -> None:
    await Spot.sync_table()
    for number in range(3):
        await Spot(id=number, at=[1.0, float(number)]).save()
    found = await Spot.find().order_by_ann("at", [1.0, 0.0]).limit(2).as_(Near).all()
    assert [each.id for each in found] == [0, 1]
    assert [each.score for each in found] == pytest.approx([1.0, 0.5])


async def test_static_values_without_rows_come_where_the_class_takes_them() -> None:
    await Event.find(user=9).delete()
    await Event(user=9, ts=START, room="a").save()
    await Event.find(user=9, ts=START).delete()
    assert await Event.find(user=9).as_(Row).all() == []
    assert await Event.find(user=9).as_(PerhapsRow).all() == [PerhapsRow(user=9, ts=None)]


async def test_a_function_that_is_not_there_is_refused_by_the_server() -> None:
    with pytest.raises(RequestRejected):
        await Event.find(user=1).as_(Wrong).all()


async def test_raw_cql_becomes_documents() -> None:
    query = Event.raw("SELECT ts, user, kind FROM events WHERE user = ? AND ts >= ?", [2, START.replace(second=1)])
    assert [(event.user, event.ts.second, event.kind) for event in await query.all()] == [(2, 1, "x"), (2, 2, "x")]
    assert [event.ts.second async for event in query.fetch_size(1)] == [1, 2]
    await Event(user=3, ts=START, kind="login", tags={"a"}).save()
    (event,) = await Event.raw("SELECT * FROM events WHERE user = ?", [3]).all()
    assert event == await Event.get(user=3, ts=START)
    event.kind = "changed"
    await event.save()
    assert (await Event.get(user=3, ts=START)).kind == "changed"
