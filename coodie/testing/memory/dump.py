"""The content of an engine as CQL that creates it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import TypeAlias

from coodie.cql.decode import decoder_of
from coodie.cql.frames import cells, elements, vector_elements
from coodie.cql.literals import literal
from coodie.cql.names import quote
from coodie.cql.nodes import CreateKeyspace
from coodie.cql.rendering.ddl import render_ddl
from coodie.cql.types import COUNTER, CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.tables.ddl import create_index, create_table, create_type, create_view
from coodie.tables.table import Column, UserType
from coodie.tables.table import Table as Declared
from coodie.tables.user_types import in_order as by_dependency
from coodie.testing.memory.answers import Store
from coodie.testing.memory.schema import Keyspace, Schema, Table
from coodie.testing.memory.storage.cells import NEVER, Cell, Complex
from coodie.testing.memory.storage.partitions import END, TOP, Partition, Place
from coodie.testing.memory.storage.rows import Row
from coodie.testing.memory.system import SYSTEM, view_of
from coodie.testing.memory.view import RowView, in_order

_Timed: TypeAlias = "tuple[int, str]"
"""A timestamp and a statement."""


def statements(schema: Schema, store: Store, now: int, every_cell: bool) -> Iterator[str]:
    """The statements in order: keyspaces, types, tables with their indexes, and rows.

    With ``every_cell`` each cell is written separately, with its timestamp, and deletions are repeated.
    """
    for name in sorted(schema.keyspaces):
        if name not in SYSTEM:
            yield from _keyspace(schema.keyspaces[name], store, now, every_cell)


def _keyspace(space: Keyspace, store: Store, now: int, every_cell: bool) -> Iterator[str]:
    yield render_ddl(CreateKeyspace(space.name, space.replication, space.durable_writes, False))
    for each in by_dependency(UserType(udt.name, udt.fields, space.name) for udt in space.types.values()):
        yield render_ddl(create_type(each))
    for name in sorted(space.tables):
        table = space.tables[name]
        declared = Declared(
            table.name,
            tuple(table.columns.values()),
            table.partition_key,
            table.clustering_key,
            space.name,
            table.indexes,
            table.options,
        )
        yield render_ddl(create_table(declared))
        for index in table.indexes:
            yield render_ddl(create_index(declared, index))
        for view in sorted(space.views_of(table), key=lambda view: view.name):
            yield render_ddl(create_view(view_of(view)))
        data = store.data(table)
        for _, key in data.order:
            partition = data.partitions[key]
            yield from _Cells(table, partition, now).all() if every_cell else _Rows(table, partition, now).all()


class _Writer:
    """Writes the statements of one partition."""

    def __init__(self, table: Table, partition: Partition, now: int) -> None:
        self.table, self.partition, self.now = table, partition, now
        self.name = f"{quote(table.keyspace)}.{quote(table.name)}"
        self.key = [
            (quote(column.name), text_of(column.type, value))
            for column, value in zip(table.partition, partition.parts, strict=True)
        ]

    def place(self, row: Row | None) -> list[tuple[str, str]]:
        """The key columns of a row; for static columns, those of the partition."""
        if row is None:
            return self.key
        clustering = zip(self.table.clustering, row.clustering, strict=True)
        return self.key + [(quote(column.name), text_of(column.type, value)) for column, value in clustering]

    def where(self, row: Row | None) -> str:
        """WHERE."""
        return " AND ".join(f"{name} = {value}" for name, value in self.place(row))

    def insert(self, pairs: Iterable[tuple[str, str]], using: str = "") -> str:
        """INSERT."""
        found = list(pairs)
        names, values = ", ".join(name for name, _ in found), ", ".join(value for _, value in found)
        return f"INSERT INTO {self.name} ({names}) VALUES ({values}){using}"

    def update(self, sets: Iterable[str], row: Row | None, using: str = "") -> str:
        """UPDATE."""
        return f"UPDATE {self.name}{using} SET {', '.join(sets)} WHERE {self.where(row)}"


class _Rows(_Writer):
    """Writes visible data: one statement per row, or more if parts of the row have different TTLs."""

    def all(self) -> Iterator[str]:
        """All rows, the static one first."""
        alone = RowView(self.table, self.partition, None, self.partition.deletion, self.now)
        if alone.has_statics():
            yield from self._row(alone, None, self.table.statics, False)
        for place, row in zip(self.partition.keys, self.partition.rows, strict=True):
            view = RowView(self.table, self.partition, row, self.partition.deleted_at(place), self.now)
            if view.is_live():
                marker = row.marker
                marked = marker is not None and marker.timestamp > view.floor and marker.is_live(self.now)
                yield from self._row(view, row, self.table.regulars, marked)

    def _row(self, view: RowView, row: Row | None, columns: Iterable[Column], marked: bool) -> Iterator[str]:
        by_ttl: dict[int, list[tuple[Column, str]]] = {}
        pieces: list[str] = []
        marker = row.marker if row is not None else None
        left = marker.expires - self.now if marked and marker is not None and marker.expires is not None else 0
        if marked:
            by_ttl[left] = []
        for column in columns:
            value, held = view.value(column.name), view.cells(column.name)
            ttls = _left(held, self.now)
            if isinstance(held, Complex) and len(ttls) > 1:
                pieces += self._pieces(column, held, row)
            elif value is not None:
                by_ttl.setdefault(min(ttls, default=0), []).append((column, text_of(column.type, value)))
        for ttl, found in by_ttl.items():
            if self.table.is_counter:
                yield self.update([f"{quote(c.name)} = {quote(c.name)} + {value}" for c, value in found], row)
            elif marked and ttl == left:
                pairs = self.place(row) + [(quote(column.name), value) for column, value in found]
                yield self.insert(pairs, self._lives(ttl))
            else:
                sets = [f"{quote(column.name)} = {value}" for column, value in found]
                yield self.update(sets, row, self._lives(ttl))
        yield from pieces

    def _pieces(self, column: Column, held: Complex, row: Row | None) -> Iterator[str]:
        """The elements of a collection that do not live for the same time, each for itself."""
        for path, cell in held.cells.items():
            said = _written(quote(column.name), column.type, path, cell.value or b"")
            yield self.update([said], row, self._lives(*_left(cell, self.now)))

    def _lives(self, ttl: int) -> str:
        return f" USING TTL {ttl}" if ttl or self.table.default_ttl else ""


def _left(held: Cell | Complex | None, now: int) -> set[int]:
    """The seconds that a column has left, 0 for ever; of a collection those of its elements."""
    cells = held.cells.values() if isinstance(held, Complex) else () if held is None else (held,)
    return {0 if cell.expires is None else cell.expires - now for cell in cells}


class _Cells(_Writer):
    """Writes every stored cell with its timestamp, and deletions as well."""

    def all(self) -> Iterator[str]:
        """All of the partition. What is done to counters has no timestamp, so it is done in the old order."""
        found = self._partition()
        return (text for _, text in (sorted(found, key=itemgetter(0)) if self.table.is_counter else found))

    def _partition(self) -> Iterator[_Timed]:
        partition = self.partition
        if partition.deletion != NEVER:
            yield self._deleted("", self.where(None), partition.deletion)
        for deleted in partition.ranges:
            for where in self._between((), deleted.start, deleted.end):
                yield self._deleted("", f"{self.where(None)} AND {where}", deleted.timestamp)
        if partition.static is not None:
            yield from self._cells(partition.static, None)
        for row in partition.rows:
            if row.deletion != NEVER:
                yield self._deleted("", self.where(row), row.deletion)
            if (marker := row.marker) is not None:
                if marker.is_live(self.now):
                    yield marker.timestamp, self.insert(self.place(row), self._using(marker.timestamp, marker.expires))
                else:
                    told = f"-- an INSERT with {self.where(row)} at {marker.timestamp} has expired"
                    yield marker.timestamp, told
            yield from self._cells(row, row)

    def _cells(self, held: Row, row: Row | None) -> Iterator[_Timed]:
        for name, cell in held.cells.items():
            column = self.table.columns.get(name)
            if column is None:
                continue
            dropped = self.table.dropped.get(name)
            since = NEVER if dropped is None else dropped.timestamp
            if isinstance(cell, Complex):
                yield from self._elements(column, cell, row, since)
            elif cell.timestamp <= since:
                continue
            elif column.type == COUNTER and cell.value is not None:
                said = f"{quote(name)} = {quote(name)} + {text_of(column.type, cell.value)}"
                yield cell.timestamp, self.update([said], row)
            elif cell.value is None or not cell.is_live(self.now):
                yield self._deleted(quote(name), self.where(row), cell.timestamp)
            else:
                said = f"{quote(name)} = {text_of(column.type, cell.value)}"
                yield cell.timestamp, self.update([said], row, self._using(cell.timestamp, cell.expires))

    def _elements(self, column: Column, held: Complex, row: Row | None, since: int) -> Iterator[_Timed]:
        name = quote(column.name)
        if held.deletion > since:
            yield self._deleted(name, self.where(row), held.deletion)
        for path, cell in in_order(held.cells, column.type):
            if cell.timestamp <= since:
                continue
            if cell.value is not None and cell.is_live(self.now):
                sets = [_written(name, column.type, path, cell.value)]
                yield cell.timestamp, self.update(sets, row, self._using(cell.timestamp, cell.expires))
            elif not isinstance(column.type, List):
                yield self._deleted(_part(name, column.type, path), self.where(row), cell.timestamp)

    def _deleted(self, what: str, where: str, timestamp: int) -> _Timed:
        using = "" if self.table.is_counter else f" USING TIMESTAMP {timestamp}"
        return timestamp, f"DELETE {what}{' ' if what else ''}FROM {self.name}{using} WHERE {where}"

    def _using(self, timestamp: int, expires: int | None) -> str:
        left = 0 if expires is None else expires - self.now
        return f" USING TIMESTAMP {timestamp}{f' AND TTL {left}' if left or self.table.default_ttl else ''}"

    def _between(self, head: Place, low: Place, high: Place) -> Iterator[str]:
        """The rows from one place up to another, as ranges of one column among those that begin with ``head``."""
        at = len(head)
        is_last = at + 1 == len(self.table.clustering)
        if not is_last and len(low) > at and low[: at + 1] == high[: at + 1]:
            yield from self._between(low[: at + 1], low, high)
            return
        parts, after = self._equal(head), list[str]()
        if len(low) > at:
            here = low[: at + 1]
            if low[at + 1 :] not in ((), END):
                yield from self._between(here, low, (*here, TOP))
            parts.append(self._bound(here, True, len(low) == at + 1))
        if high[at] is not TOP:
            here = high[: at + 1]
            if high[at + 1 :] not in ((), END):
                after = list(self._between(here, here, high))
            parts.append(self._bound(here, False, high[at + 1 :] == END))
        yield " AND ".join(parts)
        yield from after

    def _equal(self, head: Place) -> list[str]:
        """The columns of a place by =."""
        values = zip(self.table.clustering, self.partition.edges[head] if head else (), strict=False)
        return [f"{quote(column.name)} = {text_of(column.type, value)}" for column, value in values]

    def _bound(self, place: Place, above: bool, inclusive: bool) -> str:
        """The rows above or below the last column of a place."""
        column, value = self.table.clustering[len(place) - 1], self.partition.edges[place][-1]
        operator = ">" if above != column.descending else "<"
        return f"{quote(column.name)} {operator}{'=' if inclusive else ''} {text_of(column.type, value)}"


def _part(name: str, cql_type: CqlType, path: bytes) -> str:
    match cql_type:
        case Map(key, _) | Set(key):
            return f"{name}[{text_of(key, path)}]"
        case Udt(_, fields):
            return f"{name}.{quote(fields[int.from_bytes(path, 'big')][0])}"
        case _:
            return name


def _written(name: str, cql_type: CqlType, path: bytes, value: bytes) -> str:
    match cql_type:
        case List(element):
            return f"{name} = {name} + [{text_of(element, value)}]"
        case Set(element):
            return f"{name} = {name} + {{{text_of(element, path)}}}"
        case Map(_, item):
            return f"{_part(name, cql_type, path)} = {text_of(item, value)}"
        case Udt(_, fields):
            return f"{_part(name, cql_type, path)} = {text_of(fields[int.from_bytes(path, 'big')][1], value)}"
        case _:
            return name


def text_of(cql_type: CqlType, data: bytes | None) -> str:
    """The CQL literal of a value."""
    if data is None:
        return "null"
    match cql_type:
        case Native(name):
            if not data and name not in ("text", "ascii", "blob"):
                return f"blob_as_{name}(0x)"
            try:
                return literal(decoder_of(cql_type)(data), cql_type)
            except ValueError:  # there is no such date or time in Python
                return f"blob_as_{name}(0x{data.hex()})"
        case List(element):
            return f"[{', '.join(text_of(element, each) for each in elements(data))}]"
        case Set(element):
            return f"{{{', '.join(text_of(element, each) for each in elements(data))}}}"
        case Map(key, value):
            found = list(elements(data, 2))
            pairs = zip(found[::2], found[1::2], strict=True)
            return f"{{{', '.join(f'{text_of(key, name)}: {text_of(value, each)}' for name, each in pairs)}}}"
        case Tuple(types):
            parts = zip(types, cells(data, len(types)), strict=True)
            return f"({', '.join(text_of(kind, each) for kind, each in parts)})"
        case Udt(_, fields):
            values = zip(fields, cells(data, len(fields)), strict=True)
            known = [f"{quote(name)}: {text_of(kind, each)}" for (name, kind), each in values if each is not None]
            return f"{{{', '.join(known)}}}" if known else "null"
        case Vector(element):
            return f"[{', '.join(text_of(element, each) for each in vector_elements(data, cql_type))}]"
        case _:
            return f"0x{data.hex()}"
