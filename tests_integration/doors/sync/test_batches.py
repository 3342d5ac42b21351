# Derived by tests/derive.py: edit tests_integration/doors/aio/test_batches.py,
# then run `tox -e sync`.
"""Batches on a real cluster: each kind is read back row by row, and what is refused leaves nothing."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from coodie import BatchWarning, InvalidQueryError, RequestRejected
from coodie.sync import BatchQuery, close, execute_raw, init_coodie
from coodie.cql_builder import build_batch, build_insert
from coodie.testing import RecordingDriver

from .models import Event, PageViews, Reading, User

START = datetime(2024, 3, 1, 12, tzinfo=timezone.utc)
INSERT = "INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?)"


def event(user_id: UUID, number: int, event_type: str = "login") -> Event:
    return Event(user_id=user_id, ts=START + timedelta(seconds=number), event_type=event_type)


@pytest.fixture(autouse=True)
def tables(connection):
    for model in (Event, PageViews, User, Reading):
        model.sync_table()


@pytest.fixture
def events(look):
    """The rows of a user, read without coodie: seconds after START, and event type."""

    def ask(user_id):
        found = look("SELECT ts, event_type FROM {}.events WHERE user_id = %s", user_id)
        return [((ts.replace(tzinfo=timezone.utc) - START).total_seconds(), event_type) for ts, event_type in found]

    return ask


@pytest.mark.parametrize("arguments", [{}, {"logged": False}, {"batch_type": "UNLOGGED"}, {"batch_type": "LOGGED"}])
def test_every_row_of_a_batch_is_written(events, spy, arguments):
    uid = uuid4()
    with BatchQuery(**arguments) as batch:
        for number in range(5):
            event(uid, number, f"type {number}").save(batch=batch)
        assert events(uid) == []
        assert spy.calls == []
    assert events(uid) == [(number, f"type {number}") for number in range(5)]
    assert len(spy.calls) == 1
    assert spy.last.batch_kind == arguments.get("batch_type", "LOGGED" if arguments == {} else "UNLOGGED").lower()
    assert batch.statements == ()


def test_a_counter_batch_adds_up(look):
    one, two = (PageViews(url=f"/{uuid4()}") for _ in range(2))
    for _ in range(2):
        with BatchQuery(batch_type="COUNTER") as batch:
            one.increment(views=2, batch=batch)
            one.decrement(clicks=1, batch=batch)
            two.increment(views=5, clicks=7, batch=batch)
    rows = [look("SELECT views, clicks FROM {}.page_views WHERE url = %s", page.url) for page in (one, two)]
    assert rows == [[(4, -2)], [(10, 14)]]


def test_texts_of_ones_own_go_when_execute_is_called(events, spy):
    uid = uuid4()
    batch = BatchQuery()
    batch.add(INSERT, [uid, START, "login"])
    batch.add(INSERT + ";", (uid, START + timedelta(seconds=1), "logout"))
    assert spy.calls == []
    batch.execute()
    assert events(uid) == [(0, "login"), (1, "logout")]
    batch.execute()
    assert len(spy.calls) == 1, "an empty batch sends nothing"


def test_all_that_writes_may_be_in_a_batch(look, events):
    uid = uuid4()
    user = User(id=uid, email="a@x", nickname="ann", team="red", tags={"new"})
    user.save()
    for number in range(3):
        event(uid, number).save()
    with BatchQuery() as batch:
        event(uid, 9, "saved").save(batch=batch)
        event(uid, 0).delete(batch=batch)
        event(uid, 1).update(event_type="updated", batch=batch)
        Event.find(user_id=uid, ts=START + timedelta(seconds=2)).delete(batch=batch)
        Event.find().create(user_id=uid, ts=START + timedelta(seconds=10), event_type="created", batch=batch)
        User.find(id=uid).update(team="blue", batch=batch)
        user.delete_columns("nickname", batch=batch)
        user.update(tags__add={"old"}, batch=batch)
    assert events(uid) == [(1, "updated"), (9, "saved"), (10, "created")]
    assert look("SELECT nickname, team, tags FROM {}.users WHERE id = %s", uid) == [(None, "blue", {"new", "old"})]
    assert (user.nickname, user.tags) == (None, {"new", "old"})


def test_an_exception_in_the_block_sends_nothing_and_empties_the_batch(events, spy):
    uid = uuid4()
    with pytest.raises(ValueError, match="oops"):
        with BatchQuery() as batch:
            event(uid, 0).save(batch=batch)
            raise ValueError("oops")
    assert (batch.statements, spy.calls, events(uid)) == ((), [], [])


def test_a_timestamp_is_that_of_every_statement(look):
    uid, micros = uuid4(), 1_700_000_000_000_123
    with BatchQuery(timestamp=micros) as batch:
        event(uid, 0).save(batch=batch)
        batch.add(INSERT, [uid, START + timedelta(seconds=1), "logout"])
    assert look("SELECT WRITETIME(event_type) FROM {}.events WHERE user_id = %s", uid) == [(micros,), (micros,)]


def test_a_timestamp_may_be_a_datetime_and_an_older_one_changes_nothing(look, events):
    uid = uuid4()
    event(uid, 0, "now").save(timestamp=1_700_000_000_000_000)
    with BatchQuery(timestamp=datetime(2023, 1, 1)) as batch:
        event(uid, 0, "late").save(batch=batch)
        event(uid, 1, "first").save(batch=batch)
    assert events(uid) == [(0, "now"), (1, "first")]
    micros = int(datetime(2023, 1, 1, tzinfo=timezone.utc).timestamp()) * 1_000_000
    assert look("SELECT WRITETIME(event_type) FROM {}.events WHERE user_id = %s", uid)[1] == (micros,)


def test_statements_may_have_timestamps_and_ttls_of_their_own(look):
    uid, micros = uuid4(), 1_700_000_000_000_000
    with BatchQuery() as batch:
        event(uid, 0).save(timestamp=micros, batch=batch)
        event(uid, 1).save(timestamp=micros + 1, ttl=1000, batch=batch)
    rows = look("SELECT WRITETIME(event_type), TTL(event_type) FROM {}.events WHERE user_id = %s", uid)
    assert rows[0] == (micros, None)
    assert rows[1][0] == micros + 1
    assert 990 <= rows[1][1] <= 1000


def test_a_condition_that_holds(events):
    uid = uuid4()
    with BatchQuery() as batch:
        event(uid, 0).insert(batch=batch)
        event(uid, 1).save(batch=batch)
    assert batch.result
    assert batch.result.applied is True
    assert batch.result.existing is None
    assert events(uid) == [(0, "login"), (1, "login")]


def test_a_condition_that_is_lost_writes_nothing_of_the_batch(events):
    uid = uuid4()
    event(uid, 0, "first").save()
    mine = event(uid, 0, "second")
    with BatchQuery() as batch:
        mine.insert(batch=batch)
        event(uid, 1).save(batch=batch)
    assert not batch.result
    assert batch.result.existing == event(uid, 0, "first")
    assert type(batch.result.existing) is Event
    assert [row["event_type"] for row in batch.result.rows] == ["first"]
    assert mine.event_type == "second"
    assert events(uid) == [(0, "first")]


def test_a_lost_condition_leaves_the_objects_as_they_are():
    uid = uuid4()
    user = User(id=uid, email="a@x", team="red")
    user.save()
    batch = BatchQuery()
    user.update(team="blue", if_conditions={"team": "green"}, batch=batch)
    result = batch.execute()
    assert result is batch.result
    assert (result.applied, result.existing.team, user.team) == (False, "red", "red")
    user.update(team="blue", if_conditions={"team": "red"}, batch=batch)
    assert batch.execute()
    assert user.team == "blue"


def test_several_conditions_where_allowed_give_every_row():
    sensor = str(uuid4())
    Reading(sensor=sensor, number=1, value=1.0).save()
    Reading(sensor=sensor, number=2, value=2.0).save()
    batch = BatchQuery(allow_multiple_conditions=True)
    for number in (1, 2):
        reading = Reading(sensor=sensor, number=number)
        reading.update(value=9.0, if_conditions={"value": 1.0}, batch=batch)
    result = batch.execute()
    assert result.applied is False
    assert [(row["number"], row["value"]) for row in result.rows] == [(1, 1.0), (2, 2.0)]
    assert [row.value for row in Reading.find(sensor=sensor)] == [1.0, 2.0]


def two_conditions(batch, uid):
    event(uid, 0).insert(batch=batch)
    event(uid, 1).insert(batch=batch)


def two_partitions(batch, uid):
    event(uuid4(), 0).save(batch=batch)
    event(uid, 1).insert(batch=batch)


def two_partitions_reversed(batch, uid):
    event(uid, 1).insert(batch=batch)
    event(uuid4(), 0).save(batch=batch)


def two_tables(batch, uid):
    event(uid, 0).insert(batch=batch)
    User(id=uid, email="a@x").save(batch=batch)


def a_counter_among_others(batch, uid):
    event(uid, 0).save(batch=batch)
    PageViews(url=str(uid)).increment(views=1, batch=batch)


def a_timestamp_and_a_condition(batch, uid):
    event(uid, 0).save(timestamp=5, batch=batch)
    event(uid, 1).insert(batch=batch)


def a_read(batch, uid):
    event(uid, 0).save(batch=batch)
    batch.add("SELECT event_type FROM events WHERE user_id = ?", [uid])


def a_change_of_the_schema(batch, uid):
    event(uid, 0).save(batch=batch)
    batch.add("TRUNCATE events")


def options_of_its_own(batch, uid):
    event(uid, 0).save(batch=batch)
    event(uid, 1).save(consistency="ALL", batch=batch)


@pytest.mark.parametrize(
    ("add", "message"),
    [
        (two_conditions, "one condition only"),
        (two_partitions, "another partition"),
        (two_partitions_reversed, "another partition"),
        (two_tables, "another table"),
        (a_counter_among_others, "changes a counter"),
        (a_timestamp_and_a_condition, "takes no timestamp"),
        (a_read, "only INSERT, UPDATE and DELETE"),
        (a_change_of_the_schema, "only INSERT, UPDATE and DELETE"),
        (options_of_its_own, "those of the batch"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_refused_is_named_and_nothing_goes_out(look, events, spy, add, message):
    uid = uuid4()
    with pytest.raises(InvalidQueryError, match=rf"statement 2 .*{message}.*: (INSERT|UPDATE|SELECT|TRUNCATE) "):
        with BatchQuery() as batch:
            add(batch, uid)
    assert (spy.calls, batch.statements, events(uid)) == ([], (), [])
    assert look("SELECT views FROM {}.page_views WHERE url = %s", str(uid)) == []


def test_a_counter_batch_refuses_all_else(events, spy):
    uid = uuid4()
    with pytest.raises(InvalidQueryError, match=r"statement 2 .*changes no counter"):
        with BatchQuery(batch_type="COUNTER") as batch:
            PageViews(url=str(uid)).increment(views=1, batch=batch)
            event(uid, 0).save(batch=batch)
    assert (spy.calls, events(uid)) == ([], [])


def test_the_statement_before_a_refused_one_can_still_be_sent(events):
    uid = uuid4()
    with BatchQuery() as batch:
        event(uid, 0).insert(batch=batch)
        with pytest.raises(InvalidQueryError, match=r"statement 2"):
            event(uuid4(), 0).insert(batch=batch)
    assert batch.result
    assert events(uid) == [(0, "login")]


def test_a_document_of_another_connection_is_refused(events, spy, keyspace):
    class Elsewhere(Event):
        class Settings:
            connection = "elsewhere"

    other = RecordingDriver()
    init_coodie(driver=other, name="elsewhere", keyspace=keyspace)
    uid = uuid4()
    with pytest.raises(InvalidQueryError, match=r"statement 2 .*another connection .*elsewhere"):
        with BatchQuery() as batch:
            event(uid, 0).save(batch=batch)
            Elsewhere(user_id=uid, ts=START, event_type="x").save(batch=batch)
    assert (spy.calls, other.calls, events(uid)) == ([], [], [])
    close("elsewhere")


def test_what_the_server_refuses_is_kept_and_can_be_tried_again(events, look):
    uid = uuid4()
    batch = BatchQuery()
    batch.add(INSERT, [uid, START, "login"])
    batch.add(f"UPDATE nothing_{uid.hex} SET a = ? WHERE b = ?", [1, 2])
    with pytest.raises(RequestRejected, match=f"nothing_{uid.hex}"):
        batch.execute()
    assert len(batch.statements) == 2
    assert events(uid) == []
    execute_raw(f"CREATE TABLE nothing_{uid.hex} (b int PRIMARY KEY, a int)")
    batch.execute()
    assert batch.statements == ()
    assert events(uid) == [(0, "login")]
    assert look(f"SELECT a, b FROM {{}}.nothing_{uid.hex}") == [(1, 2)]


def test_an_error_on_the_way_is_not_answered_by_sending_twice(spy):
    uid = uuid4()
    with pytest.raises(RequestRejected):
        with BatchQuery() as batch:
            batch.add(f"UPDATE nothing_{uid.hex} SET a = ? WHERE b = ?", [1, 2])
            with pytest.raises(RequestRejected):
                batch.execute()
            batch.execute()
    assert len(spy.calls) == 2


def test_a_batch_that_is_too_large_for_the_server_writes_nothing(events):
    users = [uuid4() for _ in range(10)]
    with pytest.warns(BatchWarning, match="bytes"), pytest.raises(RequestRejected, match="too large"):
        with BatchQuery() as batch:
            for uid in users:
                event(uid, 0, "x" * 100_000).save(batch=batch)
    assert len(batch.statements) == 10
    assert [events(uid) for uid in users] == [[]] * 10


def test_a_large_batch_is_warned_about_and_sent(events):
    uid = uuid4()
    with pytest.warns(BatchWarning, match="60 statements"):
        with BatchQuery() as batch:
            for number in range(60):
                event(uid, number).save(batch=batch)
    assert len(events(uid)) == 60


def test_a_hundred_batches_of_different_lengths_prepare_one_statement(prepared, events, look):
    class Visit(Event):
        class Settings:
            name = f"visits_{uuid4().hex[:8]}"

    Visit.sync_table()
    before = prepared()
    uid = uuid4()
    for length in range(1, 101):
        with BatchQuery(warn_statements=None, warn_bytes=None) as batch:
            for number in range(length):
                moment = START + timedelta(seconds=length, milliseconds=number)
                Visit(user_id=uid, ts=moment, event_type="x").save(batch=batch)
    (new,) = set(prepared()) - set(before)
    assert new.startswith("INSERT INTO ")
    assert look(f"SELECT count(*) FROM {{}}.{Visit.table_name()} WHERE user_id = %s", uid) == [(5050,)]


@pytest.mark.parametrize("logged", [True, False])
def test_the_text_of_build_batch_is_a_statement_of_its_own(events, keyspace, logged):
    uid = uuid4()
    statements = [
        build_insert("events", keyspace, {"user_id": uid, "ts": START, "event_type": "login"}),
        build_insert("events", keyspace, {"user_id": uid, "ts": START + timedelta(seconds=1), "event_type": "view"}),
    ]
    cql, params = build_batch(statements, logged=logged)
    execute_raw(cql, params)
    assert events(uid) == [(0, "login"), (1, "view")]


def test_the_text_of_build_batch_may_have_a_timestamp(look, keyspace):
    uid = uuid4()
    statements = [build_insert("events", keyspace, {"user_id": uid, "ts": START, "event_type": "login"})]
    cql, params = build_batch(statements, timestamp=1_700_000_000_000_000)
    execute_raw(cql, params)
    rows = look("SELECT WRITETIME(event_type) FROM {}.events WHERE user_id = %s", uid)
    assert rows == [(1_700_000_000_000_000,)]
