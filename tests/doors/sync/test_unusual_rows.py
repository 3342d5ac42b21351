# Derived by tests/derive.py: edit tests/doors/aio/test_unusual_rows.py,
# then run `tox -e sync`.
"""Rows that are none, and rows that do not fit the model: static values alone, nulls, what Python cannot hold."""

from datetime import datetime, timezone
from enum import Enum
from typing import Annotated

import pytest

from coodie.sync import CounterDocument, Document, MaterializedView
from coodie.drivers import Page
from coodie.exceptions import (
    DecodeError,
    DocumentNotFound,
    InvalidQueryError,
    MultipleDocumentsFound,
)
from coodie.fields import ClusteringKey, Counter, Discriminator, PrimaryKey, Static
from coodie.types import Unreadable


class Reading(Document):
    sensor: Annotated[str, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    room: Annotated[str | None, Static()] = None
    value: int | None = None


class Bare(Document):
    """The same table, as one sees it who does not know of the static column."""

    sensor: Annotated[str, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    value: int | None = None

    class Settings:
        name = "reading"


class ReadingByRoom(MaterializedView):
    sensor: Annotated[str, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    value: int | None = None

    class Settings:
        base_table = Reading


class Hits(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    day: Annotated[int, ClusteringKey()]
    all_days: Annotated[int | None, Counter(), Static()] = None
    hits: Annotated[int | None, Counter()] = None


class Animal(Document):
    zoo: Annotated[str, PrimaryKey()]
    id: Annotated[int, ClusteringKey()]
    kind: Annotated[str, Discriminator()]
    city: Annotated[str | None, Static()] = None

    class Settings:
        name = "animals"


class Dog(Animal):
    class Settings:
        discriminator_value = "dog"


def script(recorder, *pages, table=Reading):
    """The rows of a SELECT, in pages: the sensor, and the key of the row, None for static values alone."""
    rows = [[{"sensor": sensor, "at": at} for sensor, at in page] for page in pages]
    recorder.on("select", table=table).pages(rows)


ALONE, OTHER = ("a", None), ("c", None)


def iterated(query):
    return [document for document in query]


FORMS = {
    "all": lambda query: query.all(),
    "iteration": iterated,
    "only": lambda query: query.only("value").all(),
    "defer": lambda query: query.defer("room", "value").all(),
    "using": lambda query: query.using(keyspace="t42").all(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("model", [Reading, Bare])
def test_rule_25_static_only_partitions_are_passed_over(coodie_recorder, form, model):
    whole = form == "using" or model is Bare
    query = model.find().warn(False) if whole else model.find(sensor__in=[*"abcde"])
    if form == "defer" and model is Bare:
        query = query.only("value")
        form = "all"
    script(coodie_recorder, [ALONE, ("b", 1)], [OTHER], [("d", 2), ("e", None)], table=model)
    found = FORMS[form](query)
    assert [(each.sensor, each.at) for each in found] == [("b", 1), ("d", 2)]


def test_rule_25_a_page_of_static_values_alone_is_empty_and_not_the_last(coodie_recorder):
    script(coodie_recorder, [ALONE], [("b", 1)])
    page = Reading.find().paged_all()
    assert page.data == []
    assert page.paging_state is not None
    assert [each.sensor for each in (Reading.find().page(page.paging_state).paged_all()).data] == ["b"]


def test_rule_25_counters_and_classes_that_share_a_table_too(coodie_recorder):
    coodie_recorder.on("select", table=Hits).returns([{"url": "/", "all_days": 3}, {"url": "/a", "day": 1, "hits": 2}])
    assert [hits.day for hits in Hits.find().warn(False).all()] == [1]
    rows = [{"zoo": "a", "city": "Rome"}, {"zoo": "b", "id": 1, "kind": "dog"}]
    for model in (Animal, Dog):
        coodie_recorder.on("select", table=Animal).returns(rows)
        (found,) = model.find(zoo__in=["a", "b"]).all()
        assert type(found) is Dog


@pytest.mark.parametrize("model", [Reading, Bare])
def test_rule_25_first_looks_on_behind_static_values(coodie_recorder, model):
    script(coodie_recorder, [ALONE], table=model)
    script(coodie_recorder, [ALONE, OTHER], [("d", 2), ("e", 3)], table=model)
    assert (model.find().first()).sensor == "d"
    limited, *behind = coodie_recorder.calls
    assert limited.cql.endswith(" LIMIT ?")
    assert {call.cql for call in behind} == {limited.cql.removesuffix(" LIMIT ?")}


@pytest.mark.parametrize("behind", [[("b", 1)], [OTHER], []])
def test_rule_25_find_one_and_exists_look_on_behind_static_values(coodie_recorder, behind):
    there = [sensor for sensor, at in behind if at is not None]
    for _ in range(2):
        script(coodie_recorder, [ALONE])
        script(coodie_recorder, [ALONE, *behind])
    found = Reading.find_one(sensor__in=["a", "b", "c"])
    assert ([found.sensor] if found else []) == there
    assert Reading.find(sensor__in=["a", "b", "c"]).exists() is bool(there)


def test_rule_25_one_is_one_row_and_tells_whether_there_are_more_behind_static_values(coodie_recorder):
    query = Reading.find(sensor__in=["a", "b", "c"])
    for rows, error in (([("b", 1)], None), ([], DocumentNotFound), ([("b", 1), ("c", 2)], MultipleDocumentsFound)):
        script(coodie_recorder, [ALONE, *rows[:1]])
        script(coodie_recorder, [ALONE], rows)
        if error is None:
            assert (query.one()).sensor == "b"
        else:
            with pytest.raises(error):
                query.one()


def test_rule_25_in_one_partition_nothing_is_behind_static_values(coodie_recorder):
    for call in (lambda: Reading.find(sensor="a").first(), lambda: Reading.find(sensor="a").order_by("-at").first()):
        script(coodie_recorder, [ALONE])
        assert call() is None
    script(coodie_recorder, [ALONE])
    with pytest.raises(DocumentNotFound):
        Reading.get(sensor="a")
    assert [call.cql.split(" LIMIT")[-1] for call in coodie_recorder.calls] == [" ?"] * 3


def test_rule_25_limit_is_the_servers_which_counts_static_values(coodie_recorder):
    query = Reading.find().limit(2)
    script(coodie_recorder, [ALONE, ("b", 1)])
    assert [each.sensor for each in query.all()] == ["b"]
    script(coodie_recorder, [ALONE])
    script(coodie_recorder, [ALONE, ("b", 1)])
    assert (query.first()).sensor == "b"
    assert coodie_recorder.last.params == {"[limit]": 2}


def test_rule_25_distinct_values_and_json_give_them(coodie_recorder):
    coodie_recorder.on("select", table=Reading).returns([{"sensor": "a", "room": "x"}])
    (found,) = Reading.find().warn(False).distinct().all()
    assert (found.sensor, found.room) == ("a", "x")
    values = Reading.find(sensor="a").values_list("room", "at", "value")
    for call, found in ((values.all, [("x", None, None)]), (values.first, ("x", None, None))):
        coodie_recorder.on("select", table=Reading).returns([{"room": "x"}])
        assert call() == found
    coodie_recorder.on("select", table=Reading).returns([("{}",)])
    assert Reading.find(sensor="a").json() == ["{}"]


class Mood(Enum):
    GOOD = "good"


class Note(Document):
    book: Annotated[int, PrimaryKey()]
    page: Annotated[int, ClusteringKey()]
    text: str
    at: datetime | None = None
    mood: Mood = Mood.GOOD

    class Settings:
        name = "notes"


MOMENT = datetime(2030, 1, 1, tzinfo=timezone.utc)
GOOD = {"book": 1, "page": 1, "text": "a"}
BAD = {
    "a null": ({"book": 1, "page": 2, "text": None}, "text"),
    "no member": ({"book": 1, "page": 2, "text": "b", "mood": "bad"}, "mood"),
    "a far year": ({"book": 1, "page": 2, "text": "b", "at": 2**60}, "at"),
    "a broken cell": ({"book": 1, "page": 2, "text": Unreadable("Python cannot hold this text")}, "text"),
}


def notes(recorder, *pages):
    recorder.on("select", table=Note).pages(pages)


@pytest.mark.parametrize(("row", "column"), BAD.values(), ids=BAD)
def test_rule_27_a_row_that_does_not_fit_costs_one_row(coodie_recorder, row, column):
    errors = []
    query = Note.find(book=1).unreadable(errors.append)
    for form in (
        lambda: query.all(),
        lambda: iterated(query),
        lambda: query.only("text", "at", "mood").all(),
        lambda: query.using(keyspace="t42").all(),
    ):
        notes(coodie_recorder, [{**GOOD, "page": 0}, row], [{**GOOD, "page": 3}, {**GOOD, "page": 4}])
        assert [note.page for note in form()] == [0, 3, 4]
        (error,) = errors
        assert (type(error), error.column, error.key) == (DecodeError, column, {"book": 1, "page": 2})
        errors.clear()


@pytest.mark.parametrize(("row", "column"), BAD.values(), ids=BAD)
def test_rule_27_values_that_do_not_fit_cost_their_row_too(coodie_recorder, row, column):
    errors = []
    names = ("page", "text", "at", "mood")
    rows = [{name: each.get(name) for name in names} for each in (GOOD, row, {**GOOD, "page": 3})]
    coodie_recorder.on("select", table=Note).pages([rows[:2], rows[2:]])
    found = Note.find(book=1).values_list(*names).unreadable(errors.append).all()
    if row["text"] is None:
        assert found[1] == (2, None, None, Mood.GOOD)
    else:
        assert [each[0] for each in found] == [1, 3]
        assert [(error.column, error.key) for error in errors] == [(column, {"page": 2})]


def test_rule_27_the_error_says_that_a_value_is_null_and_how_such_rows_come_about(coodie_recorder):
    notes(coodie_recorder, [GOOD, BAD["a null"][0]])
    with pytest.raises(
        DecodeError, match=r"column 'text' .*key \(book, page\).* null.* update\(\) .* not there"
    ) as caught:
        Note.find(book=1).all()
    assert (caught.value.key, caught.value.column) == ({"book": 1, "page": 2}, "text")


def test_rule_27_the_error_carries_the_paging_state_behind_its_page(coodie_recorder):
    seen, bad = [], BAD["a null"][0]
    notes(coodie_recorder, [GOOD], [bad], [{**GOOD, "page": 3}])
    try:
        for note in Note.find(book=1):
            seen.append(note.page)  # noqa: PERF401 - it ends in the midst of them
    except DecodeError as error:
        seen += [note.page for note in Note.find(book=1).page(error.paging_state).all()]
    assert seen == [1, 3]
    notes(coodie_recorder, [GOOD], [bad])
    with pytest.raises(DecodeError) as caught:
        Note.find(book=1).all()
    assert caught.value.paging_state is None
    coodie_recorder.on("select", table=Note).pages([[{"mood": "bad"}], [{"mood": "good"}]])
    values = Note.find(book=1).values_list("mood")
    with pytest.raises(DecodeError) as caught:
        values.all()
    assert values.page(caught.value.paging_state).all() == [(Mood.GOOD,)]


def test_rule_27_the_handler_hears_the_state_behind_the_page_of_each(coodie_recorder):
    errors, bad = [], BAD["a null"][0]
    notes(coodie_recorder, [{**bad, "page": 0}, GOOD], [bad])
    assert [note.page for note in Note.find(book=1).unreadable(errors.append).all()] == [1]
    assert [error.paging_state is None for error in errors] == [False, True]


def test_rule_27_first_one_and_exists_look_on_behind_what_cannot_be_read(coodie_recorder):
    errors, bad = [], BAD["no member"][0]
    query = Note.find(book=1).unreadable(errors.append)
    notes(coodie_recorder, [bad], [{**bad, "page": 3}], [{**GOOD, "page": 7}, {**GOOD, "page": 8}])
    assert (query.first()).page == 7
    assert len(errors) == 2
    assert "LIMIT" not in coodie_recorder.last.cql

    notes(coodie_recorder, [bad, {**GOOD, "page": 7}])
    assert (query.one()).page == 7
    notes(coodie_recorder, [bad, {**GOOD, "page": 7}], [{**GOOD, "page": 8}])
    with pytest.raises(MultipleDocumentsFound):
        query.one()
    notes(coodie_recorder, [bad])
    assert query.limit(1).first() is None
    assert coodie_recorder.last.params == {"book": 1, "[limit]": 1}
    notes(coodie_recorder, [{"book": 1, "page": Unreadable("broken")}, {"book": 1, "page": 2}])
    assert query.exists()
    notes(coodie_recorder, [bad])
    assert Note.find(book=1, page=2).unreadable(errors.append).first() is None


def test_rule_27_a_handler_that_raises_ends_the_query(coodie_recorder):
    def handler(error):
        raise LookupError from error

    notes(coodie_recorder, [GOOD, BAD["a null"][0]])
    with pytest.raises(LookupError):
        Note.find(book=1).unreadable(handler).all()


def test_rule_27_classes_that_share_a_table(coodie_recorder):
    errors = []
    rows = [
        {"zoo": "a", "id": 1, "kind": "dog"},
        {"zoo": "a", "id": 2, "kind": "cat"},
        {"zoo": "a", "id": 3, "kind": "dog"},
    ]
    coodie_recorder.on("select", table=Animal).returns([{**rows[0]}, {**rows[1], "kind": None}, rows[2]])
    found = Dog.find(zoo="a").unreadable(errors.append).all()
    assert [(type(each), each.id) for each in found] == [(Dog, 1), (Dog, 3)]


def test_rule_30_writes_and_aggregates_take_no_handler(coodie_recorder):
    query = Note.find(book=1, page=1).unreadable(print)
    for call in (
        query.count,
        query.json,
        query.delete,
        lambda: query.update(text="x"),
        lambda: query.max("page"),
        lambda: query.writetime("text"),
        lambda: Note.find().unreadable(print).create(GOOD),
        lambda: query.group_by("book").aggregate(n="count(*)"),
    ):
        with pytest.raises(InvalidQueryError, match=r"takes no unreadable\(\)"):
            call()
    assert coodie_recorder.calls == []


def test_a_page_without_its_columns_is_no_matter_of_rows(coodie_recorder):
    coodie_recorder.on("select", table=Note).answers_as(Page(("x",), [(1,)]))
    with pytest.raises(DecodeError, match="no column"):
        Note.find(book=1).unreadable(print).values_list("text").all()
