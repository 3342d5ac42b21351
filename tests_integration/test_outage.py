"""A server that goes away in the middle, and comes back: both doors at once, with one connection and the same objects.

Each call ends, with an answer or with an error that says whether it may have happened. What was acknowledged is there.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag
from typing import Any
from uuid import UUID, uuid4

import pytest
from cassandra.policies import ConstantReconnectionPolicy, HostStateListener

from coodie import ConfigurationError, DriverError, OutcomeUnknown, Overloaded, Timeout, Unavailable, aio, sync
from coodie.drivers import Batch, CassandraDriver, Kind, Options, Statement, get_driver

from .conftest import PATIENT, require
from .doors.aio import models as aio_models
from .doors.sync import models as sync_models
from .server import NoCluster, Node, prepare_server

pytestmark = pytest.mark.needs_server("it goes away and comes back")

KEYSPACE = "outage"


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """A server of its own, which loses nothing that it acknowledged."""
    try:
        prepare_server()
    except NoCluster as error:
        require(error)
    with Node(durable=True) as node:
        yield node


class Ups(HostStateListener):  # type: ignore[misc]
    """Tells when the driver has found the server again."""

    def __init__(self) -> None:
        self.up = Flag()

    def on_up(self, host: object) -> None:
        self.up.set()

    def on_down(self, host: object) -> None: ...
    def on_add(self, host: object) -> None: ...
    def on_remove(self, host: object) -> None: ...


@pytest.fixture
async def ups(node: Node) -> AsyncIterator[Ups]:
    """The connection, made by coodie as an application would."""
    if node.pid is None:  # a test before this one failed
        node.start()
        node.wait_ready()
    options = {"port": node.port, "reconnection_policy": ConstantReconnectionPolicy(0.2, None), **PATIENT}
    await aio.init_coodie(node.host, **options)
    await aio.create_keyspace(KEYSPACE)
    await aio.init_coodie(node.host, keyspace=KEYSPACE, **options)
    for model in (aio_models.User, aio_models.Event, aio_models.PageViews):
        await model.sync_table()
    ups = Ups()
    session().cluster.register_listener(ups)
    yield ups
    await aio.close()


class Door:
    """One door with one object of each kind, and one call of each kind on them."""

    def __init__(self, models: Any, batch: type[Any], threads: ThreadPoolExecutor | None) -> None:
        self.models, self.batch, self.threads = models, batch, threads
        self.user = models.User(id=uuid4(), email="a@x", team="red")
        # The condition has a row of its own: a save under way at the same time may come before it or after it.
        self.member = models.User(id=uuid4(), email="a@x", team="red")
        self.page = models.PageViews(url=str(uuid4()))

    def go(self, call: Callable[[], Any]) -> asyncio.Future[Any]:
        """Start a call, in a thread if it blocks."""
        if self.threads is None:
            return asyncio.ensure_future(call())
        return asyncio.get_running_loop().run_in_executor(self.threads, call)

    def writes(self, timeout: float | None = None) -> list[Callable[[], Any]]:
        new = self.models.User(id=uuid4(), email="new@x")
        batch = self.batch(timeout=timeout)
        sync_models.User(id=self.user.id, email="a@x", nickname="batch").save(batch=batch)
        return [
            lambda: self.user.save(full=True, timeout=timeout),
            lambda: new.insert(timeout=timeout),
            lambda: self.member.update(team="blue", if_exists=True, timeout=timeout),
            lambda: self.page.increment(views=1, timeout=timeout),
            batch.execute,
        ]

    def reads(self, timeout: float | None = None) -> list[Callable[[], Any]]:
        query = self.models.User.find(id=self.user.id)
        query = query if timeout is None else query.timeout(timeout)
        return [query.all, query.count, query.one]


@pytest.fixture
async def doors(ups: Ups) -> AsyncIterator[list[Door]]:
    with ThreadPoolExecutor(20) as threads:
        doors = [
            Door(aio_models, aio.AsyncBatchQuery, None),
            Door(sync_models, sync.BatchQuery, threads),
        ]
        await asyncio.gather(*(door.go(door.member.save) for door in doors))
        yield doors


def start(doors: list[Door], calls: Callable[[Door], list[Callable[[], Any]]]) -> list[asyncio.Future[Any]]:
    return [door.go(call) for door in doors for call in calls(door)]


async def all_goes_well(doors: list[Door]) -> None:
    await asyncio.gather(*start(doors, Door.writes))
    await asyncio.gather(*start(doors, Door.reads))


async def ends_of(calls: list[asyncio.Future[Any]]) -> set[type]:
    results = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 300)
    return {type(result) for result in results}


async def back(node: Node, ups: Ups) -> None:
    """Start the server again, and return when the driver has found it."""
    ups.up.clear()
    node.start()
    await asyncio.to_thread(node.wait_ready)
    assert await asyncio.to_thread(ups.up.wait, 120)


def session(name: str | None = None) -> Any:
    driver = get_driver(name)
    assert isinstance(driver, CassandraDriver)
    return driver.session


async def until_under_way(count: int, name: str | None = None) -> None:
    deadline = time.monotonic() + 120
    while sum(sum(pool["in_flights"]) for pool in session(name).get_pool_state().values()) < count:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_server_that_does_not_answer(node: Node, ups: Ups, doors: list[Door]) -> None:
    await all_goes_well(doors)
    node.pause()
    try:
        writes = start(doors, lambda door: door.writes(timeout=1))
        reads = start(doors, lambda door: door.reads(timeout=1))
        assert await ends_of(writes) == {OutcomeUnknown}
        assert await ends_of(reads) == {Timeout}
    finally:
        node.resume()
    await all_goes_well(doors)
    for door in doors:
        # One increment before, one that nobody knows of, one after.
        page = await aio_models.PageViews.get(url=door.page.url)
        assert page.views in (2, 3)


async def test_a_server_that_is_killed_while_calls_are_under_way(node: Node, ups: Ups, doors: list[Door]) -> None:
    await all_goes_well(doors)
    node.pause()
    writes = start(doors, lambda door: door.writes(timeout=60))
    reads = start(doors, lambda door: door.reads(timeout=60))
    await until_under_way(len(writes) + len(reads))
    node.kill()
    assert await ends_of(writes) == {OutcomeUnknown}
    assert await ends_of(reads) == {Unavailable}
    assert await ends_of(start(doors, Door.writes)) == {Unavailable}
    assert await ends_of(start(doors, Door.reads)) == {Unavailable}
    await back(node, ups)
    for door in doors:
        assert (await aio_models.User.get(id=door.user.id)).team == "red"
        assert (await aio_models.User.get(id=door.member.id)).team == "blue"
        assert (await aio_models.PageViews.get(url=door.page.url)).views in (1, 2)
    await all_goes_well(doors)


async def replace() -> None:
    await aio.init_coodie("127.0.0.1", lazy=True)


@pytest.mark.parametrize("close", [aio.close, lambda: asyncio.to_thread(sync.close), replace])
async def test_a_connection_that_is_closed_while_calls_are_under_way(
    node: Node, ups: Ups, doors: list[Door], close: Callable[[], Awaitable[None]]
) -> None:
    await all_goes_well(doors)
    strange: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: strange.append(context))
    node.pause()
    try:
        writes = start(doors, lambda door: door.writes(timeout=600))
        reads = start(doors, lambda door: door.reads(timeout=600))
        await until_under_way(len(writes) + len(reads))
        others = start(doors, lambda door: [door.models.PageViews.find(url="a").per_partition_limit(1).all])
        await until_under_way(len(writes) + len(reads) + 1)
        # The calls would wait ten minutes, and what is prepared as long as the driver does, which is ten seconds.
        await asyncio.wait_for(close(), 120)
        done, _ = await asyncio.wait([*writes, *reads], timeout=120)
        assert len(done) == len(writes) + len(reads)
        assert await ends_of(writes) == {OutcomeUnknown}
        assert await ends_of(reads) == {Unavailable}
        assert await ends_of(others) == {ConfigurationError}
    finally:
        node.resume()
    for call in [*writes, *reads]:
        error = call.exception()
        assert isinstance(error, DriverError)
        assert error.request is not None
        assert error.__cause__ is not None
    assert strange == []


async def test_a_connection_that_is_closed_while_its_heartbeat_waits(node: Node, ups: Ups) -> None:
    beats = {"idle_heartbeat_interval": 0.5, "idle_heartbeat_timeout": 600}
    await aio.init_coodie(node.host, port=node.port, name="beating", **beats)
    driver = get_driver("beating")
    assert isinstance(driver, CassandraDriver)
    request = Statement("SELECT release_version FROM system.local", kind=Kind.READ, options=Options(timeout=600))
    await driver.aexecute(request)
    node.pause()
    try:
        call = asyncio.create_task(driver.aexecute(request))
        await until_under_way(2, "beating")
        # The heartbeat waits for ten minutes, as the call does.
        await asyncio.wait_for(aio.close("beating"), 120)
        assert await ends_of([call]) == {Unavailable}
    finally:
        node.resume()


LEAVING = """
import asyncio, sys, threading
from coodie import CoodieError, aio, sync
from coodie.drivers import get_driver

TEXTS = [f"SELECT key FROM system.local LIMIT {n}" for n in range(1, 41)]
ended = []

def call(text):
    try:
        sync.execute_raw(text, timeout=300)
    except CoodieError as error:
        ended.append(type(error).__name__)

def under_way():
    return sum(sum(pool["in_flights"]) for pool in get_driver().session.get_pool_state().values())

async def main():
    await aio.init_coodie(sys.argv[1], port=int(sys.argv[2]))
    print("connected", flush=True)
    sys.stdin.readline()  # by now the server hangs
    threads = [threading.Thread(target=call, args=[text]) for text in TEXTS[:20]]
    for thread in threads:
        thread.start()
    calls = [asyncio.ensure_future(aio.execute_raw(text, timeout=300)) for text in TEXTS[20:]]
    while under_way() < len(TEXTS):
        await asyncio.sleep(0.01)
    await aio.close()
    found = await asyncio.gather(*calls, return_exceptions=True)
    ended.extend(type(each).__name__ for each in found)
    for thread in threads:
        thread.join()
    print(set(ended), len(ended), flush=True)

asyncio.run(main())
left = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon]
assert not left, left
"""


def test_rule_33_a_process_ends_after_close_whatever_the_server_does(node: Node, ups: Ups) -> None:
    """40 texts are being prepared by a server that hangs, and goes on hanging; nothing is left that waits for it."""
    command = [sys.executable, "-W", "error", "-c", LEAVING, node.host, str(node.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "connected\n"
        node.pause()
        try:
            process.stdin.write("go on\n")
            process.stdin.close()
            said = process.stdout.read()
            assert process.wait(120) == 0
        finally:
            node.resume()
            process.kill()
    assert said == "{'ConfigurationError'} 40\n"


async def test_a_server_that_is_stopped_while_much_is_written(node: Node, ups: Ups, doors: list[Door]) -> None:
    await all_goes_well(doors)
    busy = asyncio.Event()
    loop = asyncio.get_running_loop()
    acknowledged: list[UUID] = []
    errors: list[DriverError] = []

    def happened(key: UUID) -> None:
        acknowledged.append(key)
        if len(acknowledged) == 200:
            loop.call_soon_threadsafe(busy.set)

    async def in_the_loop() -> None:
        try:
            while True:
                user = aio_models.User(id=uuid4(), email="a@x")
                await user.save()
                happened(user.id)
        except DriverError as error:
            errors.append(error)

    def in_a_thread() -> None:
        try:
            while True:
                with sync.BatchQuery() as batch:
                    user = sync_models.User(id=uuid4(), email="a@x")
                    user.save(batch=batch)
                happened(user.id)
        except DriverError as error:
            errors.append(error)

    writers = [doors[0].go(in_the_loop) for _ in range(5)] + [doors[1].go(in_a_thread) for _ in range(5)]
    await busy.wait()
    await asyncio.to_thread(node.stop)
    await asyncio.wait_for(asyncio.gather(*writers), 300)
    assert len(errors) == 10
    # A server that is shutting down answers that it is overloaded, and carries out nothing more.
    assert {type(error) for error in errors} <= {Unavailable, OutcomeUnknown, Overloaded}
    assert all(error.request is not None and error.__cause__ is not None for error in errors)
    await back(node, ups)
    found = await asyncio.gather(*(aio_models.User.find_one(id=key) for key in acknowledged))
    assert None not in found
    refused = [error.request for error in errors if not isinstance(error, OutcomeUnknown)]
    statements = [request.statements[0] if isinstance(request, Batch) else request for request in refused]
    found = await asyncio.gather(*(aio_models.User.find_one(id=each.values[0]) for each in statements if each))
    assert set(found) <= {None}
    await all_goes_well(doors)
