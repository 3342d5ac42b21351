# Derived by tests/derive.py: edit tests/doors/aio/test_batch_page.py,
# then run `tox -e sync`.
"""Every example of the user's page on batches, as printed there."""

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

import pytest

from coodie.sync import BatchQuery, CounterDocument, Document
from coodie.batch import BatchWarning
from coodie.cql_builder import build_batch, build_insert
from coodie.fields import Counter, PrimaryKey


class Event(Document):
    user_id: Annotated[UUID, PrimaryKey()]
    ts: Annotated[datetime, PrimaryKey(clustering=True)]
    event_type: str

    class Settings:
        name = "events"


class PageViews(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


uid = uuid4()
now = datetime(2030, 1, 2, 3, 4, 5, 678000)
later = datetime(2030, 1, 2, 3, 4, 6)


def test_two_saves_in_a_block(coodie_recorder, cql_snapshot):
    with BatchQuery() as batch:
        Event(user_id=uid, ts=now, event_type="login").save(batch=batch)
        Event(user_id=uid, ts=later, event_type="page_view").save(batch=batch)
        assert coodie_recorder.calls == []
    assert coodie_recorder == cql_snapshot
    assert coodie_recorder.cql == [
        "BEGIN BATCH\n"
        "  INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?);\n"
        "  INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?);\n"
        "APPLY BATCH"
    ]


@pytest.mark.parametrize(
    ("options", "begin", "kind"),
    [
        ({}, "BEGIN BATCH", "logged"),
        ({"logged": True}, "BEGIN BATCH", "logged"),
        ({"logged": False}, "BEGIN UNLOGGED BATCH", "unlogged"),
        ({"batch_type": "LOGGED"}, "BEGIN BATCH", "logged"),
        ({"batch_type": "UNLOGGED"}, "BEGIN UNLOGGED BATCH", "unlogged"),
        ({"logged": False, "batch_type": "LOGGED"}, "BEGIN BATCH", "logged"),
    ],
)
def test_kinds_of_batches(coodie_recorder, options, begin, kind):
    with BatchQuery(**options) as batch:
        Event(user_id=uid, ts=now, event_type="login").save(batch=batch)
    assert coodie_recorder.last.cql.splitlines()[0] == begin
    assert coodie_recorder.last.batch_kind == kind


def test_counter_batch(coodie_recorder, cql_snapshot):
    with BatchQuery(batch_type="COUNTER") as batch:
        PageViews(url="/home").increment(views=1, batch=batch)
        PageViews(url="/about").decrement(views=2, batch=batch)
    assert coodie_recorder == cql_snapshot
    assert coodie_recorder.last.cql.startswith("BEGIN COUNTER BATCH\n")


def test_manual_execution(coodie_recorder, cql_snapshot):
    batch = BatchQuery()
    batch.add("INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?)", [uid, now, "login"])
    batch.add("INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?)", [uid, now, "logout"])
    batch.execute()
    assert coodie_recorder == cql_snapshot
    assert coodie_recorder.last.values == (uid, now, "login", uid, now, "logout")


def test_an_exception_in_the_block_sends_nothing(coodie_recorder):
    with pytest.raises(ValueError, match="oops"):  # noqa: PT012
        with BatchQuery() as batch:
            Event(user_id=uid, ts=datetime.now(), event_type="login").save(batch=batch)
            raise ValueError("oops")
    assert coodie_recorder.calls == []
    assert batch.statements == ()


def test_build_batch():
    statements = [
        build_insert("events", "myapp", {"user_id": uid, "ts": now, "event_type": "login"}),
        build_insert("events", "myapp", {"user_id": uid, "ts": now, "event_type": "page_view"}),
    ]

    cql, params = build_batch(statements, logged=True)

    insert = "  INSERT INTO myapp.events (user_id, ts, event_type) VALUES (?, ?, ?);\n"
    assert cql == f"BEGIN BATCH\n{insert}{insert}APPLY BATCH"
    assert params == [uid, now, "login", uid, now, "page_view"]


def test_what_the_builder_makes_can_be_added(coodie_recorder):
    batch = BatchQuery()
    batch.add(*build_insert("events", None, {"user_id": uid, "ts": now, "event_type": "login"}))
    batch.execute()
    assert coodie_recorder.last.statements[0].cql == ("INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?)")


def test_each_call_takes_the_batch(coodie_recorder, cql_snapshot):
    first, second, third, fourth = (Event(user_id=UUID(int=n), ts=now, event_type="login") for n in (1, 2, 3, 4))
    with BatchQuery() as batch:
        assert first.save(batch=batch) is None
        assert second.update(event_type="page_view", batch=batch) is None
        assert third.delete_columns("event_type", batch=batch) is None
        assert fourth.delete(batch=batch) is None
    assert coodie_recorder == cql_snapshot


def test_an_insert_takes_the_batch(coodie_recorder, cql_snapshot):
    coodie_recorder.on("batch").applied()
    with BatchQuery() as batch:
        assert Event(user_id=UUID(int=1), ts=now, event_type="login").insert(batch=batch) is None
    assert batch.result is not None
    assert batch.result.applied
    assert coodie_recorder == cql_snapshot


def test_the_page_with_two_instants_of_one_millisecond_warns(coodie_recorder):
    with pytest.warns(BatchWarning, match="one row twice"):  # noqa: PT031
        with BatchQuery() as batch:
            Event(user_id=uid, ts=now.replace(microsecond=678001), event_type="login").save(batch=batch)
            Event(user_id=uid, ts=now.replace(microsecond=678999), event_type="page_view").save(batch=batch)
    assert len(coodie_recorder.batches) == 1
