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
from coodie.testing.memory.answers import Change as SchemaChange
from coodie.testing.memory.ddl.change import Context
from coodie.testing.memory.ddl.registry import DDL, warnings_of
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.plans import Altering, Batching, Describing, Plan, Switching, Truncating, plan_of
from coodie.testing.memory.schema import Schema, Table
from coodie.testing.memory.statements.batch import run_batch
from coodie.testing.memory.statements.conditional import run_conditional
from coodie.testing.memory.statements.modification import Modification
from coodie.testing.memory.statements.select import Reading
from coodie.testing.memory.statements.sizes import BatchSizes
from coodie.testing.memory.statements.views import derived
from coodie.testing.memory.storage.tables import State, TableData
from coodie.testing.memory.system import SYSTEM, Place, system_data
from coodie.testing.memory.terms import Run, Value

MOST_PLANS: Final = 1024
_UNPAGED: Final = Paging()
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The content of an engine at one moment: its schema, and the data of each table. Later writes do not change it."""

    schema: Schema
    data: dict[UUID, State]


@dataclass(slots=True)
class _Held:
    """A plan that is kept: the version of the schema at which it was last right, and what it was made of."""

    plan: Plan
    version: int
    basis: tuple[object, ...]


class Engine:
    """Keyspaces with their data. Everything runs under one lock, so conditions are linearizable."""

    def __init__(self, clock: Clock) -> None:
        self.clock: Clock = clock
        self.schema: Schema = Schema(SYSTEM)
        self.place: Place = Place()
        self.lock: RLock = RLock()
        self.batch_sizes: BatchSizes = BatchSizes()
        self.listeners: list[Callable[[SchemaChange], None]] = []
        self._data: dict[UUID, TableData] = {}
        self._system: dict[tuple[UUID, int, Place], TableData] = {}
        self._views: dict[UUID, tuple[object, TableData]] = {}
        self._plans: OrderedDict[tuple[str, str | None], _Held] = OrderedDict()

    def data(self, table: Table) -> TableData:
        """What a table holds."""
        if table.keyspace in SYSTEM:
            return self._of_system(table)
        found = self._data.get(table.id)
        if found is None:
            found = self._data[table.id] = TableData()
        return found

    def visible(self, table: Table, now: int) -> TableData:
        """What a query reads: the data of a table, or for a view what follows from its base table at that second."""
        if table.view is None:
            return self.data(table)
        base = self.schema.keyspaces[table.keyspace].tables[table.view.base]
        data = self.data(base)
        key = (self.schema.version, data.owner, data.writes, now)
        found = self._views.get(table.id)
        if found is None or found[0] != key:
            made = derived(table, base, self.schema, data, now, self.clock)
            found = self._views[table.id] = (key, made)
        return found[1]

    def _of_system(self, table: Table) -> TableData:
        key = (table.id, self.schema.version, self.place)
        found = self._system.get(key)
        if found is None:
            self._system = {known: data for known, data in self._system.items() if known[1:] == key[1:]}
            found = self._system[key] = system_data(table, self.schema, self.place)
        return found

    def prepare(self, text: str, keyspace: str | None = None) -> Plan:
        """The plan of a text, made once until what it is made of changes. Raises `CqlError`."""
        with self.lock:
            key, version = (text, keyspace), self.schema.version
            held = self._plans.get(key)
            if held is None or (held.version != version and held.basis != self._basis(held.plan, keyspace)):
                plan = plan_of(text, self.schema, keyspace)
                held = self._plans[key] = _Held(plan, version, self._basis(plan, keyspace))
                if len(self._plans) > MOST_PLANS:
                    self._plans.popitem(last=False)
            held.version = version
            return held.plan

    def _basis(self, plan: Plan, keyspace: str | None) -> tuple[object, ...]:
        """What a plan is made of: its table and the types that it may name, or the whole schema."""
        if not isinstance(plan, (Reading, Modification)):
            return (self.schema.version,)
        space = self.schema.keyspaces.get(plan.table.keyspace)
        if space is None:
            return ()
        name = plan.table.name
        return space.tables.get(name), space.views.get(name), space.types, self.schema.types(keyspace)

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
        timestamp: int | None = None,
        trusted: bool = False,
    ) -> Answer:
        """Run a plan. ``now`` is the second for all that expires, if it is not the clock's.

        ``timestamp`` is the client's time, which holds for writes that say none; the clock goes on behind it.
        """
        if len(values) != len(plan.marks):
            raise errors.WRONG_COUNT_OF_VALUES(len(plan.marks), len(values))
        with self.lock:
            self._pass(timestamp)
            run = Run(values, self.seconds() if now is None else now, self.clock, trusted)
            match plan:
                case Reading():
                    return plan.run(self, run, paging)
                case Modification():
                    return self._write(plan, run, timestamp)
                case Batching():
                    return self._batching(plan, run, timestamp)
                case Truncating(table):
                    self.data(table).clear()
                    return VOID
                case Altering():
                    return self._alter(plan)
                case Switching():
                    return VOID
                case Describing(description):
                    return Answer(description.columns, description.rows)

    def _pass(self, timestamp: int | None) -> None:
        """Let the clock go on behind a client's time. One of a day ahead, or more, is a mistake of the client."""
        if timestamp is not None and timestamp < (self.seconds() + _DAY) * 1_000_000:
            self.clock.passes(timestamp)

    def _write(self, plan: Modification, run: Run, timestamp: int | None) -> Answer:
        if plan.conditional:
            return run_conditional([(plan, run)], self, run, in_batch=False)
        for change in plan.changes(self, run, self.clock.micros() if timestamp is None else timestamp):
            change.commit(self)
        return VOID

    def _batching(self, plan: Batching, run: Run, default: int | None) -> Answer:
        statements = [
            (each, Run(run.values[at : at + len(each.marks)], run.now, run.clock, run.trusted))
            for each, at in plan.statements
        ]
        return run_batch(plan.kind, statements, self, run, plan.timestamp, default, self.batch_sizes)

    def batch(
        self,
        kind: BatchKind,
        statements: Sequence[tuple[Plan, Sequence[Value]]],
        timestamp: int | None = None,
        *,
        now: int | None = None,
        default: int | None = None,
        trusted: bool = False,
    ) -> Answer:
        """Run plans as one batch of the protocol. ``timestamp`` is as ``USING TIMESTAMP``, ``default`` the client's."""
        with self.lock:
            self._pass(default)
            second = self.seconds() if now is None else now
            made: list[tuple[Modification, Run]] = []
            for plan, values in statements:
                if not isinstance(plan, Modification):
                    raise errors.BATCH_STATEMENT()
                if len(values) != len(plan.marks):
                    raise errors.WRONG_COUNT_OF_VALUES(len(plan.marks), len(values))
                plan.check()
                made.append((plan, Run(values, second, self.clock, trusted)))

            def given(run: Run) -> int | None:
                return timestamp

            own = Run((), second, self.clock, trusted)
            return run_batch(kind, made, self, own, None if timestamp is None else given, default, self.batch_sizes)

    def _alter(self, plan: Altering) -> Answer:
        context = Context(plan.text, plan.keyspace, self.clock.uuid1(), self.clock.micros())
        self.schema, change = DDL[type(plan.node)](self.schema, plan.node, context)
        warnings = warnings_of(plan.node, self.schema, change)
        if change is None:
            return Answer(warnings=warnings)
        kept = {table.id for space in self.schema.keyspaces.values() for table in space.tables.values()}
        self._data = {key: data for key, data in self._data.items() if key in kept}
        self._views = {}
        for listener in self.listeners:
            listener(change)
        return Answer(change=change, warnings=warnings)

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
            self._data, self._views = {}, {}
            for key, state in snapshot.data.items():
                data = self._data[key] = TableData()
                data.restore(state)
