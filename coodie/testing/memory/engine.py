"""The engine: schema and data behind one lock, plans by their text, and snapshots."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Final
from uuid import UUID

from coodie.cql.message import BatchKind
from coodie.testing.clock import Clock
from coodie.testing.memory.answers import VOID, Answer, Paging
from coodie.testing.memory.ddl.change import Change as SchemaChange
from coodie.testing.memory.ddl.change import Context
from coodie.testing.memory.ddl.registry import DDL
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.plans import Altering, Batching, Plan, Switching, Truncating, plan_of
from coodie.testing.memory.schema import Schema, Table
from coodie.testing.memory.statements.batch import run_batch
from coodie.testing.memory.statements.conditional import run_conditional
from coodie.testing.memory.statements.modification import Modification
from coodie.testing.memory.statements.select import Reading
from coodie.testing.memory.storage.tables import State, TableData
from coodie.testing.memory.system import SYSTEM, system_data
from coodie.testing.memory.terms import Run, Value

MOST_PLANS: Final = 1024
_UNPAGED: Final = Paging()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The content of an engine at one moment: its schema, and the data of each table. Later writes do not change it."""

    schema: Schema
    data: dict[UUID, State]


class Engine:
    """Keyspaces with their data. Everything runs under one lock, so conditions are linearizable."""

    def __init__(self, clock: Clock) -> None:
        self.clock: Clock = clock
        self.schema: Schema = Schema(SYSTEM)
        self.lock: RLock = RLock()
        self.listeners: list[Callable[[SchemaChange], None]] = []
        self._data: dict[UUID, TableData] = {}
        self._system: dict[UUID, tuple[int, TableData]] = {}
        self._plans: OrderedDict[tuple[str, str | None, int], Plan] = OrderedDict()

    def data(self, table: Table) -> TableData:
        """The data of a table."""
        found = self._data.get(table.id)
        if table.keyspace in SYSTEM:
            version, made = self._system.get(table.id, (-1, found))
            if made is None or version != self.schema.version:
                made = system_data(self.schema, table)
                self._system[table.id] = self.schema.version, made
            return made
        if found is None:
            found = self._data[table.id] = TableData()
        return found

    def prepare(self, text: str, keyspace: str | None = None) -> Plan:
        """The plan of a text, made once until the schema changes. Raises `CqlError`."""
        with self.lock:
            key = (text, keyspace, self.schema.version)
            found = self._plans.get(key)
            if found is None:
                found = self._plans[key] = plan_of(text, self.schema, keyspace)
                if len(self._plans) > MOST_PLANS:
                    self._plans.popitem(last=False)
            return found

    def seconds(self) -> int:
        """The current time in seconds since 1970."""
        return int(self.clock.now().timestamp())

    def execute(
        self,
        plan: Plan,
        values: Sequence[Value] = (),
        paging: Paging = _UNPAGED,
        *,
        now: int | None = None,
        trusted: bool = False,
    ) -> Answer:
        """Execute a plan. ``now`` is the time that decides what has expired, by default that of the clock."""
        if len(values) != len(plan.marks):
            raise errors.WRONG_COUNT_OF_VALUES(len(plan.marks), len(values))
        with self.lock:
            run = Run(values, self.seconds() if now is None else now, self.clock, trusted)
            match plan:
                case Reading():
                    return plan.run(self, run, paging)
                case Modification():
                    return self._write(plan, run)
                case Batching():
                    return self._batching(plan, run)
                case Truncating(table):
                    self.data(table).clear()
                    return VOID
                case Altering():
                    self._alter(plan)
                    return VOID
                case Switching():
                    return VOID

    def _write(self, plan: Modification, run: Run) -> Answer:
        if plan.conditional:
            return run_conditional([(plan, run)], self, run, in_batch=False)
        for change in plan.changes(self, run, self.clock.micros()):
            change.commit(self)
        return VOID

    def _batching(self, plan: Batching, run: Run) -> Answer:
        statements = [
            (each, Run(run.values[at : at + len(each.marks)], run.now, run.clock, run.trusted))
            for each, at in plan.statements
        ]
        return run_batch(plan.kind, statements, self, run, plan.timestamp)

    def batch(
        self,
        kind: BatchKind,
        statements: Sequence[tuple[Plan, Sequence[Value]]],
        timestamp: int | None = None,
        *,
        now: int | None = None,
        trusted: bool = False,
    ) -> Answer:
        """Execute plans as one protocol-level batch."""
        with self.lock:
            second = self.seconds() if now is None else now
            made: list[tuple[Modification, Run]] = []
            for plan, values in statements:
                if not isinstance(plan, Modification):
                    raise errors.BATCH_STATEMENT()
                if len(values) != len(plan.marks):
                    raise errors.WRONG_COUNT_OF_VALUES(len(plan.marks), len(values))
                made.append((plan, Run(values, second, self.clock, trusted)))

            def given(run: Run) -> int | None:
                return timestamp

            own = Run((), second, self.clock, trusted)
            return run_batch(kind, made, self, own, None if timestamp is None else given)

    def _alter(self, plan: Altering) -> None:
        context = Context(plan.keyspace, self.clock.uuid1(), self.clock.micros())
        self.schema, change = DDL[type(plan.node)](self.schema, plan.node, context)
        if change is None:
            return
        kept = {table.id for space in self.schema.keyspaces.values() for table in space.tables.values()}
        self._data = {key: data for key, data in self._data.items() if key in kept}
        for listener in self.listeners:
            listener(change)

    def snapshot(self) -> Snapshot:
        """The current content."""
        with self.lock:
            return Snapshot(self.schema, {key: data.snapshot() for key, data in self._data.items()})

    def restore(self, snapshot: Snapshot) -> None:
        """Bring back the content of a snapshot. Plans are made again if the schema differs."""
        with self.lock:
            if self.schema is not snapshot.schema:
                version = max(self.schema.version, snapshot.schema.version) + 1
                self.schema = Schema(snapshot.schema.keyspaces, version)
            self._data = {}
            for key, state in snapshot.data.items():
                data = self._data[key] = TableData()
                data.restore(state)
