# Derived by tests/derive.py: edit tests_integration/doors/aio/test_query_lookups.py,
# then run `tox -e sync`.
"""Every lookup on a real cluster, with an index where it needs one and by filtering where it does not."""

from __future__ import annotations

import operator
from datetime import date, datetime, timedelta, timezone
from typing import Annotated

import pytest

from coodie import ClusteringKey, Indexed, InvalidQueryError, PrimaryKey, QueryWarning, RequestRejected, Static
from coodie.sync import Document
from coodie.types import Token

SASI = "org.apache.cassandra.index.sasi.SASIIndex"


class Book(Document):
    shelf: Annotated[str, PrimaryKey()]
    floor: Annotated[int, PrimaryKey()]
    year: Annotated[int, ClusteringKey()]
    number: Annotated[int, ClusteringKey(order="DESC")]
    room: Annotated[str | None, Static()] = None
    title: str = ""
    bought: Annotated[date | None, Indexed(using="sai")] = None
    tags: Annotated[set[str], Indexed()] = set()
    pages: list[int] = []
    attrs: Annotated[dict[str, int], Indexed(target="entries")] = {}

    class Settings:
        name = "books"


BOOKS = [
    Book(
        shelf=shelf,
        floor=floor,
        year=year,
        number=number,
        room=f"room {floor}",
        title=f"{shelf} of {year}",
        bought=date(year, 1, number + 1),
        tags={"all", f"y{year}"},
        pages=[number, year],
        attrs={"n": number, f"a{year}": 1},
    )
    for shelf in ("art", "law")
    for floor in (1, 2)
    for year in (2001, 2002, 2003)
    for number in range(3)
]
FULL: set[str] = set()


@pytest.fixture(autouse=True)
def books(connection, keyspace):
    Book.sync_table()
    if keyspace not in FULL:
        for book in BOOKS:
            book.save()
        FULL.add(keyspace)


def key(book):
    return (book.shelf, book.floor, book.year, book.number)


def expected(wanted):
    return sorted(key(book) for book in BOOKS if wanted(book))


def shown(value):
    """The same in each process: where a function lies is no part of a test's name."""
    return None if callable(value) else str(value)


ART1 = {"shelf": "art", "floor": 1}


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ({}, lambda b: True),
        (ART1, lambda b: (b.shelf, b.floor) == ("art", 1)),
        ({**ART1, "year": 2002}, lambda b: key(b)[:3] == ("art", 1, 2002)),
        ({**ART1, "year__gt": 2001}, lambda b: key(b)[:2] == ("art", 1) and b.year > 2001),
        ({**ART1, "year__gte": 2002, "year__lt": 2003}, lambda b: key(b)[:3] == ("art", 1, 2002)),
        ({**ART1, "year__lte": 2001}, lambda b: key(b)[:3] == ("art", 1, 2001)),
        ({**ART1, "year": 2001, "number__gte": 1}, lambda b: key(b)[:3] == ("art", 1, 2001) and b.number >= 1),
        ({**ART1, "year__in": [2003, 2001, 1999]}, lambda b: key(b)[:2] == ("art", 1) and b.year != 2002),
        ({"shelf__in": ["art", "law"], "floor__in": [2, 7], "year": 2001}, lambda b: key(b)[1:3] == (2, 2001)),
        (
            {"shelf": "law", "floor__in": (1, 2), "year": 2001, "number__in": {0}},
            lambda b: (*key(b)[:1], *key(b)[2:]) == ("law", 2001, 0),
        ),
        ({"bought": "2002-01-02"}, lambda b: b.bought == date(2002, 1, 2)),
        ({"bought__gt": date(2003, 1, 1)}, lambda b: b.bought > date(2003, 1, 1)),
        ({"tags__contains": "y2002"}, lambda b: b.year == 2002),
        ({"attrs__entry": ("n", 2)}, lambda b: b.number == 2),
        ({**ART1, "tags__contains": "y2002"}, lambda b: key(b)[:3] == ("art", 1, 2002)),
        ({"token__gt": Token(-(2**63))}, lambda b: True),
        ({"token__gt": Token(2**63 - 1)}, lambda b: False),
    ],
    ids=shown,
)
def test_what_a_key_or_an_index_answers(where, wanted):
    found = Book.find(**where).all()
    assert sorted(map(key, found)) == expected(wanted)
    assert all(book in BOOKS for book in found)
    assert Book.find(**where).count() == len(found)


class Title(Document):
    title: Annotated[str, PrimaryKey()]
    words: Annotated[str, Indexed(using=SASI, options={"mode": "CONTAINS"})]

    class Settings:
        name = "titles"


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("art%", {"art of 2001", "art of 2002"}),
        ("%2001", {"art of 2001", "law of 2001"}),
        ("%w of%", {"law of 2001"}),
        ("art of 2001", {"art of 2001"}),
    ],
)
def test_a_pattern_is_answered_by_an_index_that_can(pattern, wanted):
    Title.sync_table()
    for title in ("art of 2001", "art of 2002", "law of 2001"):
        Title(title=title, words=title).save()
    found = Title.find(words__like=pattern).all()
    assert {each.title for each in found} == wanted
    assert Title.find(words__like=pattern).count() == len(found)


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ({"year": 2002}, lambda b: b.year == 2002),
        ({"floor": 2, "number__lt": 1}, lambda b: (b.floor, b.number) == (2, 0)),
        ({"room": "room 2"}, lambda b: b.floor == 2),
        ({"pages__contains": 2003}, lambda b: b.year == 2003),
    ],
    ids=shown,
)
def test_what_is_found_by_reading_everything_is_warned_about(where, wanted):
    with pytest.raises(RequestRejected, match="ALLOW FILTERING"):
        Book.find(**where).all()
    with pytest.warns(QueryWarning, match=r"Book does not give the partition key \(shelf, floor\)") as caught:
        found = Book.find(**where).allow_filtering().all()
    assert sorted(map(key, found)) == expected(wanted)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ({"pages__contains": 2003}, lambda b: b.year == 2003),
        ({"attrs__contains": 2}, lambda b: b.number == 2),
        ({"attrs__contains_key": "a2001"}, lambda b: b.year == 2001),
        ({"number": 1}, lambda b: b.number == 1),
        ({"attrs__entry": ("n", 2), "attrs__contains_key": "a2001"}, lambda b: (b.number, b.year) == (2, 2001)),
    ],
    ids=shown,
)
def test_filtering_within_a_partition_is_not(where, wanted):
    found = Book.find(**ART1, **where).allow_filtering().all()
    assert sorted(map(key, found)) == expected(lambda b: key(b)[:2] == ("art", 1) and wanted(b))


def test_the_ring_in_ranges_gives_each_row_once():
    step = 2**62
    found = []
    for start in range(-(2**63), 2**63, step):
        query = Book.find(token__gt=Token(start), token__lte=Token(min(start + step, 2**63 - 1)))
        found += [key(book) for book in query.fetch_size(5)]
    assert sorted(found) == expected(lambda b: True)


def test_partitions_one_after_another_by_their_token():
    found, last = [], None
    while True:
        query = Book.find() if last is None else Book.find(token__gt=last)
        book = query.only().first()
        if book is None:
            break
        last = (book.shelf, book.floor)
        found.append(last)
    assert sorted(found) == [("art", 1), ("art", 2), ("law", 1), ("law", 2)]
    behind = Book.find(token__gte=found[2]).only().all()
    assert {(book.shelf, book.floor) for book in behind} == {*found[2:]}
    before = Book.find(token__lt=found[2]).only().all()
    assert {(book.shelf, book.floor) for book in before} == {*found[:2]}
    some = Book.find(token__gt=found[0], token__lte=found[2]).only().all()
    assert {(book.shelf, book.floor) for book in some} == {*found[1:3]}


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ((), (2001, 2)),
        (("year",), (2001, 2)),
        (("year", "-number"), (2001, 2)),
        (("-year",), (2003, 0)),
        (("-year", "number"), (2003, 0)),
    ],
    ids=str,
)
def test_orders(order, first):
    found = Book.find(**ART1).order_by(*order).all()
    assert (found[0].year, found[0].number) == first
    assert len(found) == 9


@pytest.mark.parametrize("order", ["year", "-year"])
def test_one_order_over_several_partitions_comes_whole(order):
    query = Book.find(shelf__in=["art", "law"], floor__in=[1, 2]).order_by(order)
    years = sorted((book.year for book in BOOKS), reverse=order == "-year")
    assert [book.year for book in query] == years
    assert [book.year for book in query.limit(5).all()] == years[:5]
    assert (query.first()).year == years[0]
    assert query.values_list("year").all() == [(year,) for year in years]
    assert query.count() == len(BOOKS)
    page = query.paged_all()
    assert (len(page.data), page.paging_state) == (len(BOOKS), None)
    with pytest.raises(InvalidQueryError, match="no pages"):
        query.fetch_size(5).all()


def test_limits():
    assert len(Book.find().limit(5).all()) == 5
    assert len(Book.find().per_partition_limit(2).all()) == 8
    assert len(Book.find().per_partition_limit(2).limit(3).all()) == 3
    assert len(Book.find().fetch_size(2).limit(5).all()) == 5
    assert len([book for book in Book.find().per_partition_limit(3).fetch_size(2)]) == 12


def test_a_limit_counts_over_pages_by_hand():
    query, state, sizes = Book.find().fetch_size(2).limit(5), None, []
    while True:
        result = query.page(state).paged_all()
        sizes.append(len(result.data))
        state = result.paging_state
        if state is None:
            break
    assert sum(sizes) == 5
    assert max(sizes) <= 2


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"shelve": "art"}, "did you mean 'shelf'"),
        ({"year__gtt": 1}, "did you mean __gt"),
        ({"token__gt": ("art",)}, "a tuple of 2 values"),
        ({"shelf__token__gt": "art"}, r"whole partition key \(shelf, floor\)"),
        ({"room": None}, "cannot filter by null"),
        ({"year__in": "2001"}, "list of values"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_before_it_is_sent(spy, where, message):
    with pytest.raises(InvalidQueryError, match=message):
        Book.find(**where).all()
    assert spy.calls == []


class Tick(Document):
    id: Annotated[int, PrimaryKey()]
    ts: Annotated[datetime, ClusteringKey()]
    seen: datetime | None = None


BASE = datetime(2030, 1, 1, tzinfo=timezone.utc)
COMPARE = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}


@pytest.mark.parametrize("name", COMPARE)
def test_rule_28_bounds_finer_than_a_millisecond_find_what_they_mean(connection, name):
    Tick.sync_table()
    stored = [BASE + timedelta(milliseconds=number) for number in range(5)]
    for moment in stored:
        Tick(id=1, ts=moment, seen=moment).save()
    for micros in (0, 1, 999, 1000, 1001, 2500, 3999, 4000, 4001):
        bound = BASE + timedelta(microseconds=micros)
        found = Tick.find({"id": 1, f"ts__{name}": bound}).all()
        assert [tick.ts for tick in found] == [moment for moment in stored if COMPARE[name](moment, bound)]
        for tick in (stored[1], stored[3]):
            condition = {f"seen__{name}": bound}
            applied = Tick(id=1, ts=tick).update(seen=tick, if_conditions=condition)
            assert bool(applied) is COMPARE[name](tick, bound)
    Tick.find({"id": 1, f"ts__{name}": BASE + timedelta(microseconds=2001)}).delete()
    left = [tick.ts for tick in Tick.find(id=1).all()]
    assert left == [moment for moment in stored if not COMPARE[name](moment, BASE + timedelta(microseconds=2001))]


def test_rule_28_an_equality_is_cut_as_the_stored_value_was(connection):
    Tick.sync_table()
    fine = BASE + timedelta(microseconds=7)
    Tick(id=2, ts=fine).save()
    assert Tick.find(id=2, ts=fine).count() == Tick.find(id=2, ts__in=[fine]).count() == 1
    end = datetime.max.replace(tzinfo=timezone.utc)
    Tick(id=3, ts=end).save()
    assert [tick.ts for tick in Tick.find(id=3, ts__lt=end).all()] == [end.replace(microsecond=999_000)]
