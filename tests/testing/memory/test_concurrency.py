"""Many threads and tasks on one engine: conditions are linearizable, and no update is lost."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import trio

from coodie.cql.message import Batch, BatchKind, Page, Statement
from coodie.testing import MemoryDriver

THREADS, TASKS, EACH = 50, 500, 4
READ = "SELECT v FROM t WHERE k = ?"
SWAP = "UPDATE t SET v = ? WHERE k = ? IF v = ?"
COUNT = "UPDATE n SET hits = hits + 1 WHERE k = ?"


@pytest.fixture(autouse=True)
def often() -> Iterator[None]:
    """Let threads take turns often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def made() -> MemoryDriver:
    memory = MemoryDriver()
    memory.run("""
        CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; USE ks;
        CREATE TABLE t (k int PRIMARY KEY, v int, seen set<int>); CREATE TABLE n (k int PRIMARY KEY, hits counter);
        INSERT INTO t (k, v) VALUES (1, 0)
    """)
    return memory


def increment(execute: Callable[[Statement], Page], number: int) -> None:
    """Add one to a cell by conditions, as often as it takes."""
    while True:
        ((value,),) = execute(Statement(READ, (1,))).rows
        if execute(Statement(SWAP, (value + 1, 1, value))).rows[0][0]:
            break
    execute(Statement("UPDATE t SET seen = seen + ? WHERE k = ?", ({number}, 1)))
    execute(Statement(COUNT, (1,)))


async def aincrement(memory: MemoryDriver, number: int) -> None:
    """The same through the other door."""
    while True:
        ((value,),) = (await memory.aexecute(Statement(READ, (1,)))).rows
        if (await memory.aexecute(Statement(SWAP, (value + 1, 1, value)))).rows[0][0]:
            break
    await memory.aexecute(Statement("UPDATE t SET seen = seen + ? WHERE k = ?", ({number}, 1)))
    await memory.aexecute(Statement(COUNT, (1,)))


def check(memory: MemoryDriver, count: int) -> None:
    ((value, seen),) = memory.execute(Statement("SELECT v, seen FROM t WHERE k = ?", (1,))).rows
    assert value == count
    assert set(seen) == set(range(count))
    assert memory.execute(Statement("SELECT hits FROM n WHERE k = ?", (1,))).rows == [(count,)]


def test_threads_lose_no_update() -> None:
    memory = made()

    def work(thread: int) -> None:
        for each in range(EACH):
            increment(memory.execute, thread * EACH + each)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    check(memory, THREADS * EACH)


def test_tasks_of_trio_lose_no_update() -> None:
    memory = made()

    async def task(number: int, limiter: trio.CapacityLimiter) -> None:
        async with limiter:  # all of them at once would fail nearly always
            await aincrement(memory, number)

    async def main() -> None:
        limiter = trio.CapacityLimiter(20)
        async with trio.open_nursery() as nursery:
            for each in range(TASKS):
                nursery.start_soon(task, each, limiter)

    trio.run(main)
    check(memory, TASKS)


def test_tasks_of_asyncio_lose_no_update() -> None:
    memory = made()
    counts = iter(range(TASKS))

    async def count() -> None:
        await memory.aexecute(Statement(COUNT, (1,)))
        await memory.aexecute(Statement("UPDATE t SET seen = seen + ? WHERE k = ?", ({next(counts)}, 1)))

    async def main() -> None:
        await asyncio.gather(*(count() for _ in range(TASKS)))

    asyncio.run(main())
    assert memory.execute(Statement("SELECT hits FROM n WHERE k = ?", (1,))).rows == [(TASKS,)]
    ((seen,),) = memory.execute(Statement("SELECT seen FROM t WHERE k = ?", (1,))).rows
    assert set(seen) == set(range(TASKS))


def test_of_many_that_insert_one_row_one_succeeds() -> None:
    memory = made()
    statement = "INSERT INTO t (k, v) VALUES (?, ?) IF NOT EXISTS"
    with ThreadPoolExecutor(THREADS) as pool:
        pages = list(pool.map(lambda each: memory.execute(Statement(statement, (7, each))), range(THREADS)))
    assert sum(page.rows[0][0] for page in pages) == 1


def test_snapshots_and_schema_changes_beside_writes() -> None:
    memory = made()

    def work(number: int) -> None:
        if number % 5 == 0:
            memory.run(f"CREATE TABLE t{number} (k int PRIMARY KEY)")
            memory.fork()
        memory.execute(Batch((Statement(COUNT, (1,)),), BatchKind.COUNTER))
        state = memory.snapshot()
        memory.execute(Statement("INSERT INTO t (k, v) VALUES (?, ?)", (100 + number, number)))
        assert state.data

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert memory.execute(Statement("SELECT hits FROM n WHERE k = ?", (1,))).rows == [(THREADS,)]
    assert len(memory.rows("t")) == 1 + THREADS
