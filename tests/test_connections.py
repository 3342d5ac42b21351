"""Opening, replacing and closing connections by name, in both doors, without a cluster."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Annotated, Any

import pytest

from coodie import aio, sync
from coodie.drivers import (
    Adapter,
    ConnectionSettings,
    Hook,
    Page,
    Request,
    get_driver,
    hooked,
    init_coodie,
    register_adapter,
    register_driver,
    unregister_adapter,
    unregister_driver,
)
from coodie.exceptions import ConfigurationError, InvalidQueryError, Unavailable
from coodie.fields import PrimaryKey
from coodie.testing import RecordingDriver, assert_cql_count


class Thing(sync.Document):
    id: Annotated[int, PrimaryKey()]


class Fake:
    """A driver that says when it was closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def execute(self, request: Request, /) -> Page:
        return Page()

    async def aexecute(self, request: Request, /) -> Page:
        return Page()

    def close(self) -> None:
        self.closed.set()

    async def aclose(self) -> None:
        self.close()


class Opener:
    """Takes the place of connecting to a cluster; ``made`` are the drivers that it gave."""

    def __init__(self) -> None:
        self.made: list[Fake] = []
        self.gate: Callable[[], object] = lambda: None
        self.error: Exception | None = None
        self.thread: threading.Thread | None = None

    def __call__(self, settings: ConnectionSettings) -> Fake:
        self.thread = threading.current_thread()
        self.gate()
        if self.error is not None:
            raise self.error
        self.made.append(Fake())
        return self.made[-1]


@pytest.fixture
def opener() -> Iterator[Opener]:
    opener = Opener()
    register_adapter("cassandra", Adapter(connect=opener, over=lambda _, settings: opener(settings)))
    yield opener
    sync.close()
    unregister_adapter("cassandra")


def closed(opener: Opener) -> list[bool]:
    return [fake.closed.is_set() for fake in opener.made]


def test_what_coodie_opened_is_closed_when_its_name_is_given_away(opener: Opener) -> None:
    for name in ("default", "reports", "default"):
        sync.init_coodie("host", name=name)
    assert closed(opener) == [True, False, False]
    assert get_driver() is opener.made[2]
    sync.close("default")
    assert closed(opener) == [True, False, True]
    assert get_driver() is opener.made[1]
    sync.close()
    assert closed(opener) == [True, True, True]


async def test_the_async_door_does_the_same_and_connects_off_the_loops_thread(opener: Opener) -> None:
    for name in ("default", "reports", "default"):
        await aio.init_coodie("host", name=name)
    assert opener.thread is not threading.current_thread()
    assert closed(opener) == [True, False, False]
    await aio.close("reports")
    assert closed(opener) == [True, True, False]
    await aio.close()
    assert closed(opener) == [True, True, True]


def test_hooks_do_not_hide_what_is_to_be_closed(opener: Opener) -> None:
    sync.init_coodie("host", hooks=[Hook()])
    sync.init_coodie("host", hooks=[Hook()])
    assert closed(opener) == [True, False]
    sync.close()
    assert closed(opener) == [True, True]


def test_a_driver_that_was_given_is_never_closed(opener: Opener) -> None:
    mine = Fake()
    sync.init_coodie(driver=mine)
    sync.init_coodie("host")
    register_driver("default", mine)
    sync.close()
    assert not mine.closed.is_set()


def test_what_coodie_opened_is_closed_when_another_driver_is_registered_under_its_name(opener: Opener) -> None:
    for name in ("default", "reports"):
        sync.init_coodie("host", name=name)
    register_driver("default", Fake())
    assert closed(opener) == [True, False]


def test_it_is_not_closed_under_a_driver_that_stands_around_it_and_with_that_one_later(opener: Opener) -> None:
    sync.init_coodie("host")
    register_driver("default", RecordingDriver(hooked(get_driver(), [Hook()])))
    assert closed(opener) == [False]
    sync.close()
    assert closed(opener) == [True]


async def test_nor_is_it_by_the_async_door(opener: Opener) -> None:
    mine = Fake()
    for name in ("default", "mine"):
        await aio.init_coodie(driver=mine, name=name)
    await aio.close("mine")
    await aio.init_coodie("host")
    await aio.close()
    assert not mine.closed.is_set()
    assert closed(opener) == [True]


async def test_two_who_close_all_at_once_close_each_once(opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[int] = []

    async def aclose(self: Fake) -> None:
        names.append(opener.made.index(self))
        await asyncio.sleep(0)

    monkeypatch.setattr(Fake, "aclose", aclose)
    for name in ("default", "reports"):
        await aio.init_coodie("host", name=name)
    await asyncio.gather(aio.close(), aio.close())
    assert sorted(names) == [0, 1]


def test_the_keyspace_of_a_session_is_that_of_its_connection(opener: Opener) -> None:
    session = SimpleNamespace(keyspace="theirs")
    sync.init_coodie(session=session)
    assert Thing.find().statement().cql == "SELECT id FROM theirs.thing"
    session.keyspace = "elsewhere"  # somebody has sent USE over it
    assert Thing.find().statement().cql == "SELECT id FROM theirs.thing"
    sync.init_coodie(session=session, keyspace="ours")
    assert Thing.find().statement().cql == "SELECT id FROM ours.thing"


def test_one_that_fails_to_open_leaves_the_one_before(opener: Opener) -> None:
    sync.init_coodie("host")
    opener.error = Unavailable("nobody there")
    with pytest.raises(Unavailable):
        sync.init_coodie("host")
    assert get_driver() is opener.made[0]
    assert closed(opener) == [False]


def test_every_name_is_told_when_one_is_wrong(opener: Opener) -> None:
    with pytest.raises(ConfigurationError, match=r"no connection is known; call init_coodie\(\)"):
        Thing.find().warn(False).all()
    for name in ("main", "reports"):
        sync.init_coodie("host", name=name)
    message = "no connection is called '{}'; known: 'main', 'reports'"
    calls: list[Callable[[str], object]] = [
        get_driver,
        unregister_driver,
        sync.close,
        lambda name: Thing.find().warn(False).using(connection=name).all(),
        lambda name: sync.execute_raw("SELECT 1", connection=name),
    ]
    for call in calls:
        for wrong in ("report", ""):  # an empty name does not mean the default connection
            with pytest.raises(ConfigurationError, match=message.format(wrong)):
                call(wrong)
    with pytest.raises(InvalidQueryError, match="another connection"):
        Thing(id=1).save(batch=sync.BatchQuery(connection=""))


def test_rule_34_what_is_opened_in_the_block_of_a_double_is_closed_at_its_end(opener: Opener) -> None:
    sync.init_coodie("host", name="main")
    with RecordingDriver() as recorder:
        for name in ("reports", "main", "reports"):
            sync.init_coodie("host", name=name)
        assert closed(opener) == [False, True, False]
        assert get_driver() is recorder
    assert closed(opener) == [False, True, True]
    assert get_driver() is get_driver("main") is opener.made[0]
    with pytest.raises(ConfigurationError, match="known: 'main'"):
        get_driver("reports")


def test_rule_34_what_is_closed_in_the_block_does_not_come_back(opener: Opener) -> None:
    for name in ("main", "reports", "archive"):
        sync.init_coodie("host", name=name, default=name == "reports")
    with RecordingDriver() as recorder:
        sync.close("main")
        assert closed(opener) == [True, False, False]
        sync.close()  # the one that the double stands in for is not to be seen
        assert get_driver() is recorder
    assert closed(opener) == [True, False, True]
    assert get_driver() is opener.made[1]
    with pytest.raises(ConfigurationError, match="known: 'reports'"):
        get_driver("main")


def test_rule_34_the_rest_is_left_alone(opener: Opener) -> None:
    mine, other = Fake(), Fake()
    register_driver("mine", mine)
    sync.init_coodie("host", name="reports", default=True)
    with RecordingDriver():
        register_driver("reports", other)
        register_driver("more", other, default=True)
        assert get_driver() is other
        with assert_cql_count(1):
            Thing(id=1).save()
    assert get_driver() is opener.made[0]
    assert get_driver("mine") is mine
    assert closed(opener) == [mine.closed.is_set()] == [other.closed.is_set()] == [False]
    sync.close()
    assert closed(opener) == [True]


def test_rule_34_a_driver_that_is_registered_over_another_leaves_it_open_in_the_block(opener: Opener) -> None:
    for name in ("main", "reports"):
        sync.init_coodie("host", name=name)
    with RecordingDriver():
        register_driver("reports", Fake())
        sync.close("reports")
    assert closed(opener) == [False, False]
    assert get_driver("reports") is opener.made[1]


def test_rule_34_blocks_inside_blocks(opener: Opener) -> None:
    with RecordingDriver() as outer:
        sync.init_coodie("host")
        sync.init_coodie("host", name="reports")
        with RecordingDriver() as inner:
            sync.init_coodie("host")
            sync.init_coodie("host", name="reports")
            assert get_driver() is inner
            sync.close()
            assert closed(opener) == [False, True]
        assert get_driver() is outer
        assert get_driver("reports") is opener.made[0]
    assert closed(opener) == [True, True]


def test_rule_34_a_double_does_not_come_back_after_its_block(opener: Opener) -> None:
    one, two = RecordingDriver(), RecordingDriver()
    first, second = one.installed(), two.installed()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    with pytest.raises(ConfigurationError, match="no connection is known"):
        get_driver()


class Sync:
    def execute(self, request: Request, /) -> Page:
        return Page()

    def close(self) -> None: ...


class Async:
    async def aexecute(self, request: Request, /) -> Page:
        return Page()

    async def aclose(self) -> None: ...


async def test_a_driver_of_one_flavour_is_refused_by_the_other_door_and_the_error_names_both() -> None:
    try:
        register_driver("default", Sync())
        assert await asyncio.to_thread(sync.execute_raw, "SELECT a FROM t") == []
        with pytest.raises(ConfigurationError, match=r"'default' has a Sync, .* serve coodie\.aio; use coodie\.sync"):
            await aio.execute_raw("SELECT a FROM t")
        register_driver("default", Async())
        assert await aio.execute_raw("SELECT a FROM t") == []
        with pytest.raises(ConfigurationError, match=r"'default' has an Async, .* serve coodie\.sync; use coodie\.aio"):
            Thing.find().limit(1).all()
    finally:
        unregister_driver("default")
    with pytest.raises(ConfigurationError, match="an object is not a driver"):
        register_driver("default", object())  # type: ignore[arg-type]


def test_the_default_is_the_oldest_or_the_one_that_is_said_to_be(opener: Opener) -> None:
    for name in ("one", "two", "three"):
        sync.init_coodie("host", name=name, default=name == "two")
    assert get_driver() is opener.made[1]
    sync.close("two")
    assert get_driver() is opener.made[0]


class Gate:
    """Holds the thread that connects until it is opened, and tells the loop when a thread waits at it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._open, self.reached = loop, threading.Event(), asyncio.Event()

    def __call__(self) -> None:
        self._loop.call_soon_threadsafe(self.reached.set)
        assert self._open.wait(60)

    def open(self) -> None:
        self._open.set()


async def given_up(opener: Opener) -> Gate:
    """Connect, and cancel it while the thread is under way."""
    opener.gate = gate = Gate(asyncio.get_running_loop())
    task = asyncio.create_task(aio.init_coodie("host"))
    await gate.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return gate


async def test_a_connect_that_is_cancelled_leaves_nothing_open(opener: Opener) -> None:
    gate = await given_up(opener)
    with pytest.raises(ConfigurationError, match="no connection is known"):
        get_driver()
    gate.open()
    assert opener.thread is not None
    opener.thread.join(60)
    assert closed(opener) == [True]


async def test_a_connect_that_fails_after_it_was_cancelled_is_nobodys_error(opener: Opener) -> None:
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    opener.error = Unavailable("nobody there")
    gate = await given_up(opener)
    gate.open()
    assert opener.thread is not None
    opener.thread.join(60)
    await asyncio.sleep(0)
    assert complaints == []


def test_a_connect_that_outlives_its_loop_is_closed_too(opener: Opener) -> None:
    gates: list[Gate] = []

    async def run() -> None:
        gates.append(await given_up(opener))

    asyncio.run(run())
    gates[0].open()
    assert opener.thread is not None
    opener.thread.join(60)
    assert closed(opener) == [True]


def test_the_drivers_room_opens_as_the_doors_do(opener: Opener) -> None:
    init_coodie("host", name="room")
    assert get_driver("room") is opener.made[0]
