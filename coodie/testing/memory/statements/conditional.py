"""Conditional writes, alone or in a batch: read, compare and write in one step.

As on the server, only some columns are read: static columns only if they are in conditions, unless the statement writes
static columns itself. The answer shows the others as null.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from coodie.cql.types import NATIVE
from coodie.tables.table import Column, ColumnKind
from coodie.testing.memory.analysis.conditions import Prepared, in_order
from coodie.testing.memory.analysis.finding import check_key
from coodie.testing.memory.answers import Answer, ResultColumn, ResultRow, Store
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.schema import Table
from coodie.testing.memory.statements.modification import Change, Modification, Parts, view_at
from coodie.testing.memory.storage.partitions import Partition, Place
from coodie.testing.memory.storage.rows import Row
from coodie.testing.memory.terms import Run
from coodie.testing.memory.view import RowView

APPLIED: ResultColumn = ("[applied]", NATIVE["boolean"])
_TRUE, _FALSE = b"\x01", b"\x00"


Asking: TypeAlias = "tuple[str, Prepared]"
"""The column of a condition, and its test."""


@dataclass(slots=True)
class _Asked:
    """The conditions on one row, or on the static columns."""

    clustering: Parts
    tests: list[Asking] = field(default_factory=list["Asking"])
    exists: bool | None = None

    def ask(self, exists: bool | None, tests: Iterable[Asking] = ()) -> None:
        """Add the conditions of one statement. Their values are looked at once it is known that they fit the others."""
        if exists is not None:
            if self.tests or (self.exists is not None and self.exists != exists):
                raise _mixed(exists, self)
            self.exists = exists
        else:
            if self.exists is not None:
                raise _mixed(None, self)
            self.tests += tests


def _fits(asked: _Asked, view: RowView | None) -> bool:
    """Whether a row meets all conditions."""
    return all(test(view) for test in in_order(asked.tests))


def _mixed(exists: bool | None, asked: _Asked) -> Exception:
    held = asked.exists
    if exists is None:
        return errors.BATCH_MIXED_IFS()
    if held is None:
        return (errors.BATCH_MIXED_IFS if exists is False else errors.BATCH_MIXED_IF_EXISTS)()
    return errors.BATCH_MIXED_EXISTS()


def run_conditional(statements: Sequence[tuple[Modification, Run]], store: Store, run: Run, in_batch: bool) -> Answer:
    """Execute statements on one partition if all of their conditions hold."""
    request = _Request(statements, store, run, in_batch)
    if not request.holds():
        return request.refusal()
    ballot = run.clock.micros()
    changes: list[Change] = []
    for statement, own in statements:
        changes += statement.changes(store, own, ballot, request.read_rows())
    made = _as_one(changes)
    if made is not None:
        made.deletes_before(ballot)
        made.commit(store)
    return Answer((APPLIED,), [(_TRUE,)])


def _as_one(changes: Sequence[Change]) -> Change | None:
    """The changes of several statements on one partition. A deletion of a row or of a collection wins over what others
    write to the same one; deletions of ranges and of the partition do not.
    """
    if not changes:
        return None
    made = changes[0]
    rows = {made.table.place(row.clustering): row for row in made.rows}
    for change in changes[1:]:
        for row in change.rows:
            rows.setdefault(made.table.place(row.clustering), Row(row.clustering)).merge(row)
        if change.static is not None:
            made.static = made.static or Row()
            made.static.merge(change.static)
        made.deletes_partition |= change.deletes_partition
        made.deletes = [*made.deletes, *change.deletes]
    made.rows = list(rows.values())
    for row in made.rows:
        if row.deletion >= made.timestamp:
            row.marker, row.cells = None, {}
    return made


def _kind(statement: Modification) -> str:
    return "deletions" if statement.verb == "DELETE" else "updates"


class _Request:
    def __init__(self, statements: Sequence[tuple[Modification, Run]], store: Store, run: Run, in_batch: bool) -> None:
        self.table: Table = statements[0][0].table
        self.now, self.in_batch = run.now, in_batch
        self.static: _Asked | None = None
        self.rows: dict[Place, _Asked] = {}
        self.columns: dict[str, Column] = {}
        self.answers_all = False
        """Whether it answers with all columns, as it does to IF [NOT] EXISTS."""
        key: Parts | None = None
        for statement, own in statements:
            found = self._key(statement, own)
            if key is not None and found != key:
                raise errors.BATCH_PARTITIONS()
            key = found
            self._check_rows(statement, own)
            if statement.conditional:
                self._ask(statement, own)
        assert key is not None
        self.partition: Partition | None = store.data(self.table).get(key)
        self.writes_static = any(each.static for each, _ in statements if each.conditional)
        self.writes_rows = any(each.writes_rows for each, _ in statements)

    def _key(self, statement: Modification, run: Run) -> Parts:
        found = statement.keys(run)
        for parts in found:
            check_key(parts)
        if statement.key_in:
            raise errors.BATCH_IN() if self.in_batch else errors.CONDITIONAL_IN(_kind(statement))
        return found[0]

    @staticmethod
    def _check_rows(statement: Modification, run: Run) -> None:
        """What cannot be is refused before any condition is looked at."""
        if statement.clustering_in:
            raise errors.CONDITIONAL_CLUSTERING_IN(_kind(statement))
        for places in (statement.rows, statement.slices):
            if places is not None:
                places(run)

    def _ask(self, statement: Modification, run: Run) -> None:
        (clustering,) = statement.rows(run) if statement.rows is not None else [()]
        if statement.exists is not None:
            self.answers_all = True
            statics_only = not statement.writes_rows
            asked = self._static_asked() if statics_only else self._row_asked(clustering)
            asked.ask(statement.exists)
            return
        static = [each for each in statement.conditions if each.column.kind is ColumnKind.STATIC]
        regular = [each for each in statement.conditions if each.column.kind is not ColumnKind.STATIC]
        self.columns |= {each.column.name: each.column for each in (*regular, *static)}
        if regular:
            self._row_asked(clustering).ask(None, ((each.column.name, each.prepare(run)) for each in regular))
        if static:
            self._static_asked().ask(None, ((each.column.name, each.prepare(run)) for each in static))

    def _static_asked(self) -> _Asked:
        if self.static is None:
            self.static = _Asked(())
        return self.static

    def _row_asked(self, clustering: Parts) -> _Asked:
        return self.rows.setdefault(self.table.place(clustering), _Asked(clustering))

    def holds(self) -> bool:
        """Whether all conditions hold."""
        if self.static is not None:
            view = self._static_view()
            there = view is not None and self._has_static(view)
            if self.static.exists is not None and self.static.exists != there:
                return False
            if not _fits(self.static, view):
                return False
        for _, asked in sorted(self.rows.items(), key=lambda each: each[0]):
            view = self._row(asked.clustering)
            if asked.exists is not None and asked.exists != (view is not None):
                return False
            if not _fits(asked, view):
                return False
        return True

    def _row(self, clustering: Parts) -> RowView | None:
        found = view_at(self.table, self.partition, clustering, self.now)
        return found if found is not None and found.is_live(self._read()) else None

    def _static_view(self) -> RowView | None:
        if self.partition is None:
            return None
        return RowView(self.table, self.partition, None, self.partition.deletion, self.now)

    def _read(self) -> set[str]:
        """The columns that are read."""
        table, asked = self.table, self.columns
        regulars = table.regulars if self.writes_rows else [each for each in table.regulars if each.name in asked]
        statics = table.statics if self.writes_static else [each for each in table.statics if each.name in asked]
        return {column.name for column in (*regulars, *statics)} | set(table.primary_key)

    def _has_static(self, view: RowView) -> bool:
        read = self._read()
        return any(view.value(column.name) is not None for column in self.table.statics if column.name in read)

    def refusal(self) -> Answer:
        """The answer that the write was not applied, with the existing rows."""
        names = self._answered()
        read = self._read()
        found = [self._values(view, names, read) for view in self._there()]
        if not found:
            return Answer((APPLIED,), [(_FALSE,)])
        columns = [APPLIED, *((name, self.table.columns[name].type) for name in names)]
        return Answer(columns, [(_FALSE, *row) for row in found])

    def _answered(self) -> list[str]:
        if self.answers_all:
            return list(self.table.columns)
        keys = self.table.primary_key if self.in_batch else ()
        return list(dict.fromkeys([*keys, *self.columns]))

    def _there(self) -> list[RowView]:
        """The rows with conditions; the first row if only static columns have conditions."""
        if self.partition is None:
            return []
        if self.rows:
            views = [self._row(self.rows[place].clustering) for place in sorted(self.rows)]
            found = [view for view in views if view is not None]
        else:
            found = self._first()
        static = self._static_view()
        if not found and static is not None and self._has_static(static):
            return [static]
        return found

    def read_rows(self) -> Collection[Place]:
        """The places of the rows that were read: those with conditions, or the first one."""
        if self.rows or self.partition is None:
            return self.rows
        return [self.table.place(view.clustering) for view in self._first()]

    def _first(self) -> list[RowView]:
        assert self.partition is not None
        for row in self.partition.rows:
            view = self._row(row.clustering)
            if view is not None:
                return [view]
        return []

    @staticmethod
    def _values(view: RowView, names: Sequence[str], read: set[str]) -> ResultRow:
        return tuple([view.value(name) if name in read else None for name in names])
