"""Changes the rows of a table, range of tokens by range, so that it can be interrupted and continued.

Each row is written with the server's time from before it was read. So what an application wrote or deleted since then
stays: its timestamps are later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from coodie._errors import InvalidQueryError
from coodie.cql.message import Kind, Mark, Options, Page, Statement
from coodie.cql.names import quote
from coodie.cql.nodes import Assignment, Name, Ref, Relation, Update, Using
from coodie.cql.rendering.statements import render
from coodie.cql.types import BIGINT, COUNTER
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.state import Home
from coodie.migrations.history import patient
from coodie.plans import writes
from coodie.plans.answers import by_name
from coodie.plans.pace import Pace
from coodie.plans.plan import Flow, Pause
from coodie.plans.token_ranges import RING, select_of, statement_of
from coodie.tables.table import Schema, Table

RANGES: Final = 256
_PAGE_ROWS: Final = 500
_UUID_EPOCH: Final = 0x01B21DD213814000
"""The 100-nanosecond intervals from 1582-10-15, where the time of a UUID begins, to 1970."""

Change = Callable[[Any], "Mapping[str, Any] | None"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a backfill reads and how it writes: the table, its columns, rows from pages, and the update of a row."""

    name: str
    keyspace: str
    partition_key: tuple[str, ...]
    columns: tuple[str, ...]
    read: Callable[[Page], Sequence[Any]]
    write: Callable[[Any, Mapping[str, Any], int], Statement]


def target_of(what: type[Model] | str, columns: Iterable[str] | None, schema: Schema, connection: str | None) -> Target:
    """The target for a model, whose rows are documents, or for the name of a table, whose rows are dictionaries.

    Raises `InvalidQueryError` for an unknown table or column, and for a table of counters.
    """
    if isinstance(columns, str):
        raise InvalidQueryError("columns= takes a list of names, not one text")
    name = what if isinstance(what, str) else mapper_of(what).table.name
    table = next((each for each in schema.tables if each.name == name), None)
    if table is None:
        raise InvalidQueryError(f"there is no table {quote(name)} in the keyspace {quote(schema.keyspace or '')}")
    if COUNTER in table.types.values():
        raise InvalidQueryError(f"{quote(name)} has counters, whose increments must not be sent twice; use statements")
    if isinstance(what, str):
        return _of_table(table, columns)
    return _of_model(what, table, columns, connection)


def _of_table(table: Table, columns: Iterable[str] | None) -> Target:
    wanted = table.by_name if columns is None else dict.fromkeys((*table.primary_key, *columns))
    for name in wanted:
        _check_column(table, name)

    def write(row: Mapping[str, Any], values: Mapping[str, Any], micros: int) -> Statement:
        for name in values:
            _check_column(table, name)
            if name in table.primary_key:
                raise InvalidQueryError(f"{quote(table.name)}.{quote(name)} is in the key, which cannot be changed")
        static = all(table.by_name[name].kind.value == "static" for name in values)
        key = table.partition_key if static else table.primary_key
        text = _update(table, tuple(values), key)
        marks = (Mark("[timestamp]", BIGINT), *(Mark(name, table.types[name]) for name in (*values, *key)))
        return Statement(text, (micros, *values.values(), *(row[name] for name in key)), marks, Kind.WRITE, True)

    def read(page: Page) -> list[dict[str, Any]]:
        rows = by_name(page, f"a row of {table.name}")
        # A partition may hold static values and no row.
        return [row for row in rows if all(row[name] is not None for name in table.clustering_key)]

    return Target(table.name, table.keyspace or "", table.partition_key, tuple(wanted), read, write)


def _update(table: Table, names: tuple[str, ...], key: tuple[str, ...]) -> str:
    assignments = tuple(Assignment(Ref(name)) for name in names)
    where = tuple(Relation(Ref(name)) for name in key)
    return render(Update(Name(table.name, table.keyspace), assignments, where, using=Using(timestamp=True))).cql


def _check_column(table: Table, name: str) -> None:
    if name not in table.by_name:
        raise InvalidQueryError(f"{quote(table.name)} has no column {quote(name)}")


def _of_model(model: type[Model], table: Table, fields: Iterable[str] | None, connection: str | None) -> Target:
    mapper = mapper_of(model)
    if mapper.version is not None:
        raise InvalidQueryError(
            f"a backfill of {model.__name__} would pass over its version, since it writes at the time of what it read, "
            f"and a condition takes no time; give the name of the table, {mapper.table.name!r}, instead of the class"
        )
    home = Home(table.keyspace, connection)
    named = tuple(mapper.field(name).column.name for name in fields or ())
    columns = mapper.selected if fields is None else tuple(dict.fromkeys((*mapper.table.primary_key, *named)))

    def write(document: Model, values: Mapping[str, Any], micros: int) -> Statement:
        request = writes.update(document, dict(values), timestamp=micros).request
        assert isinstance(request, Statement)
        return request

    def read(page: Page) -> Sequence[Model]:
        return mapper.read_page(page, home)

    return Target(table.name, table.keyspace or "", table.partition_key, columns, read, write)


@dataclass(slots=True)
class Backfill:
    """One backfill that is under way: its target, the change, and what is done of it."""

    target: Target
    change: Change
    pace: Pace
    timeout: float | None = None
    finished: set[int] = field(default_factory=set[int])
    changed: int = 0

    def left(self, ranges: int) -> list[int]:
        """The ranges that are not finished."""
        return [number for number in range(ranges) if number not in self.finished]

    def run(self, number: int, ranges: int, check: Callable[[], Flow[None]]) -> Flow[None]:
        """Change the rows of one range; ``check`` runs before each page, and raises to stop."""
        statement: Statement | None = self._select(number, ranges)
        while statement is not None:
            yield from check()
            micros = yield from _server_time()
            page: Page = yield from patient(statement)
            rows = self.target.read(page)
            if wait := self.pace.reserve(len(rows)):
                yield Pause(wait)
            for row in rows:
                yield from self._change(row, micros)
            state = page.paging_state
            statement = None if state is None else statement.with_options(statement.options.with_(paging_state=state))

    def _change(self, row: Any, micros: int) -> Flow[None]:
        values = self.change(row)
        if values:
            statement = self.target.write(row, values, micros)
            yield from patient(statement.with_options(statement.options.with_(timeout=self.timeout)))
            self.changed += 1

    def _select(self, number: int, ranges: int) -> Statement:
        target = self.target
        cql = select_of(Name(target.name, target.keyspace), target.partition_key, target.columns)
        options = Options(timeout=self.timeout, fetch_size=_PAGE_ROWS)
        return statement_of(cql, RING.piece(number, ranges), options)


def _server_time() -> Flow[int]:
    """The time of the server that answers, in microseconds since 1970."""
    page: Page = yield from patient(Statement("SELECT now() FROM system.local", (), (), Kind.READ, True))
    moment: UUID = page.rows[0][0]
    return (moment.time - _UUID_EPOCH) // 10
