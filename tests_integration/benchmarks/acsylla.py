"""Documents through acsylla beside cassandra-driver:  python -m tests_integration.benchmarks.acsylla [--rounds N]

On the one side cassandra-driver with prepared statements and tuple rows, on the other side what a user of the async API
writes, with ``driver="acsylla"``. The cluster is the one in $COODIE_HOSTS, else one that is started.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from coodie import aio
from tests_integration.benchmarks.adapter import KEYSPACE, USER, row, session
from tests_integration.benchmarks.documents import AsyncEvent, Documents, made
from tests_integration.benchmarks.measure import Case, report


class NativeEvent(AsyncEvent):
    class Settings:
        name = "events"
        connection = "acsylla"


class Native(Documents):
    """The cases' two sides."""

    def batch_of(self, size: int) -> Callable[[int], object]:
        async def rounds(count: int) -> None:
            for _ in range(count):
                async with aio.AsyncBatchQuery(warn_statements=None, warn_bytes=None) as batch:
                    for number in range(size):
                        await made(NativeEvent, number).save(batch=batch)

        return lambda count: self.loop.run_until_complete(rounds(count))

    def one_by_one(self, call: Callable[[int], Any]) -> Callable[[int], object]:
        async def rounds(count: int) -> None:
            for number in range(count):
                await call(number)

        return lambda count: self.loop.run_until_complete(rounds(count))

    def cases(self) -> list[Case]:
        return [
            Case(
                "100 saves under way",
                self.raw_many(self.insert, 5),
                self.our_many(lambda n: made(NativeEvent, n).save()),
                20,
                0.30,
                operations=100,
            ),
            Case(
                "100 gets under way",
                self.raw_many(self.get, 2),
                self.our_many(lambda n: NativeEvent.get(user_id=USER, ts=row(n)[1])),
                20,
                0.35,
                operations=100,
            ),
            Case("batch of 100", self.raw_batch(100), self.batch_of(100), 40, 0.35),
            Case(
                "find 1000",
                self.raw_find(1000),
                self.one_by_one(lambda _: NativeEvent.find(user_id=USER).limit(1000).all()),
                40,
            ),
        ]


@contextmanager
def native() -> Iterator[Native]:
    loop = asyncio.new_event_loop()
    with session() as opened:
        hosts, port = opened.cluster.contact_points, opened.cluster.port
        loop.run_until_complete(aio.init_coodie(hosts, port=port, keyspace=KEYSPACE, driver="acsylla", name="acsylla"))
        try:
            yield Native(opened, loop)
        finally:
            loop.run_until_complete(aio.close())
            loop.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only", default="", help="only the cases with this in their name")
    options = parser.parse_args()
    with native() as opened:
        report(opened.cases(), options.rounds, options.only)


if __name__ == "__main__":
    main()
