"""Rule 31: without asyncio, a call that would reach a cluster says that it is needed, and does nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, Any

import anyio
import pytest
import trio

from coodie import aio, sync
from coodie.aio import AsyncBatchQuery, Document
from coodie.drivers import Adapter, Page, Request, get_driver, register_adapter, unregister_adapter
from coodie.drivers.cassandra import CassandraDriver
from coodie.drivers.shared.lazy import LazyDriver
from coodie.exceptions import ConfigurationError
from coodie.fields import PrimaryKey

Call = Callable[[], Awaitable[object]]


class Thing(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""


async def batch() -> None:
    async with AsyncBatchQuery() as batch:
        await Thing(id=1).save(batch=batch)


async def iteration() -> None:
    async for _ in Thing.find(id=1):
        pass


CALLS: dict[str, Call] = {
    "save": lambda: Thing(id=1).save(),
    "insert": lambda: Thing(id=1).insert(),
    "update": lambda: Thing(id=1).update(name="x"),
    "get": lambda: Thing.get(id=1),
    "all": lambda: Thing.find(id=1).all(),
    "first": lambda: Thing.find(id=1).first(),
    "count": lambda: Thing.find(id=1).count(),
    "page": lambda: Thing.find(id=1).paged_all(),
    "iteration": iteration,
    "batch": batch,
    "sync_table": lambda: Thing.sync_table(),
    "execute_raw": lambda: aio.execute_raw("SELECT id FROM thing"),
    "create_keyspace": lambda: aio.create_keyspace("shop"),
    "close": lambda: aio.close(),
    "close by name": lambda: aio.close("default"),
    "init_coodie": lambda: aio.init_coodie("127.0.0.1"),
    "lazy": lambda: aio.init_coodie("127.0.0.1", lazy=True),
}


def by_hand(call: Callable[[], Any]) -> object:
    return call().send(None)


def with_anyio(call: Callable[[], Awaitable[object]]) -> object:
    return anyio.run(call, backend="trio")


@pytest.fixture(params=["connected", "lazy"])
def driver(request: pytest.FixtureRequest, session: Any) -> Iterator[Any]:
    """One that coodie opened, by the other door."""
    made = CassandraDriver(session)
    if request.param == "lazy":
        made = LazyDriver(lambda: CassandraDriver(session))  # type: ignore[assignment]
    register_adapter("cassandra", Adapter(connect=lambda _: made))
    sync.init_coodie("host", keyspace="shop")
    unregister_adapter("cassandra")
    yield made
    sync.close()


@pytest.mark.parametrize("run", [trio.run, with_anyio, by_hand], ids=["trio", "anyio", "by hand"])
@pytest.mark.parametrize("call", CALLS)
def test_rule_31_it_says_that_asyncio_is_needed(
    driver: Any, session: Any, call: str, run: Callable[[Call], object]
) -> None:
    async def whole() -> None:
        await CALLS[call]()

    with pytest.raises(ConfigurationError, match=r"coodie\.aio needs asyncio to reach a cluster"):
        run(whole)
    assert session.sent == []
    assert get_driver() is driver, "nothing was forgotten, so it can be closed"


def test_rule_31_a_driver_of_ones_own_may_do_without_it() -> None:
    class Own:
        async def aexecute(self, request: Request, /) -> Page:
            await trio.lowlevel.checkpoint()
            return Page()

        async def aclose(self) -> None: ...

    async def whole() -> None:
        await aio.init_coodie(driver=Own())
        await Thing(id=1).save()
        assert await Thing.find(id=1).all() == []
        await aio.close()

    trio.run(whole)


@pytest.mark.parametrize("lazy", [True, False])
def test_rule_31_so_does_an_adapter_that_blocks(lazy: bool) -> None:
    opened: list[object] = []

    async def whole() -> None:
        await aio.init_coodie("host", driver="mine", lazy=lazy)

    register_adapter("mine", Adapter(connect=lambda settings: opened.append(settings)))
    try:
        with pytest.raises(ConfigurationError, match=r"coodie\.aio needs asyncio to reach a cluster"):
            trio.run(whole)
    finally:
        unregister_adapter("mine")
    assert opened == []
