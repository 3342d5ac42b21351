"""Lazy opening over any opener: one that blocks, one that is awaited, or both; for one door, or for both."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from coodie.drivers import Options, Page, Request, Statement
from coodie.drivers.shared.lazy import LazyDriver, lazy_driver
from coodie.exceptions import ConfigurationError, OutcomeUnknown, Unavailable

WRITE = Statement("INSERT INTO t (a) VALUES (1)")


class Blocking:
    """For the sync door; keeps the requests, and whether it was closed."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.closed = 0
        self.error: OutcomeUnknown | None = None

    def execute(self, request: Request, /) -> Page:
        self.requests.append(request)
        if self.error is not None:
            self.error.request = request
            raise self.error
        return Page()

    def close(self) -> None:
        self.closed += 1


class Both(Blocking):
    async def aexecute(self, request: Request, /) -> Page:
        return self.execute(request)

    async def aclose(self) -> None:
        self.close()


def test_a_driver_of_the_sync_door_says_so_at_the_other() -> None:
    inner = Blocking()
    lazy: Any = lazy_driver(lambda: inner)
    with pytest.raises(ConfigurationError, match=r"a Blocking, which cannot serve coodie\.aio; use coodie\.sync"):
        asyncio.run(lazy.aexecute(WRITE))
    lazy.execute(WRITE)
    with pytest.raises(ConfigurationError, match=r"cannot serve coodie\.aio"):
        asyncio.run(lazy.aexecute(WRITE))
    assert inner.requests == [WRITE]
    asyncio.run(lazy.aclose())
    assert inner.closed == 1


@pytest.mark.parametrize("door", ["sync", "aio"])
def test_each_door_connects_in_its_way_and_both_use_what_was_made(door: str) -> None:
    ways: list[str] = []
    inner = Both()

    def connect() -> Both:
        ways.append("sync")
        return inner

    async def aconnect() -> Both:
        ways.append("aio")
        await asyncio.sleep(0)
        return inner

    lazy = LazyDriver(connect, aconnect)
    for _ in range(2):
        if door == "aio":
            asyncio.run(lazy.aexecute(WRITE))
        lazy.execute(WRITE)
        asyncio.run(lazy.aexecute(WRITE))
    assert ways == [door]


@pytest.mark.parametrize("door", ["sync", "aio"])
def test_rule_33_the_driver_gets_what_is_left_of_the_time_and_its_error_the_request_itself(door: str) -> None:
    inner = Both()
    inner.error = OutcomeUnknown("late")
    lazy = LazyDriver(lambda: inner)
    request = Statement(WRITE.cql, options=Options(timeout=60))
    with pytest.raises(OutcomeUnknown) as caught:
        lazy.execute(request) if door == "sync" else asyncio.run(lazy.aexecute(request))
    assert caught.value.request is request
    (sent,) = inner.requests
    assert sent.options.timeout is not None
    assert 0 < sent.options.timeout < 60


async def test_a_blocking_call_on_the_loop_that_connects_is_refused_and_does_not_hang() -> None:
    gate = asyncio.Event()

    async def aconnect() -> Both:
        await gate.wait()
        return Both()

    lazy = LazyDriver(Both, aconnect)
    call = asyncio.ensure_future(lazy.aexecute(WRITE))
    await asyncio.sleep(0)
    with pytest.raises(ConfigurationError, match=r"would wait for ever; await a call of coodie\.aio first"):
        lazy.execute(WRITE)
    gate.set()
    await call
    lazy.execute(WRITE)


def test_another_loop_waits_for_the_one_that_connects_and_is_told_when_that_ends() -> None:
    begun, end = threading.Event(), threading.Event()

    async def aconnect() -> Both:
        begun.set()
        await asyncio.Event().wait()
        return Both()

    lazy = LazyDriver(Both, aconnect)

    async def first() -> None:
        call = asyncio.ensure_future(lazy.aexecute(WRITE))
        await asyncio.to_thread(end.wait, 60)
        call.cancel()

    async def second() -> None:
        call = asyncio.ensure_future(lazy.aexecute(WRITE))
        await asyncio.sleep(0)
        end.set()
        with pytest.raises(Unavailable, match="the event loop that was making it has ended; try again"):
            await call

    loop = threading.Thread(target=lambda: asyncio.run(first()))
    loop.start()
    assert begun.wait(60)
    asyncio.run(second())
    loop.join(60)
    assert lazy.execute(WRITE) == Page(), "whoever comes later connects anew"
