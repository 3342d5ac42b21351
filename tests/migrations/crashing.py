"""Runs on the engine in memory that die, or get no answer, at any of their requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coodie.cql.message import Kind, Page, Request, Statement
from coodie.drivers import register_driver, unregister_driver
from coodie.exceptions import OutcomeUnknown, RequestRejected, SchemaDisagreement, Timeout
from coodie.sync import Migrations
from coodie.testing import Clock, MemoryDriver

KEYSPACE = "shop"
OWN = ("coodie_migrations", "coodie_migration_lock")


class Killed(BaseException):
    """The process is no more: nothing that it would have done afterwards happens."""


class Mortal:
    """A driver whose process dies at a request, before it is carried out or after."""

    def __init__(self, memory: MemoryDriver, at: int | None = None, *, after: bool = False) -> None:
        self.memory, self.at, self.after = memory, at, after
        self.count = 0
        self.sent: list[str] = []

    def execute(self, request: Request, /) -> Page:
        self.count += 1
        if self.at is not None and self.count >= self.at:
            if self.count == self.at and self.after:
                self._carry_out(request)
            raise Killed
        return self._carry_out(request)

    def _carry_out(self, request: Request) -> Page:
        page = self.memory.execute(request)
        self.sent.append(getattr(request, "cql", "BATCH"))
        return page

    def close(self) -> None: ...

    def pass_time(self, seconds: float, /) -> bool:
        if self.at is not None and self.count >= self.at:
            raise Killed
        return self.memory.pass_time(seconds)


class Silent(Mortal):
    """A driver whose cluster gives no answer to one request, which was carried out or not; all others are answered."""

    def execute(self, request: Request, /) -> Page:
        self.count += 1
        if self.count == self.at:
            if self.after:
                self._carry_out(request)
            read = isinstance(request, Statement) and request.kind is Kind.READ
            raise (Timeout if read else OutcomeUnknown)("no answer in time", request=request)
        return self._carry_out(request)

    def pass_time(self, seconds: float, /) -> bool:
        return self.memory.pass_time(seconds)


class Deaf(Silent):
    """A driver whose cluster answers none of several requests in a row, of which every other one is carried out."""

    def __init__(self, memory: MemoryDriver, at: int, *, after: bool, length: int) -> None:
        super().__init__(memory, after=after)
        self.end = at + length
        self.at = at

    def execute(self, request: Request, /) -> Page:
        if self.at is not None and self.at < self.count + 1 < self.end:
            self.at, self.after = self.count + 1, not self.after
        return super().execute(request)


class Refusing(Silent):
    """A driver whose cluster refuses one statement of a migration, as one that is not permitted."""

    def execute(self, request: Request, /) -> Page:
        self.count += 1
        if self.at is not None and self.count >= self.at and not is_own(request):
            self.at = None
            raise RequestRejected("not permitted", request=request)
        return self._carry_out(request)


class Disagreeing(Silent):
    """A driver whose cluster carries out a change of the schema, and then its nodes do not agree in time."""

    def execute(self, request: Request, /) -> Page:
        self.count += 1
        page = self._carry_out(request)
        if self.at is not None and self.count >= self.at and getattr(request, "kind", None) is Kind.SCHEMA:
            self.at = None
            raise SchemaDisagreement("no agreement in time", request=request)
        return page


class Paused(Silent):
    """A run that stands still for longer than its lock lasts, while another run does its work.

    It stands still at any request but that of a statement of a file: who pauses between the renewal of the lock and
    that one sends it late, which no client can help.
    """

    def __init__(self, memory: MemoryDriver, at: int, work: Callable[[], object], *, after: bool) -> None:
        super().__init__(memory, at, after=after)
        self.work = work

    def execute(self, request: Request, /) -> Page:
        self.count += 1
        if self.at is None or self.count < self.at or (not self.after and not is_own(request)):
            return self._carry_out(request)
        self.at = None
        if not self.after:
            self.pause()
        page = self._carry_out(request)
        if self.after:
            self.pause()
        return page

    def pause(self) -> None:
        self.memory.clock.tick(31)
        self.work()


class Late(Silent):
    """A driver whose cluster shows coodie's own tables in ``system_schema`` before the first statement can use them."""

    def __init__(self, memory: MemoryDriver) -> None:
        super().__init__(memory)
        self.missing = set(OWN)

    def execute(self, request: Request, /) -> Page:
        cql = getattr(request, "cql", "")
        for name in () if cql.startswith("CREATE") else sorted(self.missing):
            if f"{KEYSPACE}.{name} " in f"{cql} ":
                self.missing.remove(name)
                raise RequestRejected(f"table {name} does not exist", request=request)
        return super().execute(request)


def is_own(request: Request) -> bool:
    """Whether a request is coodie's own: a read, or on its own tables."""
    return getattr(request, "kind", None) is Kind.READ or any(name in getattr(request, "cql", "") for name in OWN)


def engine() -> MemoryDriver:
    """An engine with an empty keyspace."""
    memory = MemoryDriver(clock=Clock())
    memory.run(f"CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    return memory


@contextmanager
def migrations(folder: Path, driver: Any) -> Iterator[Migrations]:
    """The migrations of a folder on a driver."""
    name = f"crashing {id(driver)}"
    register_driver(name, driver, keyspace=KEYSPACE)
    try:
        yield Migrations(folder, connection=name)
    finally:
        unregister_driver(name)


def state_of(memory: MemoryDriver) -> str:
    """Everything that is there, apart from coodie's own tables."""
    copy = memory.fork()
    copy.run("".join(f"DROP TABLE IF EXISTS {KEYSPACE}.{name};" for name in OWN))
    return copy.dump()
