"""What type checkers make of conditions on fields of a class, and of projections. It is checked, never run."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel
from typing_extensions import assert_type

from coodie import aio, sync
from coodie.fields import (
    Cast,
    ClusteringKey,
    From,
    Function,
    PrimaryKey,
    Similarity,
    TimeUUID,
    TokenOf,
    Ttl,
    Writetime,
)
from coodie.results import PagedResult
from coodie.types import Token
from coodie.usertype import UserType
from coodie.where import (
    Condition,
    Operand,
    Ordering,
    asc,
    contains,
    contains_key,
    desc,
    entry,
    in_,
    like,
    max_timeuuid,
    min_timeuuid,
    part,
    token,
    tuple_,
)


class Kind(Enum):
    LOGIN = "login"


class Address(UserType):
    zip: str


class Event(aio.Document):
    user_id: Annotated[UUID, PrimaryKey()]
    ts: Annotated[datetime, ClusteringKey()]
    n: Annotated[int, ClusteringKey()]
    kind: Kind
    text: str
    note: str | None = None
    tags: set[str] = set()
    items: list[int] = []
    attrs: dict[str, int] = {}
    home: Address
    address: Address | None = None
    seen: Annotated[UUID, TimeUUID()]


class Row(sync.Document):
    a: Annotated[int, PrimaryKey()]
    b: Annotated[str, PrimaryKey()]
    c: float = 0.0


async def conditions(uid: UUID, start: datetime) -> None:
    assert_type(Event.ts >= start, bool)
    assert_type(Event.find(Event.user_id == uid, Event.ts >= start, {"n": 1}, text="x"), aio.QuerySet[Event])
    assert_type(await Event.find_one(Event.user_id == uid), Event | None)
    assert_type(await Event.get(Event.user_id == uid, Event.ts == start, n=1), Event)
    assert_type(Event.find().filter(in_(Event.n, [1, 2]), Event.home.zip == "1"), aio.QuerySet[Event])
    assert_type(Event.using(keyspace="k").find(Event.n > 5), aio.QuerySet[Event])
    assert_type(in_(Event.text, {"login", "logout"}), Condition)
    assert_type(in_(Event.note, ("a", "b")), Condition)
    assert_type(in_(Event.kind, [Kind.LOGIN]), Condition)
    assert_type(contains(Event.tags, "vip"), Condition)
    assert_type(contains(Event.items, 5), Condition)
    assert_type(contains(Event.attrs, 5), Condition)
    assert_type(contains_key(Event.attrs, "k"), Condition)
    assert_type(like(Event.note, "a%"), Condition)
    assert_type(entry(Event.attrs, "k"), int)
    assert_type(entry(Event.items, 0), int)
    assert_type(part(Event.address, "zip"), Any)
    assert_type(min_timeuuid(start), UUID)
    assert_type(Event.seen <= max_timeuuid(start), bool)
    in_(Event.n, ["a"])  # type: ignore[misc]  # pyright: ignore[reportCallIssue, reportArgumentType]
    in_(Event.text, [1])  # type: ignore[misc]  # pyright: ignore[reportCallIssue, reportArgumentType]
    contains(Event.tags, 5)  # type: ignore[misc]  # pyright: ignore[reportCallIssue, reportArgumentType]
    contains_key(Event.attrs, 5)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    like(Event.n, "a%")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Event.find(Event.n >= "a")  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]
    Event.find(Event.missing == 5)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    Event.find(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def several_columns(uid: UUID, start: datetime) -> None:
    assert_type(tuple_(Event.ts, Event.n), Operand[tuple[datetime, int]])
    assert_type(tuple_(Event.ts, Event.n) > (start, 5), Condition)
    assert_type(in_(tuple_(Event.ts, Event.n), [(start, 5)]), Condition)
    assert_type(token(Event.user_id) > uid, Condition)
    assert_type(token(Event.user_id) > Token(5), Condition)
    assert_type(token(Row.a, Row.b) <= (1, "x"), Condition)
    Event.find(tuple_(Event.ts, Event.n) > (5, start))  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]
    Event.find(token(Event.user_id) > 5)  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]


async def results(uid: UUID) -> None:
    assert_type(desc(Event.ts), Ordering)
    assert_type(Event.find().order_by(desc(Event.ts), asc(Event.n), "-n"), aio.QuerySet[Event])
    query = Event.find(user_id=uid)
    assert_type(await query.values_list(Event.ts, Event.note).all(), list[tuple[datetime, str | None]])
    assert_type(await query.values_list(Event.n).first(), tuple[int] | None)
    assert_type(await query.values_list("ts", "note").all(), list[tuple[Any, ...]])
    query.order_by(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def writes(event: Event) -> None:
    await event.update(text="x", if_conditions=[Event.n == 3, part(Event.address, "zip") == "1"])
    await event.delete(if_conditions=[contains(Event.tags, "vip"), Event.home.zip != "1"])
    await Event.find(Event.n == 3).update(text="x", if_conditions=(Event.text == "y",))
    await event.update(text="x", if_conditions=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


def both_doors() -> None:
    assert_type(Row.find(Row.a == 1, Row.b > "x").all(), list[Row])
    assert_type(Row.find().values_list(Row.a, Row.c).all(), list[tuple[int, float]])
    Row(a=1, b="x").update(c=2.0, if_conditions=[Row.c < 2.0])


class Summary(BaseModel):
    ts: datetime
    what: Annotated[str, From("text")]
    written: Annotated[int | None, Writetime("text")]
    left: Annotated[int | None, Ttl("text")]
    day: Annotated[str, Function("to_date", "ts")]
    shown: Annotated[str, Cast("n", "text")]
    ring: Annotated[int, TokenOf()]
    score: Annotated[float, Similarity("spot", "COSINE")]


async def projections(uid: UUID) -> None:
    query = Event.find(user_id=uid).as_(Summary)
    assert_type(await query.limit(5).all(), list[Summary])
    assert_type(await query.first(), Summary | None)
    assert_type(await query.one(), Summary)
    assert_type(await query.paged_all(), PagedResult[Summary])
    async for summary in query:
        assert_type(summary, Summary)
    raw = Event.raw("SELECT * FROM event WHERE user_id = ?", [uid]).fetch_size(5).consistency("ONE").page(None)
    assert_type(await raw.all(), list[Event])
    assert_type(await raw.first(), Event | None)
    assert_type(await Event.using(keyspace="k").raw("SELECT 1").one(), Event)
    assert_type(await raw.paged_all(), PagedResult[Event])
    assert_type(Row.find(a=1).as_(Summary).all(), list[Summary])
    assert_type(Row.raw("SELECT * FROM row").first(), Row | None)
    Event.find().as_(int)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    Event.raw("SELECT * FROM event WHERE user_id = :user", {"user": uid})
    Event.raw("SELECT 1", 5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
