"""A connection that is closed while calls are under way: each ends at once, and says whether it may have happened."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from cassandra.connection import ConnectionShutdown
from drivers.fake_session import INSERT, SELECT

from coodie.cql.message import Batch, Kind, Page, Request, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.exceptions import ConfigurationError, CoodieError, DriverError, OutcomeUnknown, Unavailable

READ = Statement(SELECT, (1,), kind=Kind.READ, idempotent=True)
WRITE = Statement(INSERT, (1, "a"), idempotent=True)
CONDITION = Statement(INSERT, (1, "a"), kind=Kind.CONDITIONAL)
BATCH = Batch((WRITE, WRITE))
DDL = Statement("CREATE TABLE shop.t (id int PRIMARY KEY)", kind=Kind.SCHEMA)
REQUESTS: list[Request] = [READ, WRITE, CONDITION, BATCH, DDL]

Call = Callable[[Request], "Future[Page]"]


@pytest.fixture
def owner(session: Any) -> Iterator[CassandraDriver]:
    """The driver of a cluster that coodie opened, with all prepared."""
    driver = CassandraDriver(session, owned=True)
    for request in (READ, WRITE):
        driver.execute(request)
    yield driver
    driver.close()


@pytest.fixture
def strange() -> list[Any]:
    """What the event loop complained of."""
    return []


@pytest.fixture(params=["sync", "async"])
def door(request: pytest.FixtureRequest, strange: list[Any]) -> Iterator[Callable[[CassandraDriver], Call]]:
    """Starts calls by one of the doors, in threads or on a loop in a thread."""
    if request.param == "sync":
        with ThreadPoolExecutor(20) as pool:
            yield lambda driver: lambda sent: pool.submit(driver.execute, sent)
        return
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _, context: strange.append(context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield lambda driver: lambda sent: asyncio.run_coroutine_threadsafe(driver.aexecute(sent), loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def error_of(call: Future[Page]) -> CoodieError:
    # less than what the fake session waits for an answer
    error = call.exception(30)
    assert isinstance(error, CoodieError)
    return error


def until(condition: Callable[[], object]) -> None:
    for _ in range(6000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came to that")


def test_what_is_under_way_ends_at_once(
    session: Any, owner: CassandraDriver, answer: Any, door: Any, strange: list[Any]
) -> None:
    start, before = door(owner), len(session.sent)
    session.answers.extend(answer(held=True) for _ in REQUESTS)
    calls = [start(request) for request in REQUESTS]
    until(lambda: len(session.sent) == before + len(REQUESTS))
    owner.close()
    for request, call in zip(REQUESTS, calls, strict=True):
        error = error_of(call)
        assert type(error) is (Unavailable if request is READ else OutcomeUnknown)
        assert isinstance(error, DriverError)
        assert error.request == request
        assert isinstance(error.__cause__, ConnectionShutdown)
        assert "the connection was closed while this request was in flight" in str(error)
        assert ("init_coodie" in str(error)) is (request is READ)
    assert strange == []


@pytest.mark.parametrize("owned", [True, False])
def test_what_is_being_prepared_ends_at_once_and_was_not_sent(
    session: Any, door: Any, owned: bool, strange: list[Any]
) -> None:
    reached, opened, driver = threading.Event(), threading.Event(), CassandraDriver(session, owned=owned)
    session.on_prepare = lambda _: (reached.set(), opened.wait(60))
    before = {thread for thread in threading.enumerate() if "coodie-cassandra" in thread.name}
    call = door(driver)(WRITE)
    assert reached.wait(60)
    driver.close()
    error = error_of(call)
    assert type(error) is ConfigurationError
    assert "closed meanwhile; open another one with init_coodie()" in str(error)
    assert error.__cause__ is not None
    opened.set()
    for thread in {thread for thread in threading.enumerate() if "coodie-cassandra" in thread.name} - before:
        thread.join(60)
        assert not thread.is_alive()
    assert session.sent == strange == []


def test_all_who_wait_for_one_prepare_are_told(session: Any) -> None:
    reached, opened, driver = threading.Event(), threading.Event(), CassandraDriver(session)
    session.on_prepare = lambda _: (reached.set(), opened.wait(60))

    async def main() -> list[Any]:
        calls = [asyncio.create_task(driver.aexecute(WRITE)) for _ in range(3)]
        await asyncio.to_thread(reached.wait, 60)
        await driver.aclose()
        return await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 60)

    assert [type(error) for error in asyncio.run(main())] == [ConfigurationError] * 3
    opened.set()


def test_a_prepare_that_fails_after_closing_harms_nobody(session: Any, door: Any) -> None:
    reached, opened, driver = threading.Event(), threading.Event(), CassandraDriver(session)

    def fail(_: str) -> None:
        reached.set()
        opened.wait(60)
        raise ConnectionShutdown("gone")

    session.on_prepare = fail
    call = door(driver)(WRITE)
    assert reached.wait(60)
    driver.close()
    opened.set()
    assert type(error_of(call)) is ConfigurationError


def test_closed_between_two_prepares(session: Any, door: Any) -> None:
    driver = CassandraDriver(session)
    session.on_prepare = lambda _: driver.close()
    error = error_of(door(driver)(BATCH))
    assert type(error) is ConfigurationError
    assert session.sent == []


def test_on_a_session_of_the_users_what_is_under_way_goes_on(
    session: Any, driver: CassandraDriver, answer: Any, door: Any
) -> None:
    session.answers.append(answer(["id"], [(1,)], held=True))
    call = door(driver)(READ)
    until(lambda: session.sent)
    driver.close()
    session.futures[0].release()
    assert call.result(60).rows == [(1,)]
    assert not session.is_shutdown


def test_a_session_that_the_user_closes_ends_what_is_under_way(
    session: Any, driver: CassandraDriver, answer: Any, door: Any
) -> None:
    session.answers.append(answer(held=True))
    call = door(driver)(READ)
    until(lambda: session.sent)
    session.cluster.shutdown()
    session.shutdown()
    assert type(error_of(call)) is Unavailable


def test_closing_does_not_wait_for_the_vendors_heartbeat(
    session: Any, owner: CassandraDriver, answer: Any, door: Any
) -> None:
    shut = threading.Event()
    session.cluster.control_connection.shutdown = shut.set
    session.cluster.on_shutdown = lambda: shut.wait(60)
    session.answers.append(answer(held=True))
    call = door(owner)(READ)
    until(lambda: len(session.sent) == 3)
    owner.close()
    assert shut.is_set()
    assert type(error_of(call)) is Unavailable


def test_at_the_end_of_the_interpreter_no_thread_is_needed(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    driver = CassandraDriver(session, owned=True)
    monkeypatch.setattr(ThreadPoolExecutor, "submit", refuse)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    driver.execute(READ)
    driver.close()
    assert session.cluster.shutdowns == 1
