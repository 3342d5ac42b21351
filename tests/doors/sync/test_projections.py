# Derived by tests/derive.py: edit tests/doors/aio/test_projections.py,
# then run `tox -e sync`.
"""Queries for the objects of a class of the user's, and documents from CQL of the user's own."""

from datetime import date, datetime, timezone
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, field_validator

from coodie.sync import Document
from coodie.exceptions import (
    DecodeError,
    DocumentNotFound,
    FieldNotLoaded,
    InvalidQueryError,
    ModelError,
    MultipleDocumentsFound,
)
from coodie.fields import (
    Cast,
    ClusteringKey,
    Column,
    Discriminator,
    From,
    Frozen,
    Function,
    PrimaryKey,
    Similarity,
    Static,
    TokenOf,
    Ttl,
    Vector,
    VectorIndex,
    Writetime,
)
from coodie.testing import RecordingDriver
from coodie.usertype import UserType

START = datetime(2026, 1, 2, tzinfo=timezone.utc)


class Address(UserType):
    zip: Annotated[str, Column(name="zip_code")] = ""


class Event(Document):
    user: Annotated[int, PrimaryKey()]
    ts: Annotated[datetime, ClusteringKey()]
    kind: Annotated[str, Column(name="event_kind")] = ""
    room: Annotated[str | None, Static()] = None
    tags: Annotated[set[str], Frozen()] = set()
    address: Address | None = None
    spot: Annotated[list[float] | None, Vector(2), VectorIndex(similarity_function="EUCLIDEAN")] = None


class Place(BaseModel):
    zip: str


class Summary(BaseModel):
    model_config = ConfigDict(alias_generator=str.upper)

    ts: datetime
    what: Annotated[str, From("kind")]
    kind: str
    written: Annotated[int | None, Writetime("kind")] = None
    left: Annotated[int | None, Ttl("kind")] = None
    day: Annotated[date | None, Function("to_date", "ts")] = None
    masked: Annotated[str, Function("mask_inner", Cast("user", "text"), 1, None)] = ""
    priced: Annotated[float, Function("vat", "user", keyspace="shop")] = 0.0
    ring: Annotated[int, TokenOf()] = 0
    tags: list[str]
    address: Place | None


class Near(BaseModel):
    user: int
    score: Annotated[float, Similarity("spot")]


class User(BaseModel):
    user: int


class Time(BaseModel):
    user: int
    ts: datetime
    room: str | None


class PerhapsTime(BaseModel):
    user: int
    ts: datetime | None
    room: str | None


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()] = "animal"

    class Settings:
        discriminator_value = "animal"


class Dog(Animal):
    class Settings:
        discriminator_value = "dog"


ROW: dict[str, Any] = {
    "ts": START,
    "what": "login",
    "kind": "login",
    "written": 5,
    "left": None,
    "day": date(2026, 1, 2),
    "masked": "1",
    "priced": None,
    "ring": 7,
    "tags": None,
    "address": {"zip_code": "1"},
}


def test_the_select_list_comes_from_the_class():
    statement = Event.find(user=1).as_(Summary).filter(ts__gt=START).limit(3).statement()
    assert statement.cql == (
        "SELECT ts, event_kind AS what, event_kind AS kind, writetime(event_kind) AS written, "
        "ttl(event_kind) AS left, to_date(ts) AS day, mask_inner(CAST(user AS text), ?, ?) AS masked, "
        "shop.vat(user) AS priced, token(user) AS ring, tags, address FROM event "
        "WHERE user = ? AND ts > ? LIMIT ?"
    )
    assert statement.values == (1, None, 1, START, 3)


def test_a_similarity_is_that_to_the_vector_of_the_order():
    statement = Event.find().order_by_ann("spot", [1, 2]).limit(3).as_(Near).statement()
    assert statement.cql == (
        "SELECT user, similarity_euclidean(spot, ?) AS score FROM event ORDER BY spot ANN OF ? LIMIT ?"
    )
    assert statement.values == ([1.0, 2.0], [1.0, 2.0], 3)


def test_rows_become_objects_of_the_class():
    with RecordingDriver() as driver:
        driver.on("select", table=Event).returns([ROW]).times(4)
        query = Event.find(user=1).as_(Summary)
        (found,) = query.all()
        assert found == query.first() == query.one()
        assert [each for each in query] == [found]
    assert isinstance(found, Summary)
    assert (found.ts, found.what, found.written, found.left, found.day) == (START, "login", 5, None, date(2026, 1, 2))
    assert (found.priced, found.tags, found.address) == (0.0, [], Place(zip="1"))


def test_objects_come_page_by_page():
    with RecordingDriver() as driver:
        driver.on("select", table=Event).pages([[{"user": 1}], [], [{"user": 2}]]).times(2)
        query = Event.find().as_(User)
        assert [each.user for each in query] == [1, 2]
        page = query.fetch_size(1).paged_all()
    assert ([each.user for each in page.data], page.paging_state is None) == ([1], False)


def test_no_values_of_an_in_select_nothing_without_a_trip():
    with RecordingDriver() as driver:
        assert Event.find(user__in=[]).as_(User).all() == []
    assert driver.calls == []


class Strict(BaseModel):
    user: int
    size: Annotated[int, From("kind")]

    @field_validator("size", mode="before")
    @classmethod
    def _size(cls, value: Any) -> Any:
        return len(value) if value != "bad" else value


def test_a_row_that_does_not_fit_is_a_decode_error_with_its_key():
    rows = [{"user": 1, "size": "abc"}, {"user": 2, "size": "bad"}, {"user": 3, "size": ""}]
    found: list[DecodeError] = []
    with RecordingDriver() as driver:
        driver.on("select", table=Event).returns(rows).times(2)
        with pytest.raises(DecodeError, match=r"event does not fit Strict: 'size' of the row .* Input should") as error:
            Event.find().warn(False).as_(Strict).all()
        assert [each.user for each in Event.find().warn(False).as_(Strict).unreadable(found.append).all()] == [
            1,
            3,
        ]
    assert (error.value.key, error.value.column) == ({"user": 2}, "event_kind")
    assert "bad" not in str(error.value)
    assert [each.key for each in found] == [{"user": 2}]


def test_rule_25_static_values_without_a_row_come_where_the_class_takes_them():
    rows = [{"user": 1, "ts": None, "room": "a"}, {"user": 2, "ts": START, "room": "b"}]
    with RecordingDriver() as driver:
        driver.on("select", table=Event).returns(rows).times(2)
        assert [each.user for each in Event.find().warn(False).as_(Time).all()] == [2]
        assert [each.user for each in Event.find().warn(False).as_(PerhapsTime).all()] == [1, 2]


class Unknown(BaseModel):
    knid: str = ""


class UnknownFrom(BaseModel):
    x: Annotated[str, From("knid")]


class KeyTime(BaseModel):
    x: Annotated[int, Writetime("user")]


class NoType(BaseModel):
    x: Annotated[str, Cast("user", "txt")]


class NoVector(BaseModel):
    x: Annotated[float, Similarity("kind")]


class Empty(BaseModel):
    pass


class Late(BaseModel):
    user: "Missing"  # noqa: F821 - what it refers to is never defined


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda: Event.find().as_(Unknown), r"^Unknown\.knid is neither a field of Event .* From\(\"kind\"\)"),
        (lambda: Event.find().as_(UnknownFrom), r"^UnknownFrom\.x: Event has no field 'knid'; did you mean 'kind'\?"),
        (lambda: Event.find().as_(KeyTime), r"^KeyTime\.x: writetime\(user\): a key column has none"),
        (lambda: Event.find().as_(NoType), r"^NoType\.x: Cast\(\) takes a native CQL type, .* not 'txt'"),
        (lambda: Event.find().as_(NoVector), r"^NoVector\.x: Similarity\('kind'\): the column is text, not a vector"),
        (lambda: Event.find().as_(Late), r"^Late refers to 'Missing', which is not defined yet"),
        (lambda: Event.find().as_(Empty), r"takes a class with fields, and Empty has none"),
        (lambda: Event.find().as_(int), r"^as_\(\) takes a Pydantic model, not int"),
        (lambda: Event.find().as_(Near).statement(), r"Similarity\(\) is that to the vector of order_by_ann\(\)"),
        (lambda: Event.find().ttl(5).as_(User).statement(), r"takes no ttl\(\)"),
        (lambda: Event.find().distinct().as_(Time).statement(), r"distinct\(\) gives partitions"),
        (lambda: Dog.find().as_(DogId).statement(), r"the server cannot tell rows of Dog from others"),
        (lambda: Event.raw("DELETE FROM event WHERE user = 1"), r"raw\(\) reads documents by a SELECT"),
        (lambda: Event.raw(""), r"must be a text of CQL"),
        (lambda: Event.raw("SELECT 1", "x"), r"must be a list or tuple"),
        (lambda: Event.raw("SELECT * FROM event WHERE user = :user", {}), r"the values have none for :user"),
    ],
)
def test_a_wrong_projection_is_refused_when_the_query_is_made(wrong, why):
    with pytest.raises(InvalidQueryError, match=why):
        wrong()


class DogId(BaseModel):
    id: int


def test_a_marker_of_a_projection_means_nothing_in_a_document():
    with pytest.raises(ModelError, match=r"Odd\.v: From\(\) belongs to a class for as_\(\)"):

        class Odd(Document):
            id: Annotated[int, PrimaryKey()]
            v: Annotated[str, From("x")] = ""


def test_raw_cql_becomes_documents_by_the_names_of_columns():
    row = {"event_kind": "x", "other": 5, "ts": START, "user": 1}
    with RecordingDriver() as driver:
        driver.on("select").returns([row]).times(4)
        query = Event.raw("SELECT * FROM event WHERE user = ?;", [1]).consistency("ONE").timeout(2.0)
        (event,) = query.all()
        assert event == query.first() == query.one()
        assert [each for each in query] == [event]
    assert (type(event), event.kind, event.user) == (Event, "x", 1)
    with pytest.raises(FieldNotLoaded):
        event.tags  # noqa: B018
    assert (driver.last.cql, driver.last.values) == ("SELECT * FROM event WHERE user = ?", (1,))
    assert (query.statement().options.consistency, query.statement().options.timeout) == ("ONE", 2.0)
    assert repr(query) == "<RawQuerySet of Event: SELECT * FROM event WHERE user = ?>"


class Sure(Document):
    id: Annotated[int, PrimaryKey()]
    v: int


def test_raw_cql_is_paged_and_passes_over_what_does_not_fit():
    found: list[DecodeError] = []
    with RecordingDriver() as driver:
        driver.on("select", table=Sure).pages([[{"id": 1, "v": None}], [{"id": 2, "v": 3}]]).times(2)
        query = Sure.raw("SELECT * FROM sure").fetch_size(1).unreadable(found.append)
        page = query.paged_all()
        assert (page.data, [each.key for each in found]) == ([], [{"id": 1}])
        assert [each.v for each in query.page(page.paging_state).all()] == [3]
        assert [each.v for each in query.all()] == [3]


@pytest.mark.parametrize(("count", "error"), [(0, DocumentNotFound), (2, MultipleDocumentsFound)])
def test_raw_cql_for_one_document_finds_one(count, error):
    with RecordingDriver() as driver:
        driver.on("select").returns([{"user": each, "ts": START} for each in range(count)])
        with pytest.raises(error, match="what raw"):
            Event.using(keyspace="k").raw("SELECT * FROM k.event").one()


def test_a_class_that_refers_to_what_is_not_defined_is_refused(coodie_recorder):
    class Broken(BaseModel):
        name: "Undefined"  # noqa: F821

    with pytest.raises(InvalidQueryError, match="Broken refers to 'Undefined', which is not defined yet"):
        Event.find().as_(Broken)
