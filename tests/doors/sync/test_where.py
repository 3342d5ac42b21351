# Derived by tests/derive.py: edit tests/doors/aio/test_where.py,
# then run `tox -e sync`.
"""Conditions on fields of a class: each ends in the statement that keywords give, and wrong ones are refused."""

import copy
import pickle
from datetime import datetime, timedelta, timezone
from typing import Annotated, Generic, TypeVar
from uuid import UUID, uuid1

import pytest

from coodie.sync import CounterDocument, Document, MaterializedView
from coodie.exceptions import InvalidQueryError
from coodie.fields import ClusteringKey, Column, Counter, Discriminator, Frozen, PrimaryKey, TimeUUID
from coodie.testing import RecordingDriver
from coodie.types import Token
from coodie.usertype import UserType
from coodie.where import (
    Condition,
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

START = datetime(2026, 1, 2, 3, 4, 5, 123000, tzinfo=timezone.utc)
FINE = START + timedelta(microseconds=456)
T = TypeVar("T")


class Address(UserType):
    street: str = ""
    zip: Annotated[str, Column(name="zip_code")] = ""


class Stamped(Document):
    created: datetime | None = None

    class Settings:
        abstract = True


class Event(Stamped):
    user: Annotated[int, PrimaryKey()]
    ts: Annotated[datetime, ClusteringKey(order="DESC")]
    n: Annotated[int, ClusteringKey()]
    kind: Annotated[str, Column(name="event_kind")] = ""
    a__gt: int = 0
    a: int = 0
    tags: set[str] = set()
    items: list[int] = []
    attrs: dict[str, int] = {}
    frozen: Annotated[set[int], Frozen()] = set()
    address: Address | None = None
    seen: Annotated[UUID | None, TimeUUID()] = None


class Pair(Document):
    a: Annotated[int, PrimaryKey()]
    b: Annotated[str, PrimaryKey()]
    v: int = 0


class Views(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


class ByKind(MaterializedView):
    kind: Annotated[str, PrimaryKey()]
    user: Annotated[int, ClusteringKey()]
    ts: Annotated[datetime, ClusteringKey()]
    n: Annotated[int, ClusteringKey()]

    class Settings:
        base_table = "event"


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()] = "animal"
    name: str = ""

    class Settings:
        discriminator_value = "animal"


class Dog(Animal):
    breed: str = ""

    class Settings:
        discriminator_value = "dog"


class Holder(Document, Generic[T]):
    id: Annotated[int, PrimaryKey()]
    value: T


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        (lambda: Event.find(Event.user == 1), lambda: Event.find(user=1)),
        (lambda: Event.find(START <= Event.ts), lambda: Event.find(ts__gte=START)),  # noqa: SIM300 - the other way
        (lambda: Event.find(Event.user == 1, Event.ts > START), lambda: Event.find(user=1, ts__gt=START)),
        (lambda: Event.find(Event.ts <= START, user=1), lambda: Event.find(ts__lte=START, user=1)),
        (lambda: Event.find({"user": 1}, Event.ts < FINE), lambda: Event.find(user=1, ts__lt=FINE)),
        (lambda: Event.find(user=1).filter(Event.ts >= FINE), lambda: Event.find(user=1, ts__gte=FINE)),
        (lambda: Event.find(Event.kind == "x"), lambda: Event.find(kind="x")),
        (lambda: Event.find(Event.created > START), lambda: Event.find(created__gt=START)),
        (lambda: Event.find(Stamped.created > START), lambda: Event.find(created__gt=START)),
        (lambda: Event.find(in_(Event.kind, {"x"})), lambda: Event.find(kind__in={"x"})),
        (lambda: Event.find(in_(Event.user, iter([1, 2]))), lambda: Event.find(user__in=[1, 2])),
        (lambda: Event.find(contains(Event.tags, "x")), lambda: Event.find(tags__contains="x")),
        (lambda: Event.find(contains(Event.attrs, 5)), lambda: Event.find(attrs__contains=5)),
        (lambda: Event.find(contains_key(Event.attrs, "k")), lambda: Event.find(attrs__contains_key="k")),
        (lambda: Event.find(entry(Event.attrs, "k") == 5), lambda: Event.find(attrs__entry=("k", 5))),
        (lambda: Event.find(Event.attrs["k"] == 5), lambda: Event.find(attrs__entry=("k", 5))),
        (lambda: Event.find(Event.frozen == {1}), lambda: Event.find(frozen={1})),
        (lambda: Event.find(like(Event.kind, "a%")), lambda: Event.find(kind__like="a%")),
        (lambda: Event.find(token(Event.user) > 5), lambda: Event.find(user__token__gt=5)),
        (lambda: Event.find(token(Event.user) <= Token(5)), lambda: Event.find(user__token__lte=Token(5))),
        (lambda: Pair.find(token(Pair.a, Pair.b) >= (1, "x")), lambda: Pair.find(token__gte=(1, "x"))),
        (
            lambda: Event.find(user=1).order_by(desc(Event.ts), asc(Event.n)),
            lambda: Event.find(user=1).order_by("-ts", "n"),
        ),
        (lambda: Event.find(user=1).order_by(Event.ts), lambda: Event.find(user=1).order_by("ts")),
        (lambda: Event.find().values_list(Event.ts, Event.kind), lambda: Event.find().values_list("ts", "kind")),
        (lambda: Event.using(keyspace="k").find(Event.user == 1), lambda: Event.using(keyspace="k").find(user=1)),
        (lambda: Views.find(Views.url == "/"), lambda: Views.find(url="/")),
        (lambda: ByKind.find(ByKind.kind == "x"), lambda: ByKind.find(kind="x")),
        (lambda: Dog.find(Animal.id == 1, Dog.breed == "x"), lambda: Dog.find(id=1, breed="x")),
        (lambda: Holder[int].find(Holder[int].value == 1), lambda: Holder[int].find(value=1)),
    ],
)
def test_a_condition_ends_in_the_statement_of_its_keyword(typed, named):
    assert (typed().statement().cql, typed().statement().values) == (
        named().statement().cql,
        named().statement().values,
    )
    assert typed().statement().marks == named().statement().marks


@pytest.mark.parametrize(
    ("condition", "where", "values"),
    [
        (lambda: tuple_(Event.ts, Event.n) > (START, 5), "(ts, n) > (?, ?)", (START, 5)),
        (lambda: tuple_(Event.ts, Event.n) == (START, 5), "(ts, n) = (?, ?)", (START, 5)),
        (lambda: tuple_(Event.ts) <= (START,), "(ts) <= (?)", (START,)),
        (lambda: in_(tuple_(Event.ts, Event.n), [(START, 5)]), "(ts, n) IN ?", ([(START, 5)],)),
        (lambda: Event.seen >= START, "seen >= ?", (min_timeuuid(START),)),
        (lambda: Event.seen < START, "seen < ?", (min_timeuuid(START),)),
        (lambda: Event.seen > START, "seen > ?", (max_timeuuid(START),)),
        (lambda: Event.seen <= START, "seen <= ?", (max_timeuuid(START),)),
        (lambda: Event.seen < FINE, "seen < ?", (min_timeuuid(START + timedelta(milliseconds=1)),)),
        (lambda: Event.seen > FINE, "seen > ?", (max_timeuuid(START),)),
        (lambda: Event.a > 3, "a > ?", (3,)),  # as a keyword, a__gt is the other field
        (lambda: Event.seen > max_timeuuid(FINE), "seen > ?", (max_timeuuid(START),)),
    ],
)
def test_what_a_condition_sends(condition, where, values):
    statement = Event.find(condition()).statement()
    assert (statement.cql.split(" WHERE ")[1], statement.values) == (where, values)


def test_conditions_repeat():
    query = Event.find(contains(Event.tags, "a"), contains(Event.tags, "b"), Event.n > 1, Event.n > 2)
    assert query.statement().cql.endswith("WHERE tags CONTAINS ? AND tags CONTAINS ? AND n > ? AND n > ?")
    assert query.statement().values == ("a", "b", 1, 2)


def test_the_marks_of_a_list_of_tuples_have_its_type():
    statement = Event.find(in_(tuple_(Event.ts, Event.n), [(START, 5)])).statement()
    assert [str(mark.type) for mark in statement.marks] == ["list<frozen<tuple<timestamp, bigint>>>"]


def test_no_tuples_find_nothing_without_a_trip():
    with RecordingDriver() as driver:
        assert Event.find(in_(tuple_(Event.ts, Event.n), []), user=1).all() == []
    assert driver.calls == []


@pytest.mark.parametrize(
    ("conditions", "named", "sent"),
    [
        (lambda: [Event.a == 3], {"a": 3}, "a = ?"),
        (lambda: [Event.a != 3, Event.a <= 4], {"a__ne": 3, "a__lte": 4}, "a != ? AND a <= ?"),
        (lambda: [Event.kind == None], {"kind": None}, "event_kind = ?"),  # noqa: E711
        (lambda: (in_(Event.a, [1]),), {"a__in": [1]}, "a IN ?"),
        (lambda: [contains(Event.tags, "x")], {"tags__contains": "x"}, "tags CONTAINS ?"),
        (lambda: [contains_key(Event.attrs, "k")], {"attrs__contains_key": "k"}, "attrs CONTAINS KEY ?"),
        (lambda: [part(Event.address, "zip") == "1"], {"address__zip": "1"}, "address.zip_code = ?"),
        (lambda: [Event.address.zip > "1"], {"address__zip__gt": "1"}, "address.zip_code > ?"),
        (lambda: [in_(Event.address.zip, ["1"])], {"address__zip__in": ["1"]}, "address.zip_code IN ?"),
        (lambda: [part(Event.address, "zip") != None], {"address__zip__ne": None}, "address.zip_code != ?"),  # noqa: E711
        (lambda: [entry(Event.attrs, "k") == 5], {"attrs__entry": ("k", 5)}, "attrs[?] = ?"),
        (lambda: [entry(Event.attrs, "k") > 5], {"attrs__entry__gt": ("k", 5)}, "attrs[?] > ?"),
        (lambda: [in_(Event.attrs["k"], [5])], {"attrs__entry__in": ("k", [5])}, "attrs[?] IN ?"),
        (lambda: [entry(Event.items, 0) == 5], {"items__entry": (0, 5)}, "items[?] = ?"),
        (lambda: [Event.seen > FINE], {"seen__gt": FINE}, "seen > ?"),
    ],
)
def test_conditions_of_a_write_are_those_of_the_mapping(conditions, named, sent):
    event = Event(user=1, ts=START, n=1)
    with RecordingDriver(strict=False) as driver:
        for given in (conditions(), named):
            event.update({"kind": "x"}, if_conditions=given)
            event.delete_columns("tags", if_conditions=given)
            event.delete(if_conditions=given)
            Event.find(user=1, ts=START, n=1).update({"kind": "x"}, if_conditions=given)
            Event.find(user=1, ts=START, n=1).delete(if_conditions=given)
    typed, by_name = driver.calls[:5], driver.calls[5:]
    assert [(one.cql, one.values) for one in typed] == [(one.cql, one.values) for one in by_name]
    assert all(one.cql.endswith(f" IF {sent}") for one in typed)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda: Event.find(Pair.v == 1), r"Pair\.v belongs to Pair, and this is about Event"),
        (lambda: Animal.find(Dog.breed == "x"), r"Dog\.breed belongs to Dog, and this is about Animal"),
        (lambda: ByKind.find(Event.user == 1), r"Event\.user belongs to Event"),
        (lambda: Event.find(user=1).order_by(desc(Pair.v)), r"Pair\.v belongs to Pair"),
        (lambda: Event.find().values_list(Pair.v), r"Pair\.v belongs to Pair"),
        (lambda: tuple_(Event.ts, Pair.v), r"tuple_\(\) takes columns of one class, not of Event, Pair"),
        (lambda: Event.find(Event.n == "many"), r"^Event\.n: Input should be a valid integer"),
        (lambda: Event.find(Event.ts > "soon"), r"^Event\.ts: Input should be a valid datetime"),
        (
            lambda: Event.find(tuple_(Event.ts, Event.n) > (START, "many")),
            r"^Event\.n: Input should be a valid integer",
        ),
        (lambda: Event.find(tuple_(Event.ts, Event.n) > (START,)), r"takes a tuple of 2 values"),
        (lambda: Event.find(tuple_(Event.ts, Event.n) > (FINE, 5)), r"use whole milliseconds with >"),
        (lambda: Event.find(tuple_(Event.ts, Event.n) > (START, None)), r"CQL cannot filter by null"),
        (lambda: Event.find(tuple_(Event.n, Event.ts) > (5, START)), r"follow each other in the key \(ts, n\)"),
        (lambda: Event.find(tuple_(Event.a) > (5,)), r"follow each other in the key"),
        (lambda: Event.find(tuple_(Event.ts) != (START,)), r"compared by =, <, <=, >, >= and IN only"),
        (lambda: Event.find(in_(tuple_(Event.ts), "x")), r"takes a list of tuples, not a str"),
        (lambda: Event.find(in_(tuple_(Event.ts), [START])), r"takes a tuple of 1 values"),
        (lambda: Event.find(in_(Event.kind, "x")), r"kind__in takes a list of values, not a str"),
        (
            lambda: Event.find(in_(Event.tags, [{"x"}])),
            r"\(set<text>\) cannot be filtered by IN, since it is not frozen",
        ),
        (lambda: Event.find(Event.tags == {"x"}), r"cannot be filtered by =, since it is not frozen; use contains"),
        (lambda: Event.find(contains(Event.kind, "x")), r"\(text\) does not support CONTAINS"),
        (lambda: Event.find(contains_key(Event.tags, "x")), r"does not support CONTAINS KEY"),
        (lambda: Event.find(entry(Event.attrs, "k") > 5), r"compares the entry of a map by = only"),
        (lambda: Event.find(entry(Event.items, 0) == 5), r"is not a map"),
        (lambda: Event.find(Event.address.zip == "1"), r"user-defined type in if_conditions only"),
        (lambda: part(Event.address, "city"), r"Event\.address has no part 'city'; it has: street, zip"),
        (lambda: part(Event.kind, "zip"), r"it is no user-defined type"),
        (lambda: Event.find(token(Event.n) > 5), r"a token is that of the whole partition key \(user\)"),
        (lambda: Event.find(token(Event.user) == 5), r"tokens are compared by"),
        (lambda: Pair.find(token(Pair.a, Pair.b) > 5), r"takes a tuple of 2 values"),
        (lambda: Event.find(Event.n != 5), r"CQL cannot filter by inequality"),
        (lambda: Event.find(Event.kind == None), r"CQL cannot filter by null"),  # noqa: E711
        (lambda: Event.find(Event.n == Event.a), r"Event\.n is compared with another column"),
        (lambda: Event.find(Event(user=1, ts=START, n=1).n == 1), r"^expected a condition .* not a bool"),
        (lambda: Event.find(None), r"^expected a condition .* not None"),
        (lambda: Event.find(Event.n), r"^expected a condition .* not a FieldOperand"),
        (lambda: Event.find(user=1).order_by(desc(Event.a)), r"ordered by clustering columns only"),
        (lambda: desc("ts"), r"desc\(\) takes a column, such as Event\.ts, not a str"),
        (lambda: in_("kind", ["x"]), r"in_\(\) takes a column"),
        (lambda: Event.find().values_list(Event.ts, "n"), r"either names or columns"),
        (lambda: min_timeuuid(5), r"min_timeuuid\(\) takes a datetime, not an int"),
        (lambda: max_timeuuid(datetime(6000, 1, 1)), r"moments from 1582 to 5236"),
        (lambda: Event.find(Event.seen > datetime(1, 1, 1)), r"Event\.seen: a timeuuid holds moments from 1582"),
        (lambda: Event.find(Event.seen == START), r"Event\.seen: UUID input should be"),
    ],
)
def test_a_wrong_condition_is_refused_with_the_reason(wrong, why):
    with pytest.raises(InvalidQueryError, match=why):
        wrong()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ([], "if_conditions is empty"),
        ({}, "if_conditions is empty"),
        ("kind", "a mapping by the names of fields, or a list of conditions"),
        (5, "a mapping by the names of fields, or a list of conditions"),
        ([True], "expected a condition"),
        ([Pair.v == 1], r"Pair\.v belongs to Pair"),
        ([Event.n == 1], "belongs to the primary key"),
        ([Event.a > None], "null has no order"),
        ([like(Event.kind, "a%")], "no operator __like"),
        ([tuple_(Event.ts, Event.n) == (START, 1)], "about one column, or a part of it"),
        ([entry(Event.tags, "x") == 1], "is not a map or list"),
        ([entry(Event.items, -1) == 1], "an index of a list must be a number of at least 0"),
        ([contains(Event.attrs["k"], 1)], "asked of a whole column"),
        ([in_(Event.attrs["k"], 1)], "takes a list of values"),
        ([Event.address.zip == 5], r"Event\.address\.zip: Input should be a valid string"),
    ],
)
def test_a_wrong_condition_of_a_write_is_refused_before_anything_is_sent(wrong, why):
    with RecordingDriver() as driver, pytest.raises(InvalidQueryError, match=why):
        Event(user=1, ts=START, n=1).update({"kind": "x"}, if_conditions=wrong)
    assert driver.calls == []


@pytest.mark.parametrize(
    ("slip", "instead"),
    [
        (lambda: Event.find(Event.n > 1 and Event.n < 5), r"separated by commas, not by and, or, not"),
        (lambda: Event.find(1 < Event.n < 5), r"nor chained as in a < b < c"),
        (lambda: Event.find(not Event.n), r"Event\.n is a column, which has no truth value"),
        (lambda: "x" in Event.tags, r"contains\(Event\.tags, value\)"),
        (lambda: list(Event.tags), r"Event\.tags is a column, which has no elements here"),
    ],
)
def test_a_condition_has_no_truth_value(slip, instead):
    with pytest.raises(TypeError, match=instead):
        slip()


@pytest.mark.parametrize(
    ("slip", "instead"),
    [
        (lambda: Event.kin, r"^Event has no attribute 'kin'; did you mean Event\.kind\?$"),
        (lambda: Event.kind.upper(), r"^Event\.kind is a column of Event, and has no attribute 'upper'$"),
        (lambda: Event.address.city, r"Event\.address is a column of Event, and has no attribute 'city'"),
    ],
)
def test_a_field_that_is_no_column_is_an_attribute_error(slip, instead):
    with pytest.raises(AttributeError, match=instead):
        slip()


def test_a_document_is_got_by_conditions():
    with RecordingDriver() as driver:
        driver.on("select", table=Event).returns([Event(user=1, ts=START, n=1)]).times(3)
        found = Event.get(Event.user == 1, Event.ts == START, n=1)
        assert Event.find_one(Event.user == 1) == found
        assert Event.using(keyspace="k").get(Event.user == 1, Event.ts == START, n=1) == found
    assert driver.calls[0].values == (1, START, 1)


def test_tuples_of_clustering_columns_select_what_a_query_deletes():
    with RecordingDriver() as driver:
        Event.find(tuple_(Event.ts, Event.n) > (START, 5), user=1).delete()
        Event.find(tuple_(Event.ts, Event.n) == (START, 5), user=1).update(kind="x")
    assert [one.cql for one in driver.calls] == [
        "DELETE FROM event WHERE (ts, n) > (?, ?) AND user = ?",
        "UPDATE event SET event_kind = ? WHERE (ts, n) = (?, ?) AND user = ?",
    ]


def test_neither_conditions_nor_columns_show_values():
    condition = Event.kind == "secret"
    assert isinstance(condition, Condition)
    assert (repr(condition), repr(Event.kind)) == ("<Condition Event.kind>", "<Event.kind>")
    assert repr(Event.find(condition, Event.n > 5)).endswith(" FROM event WHERE event_kind = ? AND n > ?>")


def test_columns_leave_objects_of_the_class_alone():
    event = Event(user=1, ts=START, n=1, kind="x")
    assert (event.kind, event.tags) == ("x", set())
    event.kind = "y"
    assert copy.deepcopy(event) == event == pickle.loads(pickle.dumps(event))
    assert len({Event.kind, Event.n}) == 2


@pytest.mark.parametrize("column", [Event.kind, Event.address.zip, entry(Event.attrs, "a"), tuple_(Event.ts, Event.n)])
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda column: pickle.loads(pickle.dumps(column))])
def test_columns_are_copied_and_pickled(column, again):
    assert repr(again(column)) == repr(column)
    assert repr(again(column) == "a") == repr(column == "a")
    assert repr(again([desc(Event.n)])) == repr([desc(Event.n)])


def test_a_class_redefines_fields_of_its_base_without_a_warning():
    class Narrow(Event):  # pytest turns the warning of Pydantic into an error
        kind: str = "narrow"

        class Settings:
            name = "narrow"

    assert Narrow(user=1, ts=START, n=1).kind == "narrow"
    assert Narrow.model_fields["tags"].default == set()


def test_bounds_of_a_timeuuid_enclose_those_of_its_millisecond():
    for _ in range(100):
        made = uuid1()
        moment = datetime(1582, 10, 15, tzinfo=timezone.utc) + timedelta(microseconds=made.time // 10)
        assert min_timeuuid(moment).time <= made.time <= max_timeuuid(moment).time
