"""Connections by name on a real cluster: what is known, replaced, closed, and what hooks hear of each trip."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import pytest

from coodie import (
    ClusteringKey,
    ConfigurationError,
    InvalidQueryError,
    PrimaryKey,
    RequestRejected,
    SchemaMismatch,
    Unavailable,
)
from coodie.aio import AsyncBatchQuery, Document, close, execute_raw, init_coodie, verify_keyspace
from coodie.drivers import Batch, Hook, Kind, get_driver

from ...conftest import PATIENT  # noqa: TID252 - the checkout's root is not on the path


class Log(Document):
    app: Annotated[str, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    text: str = ""

    class Settings:
        name = "logs"


class Archived(Log):
    class Settings:
        name = "logs"
        connection = "archive"


class Ear(Hook):
    def __init__(self):
        self.before_trips, self.trips = [], []

    def before(self, request):
        self.before_trips.append(request)

    def after(self, trip, token):
        self.trips.append(trip)


@pytest.fixture
async def ear(session, keyspace):
    ear = Ear()
    await init_coodie(session=session, keyspace=keyspace, hooks=[ear])
    await Log.sync_table()
    ear.before_trips.clear()
    ear.trips.clear()
    yield ear
    await close()


@pytest.fixture
async def closing():
    yield
    await close()


async def test_each_page_is_a_trip(ear):
    app = str(uuid4())
    for number in range(7):
        await Log(app=app, number=number).save()
    assert [(trip.request.kind, trip.rows, trip.page_number) for trip in ear.trips] == [(Kind.WRITE, 0, 1)] * 7
    ear.trips.clear()
    assert len(await Log.find(app=app).fetch_size(3).all()) == 7
    assert [(trip.page_number, trip.rows, trip.error) for trip in ear.trips] == [
        (1, 3, None),
        (2, 3, None),
        (3, 1, None),
    ]
    assert len({trip.cql for trip in ear.trips}) == 1
    assert all(0 < trip.seconds < 60 for trip in ear.trips)
    assert [trip.request for trip in ear.trips] == ear.before_trips[7:]
    ear.trips.clear()
    assert len([log async for log in Log.find(app=app).fetch_size(6)]) == 7
    assert [(trip.page_number, trip.rows) for trip in ear.trips] == [(1, 6), (2, 1)]
    ear.trips.clear()
    assert await Log.find(app=app).count() == 7
    assert await Log.find(app__in=[]).all() == []
    assert [trip.rows for trip in ear.trips] == [1]


async def test_a_trip_tells_its_model_how_often_it_was_sent_and_what_was_prepared_for_it(ear, session, keyspace):
    app = str(uuid4())
    for number in (1, 2):
        await Log(app=app, number=number).save()
    await Log.find(app=app).all()
    await execute_raw("SELECT app FROM logs", timeout=30)
    assert [(trip.model, trip.attempts, trip.prepared) for trip in ear.trips] == [
        (Log, 1, 1),
        (Log, 1, 0),
        (Log, 1, 1),
        (None, 1, 1),
    ]
    ear.trips.clear()
    # Now the node forgets what was prepared for the table, and says so when it is asked to execute it.
    session.execute(f"ALTER TABLE {keyspace}.logs ADD another int")
    await Log(app=app, number=3).save()
    (trip,) = ear.trips
    assert trip.attempts > 1


async def test_an_error_is_a_trip_too(ear, keyspace):
    with pytest.raises(RequestRejected) as caught:
        await execute_raw(f"SELECT nothing FROM {keyspace}.logs")
    assert [(trip.error, trip.rows) for trip in ear.trips] == [(caught.value, 0)]
    with pytest.raises(InvalidQueryError):
        await Log.find(nope=1).all()
    assert len(ear.trips) == 1, "what is refused before sending is no trip"


async def test_a_batch_and_a_condition_are_one_trip_each(ear):
    app = str(uuid4())
    async with AsyncBatchQuery() as batch:
        await Log(app=app, number=1).save(batch=batch)
        await Log(app=app, number=2).save(batch=batch)
    assert not await Log(app=app, number=1).insert()
    first, second = ear.trips
    assert isinstance(first.request, Batch)
    assert first.cql.startswith("BEGIN BATCH\n  INSERT INTO")
    assert (second.request.kind, second.rows) == (Kind.CONDITIONAL, 1)


async def test_an_unknown_connection_is_named_with_those_that_are_known(session, keyspace, closing):
    with pytest.raises(ConfigurationError, match=r"no connection is known; call init_coodie\(\)"):
        await Log.find(app="a").all()
    await init_coodie(session=session, keyspace=keyspace)
    await init_coodie(session=session, keyspace=keyspace, name="reports")
    message = r"no connection is called 'archive'; known: 'default', 'reports'"
    for call in (
        Archived.find(app="a").all,
        Archived(app="a", number=1).save,
        Archived.sync_table,
        Log.find(app="a").using(connection="archive").count,
    ):
        with pytest.raises(ConfigurationError, match=message):
            await call()
    with pytest.raises(ConfigurationError, match=message):
        await execute_raw("SELECT now() FROM system.local", connection="archive")
    with pytest.raises(ConfigurationError, match=message):
        await close("archive")


async def test_closing_one_leaves_the_others(session, keyspace, other_keyspace, closing):
    await init_coodie(session=session, keyspace=keyspace)
    await init_coodie(session=session, keyspace=other_keyspace, name="archive")
    await Log.sync_table()
    await Archived.sync_table()
    app = str(uuid4())
    await Log(app=app, number=1).save()
    await Archived(app=app, number=2).save()
    await close("archive")
    assert [log.number for log in await Log.find(app=app).all()] == [1]
    with pytest.raises(ConfigurationError, match="known: 'default'"):
        await Archived.find(app=app).all()
    await init_coodie(session=session, keyspace=other_keyspace, name="archive")
    assert [log.number for log in await Archived.find(app=app).all()] == [2]
    await close("default")
    assert [log.number for log in await Log.find(app=app).all()] == [2], "the oldest that is left is the default now"


async def test_a_replaced_connection_is_closed_if_coodie_had_opened_it(cluster, session, keyspace, closing):
    hosts = [f"{host}:{cluster.port}" for host in cluster.hosts]
    await init_coodie(hosts, keyspace=keyspace, **PATIENT)
    first = get_driver()
    await init_coodie(hosts, keyspace=keyspace, **PATIENT)
    second = get_driver()
    assert first.session.is_shutdown
    await Log.sync_table()
    await init_coodie(session=session, keyspace=keyspace)
    assert second.session.is_shutdown
    await init_coodie(hosts, keyspace=keyspace, **PATIENT)
    third = get_driver()
    assert not session.is_shutdown, "the user's own session is never closed"
    await close()
    assert third.session.is_shutdown
    with pytest.raises(ConfigurationError, match="the connection is closed"):
        third.execute(Log.find().statement())


async def test_one_that_fails_to_open_leaves_the_one_before(cluster, session, keyspace, closed_port, closing):
    await init_coodie(session=session, keyspace=keyspace)
    await Log.sync_table()
    with pytest.raises(Unavailable):
        await init_coodie(f"127.0.0.1:{closed_port}")
    with pytest.raises(RequestRejected, match="nowhere"):
        await init_coodie([f"{host}:{cluster.port}" for host in cluster.hosts], keyspace="nowhere", **PATIENT)
    with pytest.raises(ConfigurationError, match="did you mean 'port'"):
        await init_coodie("127.0.0.1", prt=1)
    assert await Log.find(app="nobody").all() == []


async def test_a_session_of_the_user_may_be_closed_under_it(vendor_session, keyspace, closing):
    await init_coodie(session=vendor_session, keyspace=keyspace)
    await Log.sync_table()
    vendor_session.cluster.shutdown()
    with pytest.raises(ConfigurationError, match="closed"):
        await Log.find(app="a").all()


async def test_the_default_may_be_chosen(session, keyspace, other_keyspace, closing):
    await init_coodie(session=session, keyspace=keyspace, name="one")
    await init_coodie(session=session, keyspace=other_keyspace, name="two", default=True)
    assert f" FROM {other_keyspace}.logs" in Log.find().statement().cql
    assert f" FROM {keyspace}.logs" in Log.find().using(connection="one").statement().cql


async def test_closing_twice_and_closing_nothing_are_harmless(session, keyspace):
    await close()
    await init_coodie(session=session, keyspace=keyspace)
    await close()
    await close()
    await init_coodie(session=session, keyspace=keyspace)
    await Log.sync_table()
    await close()


@pytest.fixture
def fresh(session):
    """A name that no keyspace has; the tests' own session drops it in the end."""
    made = []

    def fresh(begin):
        made.append(f"{begin}{uuid4().hex[:8]}")
        return made[-1]

    yield fresh
    for name in made:
        session.execute(f'DROP KEYSPACE IF EXISTS "{name}"')


@pytest.mark.parametrize("begin", ["coodie_new_", "CoodieNew"], ids=["plain", "quoted"])
@pytest.mark.parametrize("how", ["hosts", "lazy", "session", "version 4"])
async def test_a_keyspace_is_made_for_the_connection_unless_it_is_there(cluster, session, fresh, closing, how, begin):
    name = fresh(begin)
    hosts = [f"{host}:{cluster.port}" for host in cluster.hosts]
    options = {
        "hosts": {"hosts": hosts, **PATIENT},
        "lazy": {"hosts": hosts, "lazy": True, **PATIENT},
        "session": {"session": session},
        "version 4": {"hosts": hosts, "protocol_version": 4, **PATIENT},
    }[how]
    await init_coodie(keyspace=name, create_keyspace={"durable_writes": False}, **options)
    await Log.sync_table()
    await Log(app="a", number=1).save()
    await init_coodie(keyspace=name, create_keyspace=True, **options)
    assert [log.number for log in await Log.find(app="a").all()] == [1]
    with pytest.raises(SchemaMismatch, match="durable_writes"):
        await verify_keyspace(name)
    await verify_keyspace(name, durable_writes=False)
