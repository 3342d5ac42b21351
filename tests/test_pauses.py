"""A flow that waits on a driver whose time is real: the doors sleep, each in its way, and what ends it cleans up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest
import trio
import trio.testing

from coodie import aio, sync
from coodie.drivers import Hook, Kind, Page, Request, register_driver, unregister_driver
from coodie.exceptions import OutcomeUnknown
from coodie.fields import PrimaryKey
from coodie.testing import RecordingDriver


class Slept(Exception):
    """Instead of sleeping."""


class Flaky:
    """Nobody knows what becomes of its first change of the schema."""

    def __init__(self) -> None:
        self.changes = 0

    def execute(self, request: Request, /) -> Page:
        if getattr(request, "kind", None) is Kind.SCHEMA:
            self.changes += 1
            if self.changes == 1:
                raise OutcomeUnknown("no answer in time", request=request)
        return Page()

    def close(self) -> None: ...

    async def aexecute(self, request: Request, /) -> Page:
        return self.execute(request)

    async def aclose(self) -> None: ...


class Thing(aio.Document):
    id: Annotated[int, PrimaryKey()]


class SyncThing(sync.Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        name = "thing"


@pytest.fixture(params=["itself", "behind a recorder", "hooked"])
def flaky(request: pytest.FixtureRequest) -> Iterator[Flaky]:
    flaky = Flaky()
    around: dict[str, Callable[[], Any]] = {
        "itself": lambda: flaky,
        "behind a recorder": lambda: RecordingDriver(flaky),
    }
    if request.param == "hooked":
        sync.init_coodie(driver=flaky, keyspace="shop", hooks=[Hook()])
    else:
        register_driver("default", around[request.param](), keyspace="shop")
    yield flaky
    unregister_driver("default")


def test_the_sync_door_sleeps(flaky: Flaky, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    SyncThing.sync_table()
    assert (slept, flaky.changes) == ([0.25], 3)


def test_the_async_door_sleeps_on_the_loop(flaky: Flaky, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    asyncio.run(Thing.sync_table())  # type: ignore[arg-type]
    assert ([each for each in slept if each], flaky.changes) == ([0.25], 3)


def test_under_trio_it_sleeps_as_trio_does(flaky: Flaky) -> None:
    clock = trio.testing.MockClock(autojump_threshold=0)

    async def whole() -> float:
        start = trio.current_time()
        await Thing.sync_table()
        return trio.current_time() - start

    assert trio.run(whole, clock=clock) == pytest.approx(0.25)
    assert flaky.changes == 3


@pytest.mark.parametrize("error", [KeyboardInterrupt, Slept])
def test_what_ends_a_pause_ends_the_flow(
    flaky: Flaky, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def sleep(_: float) -> None:
        raise error

    monkeypatch.setattr(time, "sleep", sleep)
    with pytest.raises(error):
        SyncThing.sync_table()
    assert flaky.changes == 1


def test_a_pause_can_be_cancelled(flaky: Flaky) -> None:
    async def whole() -> None:
        with trio.move_on_after(0.25) as scope:
            await Thing.sync_table()
        assert scope.cancelled_caught

    trio.run(whole, clock=trio.testing.MockClock(autojump_threshold=0))
    assert flaky.changes == 1
