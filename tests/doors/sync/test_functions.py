# Derived by tests/derive.py: edit tests/doors/aio/test_functions.py,
# then run `tox -e sync`.
"""The functions of a door: each does what the method of the same name does, for models and documents of either door."""

from typing import Annotated

import pytest

from coodie import sync
from coodie.sync import CounterDocument, Document, MaterializedView
from coodie.exceptions import DocumentNotFound, InvalidQueryError, MultipleDocumentsFound
from coodie.fields import ClusteringKey, Counter, PrimaryKey
from coodie.testing import RecordingDriver


class Event(Document):
    user: Annotated[int, PrimaryKey()]
    n: Annotated[int, ClusteringKey()]
    kind: str | None = None
    tags: set[str] = set()


class Views(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


class ByKind(MaterializedView):
    kind: Annotated[str, PrimaryKey()]
    user: Annotated[int, ClusteringKey()]
    n: Annotated[int, ClusteringKey()]

    class Settings:
        base_table = Event


ROW = {"user": 1, "n": 2, "kind": "x", "tags": None}


def event():
    return Event(user=1, n=2, kind="x")


def same(*, reads: bool):
    """A check that two calls send the same and return the same."""

    def check(*calls):
        sent = []
        for call in calls:
            with RecordingDriver(strict=False) as driver:
                if reads:
                    driver.on("select", table=Event).returns([ROW])
                document = event()
                answer = call(document)
                sent.append(([each.request for each in driver.calls], repr(answer), document))
        assert sent[0] == sent[1]
        assert sent[0][0]

    return check


@pytest.mark.parametrize(
    ("function", "method"),
    [
        (lambda e: sync.refresh(e, consistency="ONE"), lambda e: e.refresh(consistency="ONE")),
        (lambda e: sync.find(Event, Event.n > 1, user=1).all(), lambda e: Event.find(Event.n > 1, user=1).all()),
        (lambda e: sync.find_one(Event, user=1), lambda e: Event.find_one(user=1)),
        (lambda e: sync.get(Event, user=1, n=2), lambda e: Event.get(user=1, n=2)),
        (lambda e: sync.get(Event, Event.user == 1), lambda e: Event.get(Event.user == 1)),
        (lambda e: sync.get_or_none(Event, user=1, n=2), lambda e: Event.get_or_none(user=1, n=2)),
        (
            lambda e: sync.raw(Event, "SELECT * FROM event", []).all(),
            lambda e: Event.raw("SELECT * FROM event", []).all(),
        ),
    ],
)
def test_a_function_reads_as_the_method_does(function, method):
    same(reads=True)(function, method)


@pytest.mark.parametrize(
    ("function", "method"),
    [
        (lambda e: sync.save(e, ttl=5, timestamp=6), lambda e: e.save(ttl=5, timestamp=6)),
        (lambda e: sync.save(e, full=True, consistency="ONE"), lambda e: e.save(full=True, consistency="ONE")),
        (lambda e: sync.insert(e, ttl=5, timeout=2.0), lambda e: e.insert(ttl=5, timeout=2.0)),
        (lambda e: sync.update(e, {"kind": "y"}, tags__add={"a"}), lambda e: e.update({"kind": "y"}, tags__add={"a"})),
        (lambda e: sync.update(e, kind="y", if_exists=True), lambda e: e.update(kind="y", if_exists=True)),
        (
            lambda e: sync.update(e, kind="y", if_conditions={"kind": "x"}, timeout=1.0),
            lambda e: e.update(kind="y", if_conditions={"kind": "x"}, timeout=1.0),
        ),
        (lambda e: sync.delete(e, timestamp=5), lambda e: e.delete(timestamp=5)),
        (lambda e: sync.delete(e, if_conditions={"kind": "x"}), lambda e: e.delete(if_conditions={"kind": "x"})),
        (lambda e: sync.delete_columns(e, "kind", ("tags", "a")), lambda e: e.delete_columns("kind", ("tags", "a"))),
        (lambda e: sync.create(Event, {"user": 1}, n=2), lambda e: Event.create({"user": 1}, n=2)),
        (lambda e: sync.sync_table(Event), lambda e: Event.sync_table()),
        (lambda e: sync.sync_table(ByKind), lambda e: ByKind.sync_view()),
        (lambda e: sync.drop_table(Event), lambda e: Event.drop_table()),
        (lambda e: sync.drop_table(ByKind), lambda e: ByKind.drop_view()),
        (lambda e: sync.truncate(Event), lambda e: Event.truncate()),
        (lambda e: sync.increment(Views(url="/"), views=2), lambda e: Views(url="/").increment(views=2)),
        (lambda e: sync.decrement(Views(url="/"), {"views": 2}), lambda e: Views(url="/").decrement({"views": 2})),
        (lambda e: sync.delete(Views(url="/")), lambda e: Views(url="/").delete()),
    ],
)
def test_a_function_writes_as_the_method_does(function, method):
    same(reads=False)(function, method)


def test_a_function_takes_a_model_of_another_place(coodie_recorder):
    there = Event.using(keyspace="t42")
    coodie_recorder.on("select", table=Event).returns([ROW]).times(2)
    sync.create(there, user=1, n=2)
    sync.find_one(there, user=1)
    sync.get_or_none(there, user=1, n=2)
    sync.truncate(there)
    assert [each.cql.partition("t42.event")[1] for each in coodie_recorder.calls] == ["t42.event"] * 4


def test_writes_by_functions_go_into_a_batch(coodie_recorder):
    one = event()
    with sync.batch(logged=False, consistency="ONE") as batch:
        sync.save(one, batch=batch)
        sync.delete(Event(user=1, n=3), batch=batch)
        sync.create(Event, user=1, n=4, batch=batch)
        assert one.changes()
    assert [call.batch_kind for call in coodie_recorder.calls] == ["unlogged"]
    assert len(coodie_recorder.last.statements) == 3
    assert not one.changes()


def test_get_or_none_gives_a_document_or_none_and_refuses_several(coodie_recorder):
    select = coodie_recorder.on("select", table=Event)
    select.returns([ROW]).times(1)
    assert Event.get_or_none(user=1, n=2) == event()
    coodie_recorder.on("select", table=Event).returns([]).times(2)
    assert Event.get_or_none(user=1, n=2) is None
    assert Event.using(keyspace="k").get_or_none(user=1, n=2) is None
    coodie_recorder.on("select", table=Event).returns([ROW, {**ROW, "n": 3}]).times(1)
    with pytest.raises(MultipleDocumentsFound):
        Event.get_or_none(user=1)
    coodie_recorder.on("select", table=Event).returns([]).times(1)
    with pytest.raises(DocumentNotFound):
        sync.get(Event, user=1, n=2)


VIEW = r"ByKind is a view, which takes its rows from its table; write there"


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: sync.save(ByKind(kind="x", user=1, n=2)), VIEW),
        (lambda: sync.insert(ByKind(kind="x", user=1, n=2)), VIEW),
        (lambda: sync.update(ByKind(kind="x", user=1, n=2), n=5), "key"),
        (lambda: sync.delete(ByKind(kind="x", user=1, n=2)), VIEW),
        (lambda: sync.create(ByKind, kind="x", user=1, n=2), VIEW),
        (lambda: sync.truncate(ByKind), VIEW),
        (lambda: sync.find(ByKind, kind="x").delete(), VIEW),
        (lambda: sync.save(Views(url="/")), r"Views holds counters, which can only be changed; use increment\(\)"),
        (lambda: sync.insert(Views(url="/")), "Views holds counters"),
        (lambda: sync.update(Views(url="/"), views=1), "Views holds counters"),
        (lambda: sync.increment(event(), n=1), r"Event\.n is not a counter"),
        (lambda: sync.save(5), "int is neither a document nor a view"),
        (lambda: sync.save(Event), "a document is wanted here, not a class"),
        (lambda: sync.refresh(None), "neither a document nor a view"),
        (lambda: sync.find(event()), r"find\(\) takes a class of documents, not an Event"),
        (lambda: sync.get(event(), user=1), r"get\(\) takes a class of documents, not an Event"),
        (lambda: sync.find(dict, user=1), "dict is neither a document nor a view"),
        (lambda: sync.get_many(event(), [1]), r"get_many\(\) takes a class of documents, not an Event"),
    ],
)
def test_what_a_function_cannot_work_on_is_refused(coodie_recorder, call, why):
    with pytest.raises(InvalidQueryError, match=why):
        call()
    assert coodie_recorder.calls == []
