"""Documents without coodie:  python -m tests_integration.benchmarks.by_hand [--rounds N] [--only TEXT]

What a program pays beside the driver alone that makes models of Pydantic from its rows, and hands the values of models
to the driver: the least that a library of documents over that driver can cost, unless it does the driver's own work
better. The cluster is the one in $COODIE_HOSTS, else one that is started.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

from cassandra.query import BatchStatement
from pydantic import create_model

from tests_integration.benchmarks.documents import EVENTS, Documents, Table, compare, documents, each
from tests_integration.benchmarks.measure import Case


class ByHand(Documents):
    """The cases' two sides."""

    def __init__(self, session: Any, loop: asyncio.AbstractEventLoop, table: Table = EVENTS) -> None:
        super().__init__(session, loop, table)
        fields: dict[str, Any] = {name: (info.annotation, ...) for name, info in table.model.model_fields.items()}
        self.plain = create_model("Plain", **fields)
        self.values = attrgetter(*fields)

    def made(self, number: int) -> Any:
        return self.values(self.table.made(self.plain, number))

    def read(self, found: tuple[Any, ...]) -> Any:
        return self.plain(**dict(zip(self.table.names, found, strict=True)))

    def batch_by_hand(self, size: int) -> Callable[[int], object]:
        def send(_: int) -> None:
            batch = BatchStatement()
            for number in range(size):
                batch.add(self.insert, self.made(number))
            self.session.execute(batch)

        return each(send)

    def find(self, limit: int) -> Callable[[int], object]:
        asked = (self.row(0)[0], limit)
        return each(lambda _: [self.read(found) for found in self.session.execute(self.select, asked).current_rows])

    def awaited(self, prepared: Any, params: tuple[Any, ...]) -> asyncio.Future[Any]:
        """The rows of a request that is under way."""
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()

        response = self.session.execute_async(prepared, params)
        response.add_callback(lambda rows: loop.call_soon_threadsafe(waiter.set_result, rows))
        response.add_errback(lambda error: loop.call_soon_threadsafe(waiter.set_exception, error))
        return waiter

    async def save(self, number: int) -> None:
        await self.awaited(self.insert, self.made(number))

    async def load(self, number: int) -> list[Any]:
        return [self.read(found) for found in await self.awaited(self.get, self.row(number)[:2])]

    def cases(self) -> list[Case]:
        execute, row = self.session.execute, self.row
        sides = {
            "save": each(lambda n: execute(self.insert, self.made(n))),
            "get": each(lambda n: self.read(execute(self.get, row(n)[:2]).one())),
            "find 100": self.find(100),
            "find 1000": self.find(1000),
            "batch of 20": self.batch_by_hand(20),
            "batch of 100": self.batch_by_hand(100),
            "100 saves under way, async": self.our_many(self.save),
            "100 gets under way, async": self.our_many(self.load),
        }
        return [
            Case(case.name, case.raw, sides[case.name], case.count, operations=case.operations)
            for case in self.common_cases()
            if case.name in sides
        ]


@contextmanager
def by_hand(table: Table = EVENTS) -> Iterator[ByHand]:
    with documents(table) as found:
        yield ByHand(found.session, found.loop, table)


if __name__ == "__main__":
    compare(by_hand, __doc__)
