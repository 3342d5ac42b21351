"""A driver from outside touches no file of coodie: an adapter native to asyncio, made of what drivers share."""

from __future__ import annotations

import ast
import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from drivers.shared import tiny
from drivers.shared.tiny import Lost, Refused, Server, TinyDriver

from coodie import aio, sync
from coodie.drivers import Adapter, Hook, Trip, get_driver, register_adapter, unregister_adapter
from coodie.drivers.shared.lazy import lazy_driver
from coodie.exceptions import (
    ConfigurationError,
    OutcomeUnknown,
    RequestRejected,
    Timeout,
    Unavailable,
)
from coodie.fields import ClusteringKey, PrimaryKey
from coodie.testing import RecordingDriver
from coodie.testing.contract import DriverContract


class TestTiny(DriverContract):
    doors = ("aio",)

    @pytest.fixture
    def driver(self) -> TinyDriver:
        return TinyDriver(Server())


class TestTinyOpenedLazily(DriverContract):
    doors = ("aio",)

    @pytest.fixture
    def driver(self) -> Any:
        server = Server()

        async def aconnect() -> TinyDriver:
            await asyncio.sleep(0)
            return TinyDriver(server)

        return lazy_driver(None, aconnect)


class Event(aio.Document):
    user: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    note: str | None = None

    class Settings:
        name = "events"


class SyncEvent(sync.Document):
    user: Annotated[int, PrimaryKey()]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    register_adapter("tiny", tiny.adapter({"here": server}))
    yield server
    asyncio.run(aio.close())
    unregister_adapter("tiny")


async def made(**options: Any) -> None:
    await aio.init_coodie("here", driver="tiny", **options)
    text = "CREATE TABLE IF NOT EXISTS events (user bigint, at bigint, note text, PRIMARY KEY (user, at))"
    await aio.execute_raw(text)


def test_it_touches_no_file_of_coodie_and_knows_only_what_drivers_share() -> None:
    nodes = ast.walk(ast.parse(Path(tiny.__file__).read_text("utf-8")))
    rooms = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    own = {room for room in rooms if room is not None and room.startswith("coodie")}
    allowed = ("coodie.drivers.shared", "coodie.cql.")
    assert {room for room in own if not room.startswith(allowed)} == {"coodie.drivers", "coodie.exceptions"}


@pytest.mark.parametrize("lazy", [True, False])
async def test_documents_are_saved_and_found_by_it(server: Server, lazy: bool) -> None:
    await made(lazy=lazy, prepared_size=10)
    await asyncio.gather(*[Event(user=1, at=number, note=str(number)).save() for number in range(50)])
    found = await Event.find(user=1).fetch_size(7).all()
    assert [(each.at, each.note) for each in found] == [(number, str(number)) for number in range(50)]
    assert len(server.prepared) == 2, "each text once"
    assert server.connects == 1
    await aio.close()
    with pytest.raises(ConfigurationError, match="no connection is known"):
        get_driver()


async def test_without_a_way_that_blocks_it_is_for_the_async_door(server: Server) -> None:
    for lazy in (True, False):
        with pytest.raises(ConfigurationError, match=r"adapter 'tiny' cannot serve coodie\.sync; use coodie\.aio"):
            sync.init_coodie("here", driver="tiny", lazy=lazy, name="another")
        await made(lazy=lazy)
        with pytest.raises(ConfigurationError, match=r"cannot serve coodie\.sync; use coodie\.aio"):
            SyncEvent(user=1).save()
        for close in (sync.close, lambda: sync.init_coodie(driver=RecordingDriver())):
            with pytest.raises(ConfigurationError, match=r"cannot serve coodie\.sync; use coodie\.aio"):
                close()
        await Event(user=1, at=1).save()


async def test_what_is_wrong_is_said_before_connecting(server: Server) -> None:
    for lazy in (True, False):
        with pytest.raises(ConfigurationError, match="no option compresion"):
            await aio.init_coodie("here", driver="tiny", lazy=lazy, compresion=True)
    with pytest.raises(ConfigurationError, match="'tiny' takes no session"):
        await aio.init_coodie(driver="tiny", session=object())
    with pytest.raises(
        ConfigurationError, match=r"no adapter is called 'tinny'; known: 'acsylla', 'cassandra', 'memory', 'tiny'"
    ):
        await aio.init_coodie("here", driver="tinny")
    with pytest.raises(ConfigurationError, match="needs hosts="):
        await aio.init_coodie(driver="tiny")
    with pytest.raises(Unavailable, match="'elsewhere'"):
        await aio.init_coodie("elsewhere", driver="tiny")
    assert server.connects == 0


@pytest.mark.parametrize(
    ("name", "adapter", "message"),
    [
        ("", Adapter(connect=lambda settings: RecordingDriver()), "name of an adapter must be a str"),
        (5, Adapter(connect=lambda settings: RecordingDriver()), "name of an adapter must be a str"),
        ("mine", object(), "an adapter must be a coodie.drivers.Adapter, not an object"),
        ("mine", Adapter(), "'mine' cannot connect"),
    ],
)
def test_what_is_no_adapter_is_refused(name: Any, adapter: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        register_adapter(name, adapter)


async def test_its_failures_are_coodie_s_errors(server: Server) -> None:
    await made()
    await Event(user=1, at=1).save()
    await Event.find(user=1).all()
    server.faults = [Lost("reset"), Lost("reset"), Refused("no permission")]
    with pytest.raises(OutcomeUnknown, match="reset"):
        await Event(user=1, at=2).save()
    with pytest.raises(Unavailable, match="reset"):
        await Event.find(user=1).all()
    with pytest.raises(RequestRejected, match="no permission"):
        await Event(user=1, at=2).save()


async def test_rule_33_a_timeout_covers_preparing_and_tells_whether_it_was_sent(server: Server) -> None:
    await made()
    server.hangs = True
    with pytest.raises(Timeout, match="nothing was written") as caught:
        await Event(user=1, at=1).save(timeout=0.01)
    assert (caught.value.attempts, caught.value.prepared) == (0, 1)
    server.hangs = False
    await aio.close()
    await made()
    await Event(user=1, at=1).save()
    server.hangs = True
    with pytest.raises(OutcomeUnknown):
        await Event(user=1, at=1).save(timeout=0.01)


async def test_a_trip_tells_of_it(server: Server) -> None:
    trips: list[Trip] = []

    class Ear(Hook):
        def after(self, trip: Trip, token: object) -> None:
            trips.append(trip)

    await made(hooks=[Ear()])
    trips.clear()
    for _ in range(2):
        await Event(user=1, at=1).save()
    assert [(trip.model, trip.coordinator, trip.prepared) for trip in trips] == [
        (Event, "tiny:1", 1),
        (Event, "tiny:1", 0),
    ]


async def test_rule_34_a_double_stays_in_place_of_it(server: Server) -> None:
    with RecordingDriver() as recorder:
        await aio.init_coodie("here", driver="tiny")
        await Event(user=1, at=1).save()
    assert len(recorder.calls) == 1
    assert server.connects == 0


async def test_rule_34_what_only_the_async_door_can_close_is_named_at_the_end_of_a_block(server: Server) -> None:
    async def open_two() -> None:
        for name in ("default", "second"):  # the recorder stands in for the first
            await aio.init_coodie("here", driver="tiny", name=name)

    wanted = r"'second' stays open.*await coodie\.aio\.close\('second'\)"
    with pytest.warns(ResourceWarning, match=wanted), RecordingDriver():
        await open_two()
    with RecordingDriver():
        await open_two()
        await aio.close("second")


def test_one_connection_serves_several_loops_and_a_lazy_one_outlives_the_loop_that_began_it(server: Server) -> None:
    asyncio.run(aio.init_coodie("here", driver="tiny", lazy=True))
    server.faults = []

    async def given_up() -> None:
        task = asyncio.ensure_future(Event(user=1, at=1).save())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(given_up())
    for _ in range(2):
        asyncio.run(made_and_saved())
    gc.collect()


async def made_and_saved() -> None:
    await aio.execute_raw(
        "CREATE TABLE IF NOT EXISTS events (user bigint, at bigint, note text, PRIMARY KEY (user, at))"
    )
    await Event(user=1, at=1).save()
    assert len(await Event.find(user=1).all()) == 1


async def test_a_failure_to_connect_is_not_kept(server: Server) -> None:
    unregister_adapter("tiny")
    attempts: list[int] = []

    async def aconnect(settings: Any) -> TinyDriver:
        attempts.append(1)
        await asyncio.sleep(0)
        if len(attempts) == 1:
            raise Unavailable("nobody there")
        return TinyDriver(server)

    register_adapter("tiny", Adapter(aconnect=aconnect))
    await aio.init_coodie("here", driver="tiny", lazy=True)
    found = await asyncio.gather(*[aio.execute_raw("USE x") for _ in range(3)], return_exceptions=True)
    assert [type(each) for each in found] == [Unavailable] * 3
    assert len(attempts) == 1
    await made_and_saved()
    assert len(attempts) == 2


async def test_a_lazy_connection_that_is_closed_while_it_is_made_is_closed_when_it_is(server: Server) -> None:
    unregister_adapter("tiny")
    gate, closed = asyncio.Event(), asyncio.Event()

    class Slow(TinyDriver):
        async def aclose(self) -> None:
            closed.set()

    async def aconnect(settings: Any) -> TinyDriver:
        await gate.wait()
        return Slow(server)

    register_adapter("tiny", Adapter(aconnect=aconnect))
    await aio.init_coodie("here", driver="tiny", lazy=True)
    call = asyncio.ensure_future(made_and_saved())
    await asyncio.sleep(0)
    await aio.close()
    with pytest.raises(ConfigurationError, match="closed"):
        await call
    assert not closed.is_set()
    gate.set()
    await asyncio.wait_for(closed.wait(), 60)
