"""What only a loop, or several threads, can show: nothing blocks, and a cancelled call leaves nothing."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter as Tally
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from functools import partial
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

import pytest
from cassandra.cluster import Session
from cassandra.protocol import PrepareMessage

from coodie import AsyncBatchQuery, CoodieError, RequestRejected, sync
from coodie.aio import close, init_coodie
from coodie.drivers.protocol import AsyncDriver

from .conftest import ON_ACSYLLA, Look
from .doors.aio.models import Event, PageViews, Reading, User
from .doors.sync import models as sync_models

START = datetime(2024, 3, 1, tzinfo=timezone.utc)


class Gate:
    """Holds the answers to what is prepared until it is opened."""

    def __init__(self) -> None:
        self._lock, self._open, self._held = Lock(), False, list[Callable[[], object]]()

    def pass_on(self, call: Callable[[], object]) -> None:
        with self._lock:
            if not self._open:
                self._held.append(call)
                return
        call()

    def set(self) -> None:
        with self._lock:
            self._open, held, self._held = True, self._held, []
        for call in held:
            call()

    def clear(self) -> None:
        self._open = False


class Held:
    """The response to a PREPARE, whose callbacks hear of it when the gate is open."""

    def __init__(self, response: Any, gate: Gate) -> None:
        self._response, self._gate = response, gate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)

    def add_callback(self, call: Any, *args: Any) -> None:
        self._response.add_callback(lambda result: self._gate.pass_on(partial(call, result, *args)))

    def add_errback(self, call: Any, *args: Any) -> None:
        self._response.add_errback(lambda error: self._gate.pass_on(partial(call, error, *args)))


class SlowSession:
    """The session of the run, where it takes until `gate` is open to prepare anything."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.begun: asyncio.Queue[str] = asyncio.Queue()
        self.texts: list[str] = []
        self.gate = Gate()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def execute_async(self, query: Any, **options: Any) -> Any:
        response = self._session.execute_async(query, **options)
        if not isinstance(response.message, PrepareMessage):
            return response
        self.texts.append(response.message.query)
        self.begun.put_nowait(response.message.query)
        return Held(response, self.gate)


@pytest.fixture
async def slow(session: Session, keyspace: str, tables: None) -> AsyncIterator[SlowSession]:
    """The default connection, over a slow session."""
    slow = SlowSession(session)
    await init_coodie(session=slow, keyspace=keyspace)
    yield slow
    slow.gate.set()


@pytest.fixture
async def tables(session: Session, acsylla_driver: AsyncDriver | None, keyspace: str) -> AsyncIterator[None]:
    if acsylla_driver is None:
        await init_coodie(session=session, keyspace=keyspace)
    else:
        await init_coodie(driver=acsylla_driver, keyspace=keyspace)
    for model in (Event, PageViews, Reading, User):
        await model.sync_table()
    yield
    await close()


@pytest.fixture
async def complaints() -> AsyncIterator[list[dict[str, Any]]]:
    """What the loop's exception handler is told; there must be nothing at the end."""
    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context))
    yield told
    await ticks(10)
    gc.collect()
    await ticks(10)
    assert told == []


async def ticks(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def results_of(tasks: list[asyncio.Future[Any]]) -> list[Any]:
    """What each gave or raised; a task that never ends is an error of its own."""
    return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 300)


def user(number: int = 0) -> User:
    return User(id=uuid4(), email=f"{number}@x")


async def test_a_first_prepare_does_not_block_the_loop(slow: SlowSession) -> None:
    task = asyncio.create_task(user().save())
    await slow.begun.get()
    await ticks(1000)
    assert not task.done()
    slow.gate.set()
    await task


async def test_what_is_prepared_goes_on_while_another_text_is_prepared(slow: SlowSession) -> None:
    slow.gate.set()
    known = user()
    await known.save()
    slow.gate.clear()
    slow.begun = asyncio.Queue()
    task = asyncio.create_task(User.get(id=known.id))
    await slow.begun.get()
    for number in range(20):
        await user(number).save()
    assert not task.done()
    slow.gate.set()
    assert await task == known


async def test_many_at_once_prepare_a_text_once(slow: SlowSession) -> None:
    users = [user(number) for number in range(50)]
    tasks = [asyncio.create_task(each.save()) for each in users]
    await slow.begun.get()
    slow.gate.set()
    await asyncio.gather(*tasks)
    found = await asyncio.gather(*(User.get(id=each.id) for each in users))
    assert list(found) == users
    assert len(slow.texts) == 2


@pytest.mark.usefixtures("complaints")
async def test_one_who_waits_for_a_prepare_may_be_cancelled(slow: SlowSession) -> None:
    users = [user(number) for number in range(6)]
    tasks = [asyncio.create_task(each.save()) for each in users]
    await slow.begun.get()
    for task in tasks[::2]:  # the first of them is the one who has asked for it
        task.cancel()
    await ticks(10)
    assert [task.cancelled() for task in tasks] == [True, False] * 3
    slow.gate.set()
    await asyncio.gather(*tasks[1::2])
    found = [await User.find_one(id=each.id) for each in users]
    assert found[1::2] == users[1::2]
    assert found[::2] == [None] * 3
    await users[0].save()
    assert len(slow.texts) == 2


@pytest.mark.usefixtures("complaints", "tables")
@pytest.mark.parametrize("after", range(6))
async def test_a_cancelled_save_leaves_nothing(after: int) -> None:
    users = [user(number) for number in range(30)]
    await users[0].save()
    tasks = [asyncio.create_task(each.save()) for each in users]
    await ticks(after)
    for task in tasks:
        task.cancel()
    results = await results_of(tasks)
    assert {type(result) for result in results} <= {asyncio.CancelledError, type(None)}
    assert await results_of([asyncio.ensure_future(each.save()) for each in users]) == [None] * 30
    assert await results_of([asyncio.ensure_future(User.get(id=each.id)) for each in users]) == users


@pytest.mark.usefixtures("complaints", "tables")
async def test_a_timeout_of_asyncios_is_a_cancellation_like_any_other() -> None:
    known = user()
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(known.save(), 1e-9)
    await known.save()
    assert await User.get(id=known.id) == known


@pytest.mark.usefixtures("complaints", "tables")
async def test_two_hundred_at_once_a_third_of_them_cancelled(look: Look) -> None:
    old = [user(number) for number in range(200)]
    await asyncio.gather(*(each.save() for each in old))
    page = PageViews(url=str(uuid4()))

    async def save(number: int) -> UUID:
        new = user(number)
        await new.save()
        return new.id

    async def batch(number: int) -> UUID:
        key = uuid4()
        async with AsyncBatchQuery() as batch:
            for second in range(3):
                await Event(user_id=key, ts=START + timedelta(seconds=second), event_type="x").save(batch=batch)
        return key

    async def get(number: int) -> bool:
        return await User.get(id=old[number].id) == old[number]

    async def insert(number: int) -> bool:
        return (await User(id=old[number].id, email="z").insert()).existing == old[number]

    async def count(number: int) -> None:
        await page.increment(views=1)

    work: list[Callable[[int], Awaitable[Any]]] = [save, batch, get, insert, count]
    tasks = [asyncio.ensure_future(work[number % 5](number)) for number in range(200)]
    for number, task in enumerate(tasks):
        if number % 3 == 0:
            await ticks(number % 4)
            task.cancel()
    results = await results_of(tasks)
    kept = [(work[number % 5], result) for number, result in enumerate(results) if number % 3]
    assert not [result for _, result in kept if isinstance(result, BaseException)]
    assert all(result is True for each, result in kept if each in (get, insert))
    assert all([await User.find_one(id=result) for each, result in kept if each is save])
    for each, result in kept:
        if each is batch:
            assert look("SELECT count(*) FROM {}.events WHERE user_id = %s", result) == [(3,)]
    counted = (await PageViews.get(url=page.url)).views
    assert counted is not None
    assert Tally(each for each, _ in kept)[count] <= counted <= 40


@pytest.mark.usefixtures("tables")
async def test_a_thousand_values_are_few_texts(prepared: Callable[[], list[str]]) -> None:
    before, sensor = set(prepared()), str(uuid4())
    limit = asyncio.Semaphore(100)

    async def one(number: int) -> None:
        async with limit:
            await Reading(sensor=sensor, number=number).save(ttl=1000 + number, timestamp=10**15 + number)
            await Reading.find(sensor=sensor, number__in=list(range(number % 90))).limit(number).all()

    await asyncio.gather(*(one(number) for number in range(1, 1001)))
    assert len(set(prepared()) - before) == 2
    assert len(await Reading.find(sensor=sensor).all()) == 1000


@pytest.mark.usefixtures("complaints", "tables")
async def test_several_workers_may_make_a_table_at_once(look: Look) -> None:
    table = f"made_{uuid4().hex[:8]}"

    class Made(Reading):
        class Settings:
            pass

        Settings.name = table  # type: ignore[attr-defined]

    await asyncio.gather(*(Made.sync_table() for _ in range(6)))
    assert look("SELECT count(*) FROM {}." + table) == [(0,)]


@pytest.mark.usefixtures("complaints", "tables")
async def test_several_workers_may_add_a_column_at_once(look: Look) -> None:
    table = f"grown_{uuid4().hex[:8]}"

    class Before(Reading):
        class Settings:
            pass

        Settings.name = table  # type: ignore[attr-defined]

    class After(Before):
        note: str | None = None

        class Settings:
            pass

        Settings.name = table  # type: ignore[attr-defined]

    await Before.sync_table()
    await asyncio.gather(*(After.sync_table() for _ in range(6)))
    assert look("SELECT note FROM {}." + table) == []


@pytest.mark.usefixtures("complaints")
async def test_closing_while_saves_are_under_way_ends_them_all(session: Session, keyspace: str, tables: None) -> None:
    tasks = [asyncio.create_task(user(number).save()) for number in range(100)]
    await ticks(3)
    await close()
    results = await results_of(tasks)
    assert {type(result) for result in results if not isinstance(result, CoodieError)} <= {type(None)}


@pytest.mark.usefixtures("tables")
async def test_a_prepare_that_fails_is_not_kept(keyspace: str) -> None:
    table = f"late_{uuid4().hex[:8]}"

    class Late(Reading):
        class Settings:
            pass

        Settings.name = table  # type: ignore[attr-defined]

    late = Late(sensor="a", number=1)
    results = await asyncio.gather(*(late.save() for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [RequestRejected] * 5
    await Late.sync_table()
    await late.save()
    assert await Late.get(sensor="a", number=1) == late


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.mark.usefixtures("tables")
async def test_threads_and_loops_share_one_connection(threads: ThreadPoolExecutor) -> None:
    def in_a_thread(worker: int) -> list[UUID]:
        keys = [uuid4() for _ in range(25)]
        for number, key in enumerate(keys):
            sync_models.User(id=key, email=f"{worker}-{number}").save()
            assert sync_models.User.get(id=key).email == f"{worker}-{number}"
        with sync.BatchQuery(warn_partitions=None) as batch:
            for key in keys:
                sync_models.User(id=key, email="batch").save(batch=batch)
        return keys

    async def saves(keys: list[UUID]) -> None:
        await asyncio.gather(*(User(id=key, email="loop").save() for key in keys))

    def in_a_loop(worker: int) -> list[UUID]:
        keys = [uuid4() for _ in range(25)]
        asyncio.run(saves(keys))
        return keys

    loop = asyncio.get_running_loop()
    kinds = [in_a_loop, in_a_loop if ON_ACSYLLA else in_a_thread] * 4  # acsylla serves the async API only
    work = [loop.run_in_executor(threads, each, worker) for worker, each in enumerate(kinds)]
    mine = [uuid4() for _ in range(25)]
    await saves(mine)
    for each, keys in zip([*kinds, in_a_loop], [*(await asyncio.gather(*work)), mine], strict=True):
        found = {(await User.get(id=key)).email for key in keys}
        assert found == {"batch" if each is in_a_thread else "loop"}
