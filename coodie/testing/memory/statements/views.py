"""The rows of materialized views, which follow from the rows of their base tables when they are read."""

from __future__ import annotations

from functools import lru_cache

from coodie.cql.parsing.cursor import Cursor
from coodie.cql.parsing.relations import read_relation
from coodie.testing.clock import Clock
from coodie.testing.memory.analysis.restrictions import check_select, relations_of
from coodie.testing.memory.schema import Schema, Table
from coodie.testing.memory.statements.scanning import Scan
from coodie.testing.memory.statements.select import scan_of
from coodie.testing.memory.storage.cells import NEVER, Cell, Complex, Liveness
from coodie.testing.memory.storage.rows import Row
from coodie.testing.memory.storage.tables import TableData
from coodie.testing.memory.terms import Run, Scope
from coodie.testing.memory.view import RowView, reader


def derived(view: Table, base: Table, schema: Schema, data: TableData, now: int, clock: Clock) -> TableData:
    """What a view shows at that second of the data of its base table."""
    made = TableData()
    partition = [reader(base, name) for name in view.partition_key]
    clustering = [reader(base, name) for name in view.clustering_key]
    found = _scan(view, base, schema).start(Run((), now, clock)).rows(data, None)
    for row in found:
        parts = [value for read in partition if (value := read(row)) is not None]
        place = [value for read in clustering if (value := read(row)) is not None]
        if row.row is not None and len(parts) == len(partition) and len(place) == len(clustering):
            made.written(tuple(parts)).merge_row(view.place(tuple(place)), _row(view, base, row, tuple(place)))
    return made


@lru_cache(maxsize=256)
def _scan(view: Table, base: Table, schema: Schema) -> Scan:
    assert view.view is not None
    relations = [read_relation(Cursor(text)) for text in view.view.where]
    scope = Scope(schema, base.keyspace, base)
    where = relations_of(relations, [0] * len(relations), base, scope, allow_filtering=True, of_view=True)
    check_select(where, statics_only=False, allow_filtering=True)
    return scan_of(where)


def _row(view: Table, base: Table, row: RowView, place: tuple[bytes, ...]) -> Row:
    made = Row(place)
    made.marker = _marker(view, base, row)
    for column in view.regulars:
        held = row.cells(column.name)
        if held is not None:
            made.cells[column.name] = held
    return made


def _marker(view: Table, base: Table, row: RowView) -> Liveness | None:
    """The view's row lives as long as its key, or as what of the base row it does not show."""
    own = [name for name in view.primary_key if name not in base.primary_key]
    if own:
        cell = row.cells(own[0])
        assert isinstance(cell, Cell)
        return Liveness(cell.timestamp, cell.ttl, cell.expires)
    held = row.row
    assert held is not None
    marker = held.marker if held.marker is not None and held.marker.timestamp > row.floor else None
    if view.view is not None and not view.view.all_columns and (marker is None or not marker.is_live(row.now)):
        hidden = [row.cells(column.name) for column in base.regulars if column.name not in view.columns]
        times = [_timestamp(each) for each in hidden if each is not None]
        if times:
            return Liveness(max(times))
    return marker


def _timestamp(held: Cell | Complex) -> int:
    if isinstance(held, Cell):
        return held.timestamp
    return max((cell.timestamp for cell in held.cells.values()), default=NEVER)
