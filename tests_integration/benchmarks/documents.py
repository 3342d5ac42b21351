"""Documents next to the driver alone:  python -m tests_integration.benchmarks.documents [--rounds N] [--only TEXT]

The driver alone means prepared statements and tuple rows. On coodie's side stands what a user writes: documents are
made, validated, saved, and found as models. Both share one session. The cluster is the one in $COODIE_HOSTS, else one
that is started.

Batches are there twice: of rows and documents that are made in the measured part, and of such as were made before.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import BatchStatement
from pydantic import create_model

from coodie import aio, sync
from coodie.fields import PrimaryKey
from tests_integration.benchmarks.adapter import GET, INSERT, KEYSPACE, SELECT, USER, row, session
from tests_integration.benchmarks.measure import Case, report

UPDATE = f"UPDATE {KEYSPACE}.events SET event_type = ?, amount = ? WHERE user_id = ? AND ts = ?"
INSERT_IF = f"{INSERT} IF NOT EXISTS"
ROWS = 100


class Event(sync.Document):
    user_id: Annotated[UUID, PrimaryKey()]
    ts: Annotated[datetime, PrimaryKey(clustering=True)]
    event_type: str
    amount: int
    score: float

    class Settings:
        name = "events"


class Row(sync.Document):
    id: Annotated[int, PrimaryKey()]
    number: Annotated[int, PrimaryKey(clustering=True)]

    class Settings:
        abstract = True


WIDE = {f"c{number:02}": (int, str, float)[number % 3] for number in range(28)}
Wide: Any = create_model("Wide", __base__=Row, **{name: (kind, ...) for name, kind in WIDE.items()})


class Gathered(Row):
    tags: set[str]
    scores: list[int]
    attrs: dict[str, float]
    days: set[date]


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
        self.update, self.insert_if = session.prepare(UPDATE), session.prepare(INSERT_IF)

    def fill(self) -> None:
        """Make the tables of 30 columns and of collections, with as many rows as are read of each."""
        days = {date(2024, 1, day) for day in range(1, 6)}
        for model in (Wide, Gathered):
            model.sync_table()
        for number in range(ROWS):
            Wide(id=1, number=number, **{name: kind(number) for name, kind in WIDE.items()}).save()
            texts = [f"{number}-{place}" for place in range(10)]
            attrs = dict.fromkeys(texts, 0.5)
            Gathered(id=1, number=number, tags=set(texts), scores=[*range(10)], attrs=attrs, days=days).save()

    def rows_of(self, model: Any) -> tuple[Callable[[int], object], Callable[[int], object]]:
        """Both sides of reading such a table: all of its rows."""
        names = ", ".join(model.model_fields)
        select = self.session.prepare(f"SELECT {names} FROM {KEYSPACE}.{model.table_name()} WHERE id = ? LIMIT ?")
        return (
            each(lambda _: self.session.execute(select, (1, ROWS)).current_rows),
            each(lambda _: model.find(id=1).limit(ROWS).all()),
        )

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

    def raw_batch_of_made(self, size: int) -> Callable[[int], object]:
        rows = [row(number) for number in range(size)]

        def send(_: int) -> None:
            batch = BatchStatement()
            for values in rows:
                batch.add(self.insert, values)
            self.session.execute(batch)

        return each(send)

    def our_batch_of_made(self, size: int) -> Callable[[int], object]:
        documents = [made(Event, number) for number in range(size)]

        def send(_: int) -> None:
            with sync.BatchQuery(warn_statements=None, warn_bytes=None) as batch:
                for document in documents:
                    document.save(full=True, batch=batch)

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
            Case(
                "conditional insert, lost",
                each(lambda n: execute(self.insert_if, row(n)).one()),
                each(lambda n: made(Event, n).insert()),
                200,
            ),
            Case("find 100", self.raw_find(100), self.our_find(100), 200),
            Case("find 1000", self.raw_find(1000), self.our_find(1000), 40, 2.2),
            Case("find 100 of 30 columns", *self.rows_of(Wide), 100),
            Case("find 100 of 4 collections", *self.rows_of(Gathered), 60),
            Case("batch of 20", self.raw_batch(20), self.our_batch(20), 100),
            Case("batch of 20, made before", self.raw_batch_of_made(20), self.our_batch_of_made(20), 100),
            Case("batch of 100", self.raw_batch(100), self.our_batch(100), 40, 1.0),
            Case("batch of 100, made before", self.raw_batch_of_made(100), self.our_batch_of_made(100), 40, 1.0),
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
            found = Documents(opened, loop)
            found.fill()
            yield found
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
