# Derived by tests/derive.py: edit tests/doors/aio/test_arrow.py,
# then run `tox -e sync`.
"""Rows of queries and scans as data of Arrow: every type, nested and null, and rows that do not fit."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Annotated
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from coodie.sync import CounterDocument, Document, MaterializedView, arrow_batches, execute_raw, to_arrow
from coodie.exceptions import DecodeError, InvalidQueryError
from coodie.fields import (
    ClusteringKey,
    Column,
    Counter,
    Date,
    Discriminator,
    Float,
    From,
    Function,
    Int,
    PrimaryKey,
    SmallInt,
    Static,
    Time,
    Timestamp,
    TimeUUID,
    TinyInt,
    VarInt,
    Vector,
    Writetime,
)
from coodie.types import Unreadable
from coodie.usertype import UserType

pa = pytest.importorskip("pyarrow")

UNIQUE = UUID("4b6c2a1e-8f0d-4c3b-9a57-2f1e0d9c8b7a")
TIMED = UUID("c9a646d3-9c61-11cd-8f9c-0800200c9a66")
MOMENT = datetime(2030, 1, 2, 3, 4, 5, 678000, timezone.utc)


class Street(UserType):
    name: str
    number: int | None = None


class Address(UserType):
    street: Street
    seen: list[datetime] = []


class Everything(Document):
    id: Annotated[int, PrimaryKey()]
    text: str | None = None
    blob: bytes | None = None
    flag: bool | None = None
    tiny: Annotated[int | None, TinyInt()] = None
    small: Annotated[int | None, SmallInt()] = None
    four: Annotated[int | None, Int()] = None
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


VALUES = {
    "id": 1,
    "text": "grün",
    "blob": b"\x00\xff",
    "flag": True,
    "tiny": -128,
    "small": 300,
    "four": 70000,
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
    "address": Address(street=Street(name="Main"), seen=[MOMENT]),
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
    "address": {"street": {"name": "Main", "number": None}, "seen": [MOMENT]},
    "scores": [1, 3],
    "days": [("a", date(2030, 1, 2)), ("b", date(2030, 1, 1))],
    "deep": [(str(UNIQUE), [{"0": "0.1", "1": ["x", "y"]}])],
}


class User(Document):
    id: Annotated[int, PrimaryKey()]
    name: Annotated[str, Column("user_name")]
    plan: str = "free"
    code: str = Field(default_factory=lambda: "made")
    tags: list[str] = []
    attrs: dict[str, int] = {}
    note: str | None = None


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey(order="DESC")]
    room: Annotated[str | None, Static()] = None
    value: float | None = None


class ReadingByAt(MaterializedView):
    at: Annotated[int, PrimaryKey()]
    sensor: Annotated[int, ClusteringKey()]
    value: float | None = None

    class Settings:
        base_table = Reading


class Numbers(Document):
    id: Annotated[int, PrimaryKey()]
    day: Annotated[int | None, Date()] = None
    hour: Annotated[int | None, Time()] = None
    moment: Annotated[int | None, Timestamp()] = None


class Moments(Document):
    id: Annotated[int, PrimaryKey()]
    day: date | None = None
    hour: time | None = None
    moment: datetime | None = None
    name: str = "none"

    class Settings:
        name = "numbers"


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()]

    class Settings:
        name = "animals"


class Dog(Animal):
    bark: str

    class Settings:
        discriminator_value = "dog"


class Cat(Animal):
    lives: int = 9

    class Settings:
        discriminator_value = "cat"


class Hits(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    count: Annotated[int | None, Counter()] = None


class Summary(BaseModel):
    who: Annotated[str, From("name")]
    plan: str = "none"
    tags: list[str]
    written: Annotated[int | None, Writetime("note")] = None
    kept: Annotated[str | None, Function("blob_as_text", Function("text_as_blob", "note"))] = None


@pytest.fixture(scope="session")
def coodie_schema():
    return [Everything, User, Reading, Moments, Animal, Hits, ReadingByAt]


def fill(sensors, each=4):
    for sensor in range(sensors):
        for at in range(each):
            Reading(sensor=sensor, at=at, value=at / 2).save()


def batches(source, **options):
    return [batch for batch in arrow_batches(source, **options)]


def pairs(*tables):
    return sorted((row["sensor"], row["at"]) for table in tables for row in table.to_pylist())


def test_every_type_nested_and_null(coodie_memory):
    Everything(**VALUES).save()
    Everything(id=2).save()
    for source in (Everything.find(), Everything.scan(), Everything.find().values_list(*VALUES)):
        first, second = sorted((to_arrow(source)).to_pylist(), key=lambda row: row["id"])
        assert first == IN_ARROW
        assert second == {**dict.fromkeys(VALUES), "id": 2}


def test_the_schema_is_that_of_the_model_and_says_where_null_may_be(coodie_memory):
    table = to_arrow(User.find())
    assert (table.num_rows, table.schema) == (0, User.arrow_schema())
    assert (to_arrow(User.scan())).schema == User.arrow_schema()
    assert {field.name: (str(field.type), field.nullable) for field in User.arrow_schema()} == {
        "id": ("int64", False),
        "user_name": ("string", False),
        "plan": ("string", False),
        "code": ("string", False),
        "tags": ("list<item: string>", False),
        "attrs": ("map<string, int64>", False),
        "note": ("string", True),
    }
    moment = Everything.arrow_schema().field("address").type.field("seen").type.value_type
    assert str(moment) == "timestamp[ms, tz=UTC]"
    assert User.using(keyspace="t42").arrow_schema() == User.arrow_schema()


def test_nulls_are_what_documents_have_in_their_place(coodie_memory):
    execute_raw("INSERT INTO user (id, user_name) VALUES (1, 'ann')")
    wanted = {"id": 1, "user_name": "ann", "plan": "free", "code": "made", "tags": [], "attrs": [], "note": None}
    for source in (User.find(), User.scan(), User.find().only(*User.model_fields)):
        assert (to_arrow(source)).to_pylist() == [wanted]
    (found,) = (to_arrow(User.find().values_list("plan", "tags", "note"))).to_pylist()
    assert found == {"plan": "free", "tags": [], "note": None}
    assert (to_arrow(User.find().only("plan"))).to_pylist() == [{"id": 1, "plan": "free"}]


def test_a_row_that_does_not_fit_costs_one_row(coodie_memory):
    execute_raw("INSERT INTO user (id, user_name) VALUES (1, 'ann')")
    execute_raw("INSERT INTO user (id, plan) VALUES (2, 'secret plan')")
    for source in (User.find(), User.scan()):
        with pytest.raises(DecodeError, match=r"column 'user_name' of the row with the key \(id\)") as caught:
            to_arrow(source)
        assert (caught.value.key, caught.value.column) == ({"id": 2}, "user_name")
        assert "secret" not in str(caught.value)
    passed = []
    for source in (User.find().unreadable(passed.append), User.scan(unreadable=passed.append)):
        assert (to_arrow(source)).column("id").to_pylist() == [1]
    assert [error.key for error in passed] == [{"id": 2}, {"id": 2}]
    names = to_arrow(User.find().values_list("name"))
    assert sorted(names.column(0).to_pylist(), key=str) == [None, "ann"]
    assert names.schema[0].nullable


def test_moments_that_python_cannot_hold_are_there(coodie_memory):
    Numbers(id=1, day=2**31 - 1, hour=1, moment=2**62).save()
    with pytest.raises(DecodeError):
        Moments.get(id=1)
    (row,) = (
        (to_arrow(Moments.find()))
        .select(["day", "hour", "moment", "name"])
        .cast(
            pa.schema(
                [("day", pa.date32()), ("hour", pa.time64("ns")), ("moment", pa.timestamp("ms")), ("name", "string")]
            )
        )
        .to_batches()
    )
    numbers = [row.column(0).view(pa.int32()), row.column(1).view(pa.int64()), row.column(2).view(pa.int64())]
    assert [column.to_pylist() for column in numbers] == [[2**31 - 1], [1], [2**62]]
    assert row.column(3).to_pylist() == ["none"]


@pytest.mark.parametrize(
    "broken",
    [
        {"text": Unreadable("Python cannot hold this text")},
        {"exact": Unreadable("Python cannot hold this decimal")},
        {"names": Unreadable("Python cannot hold this list")},
        {"address": Unreadable("Python cannot hold this address")},
    ],
    ids=lambda broken: next(iter(broken)),
)
def test_a_value_that_has_no_form_in_arrow_is_a_row_that_does_not_fit(coodie_recorder, broken):
    (name,) = broken
    query = Everything.find().only(name)
    coodie_recorder.on("select").returns([{"id": 1, **broken}, {"id": 2}]).times(2)
    with pytest.raises(DecodeError, match=f"column '{name}' of the row with the key .*: Python cannot hold") as caught:
        to_arrow(query)
    assert caught.value.key == {"id": 1}
    passed = []
    table = to_arrow(query.unreadable(passed.append))
    assert (table.column("id").to_pylist(), [error.column for error in passed]) == ([2], [name])


def test_projections_choose_the_columns(coodie_memory):
    User(id=1, name="ann", note="hello").save()
    execute_raw("INSERT INTO user (id, user_name) VALUES (2, 'bo')")
    table = to_arrow(User.find().as_(Summary))
    assert {field.name: (str(field.type), field.nullable) for field in table.schema} == {
        "who": ("string", False),
        "plan": ("string", False),
        "tags": ("list<item: string>", False),
        "written": ("int64", True),
        "kept": ("string", True),
    }
    ann, bo = sorted(table.to_pylist(), key=lambda row: row["who"])
    assert ann.pop("written") > 0
    assert ann == {"who": "ann", "plan": "free", "tags": [], "kept": "hello"}
    assert bo == {"who": "bo", "plan": "none", "tags": [], "written": None, "kept": None}
    execute_raw("INSERT INTO user (id) VALUES (3)")
    with pytest.raises(DecodeError, match="Summary"):
        to_arrow(User.find().as_(Summary))
    assert (to_arrow(User.find().as_(Summary).unreadable(lambda _: None))).num_rows == 2
    deferred = to_arrow(User.find(id=1).defer("plan", "code", "tags"))
    assert deferred.column_names == ["id", "user_name", "attrs", "note"]


def test_a_function_of_another_type_than_its_field_is_told(coodie_memory):
    class Wrong(BaseModel):
        note: Annotated[int | None, Function("text_as_blob", "note")] = None

    class NoType(BaseModel):
        note: Annotated[object, Function("text_as_blob", "note")] = None

    User(id=1, name="ann", note="hello").save()
    with pytest.raises(DecodeError, match="not of the types of Wrong"):
        to_arrow(User.find().as_(Wrong))
    with pytest.raises(InvalidQueryError, match=r"NoType\.note"):
        to_arrow(User.find().as_(NoType))


def test_a_partition_with_static_values_alone_is_no_document(coodie_memory):
    fill(1, 2)
    execute_raw("INSERT INTO reading (sensor, room) VALUES (7, 'hall')")
    assert pairs(to_arrow(Reading.find())) == pairs(to_arrow(Reading.scan())) == [(0, 0), (0, 1)]
    values = (to_arrow(Reading.find().values_list("sensor", "at", "room"))).to_pylist()
    assert {"sensor": 7, "at": None, "room": "hall"} in values
    partitions = to_arrow(Reading.find().distinct())
    assert partitions.column_names == ["sensor", "room"]
    assert sorted(partitions.column("sensor").to_pylist()) == [0, 7]


def test_classes_that_share_a_table(coodie_memory):
    Dog(id=1, bark="wau").save()
    Cat(id=2, lives=7).save()
    execute_raw("INSERT INTO animals (id, kind) VALUES (3, 'cat')")
    execute_raw("INSERT INTO animals (id, kind) VALUES (4, 'cow')")
    found = sorted((to_arrow(Cat.scan())).to_pylist(), key=lambda row: row["id"])
    assert found == [{"id": 2, "kind": "cat", "lives": 7}, {"id": 3, "kind": "cat", "lives": 9}]
    assert {field.name: field.nullable for field in Cat.arrow_schema()} == {"id": False, "kind": False, "lives": False}
    together = to_arrow(Animal.find(id__in=[1, 2, 3]))
    assert sorted(together.to_pylist(), key=lambda row: row["id"]) == [
        {"id": 1, "kind": "dog", "bark": "wau", "lives": None},
        {"id": 2, "kind": "cat", "bark": None, "lives": 7},
        {"id": 3, "kind": "cat", "bark": None, "lives": 9},
    ]
    assert together.schema.field("lives").nullable
    execute_raw("INSERT INTO animals (id, kind) VALUES (5, 'dog')")
    with pytest.raises(DecodeError, match="does not fit Dog: column 'bark'"):
        to_arrow(Animal.find())


def test_counters_and_views(coodie_memory):
    Hits(url="/").increment(count=5)
    assert (to_arrow(Hits.find())).to_pylist() == [{"url": "/", "count": 5}]
    fill(2, 2)
    found = (to_arrow(ReadingByAt.find(at=1))).to_pylist()
    assert found == [{"at": 1, "sensor": 0, "value": 0.5}, {"at": 1, "sensor": 1, "value": 0.5}]
