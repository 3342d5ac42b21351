"""Many writes next to the driver alone:  python -m tests_integration.benchmarks.many [--rounds N] [--count N]

The sync API stands next to the driver's ``execute_concurrent_with_args``, the async one next to tasks that await the
adapter's ``aexecute``; both sides have 100 requests in flight. Documents, rows and statements are made before. A ratio
below 1.11 is a throughput of more than 0.9. With ``--rows`` so many rows are then written by each API, and the memory
that the process takes is printed meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from cassandra.concurrent import execute_concurrent_with_args

from coodie import aio, sync
from coodie.bulk import Report
from coodie.cql.message import Statement
from tests_integration.benchmarks.adapter import KEYSPACE, Adapter, row, save, session
from tests_integration.benchmarks.documents import AsyncEvent, Event, made
from tests_integration.benchmarks.measure import Case, report

IN_FLIGHT = 100


class Many:
    """The two sides of each case; each round uses up what was made before for it."""

    def __init__(self, adapter: Adapter, rounds: int, count: int) -> None:
        self.adapter = adapter
        numbers = range(count)
        self.rows = [row(number) for number in numbers]
        self.statements = [save(values) for values in self.rows]
        self.documents = [[made(Event, number) for number in numbers] for _ in range(rounds + 1)]
        self.async_documents = [[made(AsyncEvent, number) for number in numbers] for _ in range(rounds + 1)]

    def raw(self, _: int) -> None:
        execute_concurrent_with_args(self.adapter.session, self.adapter.insert, self.rows, IN_FLIGHT)

    def ours(self, _: int) -> None:
        check(sync.save_many(self.documents.pop(), IN_FLIGHT), len(self.rows))

    def raw_async(self, _: int) -> None:
        async def worker(statements: Iterator[Statement]) -> None:
            for statement in statements:
                await self.adapter.driver.aexecute(statement)

        async def main() -> None:
            statements = iter(self.statements)
            await asyncio.gather(*(worker(statements) for _ in range(IN_FLIGHT)))

        self.adapter.loop.run_until_complete(main())

    def ours_async(self, _: int) -> None:
        work = aio.save_many(self.async_documents.pop(), IN_FLIGHT)
        check(self.adapter.loop.run_until_complete(work), len(self.rows))


def check(found: Report[Any], count: int) -> None:
    assert found.done == count, found


def resident() -> float:
    """The memory of this process, in megabytes."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def grow(name: str, count: int, write: Callable[[Iterable[Any], Callable[[Report[Any]], object]], object]) -> None:
    """Write that many rows, and print the memory ten times."""

    def told(found: Report[Any]) -> None:
        if found.total % max(1, count // 10) == 0:
            print(f"{name}: {found.total:>9} rows, {resident():.0f} MB", flush=True)

    write((made(AsyncEvent if name == "async" else Event, number) for number in range(count)), told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--only", default="", help="only the cases with this in their name")
    parser.add_argument("--rows", type=int, default=0)
    options = parser.parse_args()
    with session() as opened:
        adapter = Adapter(opened)
        sync.init_coodie(session=opened, keyspace=KEYSPACE)
        try:
            many = Many(adapter, options.rounds, options.count)
            cases = [
                Case("save_many, sync", many.raw, many.ours, 1, 1.11, options.count),
                Case("save_many, async", many.raw_async, many.ours_async, 1, 1.11, options.count),
            ]
            # The documents of all rounds, which a program would not hold at once, are kept from the garbage collector.
            gc.freeze()
            report(cases, options.rounds, options.only)
            if options.rows:
                grow("sync", options.rows, lambda rows, told: sync.save_many(rows, progress=told))
                loop = adapter.loop.run_until_complete
                grow("async", options.rows, lambda rows, told: loop(aio.save_many(rows, progress=told)))
        finally:
            sync.close()
            adapter.close()


if __name__ == "__main__":
    main()
