"""A second adapter, as somebody outside of coodie would write one: for a vendor that is native to asyncio.

`Client` is what a vendor ships: it knows nothing of coodie's requests, is bound to the event loop that it was made on,
takes and gives bytes, and has errors of its own. `TinyDriver` makes a driver of it, with what coodie's drivers share.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from coodie.cql.decode import decoder_of
from coodie.cql.encode import encoder_of
from coodie.cql.nodes import CreateTable, Insert, Ref, Select
from coodie.cql.parsing.statements import parse
from coodie.cql.types import CqlType
from coodie.drivers import UNSET, Adapter, Batch, ConnectionSettings, Kind, Page, Request, Statement
from coodie.drivers.shared import forks
from coodie.drivers.shared.budget import Budget
from coodie.drivers.shared.closed import closed, forked
from coodie.drivers.shared.error_text import no_answer
from coodie.drivers.shared.loop_wakeup import LoopWakeups
from coodie.drivers.shared.outcomes import Failure, Sort, error_of
from coodie.drivers.shared.prepared_cache import PreparedCache, check_text, is_prepared, texts_of
from coodie.exceptions import ConfigurationError, InvalidQueryError, Unavailable

# The vendor.


class VendorError(Exception):
    """What the vendor raises."""


class Refused(VendorError):
    """The server does not take the statement."""


class Lost(VendorError):
    """The connection broke."""


Cells = dict[str, bytes | None]


@dataclass(eq=False)
class Server:
    """Keeps cells by table and key, and counts what it is asked to prepare."""

    tables: dict[str, CreateTable] = field(default_factory=dict)
    rows: dict[tuple[str, tuple[bytes, ...]], dict[str, tuple[bytes | None, int]]] = field(default_factory=dict)
    prepared: list[str] = field(default_factory=list)
    connects: int = 0
    time: int = 10**15
    hangs: bool = False
    faults: list[Exception] = field(default_factory=list)

    def table(self, name: Any) -> CreateTable:
        if str(name.name) not in self.tables:
            raise Refused(f"unconfigured table {name.name}")
        return self.tables[name.name]

    def write(self, node: Insert, cells: Cells, timestamp: int | None) -> None:
        table = self.table(node.table)
        self.time += 1
        at = self.time if timestamp is None else timestamp
        key = tuple(cells[name] or b"" for name in (*table.partition_key, *table.clustering_key))
        row = self.rows.setdefault((table.table.name, key), {})
        for name, cell in cells.items():
            if at >= row.get(name, (None, 0))[1]:
                row[name] = (cell, at)

    def read(self, node: Select, partition: tuple[bytes, ...]) -> list[list[bytes | None]]:
        name, count = self.table(node.table).table.name, len(partition)
        found = sorted((key, row) for (of, key), row in self.rows.items() if of == name and key[:count] == partition)
        return [[row.get(column, (None, 0))[0] for column in _columns(node)] for _, row in found]


def _columns(node: Select) -> list[str]:
    return [selector.term.column for selector in node.selectors if isinstance(selector.term, Ref)]


@dataclass(frozen=True)
class Plan:
    """A prepared text: what the vendor tells of it."""

    node: Insert | Select
    marks: list[tuple[str, CqlType]]
    columns: list[tuple[str, CqlType]]


class Client:
    """The vendor's connection."""

    def __init__(self, server: Server) -> None:
        self._server, self._loop = server, asyncio.get_running_loop()

    @classmethod
    async def connect(cls, server: Server) -> Client:
        await asyncio.sleep(0)
        server.connects += 1
        return cls(server)

    async def prepare(self, text: str) -> Plan:
        await self._trip()
        self._server.prepared.append(text)
        node = parse(text)
        assert isinstance(node, (Insert, Select))
        table = self._server.table(node.table)
        types = {column.name: column.type for column in table.columns}
        if isinstance(node, Insert):
            return Plan(node, [(name, types[name]) for name in node.columns], [])
        return Plan(
            node,
            [(name, types[name]) for name in table.partition_key],
            [(name, types[name]) for name in _columns(node)],
        )

    async def define(self, text: str) -> None:
        await self._trip()
        node = parse(text)
        assert isinstance(node, CreateTable)
        self._server.tables[node.table.name] = node

    async def write(self, writes: Sequence[tuple[Plan, Cells]], timestamp: int | None) -> None:
        await self._trip()
        for plan, cells in writes:
            assert isinstance(plan.node, Insert)
            self._server.write(plan.node, cells, timestamp)

    async def read(
        self, plan: Plan, key: tuple[bytes, ...], size: int, state: bytes | None
    ) -> tuple[list[list[bytes | None]], bytes | None]:
        await self._trip()
        assert isinstance(plan.node, Select)
        rows, start = self._server.read(plan.node, key), int(state or b"0")
        end = start + (size or len(rows))
        return rows[start:end], str(end).encode() if end < len(rows) else None

    async def _trip(self) -> None:
        assert asyncio.get_running_loop() is self._loop, "a client belongs to its loop"
        await asyncio.sleep(0)
        if self._server.hangs:
            await asyncio.Event().wait()
        if self._server.faults:
            raise self._server.faults.pop(0)


# The adapter.

SORTS: list[tuple[type[Exception], Sort]] = [
    (Refused, "rejected"),
    (asyncio.TimeoutError, "client timeout"),
    (TimeoutError, "client timeout"),  # one class with the one above from Python 3.11 on
    (Lost, "lost"),
    (ConnectionError, "lost"),
]


@dataclass(frozen=True)
class Ready:
    """A prepared text with the codecs of its marks and columns."""

    plan: Plan
    encode: list[Any]
    decode: list[Any]


class TinyDriver:
    """For the async door, with one client for each event loop."""

    def __init__(self, server: Server, *, prepared_size: int = 100) -> None:
        self._server = server
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Client] = WeakKeyDictionary()
        self._cache: PreparedCache[Ready] = PreparedCache(prepared_size)
        self._wakeups = LoopWakeups()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed, self._fork = False, forks.count

    async def aexecute(self, request: Request, /) -> Page:
        if self._closed:
            raise closed()
        if self._fork != forks.count:
            raise forked()
        budget, sent = Budget(request.options.timeout), False
        try:
            client = await self._client()
            if isinstance(request, Statement) and not is_prepared(request):
                sent = True
                await asyncio.wait_for(client.define(request.cql), budget.left())
                return Page()
            ready = {cql: await self._ready(client, cql, budget) for cql in texts_of(request)}
            bound = self._bound(request, ready)
            sent = True
            return await asyncio.wait_for(self._send(client, request, ready, bound, budget), budget.left())
        except tuple(kind for kind, _ in SORTS) as error:
            failure = Failure(sent=sent, attempts=int(sent), prepared=budget.prepared, closed=self._closed)
            sort = next(sort for kind, sort in SORTS if isinstance(error, kind))
            reason = no_answer("tiny") if sort == "client timeout" else str(error)
            raise error_of(sort, reason, request, failure) from error

    async def aclose(self) -> None:
        self._closed = True
        self._cache.abandon(ConnectionAbortedError("the connection was closed meanwhile"))

    async def _client(self) -> Client:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = await Client.connect(self._server)
        return self._clients[loop]

    async def _ready(self, client: Client, cql: str, budget: Budget) -> Ready:
        check_text(cql)
        if (found := self._cache.get(cql)) is not None:
            return found
        future, first = self._cache.join(cql)
        if first:
            budget.prepared += 1
            # a task of its own: whoever asked first may be cancelled, and others wait
            task = asyncio.get_running_loop().create_task(self._prepare(client, cql, future))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await self._wakeups.outcome(future, budget.left())

    async def _prepare(self, client: Client, cql: str, future: Any) -> None:
        try:
            plan = await client.prepare(cql)
        except asyncio.CancelledError:
            self._cache.fail(cql, future, Lost("the event loop has ended"))
            raise
        except Exception as error:  # noqa: BLE001 - it goes to all who wait
            self._cache.fail(cql, future, error)
        else:
            encoders = [encoder_of(cql_type) for _, cql_type in plan.marks]
            decoders = [decoder_of(cql_type) for _, cql_type in plan.columns]
            self._cache.keep(cql, future, Ready(plan, encoders, decoders))

    def _bound(self, request: Request, ready: dict[str, Ready]) -> list[Cells]:
        statements = request.statements if isinstance(request, Batch) else (request,)
        return [_cells(statement, ready[statement.cql]) for statement in statements]

    async def _send(
        self, client: Client, request: Request, ready: dict[str, Ready], bound: list[Cells], budget: Budget
    ) -> Page:
        if isinstance(request, Statement) and request.kind is Kind.READ:
            found, options = ready[request.cql], request.options
            key = tuple(cell or b"" for cell in bound[0].values())
            rows, state = await client.read(found.plan, key, options.fetch_size or 0, options.paging_state)
            columns = tuple(name for name, _ in found.plan.columns)
            return Page(columns, [_row(found, row) for row in rows], state, (), "tiny:1", 1, budget.prepared)
        statements = request.statements if isinstance(request, Batch) else (request,)
        timestamp = request.timestamp if isinstance(request, Batch) else None
        writes = [(ready[each.cql].plan, cells) for each, cells in zip(statements, bound, strict=True)]
        await client.write(writes, timestamp)
        return Page(coordinator="tiny:1", prepared=budget.prepared)


def _cells(statement: Statement, ready: Ready) -> Cells:
    places = zip(ready.plan.marks, statement.values, ready.encode, strict=True)
    return {
        mark[0]: None if value is None else _cell(statement, mark, value, encode)
        for mark, value, encode in places
        if value is not UNSET
    }


def _cell(statement: Statement, mark: tuple[str, CqlType], value: Any, encode: Any) -> bytes:
    try:
        return bytes(encode(value))
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidQueryError(f"{mark[0]} ({mark[1]}): {error}\n  {statement.cql}") from None


def _row(ready: Ready, cells: list[bytes | None]) -> tuple[Any, ...]:
    return tuple(None if cell is None else decode(cell) for cell, decode in zip(cells, ready.decode, strict=True))


def adapter(servers: dict[str, Server]) -> Adapter:
    """The adapter, for the servers that there are, by the names of their hosts."""

    def check(settings: ConnectionSettings) -> None:
        unknown = set(settings.options) - {"prepared_size"}
        if unknown:
            raise ConfigurationError(f"the tiny adapter has no option {', '.join(sorted(unknown))}")

    async def aconnect(settings: ConnectionSettings) -> TinyDriver:
        if settings.hosts not in servers:
            raise Unavailable(f"no connection to {settings.hosts!r}")
        driver = TinyDriver(servers[settings.hosts], **settings.options)
        try:
            await driver._client()
        except VendorError as error:
            raise Unavailable(f"no connection to {settings.hosts!r}: {error}") from error
        return driver

    return Adapter(aconnect=aconnect, check=check)
