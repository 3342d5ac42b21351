"""Work beside work: repeated in the background, several at once, finished although cancelled; in both kinds of loop."""

from __future__ import annotations

import asyncio
import threading

import pytest
import trio
import trio.lowlevel

from coodie._coroutines import acalled, afinished, all_of, arepeated, called, repeated
from coodie._sleep import asleep

RUNNERS = {"asyncio": asyncio.run, "trio": lambda coroutine: trio.run(lambda: coroutine)}


@pytest.fixture(params=RUNNERS)
def run(request):
    return RUNNERS[request.param]


def test_a_step_is_repeated_while_the_block_runs_and_not_after_it(run):
    async def main():
        count = 0

        async def step():
            nonlocal count
            count += 1
            raise ValueError("passed over")

        async with arepeated(step, 0):
            while count < 3:
                await asleep(0)
        ended = count
        for _ in range(10):
            await asleep(0)
        assert count == ended

    run(main())


def test_the_error_of_the_block_is_the_one_that_is_raised(run):
    async def main():
        async def step(): ...

        with pytest.raises(KeyError, match="mine"):
            async with arepeated(step, 0):
                raise KeyError("mine")

    run(main())


def test_several_coroutines_go_on_at_the_same_time_and_the_first_error_ends_all(run):
    async def main():
        order = []

        async def work(number):
            for turn in range(2):
                order.append((turn, number))
                await asleep(0)
            if number == 2:
                raise ValueError("two")

        await all_of(work(number) for number in (0, 1))
        assert [turn for turn, _ in order] == [0, 0, 1, 1]  # which of the two comes first is trio's to choose
        with pytest.raises(ValueError, match="two"):
            await all_of(work(number) for number in (2, 3))
        await all_of([])

    run(main())


async def test_what_must_be_finished_is_finished_although_the_caller_is_cancelled():
    done = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def release():
        begun.set()
        await go_on.wait()
        done.append(1)

    task = asyncio.ensure_future(afinished(release()))
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [1]


def test_what_must_be_finished_is_finished_in_a_cancelled_scope_of_trio():
    async def main():
        done = []

        async def release():
            await trio.lowlevel.checkpoint()
            done.append(1)

        with trio.CancelScope() as scope:
            scope.cancel()
            await afinished(release())
        assert done == [1]

    trio.run(main)


def test_a_coroutine_is_called_on_a_loop_of_its_own_even_where_one_is_running():
    async def inner():
        await asyncio.sleep(0)
        return threading.current_thread()

    async def fails():
        raise ValueError("inner")

    async def outer():
        assert await acalled(inner()) is threading.main_thread()
        assert called(inner()) is not threading.main_thread()
        with pytest.raises(ValueError, match="inner"):
            called(fails())

    assert called(inner()) is threading.main_thread()
    asyncio.run(outer())


def test_a_step_is_repeated_in_a_thread_while_the_block_runs():
    seen = threading.Event()

    def step():
        seen.set()
        raise ValueError("passed over")

    with repeated(step, 0.001):
        assert seen.wait(60)
    threads = [each.name for each in threading.enumerate()]
    assert "coodie-repeat" not in threads
