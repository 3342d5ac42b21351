"""Documents next to the driver alone:  python -m tests_integration.benchmarks.documents [--rounds N] [--only TEXT]

The driver alone means prepared statements and tuple rows. On coodie's side stands what a user writes: documents are
made, validated, saved, and found as models. Both share one session. The cluster is the one in $COODIE_HOSTS, else one
that is started.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import BatchStatement

from coodie import aio, sync
from coodie.fields import PrimaryKey
from tests_integration.benchmarks.adapter import GET, INSERT, KEYSPACE, SELECT, USER, row, session
from tests_integration.benchmarks.measure import Case, report

UPDATE = f"UPDATE {KEYSPACE}.events SET event_type = ?, amount = ? WHERE user_id = ? AND ts = ?"


class Event(sync.Document):
    user_id: Annotated[UUID, PrimaryKey()]
    ts: Annotated[datetime, PrimaryKey(clustering=True)]
    event_type: str
    amount: int
    score: float

    class Settings:
        name = "events"


class AsyncEvent(aio.Document):
    user_id: Annotated[UUID, PrimaryKey()]
    ts: Annotated[datetime, PrimaryKey(clustering=True)]
    event_type: str
    amount: int
    score: float

    class Settings:
        name = "events"


def made(model: type[Any], number: int) -> Any:
    user_id, ts, event_type, amount, score = row(number)
    return model(user_id=user_id, ts=ts, event_type=event_type, amount=amount, score=score)


def each(call: Callable[[int], object]) -> Callable[[int], object]:
    def work(count: int) -> None:
        for number in range(count):  # what came back is let go, as a program would
            call(number)

    return work


class Documents:
    """The cases' two sides."""

    def __init__(self, session: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.session, self.loop = session, loop
        self.insert, self.select, self.get = (session.prepare(cql) for cql in (INSERT, SELECT, GET))
        self.update = session.prepare(UPDATE)

    def raw_batch(self, size: int) -> Callable[[int], object]:
        def send(_: int) -> None:
            batch = BatchStatement()
            for number in range(size):
                batch.add(self.insert, row(number))
            self.session.execute(batch)

        return each(send)

    def our_batch(self, size: int) -> Callable[[int], object]:
        def send(_: int) -> None:
            with sync.BatchQuery(warn_statements=None, warn_bytes=None) as batch:
                for number in range(size):
                    made(Event, number).save(batch=batch)

        return each(send)

    def raw_find(self, limit: int) -> Callable[[int], object]:
        return each(lambda _: self.session.execute(self.select, (USER, limit)).current_rows)

    def our_find(self, limit: int) -> Callable[[int], object]:
        return each(lambda _: Event.find(user_id=USER).limit(limit).all())

    def raw_many(self, prepared: Any, width: int) -> Callable[[int], object]:
        return each(
            lambda _: execute_concurrent_with_args(self.session, prepared, [row(n)[:width] for n in range(100)], 100)
        )

    def our_many(self, call: Callable[[int], Any]) -> Callable[[int], object]:
        async def rounds(count: int) -> None:
            for _ in range(count):
                await asyncio.gather(*[call(number) for number in range(100)])

        return lambda count: self.loop.run_until_complete(rounds(count))

    def cases(self) -> list[Case]:
        execute = self.session.execute
        event = made(Event, 1)
        return [
            Case(
                "save",
                each(lambda n: execute(self.insert, row(n))),
                each(lambda n: made(Event, n).save()),
                1000,
                1.10,
            ),
            Case(
                "get",
                each(lambda n: execute(self.get, row(n)[:2]).one()),
                each(lambda n: Event.get(user_id=USER, ts=row(n)[1])),
                1000,
                1.10,
            ),
            Case(
                "update of two columns",
                each(lambda n: execute(self.update, ("x", n, *row(1)[:2]))),
                each(lambda n: event.update(event_type="x", amount=n)),
                500,
            ),
            Case("find 100", self.raw_find(100), self.our_find(100), 200),
            Case("find 1000", self.raw_find(1000), self.our_find(1000), 40, 2.2),
            Case("batch of 20", self.raw_batch(20), self.our_batch(20), 100),
            Case("batch of 100", self.raw_batch(100), self.our_batch(100), 40, 1.0),
            Case(
                "100 saves under way, async",
                self.raw_many(self.insert, 5),
                self.our_many(lambda n: made(AsyncEvent, n).save()),
                20,
                1.5,
                operations=100,
            ),
            Case(
                "100 gets under way, async",
                self.raw_many(self.get, 2),
                self.our_many(lambda n: AsyncEvent.get(user_id=USER, ts=row(n)[1])),
                20,
                operations=100,
            ),
        ]


@contextmanager
def documents() -> Iterator[Documents]:
    loop = asyncio.new_event_loop()
    with session() as opened:
        sync.init_coodie(session=opened, keyspace=KEYSPACE)
        try:
            yield Documents(opened, loop)
        finally:
            sync.close()
            loop.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only", default="", help="only the cases with this in their name")
    options = parser.parse_args()
    with documents() as opened:
        report(opened.cases(), options.rounds, options.only)


if __name__ == "__main__":
    main()
