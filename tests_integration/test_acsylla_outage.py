"""A server that goes away in the middle, and comes back, through acsylla: what is not known is not said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from coodie import aio
from coodie.exceptions import OutcomeUnknown, Timeout, Unavailable

from .doors.aio import models
from .server import Node
from .test_outage import Door, ends_of, start
from .test_outage import node as node

pytest.importorskip("acsylla")
pytestmark = pytest.mark.needs_server("it goes away and comes back")

KEYSPACE = "outage"


@pytest.fixture
async def door(node: Node) -> AsyncIterator[Door]:
    options: dict[str, Any] = {"port": node.port, "driver": "acsylla", "constant_reconnect_delay_ms": 200}
    await aio.init_coodie(node.host, keyspace=KEYSPACE, create_keyspace=True, **options)
    for model in (models.User, models.Event, models.PageViews):
        await model.sync_table()
    door = Door(models, aio.AsyncBatchQuery, None)
    await door.member.save()
    yield door
    await aio.close()


async def all_goes_well(door: Door) -> None:
    await asyncio.gather(*start([door], Door.writes))
    await asyncio.gather(*start([door], Door.reads))


async def test_a_server_that_does_not_answer(node: Node, door: Door) -> None:
    """A timeout of a write is unknown, that of a read is a timeout; afterwards the same connection serves."""
    await all_goes_well(door)
    node.pause()
    try:
        assert await ends_of(start([door], lambda each: each.writes(timeout=1))) == {OutcomeUnknown}
        assert await ends_of(start([door], lambda each: each.reads(timeout=1))) == {Timeout}
    finally:
        node.resume()
    await all_goes_well(door)
    page = await models.PageViews.get(url=door.page.url)
    assert page.views in (2, 3)  # one increment before, one that nobody knows of, one after


async def test_a_server_that_is_killed_while_calls_are_under_way(node: Node, door: Door) -> None:
    """What was sent is unknown; what was acknowledged is there when the server is back."""
    await all_goes_well(door)
    node.pause()
    writes = start([door], lambda each: each.writes(timeout=60))
    reads = start([door], lambda each: each.reads(timeout=60))
    await asyncio.wait([*writes, *reads], timeout=1)
    node.kill()
    assert await ends_of(writes) <= {OutcomeUnknown, Unavailable}
    assert await ends_of(reads) == {Unavailable}
    # The driver may have sent an idempotent write before, and reports only that no host is left.
    assert await ends_of(start([door], Door.writes)) <= {OutcomeUnknown, Unavailable}
    assert await ends_of(start([door], Door.reads)) == {Unavailable}

    node.start()
    await asyncio.to_thread(node.wait_ready)
    deadline = time.monotonic() + 120
    while await ends_of(start([door], Door.reads)) == {Unavailable}:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    assert (await models.User.get(id=door.user.id)).team == "red"
    assert (await models.User.get(id=door.member.id)).team == "blue"
    assert (await models.PageViews.get(url=door.page.url)).views in (1, 2)
    await all_goes_well(door)
