"""The functions of a door: each does what the method of the same name does, for models and documents of either door."""

from typing import Annotated

import pytest

from coodie import aio
from coodie.aio import CounterDocument, Document, MaterializedView
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

    async def check(*calls):
        sent = []
        for call in calls:
            with RecordingDriver(strict=False) as driver:
                if reads:
                    driver.on("select", table=Event).returns([ROW])
                document = event()
                answer = await call(document)
                sent.append(([each.request for each in driver.calls], repr(answer), document))
        assert sent[0] == sent[1]
        assert sent[0][0]

    return check


@pytest.mark.parametrize(
    ("function", "method"),
    [
        (lambda e: aio.refresh(e, consistency="ONE"), lambda e: e.refresh(consistency="ONE")),
        (lambda e: aio.find(Event, Event.n > 1, user=1).all(), lambda e: Event.find(Event.n > 1, user=1).all()),
        (lambda e: aio.find_one(Event, user=1), lambda e: Event.find_one(user=1)),
        (lambda e: aio.get(Event, user=1, n=2), lambda e: Event.get(user=1, n=2)),
        (lambda e: aio.get(Event, Event.user == 1), lambda e: Event.get(Event.user == 1)),
        (lambda e: aio.get_or_none(Event, user=1, n=2), lambda e: Event.get_or_none(user=1, n=2)),
        (
            lambda e: aio.raw(Event, "SELECT * FROM event", []).all(),
            lambda e: Event.raw("SELECT * FROM event", []).all(),
        ),
    ],
)
async def test_a_function_reads_as_the_method_does(function, method):
    await same(reads=True)(function, method)


@pytest.mark.parametrize(
    ("function", "method"),
    [
        (lambda e: aio.save(e, ttl=5, timestamp=6), lambda e: e.save(ttl=5, timestamp=6)),
        (lambda e: aio.save(e, full=True, consistency="ONE"), lambda e: e.save(full=True, consistency="ONE")),
        (lambda e: aio.insert(e, ttl=5, timeout=2.0), lambda e: e.insert(ttl=5, timeout=2.0)),
        (lambda e: aio.update(e, {"kind": "y"}, tags__add={"a"}), lambda e: e.update({"kind": "y"}, tags__add={"a"})),
        (lambda e: aio.update(e, kind="y", if_exists=True), lambda e: e.update(kind="y", if_exists=True)),
        (
            lambda e: aio.update(e, kind="y", if_conditions={"kind": "x"}, timeout=1.0),
            lambda e: e.update(kind="y", if_conditions={"kind": "x"}, timeout=1.0),
        ),
        (lambda e: aio.delete(e, timestamp=5), lambda e: e.delete(timestamp=5)),
        (lambda e: aio.delete(e, if_conditions={"kind": "x"}), lambda e: e.delete(if_conditions={"kind": "x"})),
        (lambda e: aio.delete_columns(e, "kind", ("tags", "a")), lambda e: e.delete_columns("kind", ("tags", "a"))),
        (lambda e: aio.create(Event, {"user": 1}, n=2), lambda e: Event.create({"user": 1}, n=2)),
        (lambda e: aio.sync_table(Event), lambda e: Event.sync_table()),
        (lambda e: aio.sync_table(ByKind), lambda e: ByKind.sync_view()),
        (lambda e: aio.drop_table(Event), lambda e: Event.drop_table()),
        (lambda e: aio.drop_table(ByKind), lambda e: ByKind.drop_view()),
        (lambda e: aio.truncate(Event), lambda e: Event.truncate()),
        (lambda e: aio.increment(Views(url="/"), views=2), lambda e: Views(url="/").increment(views=2)),
        (lambda e: aio.decrement(Views(url="/"), {"views": 2}), lambda e: Views(url="/").decrement({"views": 2})),
        (lambda e: aio.delete(Views(url="/")), lambda e: Views(url="/").delete()),
    ],
)
async def test_a_function_writes_as_the_method_does(function, method):
    await same(reads=False)(function, method)


async def test_a_function_takes_a_model_of_another_place(coodie_recorder):
    there = Event.using(keyspace="t42")
    coodie_recorder.on("select", table=Event).returns([ROW]).times(2)
    await aio.create(there, user=1, n=2)
    await aio.find_one(there, user=1)
    await aio.get_or_none(there, user=1, n=2)
    await aio.truncate(there)
    assert [each.cql.partition("t42.event")[1] for each in coodie_recorder.calls] == ["t42.event"] * 4


async def test_writes_by_functions_go_into_a_batch(coodie_recorder):
    one = event()
    async with aio.batch(logged=False, consistency="ONE") as batch:
        await aio.save(one, batch=batch)
        await aio.delete(Event(user=1, n=3), batch=batch)
        await aio.create(Event, user=1, n=4, batch=batch)
        assert one.changes()
    assert [call.batch_kind for call in coodie_recorder.calls] == ["unlogged"]
    assert len(coodie_recorder.last.statements) == 3
    assert not one.changes()


async def test_get_or_none_gives_a_document_or_none_and_refuses_several(coodie_recorder):
    select = coodie_recorder.on("select", table=Event)
    select.returns([ROW]).times(1)
    assert await Event.get_or_none(user=1, n=2) == event()
    coodie_recorder.on("select", table=Event).returns([]).times(2)
    assert await Event.get_or_none(user=1, n=2) is None
    assert await Event.using(keyspace="k").get_or_none(user=1, n=2) is None
    coodie_recorder.on("select", table=Event).returns([ROW, {**ROW, "n": 3}]).times(1)
    with pytest.raises(MultipleDocumentsFound):
        await Event.get_or_none(user=1)
    coodie_recorder.on("select", table=Event).returns([]).times(1)
    with pytest.raises(DocumentNotFound):
        await aio.get(Event, user=1, n=2)


VIEW = r"ByKind is a view, which takes its rows from its table; write there"


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: aio.save(ByKind(kind="x", user=1, n=2)), VIEW),
        (lambda: aio.insert(ByKind(kind="x", user=1, n=2)), VIEW),
        (lambda: aio.update(ByKind(kind="x", user=1, n=2), n=5), "key"),
        (lambda: aio.delete(ByKind(kind="x", user=1, n=2)), VIEW),
        (lambda: aio.create(ByKind, kind="x", user=1, n=2), VIEW),
        (lambda: aio.truncate(ByKind), VIEW),
        (lambda: aio.find(ByKind, kind="x").delete(), VIEW),
        (lambda: aio.save(Views(url="/")), r"Views holds counters, which can only be changed; use increment\(\)"),
        (lambda: aio.insert(Views(url="/")), "Views holds counters"),
        (lambda: aio.update(Views(url="/"), views=1), "Views holds counters"),
        (lambda: aio.increment(event(), n=1), r"Event\.n is not a counter"),
        (lambda: aio.save(5), "int is neither a document nor a view"),
        (lambda: aio.save(Event), "a document is wanted here, not a class"),
        (lambda: aio.refresh(None), "neither a document nor a view"),
        (lambda: aio.find(event()), r"find\(\) takes a class of documents, not an Event"),
        (lambda: aio.get(event(), user=1), r"get\(\) takes a class of documents, not an Event"),
        (lambda: aio.find(dict, user=1), "dict is neither a document nor a view"),
        (lambda: aio.get_many(event(), [1]), r"get_many\(\) takes a class of documents, not an Event"),
    ],
)
async def test_what_a_function_cannot_work_on_is_refused(coodie_recorder, call, why):
    with pytest.raises(InvalidQueryError, match=why):
        await call()
    assert coodie_recorder.calls == []
