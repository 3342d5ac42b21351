"""Documents next to the driver alone:  python -m tests_integration.benchmarks.documents [--rounds N] [--only TEXT]

The driver alone means prepared statements and tuple rows. On coodie's side stands what a user writes: documents are
made, validated, saved, and found as models. Both share one session. The cluster is the one in $COODIE_HOSTS, else one
that is started.

Batches are there twice: of rows and documents that are made in the measured part, and of such as were made before.
``--texts`` measures a table of texts in place of that of numbers.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import BatchStatement
from pydantic import create_model

from coodie import aio, sync
from coodie.fields import PrimaryKey
from tests_integration.benchmarks.adapter import INSERT, KEYSPACE, START, USER, Values, row, session
from tests_integration.benchmarks.measure import Case, report

SENSOR = "sensor-7"
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


class Reading(sync.Document):
    sensor: Annotated[str, PrimaryKey()]
    ts: Annotated[datetime, PrimaryKey(clustering=True)]
    room: str
    state: str
    value: float

    class Settings:
        name = "readings"


class AsyncReading(aio.Document):
    sensor: Annotated[str, PrimaryKey()]
    ts: Annotated[datetime, PrimaryKey(clustering=True)]
    room: str
    state: str
    value: float

    class Settings:
        name = "readings"


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


def loaded(model: type[Any], number: int) -> Any:
    return model.get(user_id=USER, ts=row(number)[1])


def reading(number: int) -> Values:
    return (SENSOR, START + timedelta(milliseconds=number), f"room {number % 10}", "as usual", number / 3)


def made_reading(model: type[Any], number: int) -> Any:
    sensor, ts, room, state, value = reading(number)
    return model(sensor=sensor, ts=ts, room=room, state=state, value=value)


def loaded_reading(model: type[Any], number: int) -> Any:
    return model.get(sensor=SENSOR, ts=reading(number)[1])


@dataclass(frozen=True)
class Table:
    """A table whose key is made of its first two columns."""

    model: Any
    async_model: Any
    row: Callable[[int], Values]
    made: Callable[[Any, int], Any]
    loaded: Callable[[Any, int], Any]

    @property
    def names(self) -> list[str]:
        return list(self.model.model_fields)

    @property
    def insert(self) -> str:
        return f"INSERT INTO {self._name} ({', '.join(self.names)}) VALUES ({', '.join('?' * len(self.names))})"

    @property
    def select(self) -> str:
        return f"SELECT {', '.join(self.names)} FROM {self._name} WHERE {self.names[0]} = ? LIMIT ?"

    @property
    def get(self) -> str:
        one, two, *_ = self.names
        return f"SELECT {', '.join(self.names)} FROM {self._name} WHERE {one} = ? AND {two} = ?"

    @property
    def _name(self) -> str:
        return f"{KEYSPACE}.{self.model.table_name()}"


EVENTS = Table(Event, AsyncEvent, row, made, loaded)
READINGS = Table(Reading, AsyncReading, reading, made_reading, loaded_reading)


def each(call: Callable[[int], object]) -> Callable[[int], object]:
    def work(count: int) -> None:
        for number in range(count):  # what came back is let go, as a program would
            call(number)

    return work


class Documents:
    """The cases' two sides."""

    def __init__(self, session: Any, loop: asyncio.AbstractEventLoop, table: Table = EVENTS) -> None:
        self.session, self.loop, self.table = session, loop, table
        self.row = table.row
        self.insert, self.select, self.get = (session.prepare(cql) for cql in (table.insert, table.select, table.get))

    def document(self, number: int) -> Any:
        return self.table.made(self.table.model, number)

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
                batch.add(self.insert, self.row(number))
            self.session.execute(batch)

        return each(send)

    def our_batch(self, size: int) -> Callable[[int], object]:
        made, model = self.table.made, self.table.model

        def send(_: int) -> None:
            with sync.BatchQuery(warn_statements=None, warn_bytes=None) as batch:
                for number in range(size):
                    made(model, number).save(batch=batch)

        return each(send)

    def raw_batch_of_made(self, size: int) -> Callable[[int], object]:
        rows = [self.row(number) for number in range(size)]

        def send(_: int) -> None:
            batch = BatchStatement()
            for values in rows:
                batch.add(self.insert, values)
            self.session.execute(batch)

        return each(send)

    def our_batch_of_made(self, size: int) -> Callable[[int], object]:
        documents = [self.document(number) for number in range(size)]

        def send(_: int) -> None:
            with sync.BatchQuery(warn_statements=None, warn_bytes=None) as batch:
                for document in documents:
                    document.save(full=True, batch=batch)

        return each(send)

    def raw_find(self, limit: int) -> Callable[[int], object]:
        key = self.row(0)[0]
        return each(lambda _: self.session.execute(self.select, (key, limit)).current_rows)

    def our_find(self, limit: int) -> Callable[[int], object]:
        model, key = self.table.model, {self.table.names[0]: self.row(0)[0]}
        return each(lambda _: model.find(**key).limit(limit).all())

    def raw_many(self, prepared: Any, width: int) -> Callable[[int], object]:
        return each(
            lambda _: execute_concurrent_with_args(
                self.session, prepared, [self.row(n)[:width] for n in range(100)], 100
            )
        )

    def our_many(self, call: Callable[[int], Any]) -> Callable[[int], object]:
        async def rounds(count: int) -> None:
            for _ in range(count):
                await asyncio.gather(*[call(number) for number in range(100)])

        return lambda count: self.loop.run_until_complete(rounds(count))

    def cases(self) -> list[Case]:
        more = [*self.other_cases(), *self.wide_cases()] if self.table is EVENTS else []
        return [*self.common_cases(), *more]

    def common_cases(self) -> list[Case]:
        """Those of any table."""
        execute, row = self.session.execute, self.row
        made, loaded = self.table.made, self.table.loaded
        model, async_model = self.table.model, self.table.async_model
        return [
            Case(
                "save",
                each(lambda n: execute(self.insert, row(n))),
                each(lambda n: made(model, n).save()),
                1000,
                1.10,
            ),
            Case(
                "get",
                each(lambda n: execute(self.get, row(n)[:2]).one()),
                each(lambda n: loaded(model, n)),
                1000,
                1.10,
            ),
            Case("find 100", self.raw_find(100), self.our_find(100), 200),
            Case("find 1000", self.raw_find(1000), self.our_find(1000), 40, 2.2),
            Case("batch of 20", self.raw_batch(20), self.our_batch(20), 100),
            Case("batch of 20, made before", self.raw_batch_of_made(20), self.our_batch_of_made(20), 100),
            Case("batch of 100", self.raw_batch(100), self.our_batch(100), 40, 1.0),
            Case("batch of 100, made before", self.raw_batch_of_made(100), self.our_batch_of_made(100), 40, 1.0),
            Case(
                "100 saves under way, async",
                self.raw_many(self.insert, 5),
                self.our_many(lambda n: made(async_model, n).save()),
                20,
                1.5,
                operations=100,
            ),
            Case(
                "100 gets under way, async",
                self.raw_many(self.get, 2),
                self.our_many(lambda n: loaded(async_model, n)),
                20,
                operations=100,
            ),
        ]

    def other_cases(self) -> list[Case]:
        """Writes of other kinds."""
        execute, event = self.session.execute, self.document(1)
        update, insert_if = self.session.prepare(UPDATE), self.session.prepare(INSERT_IF)
        return [
            Case(
                "update of two columns",
                each(lambda n: execute(update, ("x", n, *row(1)[:2]))),
                each(lambda n: event.update(event_type="x", amount=n)),
                500,
            ),
            Case(
                "conditional insert, lost",
                each(lambda n: execute(insert_if, row(n)).one()),
                each(lambda n: made(Event, n).insert()),
                200,
            ),
        ]

    def wide_cases(self) -> list[Case]:
        """Rows that are larger."""
        return [
            Case("find 100 of 30 columns", *self.rows_of(Wide), 100),
            Case("find 100 of 4 collections", *self.rows_of(Gathered), 60),
        ]


@contextmanager
def documents(table: Table = EVENTS) -> Iterator[Documents]:
    loop = asyncio.new_event_loop()
    with session() as opened:
        sync.init_coodie(session=opened, keyspace=KEYSPACE)
        try:
            Reading.sync_table()
            found = Documents(opened, loop, table)
            execute_concurrent_with_args(opened, found.insert, [table.row(number) for number in range(2000)])
            found.fill()
            yield found
        finally:
            sync.close()
            loop.close()


def compare(sides: Callable[[Table], AbstractContextManager[Documents]], what: str | None) -> None:
    """Print the comparison that the command line asks for; ``what`` describes the command."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only", default="", help="only the cases with this in their name")
    parser.add_argument("--texts", action="store_true", help="a table of texts")
    options = parser.parse_args()
    with sides(READINGS if options.texts else EVENTS) as opened:
        report(opened.cases(), options.rounds, options.only)


if __name__ == "__main__":
    compare(documents, __doc__)
