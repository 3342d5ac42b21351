"""Many writes at once while a node of three is killed and comes back: the report is true, row by row, in both doors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import count
from typing import Annotated, Any

import pytest
from cassandra.policies import ConstantReconnectionPolicy

from coodie import OutcomeUnknown, aio, sync
from coodie.bulk import Report
from coodie.fields import PrimaryKey

from .conftest import require
from .server import NoCluster, Node, cluster, prepare_server

pytestmark = pytest.mark.needs_server("a node of three goes away and comes back")

KEYSPACE = "many_outage"


class Row(aio.Document):
    run: Annotated[str, PrimaryKey()]
    id: Annotated[int, PrimaryKey()]
    name: str = ""


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Node]]:
    try:
        prepare_server()
    except NoCluster as error:
        require(error)
    with cluster(durable=True) as nodes:
        yield nodes


class Feed:
    """Documents without end, until it is told to stop; it keeps them all."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.documents: list[Row] = []
        self.over = False

    def __iter__(self) -> Iterator[Row]:
        for number in count():
            if self.over:
                return
            document = Row(run=self.run, id=number, name="n")
            self.documents.append(document)
            yield document


async def until(feeds: list[Feed], more: int) -> None:
    """Wait until each run has read that many more documents."""
    marks, deadline = [len(feed.documents) + more for feed in feeds], time.monotonic() + 300
    while any(len(feed.documents) < mark for feed, mark in zip(feeds, marks, strict=True)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_every_row_is_done_failed_or_unknown_and_the_report_is_true(nodes: list[Node]) -> None:
    options: dict[str, Any] = {"port": nodes[0].port, "reconnection_policy": ConstantReconnectionPolicy(0.5, None)}
    hosts = [node.host for node in nodes]
    await aio.init_coodie(hosts, **options)
    await aio.create_keyspace(KEYSPACE, replication_factor=3)
    await aio.init_coodie(hosts, keyspace=KEYSPACE, **options)
    await Row.sync_table()
    feeds = [Feed("async"), Feed("sync"), Feed("insert")]
    runs: list[asyncio.Future[Report[Row]]] = [
        asyncio.ensure_future(aio.save_many(feeds[0], 50, consistency="QUORUM")),
        asyncio.ensure_future(asyncio.to_thread(sync.save_many, feeds[1], 50, consistency="QUORUM")),
        asyncio.ensure_future(aio.insert_many(feeds[2], 4, consistency="QUORUM")),
    ]
    try:
        await until(feeds, 100)
        await asyncio.to_thread(nodes[2].kill)
        await until(feeds, 200)
        nodes[2].start()
        await asyncio.to_thread(nodes[2].wait_ready)
        await until(feeds, 100)
    finally:
        for feed in feeds:
            feed.over = True
        reports = await asyncio.gather(*runs)
    try:
        for feed, report in zip(feeds, reports, strict=True):
            await check(feed, report)
    finally:
        await aio.close()


async def check(feed: Feed, report: Report[Row]) -> None:
    """Compare the report, and the state of each document, with the rows."""
    failed = {item.id for item, _ in report.failed}
    unknown = {item.id for item, _ in report.unknown}
    done = {each.id for each in feed.documents} - failed - unknown
    assert report.total == len(feed.documents)
    assert report.done == len(done)
    assert {type(error) for _, error in report.unknown} <= {OutcomeUnknown}
    assert {each.id for each in feed.documents if not each.changes()} == done
    there = {row["id"] for row in await rows(feed.run)}
    assert done <= there
    assert not failed & there


async def rows(run: str) -> list[dict[str, Any]]:
    text = "SELECT id FROM row WHERE run = ? ALLOW FILTERING"
    return await aio.execute_raw(text, [run], consistency="QUORUM", timeout=120)
