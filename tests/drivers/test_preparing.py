"""One prepare per text, whoever asks: threads, event loops, waiters that give up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from cassandra import InvalidRequest, OperationTimedOut
from drivers.fake_session import INSERT, insert

from coodie.cql.message import Batch, Kind, Options, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.exceptions import ConfigurationError, RequestRejected, Timeout


class Gate:
    """Holds each prepare until it is opened, and tells when the first has come."""

    def __init__(self, session: Any) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()
        self.threads: list[threading.Thread] = []
        session.on_prepare = self.wait

    def wait(self, _: str) -> None:
        self.threads.append(threading.current_thread())
        self.reached.set()
        assert self.open.wait(60)


@pytest.fixture
def gate(session: Any) -> Gate:
    return Gate(session)


async def until(condition: Callable[[], object]) -> None:
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


def test_threads_that_want_one_text_prepare_it_once(session: Any, driver: CassandraDriver, gate: Gate) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(driver.execute, insert(number, "a")) for number in range(8)]
        gate.reached.wait(60)
        gate.open.set()
        for call in calls:
            call.result(60)
    assert len(session.prepared) == 1
    assert len(session.sent) == 8


async def test_tasks_prepare_once_and_never_on_the_loops_thread(
    session: Any, driver: CassandraDriver, gate: Gate
) -> None:
    calls = [asyncio.create_task(driver.aexecute(insert(number, "a"))) for number in range(8)]
    await until(gate.reached.is_set)
    assert threading.current_thread() not in gate.threads
    gate.open.set()
    await asyncio.gather(*calls)
    assert len(session.prepared) == 1
    assert len(session.sent) == 8


async def test_both_doors_share_one_prepare(session: Any, driver: CassandraDriver, gate: Gate) -> None:
    call = asyncio.create_task(driver.aexecute(insert(1, "a")))
    await until(gate.reached.is_set)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(driver.execute, insert(2, "a"))
        gate.open.set()
        await call
        other.result(60)
    assert len(session.prepared) == 1


def test_two_event_loops_at_once_share_one_prepare(session: Any, driver: CassandraDriver, gate: Gate) -> None:
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(asyncio.run, driver.aexecute(insert(number, "a"))) for number in range(2)]
        gate.reached.wait(60)
        gate.open.set()
        for call in calls:
            call.result(60)
    assert len(session.prepared) == 1
    assert len(session.sent) == 2


async def test_a_waiter_that_gives_up_does_not_harm_the_others(
    session: Any, driver: CassandraDriver, gate: Gate
) -> None:
    errors: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    first = asyncio.create_task(driver.aexecute(insert(1, "a")))
    await until(gate.reached.is_set)
    second = asyncio.create_task(driver.aexecute(insert(2, "a")))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    gate.open.set()
    await second
    await driver.aexecute(insert(3, "a"))
    assert len(session.prepared) == 1
    assert [next(iter(query.values))[-1] for query in session.sent] == [2, 3]
    assert errors == []


async def test_a_call_cancelled_before_it_ran_leaves_nothing(session: Any, driver: CassandraDriver) -> None:
    call = asyncio.create_task(driver.aexecute(insert()))
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert session.prepared == session.sent == []
    await driver.aexecute(insert())


def test_a_loop_that_closed_while_it_waited_for_a_prepare(session: Any, driver: CassandraDriver, gate: Gate) -> None:
    async def give_up() -> None:
        call = asyncio.create_task(driver.aexecute(insert()))
        await until(gate.reached.is_set)
        call.cancel()

    asyncio.run(give_up())
    gate.open.set()
    driver.execute(insert())
    assert len(session.prepared) == 1


def failing(session: Any, *errors: BaseException) -> None:
    left = list(errors)

    def fail(_: str) -> None:
        if left:
            raise left.pop(0)

    session.on_prepare = fail


def test_a_failed_prepare_is_not_kept(session: Any, driver: CassandraDriver) -> None:
    failing(session, InvalidRequest("unconfigured table events"))
    with pytest.raises(RequestRejected, match="unconfigured table events") as caught:
        driver.execute(insert())
    assert caught.value.request == insert()
    assert isinstance(caught.value.__cause__, InvalidRequest)
    driver.execute(insert())
    assert len(session.sent) == 1


async def test_a_failed_prepare_fails_all_who_wait_for_it(session: Any, driver: CassandraDriver, gate: Gate) -> None:
    def fail(cql: str) -> None:
        gate.wait(cql)
        raise InvalidRequest("no")

    session.on_prepare = fail
    calls = [asyncio.create_task(driver.aexecute(insert(number, "a"))) for number in range(3)]
    await until(gate.reached.is_set)
    gate.open.set()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [RequestRejected] * 3
    assert len(session.prepared) == 1


def test_a_write_whose_prepare_timed_out_has_not_happened(session: Any, driver: CassandraDriver) -> None:
    failing(session, OperationTimedOut({}, None))
    with pytest.raises(Timeout, match="nothing was written"):
        driver.execute(insert())


def test_an_interrupt_while_waiting_lets_the_prepare_go_on(
    session: Any, driver: CassandraDriver, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        assert gate.reached.wait(60)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Future, "result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            driver.execute(insert(1, "a"))
    gate.open.set()
    driver.execute(insert(2, "a"))
    assert len(session.prepared) == len(session.sent) == 1


def test_a_prepare_that_cannot_be_sent_is_not_kept(
    session: Any, driver: CassandraDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exits(*_: Any, **__: Any) -> None:
        raise SystemExit(3)

    with monkeypatch.context() as patch:
        patch.setattr(session, "execute_async", exits)
        with pytest.raises(SystemExit):
            driver.execute(insert())
    driver.execute(insert())
    assert len(session.sent) == 1


def hung(number: int, timeout: float | None = None) -> Statement:
    return Statement(f"SELECT hung{number} FROM t", kind=Kind.READ, options=Options(timeout=timeout))


async def test_rule_33_texts_that_hang_hold_up_nobody_and_take_no_threads(
    session: Any, driver: CassandraDriver
) -> None:
    session.hangs = lambda cql: "hung" in cql
    threads = threading.active_count()
    calls = [asyncio.create_task(driver.aexecute(hung(number))) for number in range(100)]
    await until(lambda: len(session.prepared) == 100)
    await driver.aexecute(insert())
    driver.execute(insert())
    assert len(session.sent) == 2
    assert threading.active_count() == threads
    await driver.aclose()
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(error) for error in errors} == {ConfigurationError}


async def test_rule_33_a_timeout_covers_preparing(session: Any, driver: CassandraDriver) -> None:
    session.hangs = lambda cql: "hung" in cql
    for request in (hung(1, 0.01), Statement(hung(2).cql, options=Options(timeout=0.01))):
        for execute in (driver.execute, lambda request: asyncio.run(driver.aexecute(request))):
            with pytest.raises(Timeout, match="nothing was written") as caught:
                await asyncio.to_thread(execute, request)
            assert caught.value.request == request
    assert session.sent == []
    assert len(session.prepared) == 2, "each text hangs once, however many ask for it"


def test_rule_33_what_preparing_took_is_no_longer_there_for_sending(session: Any, driver: CassandraDriver) -> None:
    for options in (Options(timeout=70), Options()):
        driver.execute(Statement(f"SELECT {options.timeout} FROM t", kind=Kind.READ, options=options))
    first, second = [options["timeout"] for options in session.options]
    assert 0 < second < 10 < first < 70, "the session's own is 10"


def test_rule_33_no_time_is_left_when_it_is_prepared(
    session: Any, driver: CassandraDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("coodie.drivers.shared.budget.monotonic", lambda: now)

    def slow(_: str) -> None:
        nonlocal now
        now += 20

    session.on_prepare = slow
    for number, options in enumerate((Options(), Options(timeout=15))):
        request = Statement(INSERT, (1, "a"), options=options)
        driver = CassandraDriver(session, prepared_size=1 + number)
        with pytest.raises(Timeout, match="nothing was written"):
            driver.execute(request)
    assert session.sent == []


def test_rule_33_who_has_more_time_than_the_one_who_asked_first_asks_again(
    session: Any, driver: CassandraDriver
) -> None:
    failing(session, *[OperationTimedOut({}, None) for _ in range(3)])
    driver.execute(Statement(INSERT, (1, "a"), options=Options(timeout=60)))
    assert len(session.prepared) == 4
    given = [options.get("timeout") for _, options in session.preparing]
    assert given[0] is None, "at first nobody knows what is usual"
    assert all(10 < timeout <= 60 for timeout in given[1:])


async def test_rule_33_in_the_async_door_too(session: Any, driver: CassandraDriver) -> None:
    failing(session, OperationTimedOut({}, None))
    await driver.aexecute(Statement(INSERT, (1, "a"), options=Options(timeout=60)))
    assert len(session.prepared) == 2


def test_a_short_time_is_not_handed_to_others(session: Any, driver: CassandraDriver) -> None:
    """What takes longer than the first who asks has time for shall be prepared for the next."""
    driver.execute(insert())
    driver.execute(Statement("SELECT a FROM t", kind=Kind.READ, options=Options(timeout=1)))
    assert [options.get("timeout") for _, options in session.preparing] == [None, None]


class Host:
    def __init__(self, is_up: bool = True) -> None:
        self.is_up = is_up


@pytest.mark.parametrize("everywhere", [True, False])
def test_the_hosts_that_were_not_asked_are_told_and_not_waited_for(
    session: Any, driver: CassandraDriver, everywhere: bool
) -> None:
    session.cluster.prepare_on_all_hosts = everywhere
    session.hosts = up, down, other = Host(), Host(is_up=False), Host()
    driver.execute(insert())
    told = [options["host"] for _, options in session.preparing if "host" in options]
    assert told == ([up, other] if everywhere else [])
    assert len(session.sent) == 1
    assert down not in told


def test_the_cache_is_bounded_and_keeps_what_is_used(session: Any) -> None:
    driver = CassandraDriver(session, prepared_size=2)
    a, b, c = (Statement(f"SELECT {name} FROM t", kind=Kind.READ) for name in "abc")
    for request in (a, b, a, c, a):
        driver.execute(request)
    assert [text for text, _ in session.prepared] == [a.cql, b.cql, c.cql]
    driver.execute(b)
    assert len(session.prepared) == 4


async def test_a_batch_prepares_each_of_its_texts_once(session: Any, driver: CassandraDriver) -> None:
    delete = Statement("DELETE FROM shop.events WHERE id = 1")
    await driver.aexecute(Batch((insert(), delete, insert(), delete)))
    assert [text for text, _ in session.prepared] == [INSERT, delete.cql]
