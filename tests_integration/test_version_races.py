"""Versions under many writers at once, tasks and threads: no change is lost without its writer knowing."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

from coodie import VersionConflict, aio, sync
from coodie.fields import PrimaryKey, Version

WRITERS = 50


class Total(aio.Document):
    id: Annotated[int, PrimaryKey()]
    count: int = 0
    writers: set[int] = set()
    version: Annotated[int, Version()] = 1

    class Settings:
        name = "totals"


class SyncTotal(sync.Document):
    id: Annotated[int, PrimaryKey()]
    count: int = 0
    writers: set[int] = set()
    version: Annotated[int, Version()] = 1

    class Settings:
        name = "totals"


async def add(number: int) -> None:
    total = await Total.get(id=1)
    while True:
        total.count += 1
        total.writers.add(number)
        try:
            await total.save()
        except VersionConflict:
            await total.refresh()
        else:
            return


async def test_fifty_tasks_that_increment_one_document_end_exact(
    connection_options: dict[str, Any], keyspace: str
) -> None:
    await aio.init_coodie(**connection_options, keyspace=keyspace)
    await Total.sync_table()
    await Total(id=1).save()
    await asyncio.gather(*map(add, range(WRITERS)))
    total = await Total.find(id=1).consistency("SERIAL").one()
    await aio.close()
    assert (total.count, total.version, total.writers) == (WRITERS, WRITERS + 1, set(range(WRITERS)))


def add_sync(number: int) -> None:
    while True:
        total = SyncTotal.find(id=2).consistency("SERIAL").one()
        try:
            total.update(count=total.count + 1, writers__add={number})
        except VersionConflict:
            continue
        return


def test_threads_that_increment_one_document_end_exact(connection_options: dict[str, Any], keyspace: str) -> None:
    sync.init_coodie(**connection_options, keyspace=keyspace)
    SyncTotal.sync_table()
    SyncTotal(id=2).save()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(add_sync, range(WRITERS)))
    total = SyncTotal.get(id=2)
    sync.close()
    assert (total.count, total.version, total.writers) == (WRITERS, WRITERS + 1, set(range(WRITERS)))
