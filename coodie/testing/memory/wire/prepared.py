"""The statements that clients have prepared, by their ids."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import md5
from threading import Lock
from typing import Final
from uuid import UUID

from coodie.cql.message import Mark
from coodie.cql.nodes import BeginBatch, Delete, Insert, InsertJson, Select, Truncate, Update
from coodie.cql.parsing.statements import parse
from coodie.testing.memory.answers import Change
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.protocol import UNKNOWN_STATEMENT
from coodie.testing.memory.plans import Batching, Plan
from coodie.testing.memory.schema import Table
from coodie.testing.memory.statements.modification import Modification
from coodie.testing.memory.statements.select import Reading
from coodie.testing.memory.wire import results

_MOST: Final = 10_000
_MOST_CHARACTERS: Final = 64 << 20


def _nothing() -> dict[int, results.Described]:
    return {}


@dataclass(slots=True)
class Prepared:
    """A statement that was prepared, and its plan with its columns, made anew when the schema has changed."""

    key: bytes
    text: str
    keyspace: str | None
    plan: Plan
    described: dict[int, results.Described] = field(default_factory=_nothing)

    def columns(self, version: int) -> results.Described:
        """The columns of its answers in a version of the protocol."""
        known = self.described.get(version)
        if known is None:
            known = self.described[version] = results.Described(self.plan.columns, table_of(self.plan), version)
        return known


class PreparedStatements:
    """All of one server; those that were not used for longest are forgotten, and clients prepare them again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._known: OrderedDict[bytes, Prepared] = OrderedDict()
        self._characters = 0

    def add(self, text: str, keyspace: str | None, plan: Plan) -> tuple[Prepared, bool]:
        """A statement, and whether it was there. A keyspace that the text does not need is no part of its id."""
        own = None if is_qualified(text) else keyspace
        key = md5((own or "").encode() + text.encode(), usedforsecurity=False).digest()
        with self._lock:
            was_there = self._drop(key)
            found = self._known[key] = Prepared(key, text, keyspace, plan)
            self._characters += len(text)
            while len(self._known) > _MOST or self._characters > _MOST_CHARACTERS:
                self._drop(next(iter(self._known)))
        return found, was_there

    def _drop(self, key: bytes) -> bool:
        found = self._known.pop(key, None)
        if found is not None:
            self._characters -= len(found.text)
        return found is not None

    def get(self, key: bytes) -> Prepared:
        """The statement of an id, with a plan for the schema as it is. Raises `CqlError` for an unknown one."""
        with self._lock:
            found = self._known.get(key)
            if found is None:
                raise UNKNOWN_STATEMENT(key.hex(), id=key)
            self._known.move_to_end(key)
        plan = self._engine.prepare(found.text, found.keyspace)
        if plan is not found.plan:
            found.plan, found.described = plan, {}
        return found

    def forget(self, change: Change) -> None:
        """Forget the statements on what has changed."""
        with self._lock:
            for key in [key for key, each in self._known.items() if _is_about(each.plan, change)]:
                self._drop(key)


def is_qualified(text: str) -> bool:
    """Whether a statement is one on data that says the keyspaces of its tables, so that no other keyspace counts."""
    node = parse(text)
    if isinstance(node, BeginBatch):
        return all(each.table.keyspace is not None for each in node.statements)
    if isinstance(node, (Select, Insert, InsertJson, Update, Delete, Truncate)):
        return node.table.keyspace is not None
    return False


def table_of(plan: Plan) -> Table | None:
    """The table that stands with the columns of an answer."""
    match plan:
        case Reading() | Modification():
            return plan.table
        case Batching():
            return plan.statements[0][0].table if plan.statements else None
        case _:
            return None


def marks_of(plan: Plan) -> Iterator[tuple[Mark, Table]]:
    """The marks of a plan, each with its table."""
    if not isinstance(plan, Batching):
        table = table_of(plan)
        if table is not None:
            yield from ((mark, table) for mark in plan.marks)
        return
    starts = [at for _, at in plan.statements]
    for number, mark in enumerate(plan.marks):
        of = sum(at <= number for at in starts) - 1
        yield mark, _OF_BATCH if of < 0 else plan.statements[of][0].table


_OF_BATCH: Final = Table("[batch]", "[batch]", UUID(int=0), {}, ())
"""What stands for the table of a batch's own timestamp."""


def _is_about(plan: Plan, change: Change) -> bool:
    if change.what == "CREATED":
        return False
    plans: Sequence[Plan] = [each for each, _ in plan.statements] if isinstance(plan, Batching) else [plan]
    tables = [table for table in map(table_of, plans) if table is not None]
    return any(
        table.keyspace == change.keyspace and (change.target != "TABLE" or table.name == change.name)
        for table in tables
    )
