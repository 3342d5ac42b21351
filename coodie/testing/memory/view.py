"""One row as a query sees it: the cells that are live at the time of the query."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, Final

from coodie.cql.frames import NULL, pack_length
from coodie.cql.order import sort_key
from coodie.cql.types import CqlType, List, Map, Set, Udt
from coodie.tables.table import Column, ColumnKind
from coodie.testing.memory.schema import Table
from coodie.testing.memory.storage.cells import NEVER, Cell, Complex
from coodie.testing.memory.storage.partitions import Partition
from coodie.testing.memory.storage.rows import Row

_NO_CELLS: Final[dict[str, Cell | Complex]] = {}


class RowView:
    """A row of a table, or just the static part of a partition, with values as the server reads them.

    ``floor`` is the timestamp of the last deletion that covers the row; ``aggregates`` are the results for its group.
    """

    __slots__ = ("aggregates", "cells_", "clustering", "floor", "now", "partition", "row", "statics", "table")

    def __init__(self, table: Table, partition: Partition, row: Row | None, floor: int, now: int) -> None:
        self.table = table
        self.partition = partition
        self.row = row
        self.clustering = row.clustering if row is not None else ()
        self.cells_ = row.cells if row is not None else _NO_CELLS
        static = partition.static
        self.statics = static.cells if static is not None else _NO_CELLS
        self.floor = row.deletion if row is not None and row.deletion > floor else floor
        self.now = now
        self.aggregates: list[bytes | None] = []

    def value(self, column: str) -> bytes | None:
        """The value of a column; a collection or user-defined type with an own cell per element is returned as if
        frozen.
        """
        return reader(self.table, column)(self)

    def cells(self, column: str) -> Cell | Complex | None:
        """The live cell of a column, or the live cells of its elements in order."""
        found = self.table.columns[column]
        held, floor = self._held(found)
        if isinstance(held, Complex):
            live = live_elements(held, max(floor, held.deletion), self.now)
            return Complex(NEVER, dict(in_order(live, found.type))) if live else None
        return held if held is not None and held.timestamp > floor and held.is_live(self.now) else None

    def _held(self, column: Column) -> tuple[Cell | Complex | None, int]:
        dropped = self.table.dropped.get(column.name)
        since = NEVER if dropped is None else dropped.timestamp
        if column.kind is ColumnKind.STATIC:
            return self.statics.get(column.name), max(since, self.partition.deletion)
        return self.cells_.get(column.name), max(since, self.floor)

    def is_live(self, read: Collection[str] | None = None, queried: Collection[str] | None = None) -> bool:
        """Whether the row exists: it was inserted, or has a cell with a value.

        With ``read`` only these columns count. With ``queried``, cells of other columns count only if they are not
        older than the row's insertion marker: the server skips the rest, even if that marker has expired.
        """
        row, floor, now = self.row, self.floor, self.now
        if row is None:
            return False
        marker = row.marker
        if marker is not None and marker.timestamp > floor and marker.is_live(now):
            return True
        names = self.table.columns if read is None else read
        least = NEVER if marker is None or queried is None or marker.timestamp <= floor else marker.timestamp
        return any(
            self._has(name, NEVER if queried is None or name in queried else least)
            for name in row.cells
            if name in names
        )

    def has_statics(self) -> bool:
        """Whether a static column has a value."""
        return any(self._has(column.name) for column in self.table.statics) if self.statics else False

    def _has(self, name: str, least: int = NEVER) -> bool:
        """Whether a column has a value that is not older than ``least``."""
        held, floor = self._held(self.table.columns[name])
        floor = max(floor, least - 1)
        if isinstance(held, Complex):
            return bool(live_elements(held, max(floor, held.deletion), self.now))
        return held is not None and held.timestamp > floor and held.is_live(self.now)


Reader = Callable[[RowView], "bytes | None"]


@lru_cache(maxsize=4096)
def reader(table: Table, name: str) -> Reader:
    """The function that reads a column of a row."""
    column = table.columns[name]
    if column.kind is ColumnKind.PARTITION_KEY:
        at = table.partition_key.index(name)
        return lambda view: view.partition.parts[at]
    if column.kind is ColumnKind.CLUSTERING:
        at = table.clustering_key.index(name)
        return lambda view: view.clustering[at] if at < len(view.clustering) else None
    since = table.dropped[name].timestamp if name in table.dropped else NEVER
    static = column.kind is ColumnKind.STATIC
    freeze = _freezer(column.type)

    def read(view: RowView) -> bytes | None:
        held = (view.statics if static else view.cells_).get(name)
        if held is None:
            return None
        floor = view.partition.deletion if static else view.floor
        if floor < since:
            floor = since
        if isinstance(held, Complex):
            live = live_elements(held, max(floor, held.deletion), view.now)
            return freeze(live) if live else None
        if held.timestamp <= floor or (held.expires is not None and view.now >= held.expires):
            return None
        return held.value

    return read


def live_elements(held: Complex, floor: int, now: int) -> dict[bytes, Cell]:
    """The elements of a collection that have a value."""
    return {path: cell for path, cell in held.cells.items() if cell.timestamp > floor and cell.is_live(now)}


def in_order(live: dict[bytes, Cell], cql_type: CqlType) -> list[tuple[bytes, Cell]]:
    """Elements in the order of their collection."""
    return _sorted(live, _order(cql_type))


def _sorted(live: dict[bytes, Cell], key: Callable[[bytes], Any]) -> list[tuple[bytes, Cell]]:
    return sorted(live.items(), key=lambda item: key(item[0])) if len(live) > 1 else list(live.items())


def _order(cql_type: CqlType) -> Callable[[bytes], Any]:
    match cql_type:
        case List():
            return _timeuuid
        case Set(element):
            return sort_key(element)
        case Map(key, _):
            return sort_key(key)
        case _:
            return lambda path: path


def _timeuuid(path: bytes) -> tuple[int, int]:
    """The sort key for the path of a list element: its time, then the rest as a signed number."""
    high = int.from_bytes(path[:8], "big")
    time = (high & 0x0FFF) << 48 | (high >> 16 & 0xFFFF) << 32 | high >> 32
    return time, int.from_bytes(path[8:], "big")


def _freezer(cql_type: CqlType) -> Callable[[dict[bytes, Cell]], bytes]:
    key = _order(cql_type)
    match cql_type:
        case List():
            return lambda live: _joined([cell.value or b"" for _, cell in _sorted(live, key)], len(live))
        case Set():
            return lambda live: _joined([path for path, _ in _sorted(live, key)], len(live))
        case Map():
            return lambda live: _joined(
                [part for path, cell in _sorted(live, key) for part in (path, cell.value or b"")], len(live)
            )
        case Udt(_, fields):
            return lambda live: _fields(live, len(fields))
        case _:
            return lambda live: b""


def _joined(parts: list[bytes], count: int) -> bytes:
    return pack_length(count) + b"".join([pack_length(len(part)) + part for part in parts])


def _fields(live: dict[bytes, Cell], count: int) -> bytes:
    found: list[bytes] = []
    for number in range(count):
        cell = live.get(number.to_bytes(2, "big"))
        value = None if cell is None else cell.value
        found += (NULL,) if value is None else (pack_length(len(value)), value)
    return b"".join(found)
