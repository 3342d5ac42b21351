"""Answers come in the vendor's thread and are handed to event loops: any number of loops, closed ones included."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from contextlib import suppress
from typing import Any

import pytest
from drivers.fake_session import INSERT, insert

from coodie.cql.message import Kind, Page, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.exceptions import OutcomeUnknown


def in_thread(*calls: Any) -> None:
    thread = threading.Thread(target=lambda: [call() for call in calls])
    thread.start()
    thread.join()


async def started(*calls: Any) -> list[asyncio.Task[Page]]:
    tasks = [asyncio.ensure_future(call) for call in calls]
    await asyncio.sleep(0)
    return tasks


@pytest.fixture
def warm(driver: CassandraDriver, session: Any) -> CassandraDriver:
    driver.execute(insert())
    session.futures.clear()
    return driver


async def test_all_that_is_done_since_the_last_wakeup_is_one_wakeup(
    session: Any, warm: CassandraDriver, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.answers.extend(answer(held=True) for _ in range(100))
    tasks = await started(*[warm.aexecute(insert(number, "a")) for number in range(100)])
    loop = asyncio.get_running_loop()
    wakeups: list[Any] = []
    wake = loop.call_soon_threadsafe
    monkeypatch.setattr(loop, "call_soon_threadsafe", lambda call, *args: wakeups.append(call) or wake(call, *args))
    in_thread(*[future.release for future in session.futures])
    await asyncio.gather(*tasks)
    assert len(wakeups) == 1


async def test_answers_go_to_those_who_asked(session: Any, warm: CassandraDriver, answer: Any) -> None:
    session.answers.extend(answer(["n"], [(number,)], held=True) for number in range(20))
    tasks = await started(*[warm.aexecute(insert(number, "a")) for number in range(20)])
    in_thread(*[future.release for future in reversed(session.futures)])
    assert [page.rows for page in await asyncio.gather(*tasks)] == [[(number,)] for number in range(20)]


async def test_cancelled_under_way(session: Any, warm: CassandraDriver, answer: Any) -> None:
    errors: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    failure = RuntimeError("lost")
    session.answers.extend([answer(held=True), answer(held=True, error=failure), answer(held=True)])
    tasks = await started(*[warm.aexecute(insert(number, "a")) for number in range(3)])
    tasks[0].cancel()
    tasks[1].cancel()
    in_thread(*[future.release for future in session.futures])
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError, asyncio.CancelledError, Page]
    del tasks, results
    gc.collect()
    await asyncio.sleep(0)
    assert errors == []


async def test_an_error_is_raised_where_it_was_asked_for(session: Any, warm: CassandraDriver, answer: Any) -> None:
    session.answers.append(answer(error=OSError("broken pipe"), held=True))
    (task,) = await started(warm.aexecute(insert()))
    in_thread(session.futures[0].release)
    with pytest.raises(OutcomeUnknown, match="broken pipe") as caught:
        await task
    assert caught.value.request == insert()


def test_one_loop_after_another(session: Any, warm: CassandraDriver) -> None:
    for _ in range(3):
        asyncio.run(warm.aexecute(insert()))
    assert len(session.sent) == 3


def test_several_loops_at_once(session: Any, warm: CassandraDriver, answer: Any) -> None:
    both = threading.Barrier(2, timeout=60)

    async def many(first: int) -> list[Any]:
        both.wait()
        return [await warm.aexecute(insert(number, "a")) for number in range(first, first + 50)]

    threads = [threading.Thread(target=lambda n=n: asyncio.run(many(n))) for n in (0, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(session.sent) == 100


def test_an_answer_for_a_loop_that_is_closed_harms_nobody(session: Any, warm: CassandraDriver, answer: Any) -> None:
    async def give_up() -> None:
        session.answers.append(answer(held=True))
        (task,) = await started(warm.aexecute(insert()))
        task.cancel()

    asyncio.run(give_up())
    in_thread(session.futures[0].release)  # raises nothing in the vendor's thread
    asyncio.run(warm.aexecute(insert()))


def test_closed_loops_are_let_go(session: Any, warm: CassandraDriver) -> None:
    loop = asyncio.new_event_loop()
    loop.run_until_complete(warm.aexecute(insert()))
    loop.close()
    gone = weakref.ref(loop)
    del loop
    session.futures.clear()
    asyncio.run(warm.aexecute(insert()))
    gc.collect()
    assert gone() is None


async def test_nothing_of_a_request_stays_alive(session: Any, warm: CassandraDriver, answer: Any) -> None:
    class Text(str):
        pass

    session.answers.extend([answer(["n"], [(1,)]), answer(error=OSError("x"))])
    gc.disable()
    try:
        value = Text("a")
        alive = weakref.ref(value)
        await warm.aexecute(Statement(INSERT, (1, value), kind=Kind.WRITE))
        with suppress(OutcomeUnknown):
            await warm.aexecute(Statement(INSERT, (1, value), kind=Kind.WRITE))
        session.futures.clear()
        del value
        assert alive() is None
    finally:
        gc.enable()
