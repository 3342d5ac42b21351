# Derived by tests/derive.py: edit tests/doors/aio/test_queries.py,
# then run `tox -e sync`.
"""What a query sends, what it gives, and what it refuses."""

import copy
import pickle
from datetime import date, datetime, timezone
from enum import Enum
from typing import Annotated
from uuid import UUID

import pytest

from coodie.sync import Document
from coodie.exceptions import ConditionNotMet, DocumentNotFound, InvalidQueryError, MultipleDocumentsFound
from coodie.fields import ClusteringKey, Column, PrimaryKey
from coodie.results import PagedResult
from coodie.testing import RecordingDriver
from coodie.types import Token


class Colour(Enum):
    RED = "red"


class Event(Document):
    user: Annotated[int, PrimaryKey()]
    ts: Annotated[datetime, ClusteringKey(order="DESC")]
    n: Annotated[int, ClusteringKey()] = 0
    note: str | None = None
    tags: set[str] = set()
    attrs: dict[str, int] = {}
    colour: Colour = Colour.RED
    given: Annotated[str, Column("given name")] = ""

    class Settings:
        name = "events"


class Pair(Document):
    a: Annotated[int, PrimaryKey()]
    b: Annotated[str, PrimaryKey()]
    v: int = 0


class Entry(Document):
    a: Annotated[int, PrimaryKey()]
    b: Annotated[str, ClusteringKey()]
    v: int = 0


class Row(Document):
    id: Annotated[int, PrimaryKey()]
    v: int = 0


start = datetime(2030, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("query", "cql", "values"),
    [
        (lambda: Row.find(), "SELECT id, v FROM row", ()),
        (lambda: Row.find(id=1), "SELECT id, v FROM row WHERE id = ?", (1,)),
        (lambda: Row.find(id="1"), "SELECT id, v FROM row WHERE id = ?", (1,)),
        (lambda: Row.find({"id": 1}), "SELECT id, v FROM row WHERE id = ?", (1,)),
        (lambda: Row.find().filter(id__in=[1, 2]), "SELECT id, v FROM row WHERE id IN ?", ([1, 2],)),
        (lambda: Row.find(id__in=(1,)), "SELECT id, v FROM row WHERE id IN ?", ([1],)),
        (lambda: Row.find(id__gt=1), "SELECT id, v FROM row WHERE id > ?", (1,)),
        (lambda: Row.find(id__token__gt=1), "SELECT id, v FROM row WHERE token(id) > token(?)", (1,)),
        (lambda: Row.find(id__token__lte=Token(5)), "SELECT id, v FROM row WHERE token(id) <= ?", (5,)),
        (lambda: Pair.find(token__gt=(1, "x")), "SELECT a, b, v FROM pair WHERE token(a, b) > token(?, ?)", (1, "x")),
        (lambda: Row.find().limit(3), "SELECT id, v FROM row LIMIT ?", (3,)),
        (
            lambda: Row.find(id=1, v=2).allow_filtering(),
            "SELECT id, v FROM row WHERE id = ? AND v = ? ALLOW FILTERING",
            (1, 2),
        ),
        (lambda: Row.find().using(keyspace="Shop"), 'SELECT id, v FROM "Shop".row', ()),
        (lambda: Row.find().only("id"), "SELECT id FROM row", ()),
        (lambda: Row.find().defer("v"), "SELECT id FROM row", ()),
        (lambda: Row.find().defer("v", "id"), "SELECT id FROM row", ()),
        (lambda: Row.find().only("v").defer("v"), "SELECT id FROM row", ()),
        (
            lambda: (
                Event.find(user=1, ts__gte=start, ts__lt=start.replace(year=2031))
                .only("note", "given")
                .order_by("-ts", "n")
                .per_partition_limit(2)
                .limit(9)
            ),
            'SELECT user, ts, n, note, "given name" FROM events WHERE user = ? AND ts >= ? AND ts < ? '
            "ORDER BY ts DESC, n ASC PER PARTITION LIMIT ? LIMIT ?",
            (1, start, start.replace(year=2031), 2, 9),
        ),
        (
            lambda: (
                Event.find(user=1, given__like="a%", tags__contains="x", attrs__contains_key="k", attrs__entry=("k", 1))
                .only("user")
                .allow_filtering()
            ),
            'SELECT user, ts, n FROM events WHERE user = ? AND "given name" LIKE ? AND tags CONTAINS ? '
            "AND attrs CONTAINS KEY ? AND attrs[?] = ? ALLOW FILTERING",
            (1, "a%", "x", "k", "k", 1),
        ),
        (
            lambda: Event.find(colour="red").only(),
            "SELECT user, ts, n FROM events WHERE colour = ?",
            ("red",),
        ),
    ],
)
def test_the_statement_of_a_query(query, cql, values):
    statement = query().statement()
    assert (statement.cql, statement.values) == (cql, values)
    assert statement.idempotent


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Event.find(usr=1), "did you mean 'user'"),
        (lambda: Event.find(ts__gtee=start), "did you mean __gte"),
        (lambda: Event.find(user="x"), "Event.user"),
        (lambda: Event.find(user=None), "null"),
        (lambda: Event.find(user__in="12"), "list of values"),
        (lambda: Event.find(user__in=5), "list of values"),
        (lambda: Event.find(user__in={1: 2}), "list of values"),
        (lambda: Event.find(user__in=[1, "x"]), "Event.user"),
        (lambda: Event.find(note__contains="x"), "CONTAINS"),
        (lambda: Event.find(tags__contains_key="x"), "CONTAINS KEY"),
        (lambda: Event.find(tags__entry=("x", 1)), "not a map"),
        (lambda: Event.find(attrs__contains_key=5), "Event.attrs"),
        (lambda: Event.find(tags__contains=5), "Event.tags"),
        (lambda: Event.find(attrs__entry=5), "pair"),
        (lambda: Event.find(attrs__entry=("x", "y")), "Event.attrs"),
        (lambda: Event.find(note__like=5), "pattern"),
        (lambda: Event.find(user__like="secret%"), "cannot be filtered by LIKE, which is for text"),
        (lambda: Event.find(note__token__gt=5), "whole partition key"),
        (lambda: Event.find(user__token__in=5), "compared by"),
        (lambda: Row.find(id__token__gt__raw=5), "compared by"),
        (lambda: Row.find(id__token__gt__raw=Token(5)), "compared by"),
        (lambda: Pair.find(token__gt=(1,)), "2 values"),
        (lambda: Pair.find(token__gt=1), "2 values"),
        (lambda: Pair.find(a__token__gt=1), "whole partition key"),
        (lambda: Event.find().order_by("note"), "clustering"),
        (lambda: Event.find().order_by("nope"), "nope"),
        (lambda: Event.find().only("nope"), "nope"),
        (lambda: Event.find().defer("nope"), "nope"),
        (lambda: Event.find().limit(0), "of at least 1"),
        (lambda: Event.find().limit(True), "of at least 1"),
        (lambda: Event.find().limit(2**31), "of at least 1"),
        (lambda: Event.find().limit("5"), "of at least 1"),
        (lambda: Event.find().per_partition_limit(-1), "of at least 1"),
        (lambda: Event.find().fetch_size(0), "of at least 1"),
        (lambda: Event.find().using(keyspace="x; DROP").statement(), "letters, digits"),
    ],
)
def test_a_wrong_query_is_refused_where_it_is_written(call, message):
    with pytest.raises(InvalidQueryError, match=message):
        call()


def test_a_query_is_never_changed():
    query = Row.find(id=1)
    before = query.statement()
    query.filter(v=1)
    query.limit(1).only("id").allow_filtering().using(keyspace="x").consistency("ONE").fetch_size(5).page(b"x")
    assert query.statement() == before


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda query: pickle.loads(pickle.dumps(query))])
def test_a_copy_and_a_pickle_of_a_query_ask_the_same_of_the_same_model(coodie_recorder, again):
    query = Event.find(user=1, n__in=[1, 2]).allow_filtering().limit(3)
    copied = again(query)
    assert copied.statement() == query.statement()
    assert again(query.values_list("n")).statement() == query.values_list("n").statement()
    coodie_recorder.on("select", table=Event).returns([Event(user=1, ts=start, n=2)])
    assert copied.limit(1).all() == [Event(user=1, ts=start, n=2)]


def test_a_query_has_no_length_and_no_hidden_request(coodie_recorder):
    query = Row.find()
    assert bool(query)
    with pytest.raises(TypeError):
        len(query)
    assert coodie_recorder.calls == []


def test_all_gives_every_row_over_all_pages(coodie_recorder, cql_snapshot):
    coodie_recorder.on("select", table=Row).pages([[{"id": 1, "v": 1}], [], [{"id": 2, "v": 2}]])
    assert Row.find().warn(False).fetch_size(1).consistency("ONE").timeout(2.5).all() == [
        Row(id=1, v=1),
        Row(id=2, v=2),
    ]
    assert coodie_recorder == cql_snapshot
    assert [call.kind for call in coodie_recorder.calls] == ["execute", "page", "page"]


def test_iterating_fetches_a_page_when_it_is_needed(coodie_recorder):
    coodie_recorder.on("select", table=Row).pages([[{"id": 1}, {"id": 2}], [{"id": 3}]])
    found = [(row.id, len(coodie_recorder.calls)) for row in Row.find()]
    assert found == [(1, 1), (2, 1), (3, 2)]


def test_a_query_can_be_iterated_twice(coodie_recorder):
    coodie_recorder.on("select", table=Row).returns([{"id": 1}]).times(2)
    query = Row.find()
    assert [row.id for row in query] == [row.id for row in query] == [1]


def test_first_and_one(coodie_recorder, cql_snapshot):
    rule = coodie_recorder.on("select", table=Entry).returns([{"a": 1, "b": "x", "v": 5}]).times(3)
    entry = Entry(a=1, b="x", v=5)
    assert Entry.find(a=1).first() == entry
    assert Entry.find(a=1, b="x").one() == entry
    assert Entry.find(a=1, b="x", v=5).allow_filtering().one() == entry
    assert rule.spent
    assert coodie_recorder == cql_snapshot


def test_first_and_one_of_nothing_or_too_many(coodie_recorder):
    coodie_recorder.on("select").returns_nothing().times(2)
    coodie_recorder.on("select").returns([{"id": 1}, {"id": 2}])
    assert Row.find().first() is None
    with pytest.raises(DocumentNotFound):
        Row.find().one()
    with pytest.raises(MultipleDocumentsFound):
        Row.find().one()


@pytest.mark.parametrize("where", [{"b__in": ["x", "y"]}, {"b__gt": "a"}, {}])
def test_one_of_what_is_no_whole_key_reads_two_rows_at_most(coodie_recorder, where):
    coodie_recorder.on("select").returns([{"a": 1, "b": "x"}, {"a": 1, "b": "y"}])
    with pytest.raises(MultipleDocumentsFound):
        Entry.find(a=1, **where).one()
    assert coodie_recorder.last.cql.endswith(" LIMIT ?")
    assert coodie_recorder.last.params["[limit]"] == 2


def test_pages_by_paging_state(coodie_recorder):
    coodie_recorder.on("select", table=Row).pages([[{"id": 1}], [{"id": 2}]])
    first = Row.find().paged_all()
    assert isinstance(first, PagedResult)
    assert [row.id for row in first] == [1]
    second = Row.find().page(first.paging_state).paged_all()
    assert [row.id for row in second.data] == [2]
    assert second.paging_state is None


def test_count(coodie_recorder, cql_snapshot):
    coodie_recorder.on("select", table=Row).returns([(7,)], columns=["count"])
    assert Row.find(id=1, v=1).allow_filtering().count() == 7
    assert coodie_recorder == cql_snapshot


def test_an_empty_in_needs_no_trip(coodie_recorder):
    query = Row.find(id__in=[])
    assert query.filter(v__in=[1], id__in=[1]).all() == Row.find(v__in=[1], id__in=[]).all() == []
    assert query.all() == []
    assert query.first() is None
    assert query.count() == 0
    assert (query.paged_all()).data == []
    assert [row for row in query] == []
    assert query.delete() is None
    assert query.update(v=1) is None
    assert coodie_recorder.calls == []


def test_writes_of_queries(coodie_recorder, cql_snapshot):
    assert Event.find(user=1, ts=start, n=1).ttl(60).timestamp(7).update(note="x", tags__add={"a"}) is None
    Event.find(user=1, ts=start, n__in=[1, 2]).update({"note": None})
    assert Event.find(user=1).delete() is None
    Event.find(user=1, ts__gte=start).timestamp(7).consistency("ONE").delete()
    Event.find(user__in=[1, 2]).using(keyspace="shop").delete()
    made = Row.find().using(keyspace="shop").ttl(60).timestamp(7).create(id=1)
    assert made == Row(id=1)
    assert coodie_recorder == cql_snapshot


def test_conditional_writes_of_queries(coodie_recorder, cql_snapshot):
    coodie_recorder.on("update", conditional=True).applied()
    coodie_recorder.on("delete", conditional=True).applied(False, {"v": 9})
    coodie_recorder.on("insert", conditional=True).applied()
    coodie_recorder.on("insert", conditional=True).applied(False, {"id": 1, "v": 9})
    assert Row.find(id=1).if_exists().update(v=1)
    lost = Row.find(id=1).delete(if_conditions={"v": 5})
    assert (lost.applied, lost.existing) == (False, Row(id=1, v=9))
    assert Row.find().if_not_exists().create(id=1) == Row(id=1)
    with pytest.raises(ConditionNotMet) as caught:
        Row.find().if_not_exists().create(id=1)
    assert caught.value.existing == Row(id=1, v=9)
    assert coodie_recorder == cql_snapshot


@pytest.mark.parametrize(
    "call",
    [
        lambda: Row.find().update(v=1),
        lambda: Row.find().delete(),
        lambda: Row.find(id__gt=1).delete(),
        lambda: Row.find(v=1).delete(),
        lambda: Row.find(id=1, v=1).delete(),
        lambda: Event.find(user=1).update(note="x"),
        lambda: Event.find(user=1, ts__gt=start, n=1).update(note="x"),
        lambda: Row.find(id=1).update(),
        lambda: Row.find(id=1).update(id=2),
        lambda: Row.find(id=1).limit(1).delete(),
        lambda: Row.find(id=1).per_partition_limit(1).delete(),
        lambda: Row.find(id=1).if_not_exists().delete(),
        lambda: Row.find(id=1).limit(1).update(v=1),
        lambda: Event.find(user=1).order_by("ts").delete(),
        lambda: Row.find(id=1).if_exists().timestamp(1).delete(),
        lambda: Row.find().if_not_exists().timestamp(1).create(id=1),
        lambda: Row.find(id=1).ttl(-1).update(v=1),
    ],
)
def test_a_write_without_its_key_or_with_too_much_is_refused(coodie_recorder, call):
    with pytest.raises(InvalidQueryError):
        call()
    assert coodie_recorder.calls == []


def test_rows_come_with_the_annotated_types(coodie_recorder):
    class Typed(Document):
        id: Annotated[UUID, PrimaryKey()]
        day: date
        colour: Colour
        items: list[Colour] = []
        pair: tuple[int, str] | None = None
        by_colour: dict[Colour, frozenset[int]] = {}
        maybe: set[int] | None = None

    row = {
        "id": UUID(int=1),
        "day": date(2030, 1, 1),
        "colour": "red",
        "items": ["red"],
        "pair": (1, "x"),
        "by_colour": {"red": {1}},
    }
    coodie_recorder.on("select", table=Typed).returns([row, row | {"id": UUID(int=2), "items": None, "pair": None}])
    full, bare = Typed.find().warn(False).all()
    assert full == Typed(
        id=UUID(int=1),
        day=date(2030, 1, 1),
        colour=Colour.RED,
        items=[Colour.RED],
        pair=(1, "x"),
        by_colour={Colour.RED: frozenset({1})},
    )
    assert type(full.by_colour[Colour.RED]) is frozenset
    assert (bare.items, bare.pair, bare.maybe) == ([], None, None)


def test_an_empty_map_reads_back_as_an_empty_map(coodie_recorder):
    row = {"user": 1, "ts": start, "n": 0, "colour": "red", "given name": ""}
    coodie_recorder.on("select", table=Event).returns([row])
    assert (Event.get(user=1, ts=start, n=0)).attrs == {}


def test_keyspaces_in_their_order_of_precedence():
    class Placed(Row):
        class Settings:
            name = "row"
            keyspace = "model"

    with RecordingDriver(keyspace="connection", strict=False) as recorder:
        Row.find().warn(False).all()
        Placed.find().warn(False).all()
        Placed.find().warn(False).using(keyspace="call").all()
        Row(id=1).save()
        Placed(id=1).save()
        Row.find(id=1).using(keyspace="call").delete()
    assert recorder.cql == [
        "SELECT id, v FROM connection.row",
        "SELECT id, v FROM model.row",
        "SELECT id, v FROM call.row",
        "INSERT INTO connection.row (id, v) VALUES (?, ?)",
        "INSERT INTO model.row (id, v) VALUES (?, ?)",
        "DELETE FROM call.row WHERE id = ?",
    ]


@pytest.mark.parametrize(
    "query",
    [
        lambda: Row.find(v=1).allow_filtering(),
        lambda: Row.find(id__gt=1).allow_filtering(),
        lambda: Pair.find(a=1).allow_filtering(),
    ],
)
def test_a_query_that_reads_every_row_of_every_node_warns(query):
    with pytest.warns(UserWarning, match="partition key"):
        query().statement()
