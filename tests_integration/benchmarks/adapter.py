"""The adapter next to the driver alone:  python -m tests_integration.benchmarks.adapter [--rounds N] [--only TEXT]

The driver alone means prepared statements, tuple rows, one session; the adapter has the same session. Nothing of models
is in it. The cluster is the one in $COODIE_HOSTS, else one that is started.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, default_lbp_factory
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import BatchStatement, tuple_factory

from coodie.cql.message import Batch, Kind, Statement
from coodie.drivers.cassandra import CassandraDriver
from tests_integration.benchmarks.measure import Case, report
from tests_integration.server import find_cluster
from tests_integration.server.client import NO_DELAY, PATIENT

KEYSPACE = "coodie_bench"
INSERT = f"INSERT INTO {KEYSPACE}.events (user_id, ts, event_type, amount, score) VALUES (?, ?, ?, ?, ?)"
SELECT = f"SELECT user_id, ts, event_type, amount, score FROM {KEYSPACE}.events WHERE user_id = ? LIMIT ?"
GET = f"SELECT user_id, ts, event_type, amount, score FROM {KEYSPACE}.events WHERE user_id = ? AND ts = ?"
START = datetime(2024, 1, 1, tzinfo=timezone.utc)
USER = UUID(int=7)
Values = tuple[Any, ...]


def row(number: int, user: UUID = USER) -> Values:
    return (user, START + timedelta(milliseconds=number), "click", number, number / 3)


@contextmanager
def session() -> Iterator[Any]:
    with find_cluster() as found:
        profile = ExecutionProfile(load_balancing_policy=default_lbp_factory(), row_factory=tuple_factory)
        options = {"execution_profiles": {EXEC_PROFILE_DEFAULT: profile}, **PATIENT, **NO_DELAY}
        cluster = Cluster(found.hosts, found.port, **options)
        try:
            session = cluster.connect()
            session.execute(
                f"CREATE KEYSPACE IF NOT EXISTS {KEYSPACE} "
                "WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
            )
            session.execute(
                f"CREATE TABLE IF NOT EXISTS {KEYSPACE}.events (user_id uuid, ts timestamp, event_type text, "
                "amount bigint, score double, PRIMARY KEY (user_id, ts))"
            )
            insert = session.prepare(INSERT)
            execute_concurrent_with_args(session, insert, [row(number) for number in range(2000)])
            yield session
            session.execute(f"DROP KEYSPACE {KEYSPACE}", timeout=60)
        finally:
            cluster.shutdown()


def save(values: Values) -> Statement:
    return Statement(INSERT, values, idempotent=True)


def read(cql: str, values: Values) -> Statement:
    return Statement(cql, values, kind=Kind.READ, idempotent=True)


class Adapter:
    """The cases' two sides over one session."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.driver = CassandraDriver(session)
        self.insert, self.select, self.get = (session.prepare(cql) for cql in (INSERT, SELECT, GET))
        self.loop = asyncio.new_event_loop()

    def close(self) -> None:
        self.driver.close()
        self.loop.close()

    def each(self, call: Callable[[int], object]) -> Callable[[int], object]:
        return lambda count: [call(number) for number in range(count)]

    def raw_batch(self, size: int) -> Callable[[int], object]:
        def send(_: int) -> None:
            batch = BatchStatement()
            for number in range(size):
                batch.add(self.insert, row(number))
            self.session.execute(batch)

        return self.each(send)

    def our_batch(self, size: int) -> Callable[[int], object]:
        return self.each(lambda _: self.driver.execute(Batch(tuple(save(row(number)) for number in range(size)))))

    def raw_find(self, limit: int) -> Callable[[int], object]:
        return self.each(lambda _: self.session.execute(self.select, (USER, limit)).current_rows)

    def our_find(self, limit: int) -> Callable[[int], object]:
        return self.each(lambda _: self.driver.execute(read(SELECT, (USER, limit))).rows)

    def raw_many(self, prepared: Any, values: Callable[[int], Values]) -> Callable[[int], object]:
        return self.each(
            lambda _: execute_concurrent_with_args(self.session, prepared, [values(n) for n in range(100)], 100)
        )

    def our_many(self, request: Callable[[int], Statement]) -> Callable[[int], object]:
        async def rounds(count: int) -> None:
            for _ in range(count):
                await asyncio.gather(*[self.driver.aexecute(request(number)) for number in range(100)])

        return lambda count: self.loop.run_until_complete(rounds(count))

    def our_awaits(self, request: Callable[[int], Statement]) -> Callable[[int], object]:
        async def rounds(count: int) -> None:
            for number in range(count):
                await self.driver.aexecute(request(number))

        return lambda count: self.loop.run_until_complete(rounds(count))

    def cases(self) -> list[Case]:
        execute, ours = self.session.execute, self.driver.execute
        return [
            Case(
                "save",
                self.each(lambda n: execute(self.insert, row(n))),
                self.each(lambda n: ours(save(row(n)))),
                1000,
                1.10,
            ),
            Case(
                "get",
                self.each(lambda n: execute(self.get, row(n)[:2]).one()),
                self.each(lambda n: ours(read(GET, row(n)[:2])).rows[0]),
                1000,
                1.10,
            ),
            Case(
                "save, one after another, async",
                self.each(lambda n: execute(self.insert, row(n))),
                self.our_awaits(lambda n: save(row(n))),
                500,
            ),
            Case("find 100", self.raw_find(100), self.our_find(100), 200),
            Case("find 1000", self.raw_find(1000), self.our_find(1000), 40),
            Case("batch of 20", self.raw_batch(20), self.our_batch(20), 100),
            Case("batch of 100", self.raw_batch(100), self.our_batch(100), 40, 1.0),
            Case(
                "100 saves under way, async",
                self.raw_many(self.insert, row),
                self.our_many(lambda n: save(row(n))),
                20,
                1.5,
                operations=100,
            ),
            Case(
                "100 gets under way, async",
                self.raw_many(self.get, lambda n: row(n)[:2]),
                self.our_many(lambda n: read(GET, row(n)[:2])),
                20,
                1.5,
                operations=100,
            ),
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only", default="", help="only the cases with this in their name")
    options = parser.parse_args()
    with session() as opened:
        adapter = Adapter(opened)
        try:
            report(adapter.cases(), options.rounds, options.only)
        finally:
            adapter.close()


if __name__ == "__main__":
    main()
