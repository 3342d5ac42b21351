"""Several pieces of work at the same time, whose results are taken as they end: in threads, under asyncio and trio."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest
import trio

from coodie._as_completed import AsyncConcurrent, Concurrent
from coodie._sleep import asleep

RUNNERS = {"asyncio": asyncio.run, "trio": lambda coroutine: trio.run(lambda: coroutine)}
MINE: ContextVar[str] = ContextVar("MINE", default="nobody's")


@pytest.fixture(params=RUNNERS)
def run(request):
    return RUNNERS[request.param]


def test_coroutines_go_on_at_the_same_time(run):
    async def main():
        here = 0

        async def meet(number):
            nonlocal here
            here += 1
            while here < 3:
                await asleep(0)
            return number * 10

        async with AsyncConcurrent(3) as going:
            for number in range(3):
                going.start(number, lambda number=number: meet(number))
            found = [await going.finished() for _ in range(3)]
        assert sorted(found) == [(0, 0), (1, 10), (2, 20)]

    run(main())


def test_an_error_is_raised_when_its_turn_comes_and_the_others_are_still_there(run):
    async def main():
        async def fail():
            raise KeyError("mine")

        async def work():
            await asleep(0)
            return 1

        async with AsyncConcurrent(2) as going:
            going.start("bad", fail)
            going.start("good", work)
            with pytest.raises(KeyError, match="mine"):
                await going.finished()
            assert await going.finished() == ("good", 1)

    run(main())


def test_what_goes_on_at_the_end_of_the_block_is_cancelled_without_a_trace():
    async def main():
        ended = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: ended.append(context))

        async def forever():
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

        async def fail():
            raise KeyError("nobody asks")

        async with AsyncConcurrent(2) as going:
            going.start(1, forever)
            going.start(2, fail)
            await asyncio.sleep(0.001)
        assert ended == ["cancelled"]

    asyncio.run(main())


def test_calls_go_on_at_the_same_time_in_the_context_of_the_caller():
    meeting = threading.Barrier(3, timeout=30)

    def meet(number):
        meeting.wait()
        return number, MINE.get(), threading.current_thread().name.partition("_")[0]

    MINE.set("mine")
    with Concurrent(3) as going:
        for number in range(3):
            going.start(number, lambda number=number: meet(number))
        found = sorted(going.finished() for _ in range(3))
    assert found == [(number, (number, "mine", "coodie-concurrent")) for number in range(3)]


def test_calls_that_have_not_begun_are_dropped_at_the_end_and_no_thread_is_left():
    begun = threading.Event()
    may_end = threading.Event()
    done = []

    def first():
        begun.set()
        may_end.wait(30)
        done.append(1)

    def fail():
        raise KeyError("mine")

    before = threading.active_count()
    with Concurrent(1) as going:
        going.start(1, first)
        going.start(2, lambda: done.append(2))
        begun.wait(30)
        threading.Timer(0.01, may_end.set).start()
    assert done == [1]
    with Concurrent(1) as going:
        going.start(1, fail)
        with pytest.raises(KeyError, match="mine"):
            going.finished()
    assert threading.active_count() <= before + 1  # the timer may be ending
