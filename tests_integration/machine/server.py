"""What the server has, as dictionaries: the rules of CQL for rows, static columns, nulls and conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .operators import BEYOND, Change
from .tables import COLUMNS, REQUIRED, SCALARS, STATIC, alike, kept, shown


class Key(NamedTuple):
    """Where a row is: the keyspace by its number, and the primary key."""

    place: int
    shop: str
    number: int


@dataclass
class Cells:
    """The columns that are not null, and which of them expire."""

    values: dict[str, Any] = field(default_factory=dict)
    expiring: set[str] = field(default_factory=set)

    def write(self, name: str, value: Any, expires: bool) -> None:
        value = kept(name, value)
        self.expiring.discard(name)
        self.values.pop(name, None)
        if value is not None:
            self.values[name] = value
            if expires:
                self.expiring.add(name)


@dataclass
class Row(Cells):
    """``inserted`` is what an INSERT leaves behind: without it a row of nulls is none."""

    inserted: bool = False


@dataclass
class Partition:
    """The static columns, and the rows by their clustering key."""

    static: Cells = field(default_factory=Cells)
    rows: dict[int, Row] = field(default_factory=dict)


class Server:
    """All partitions, by keyspace and partition key."""

    def __init__(self) -> None:
        self.partitions: dict[tuple[int, str], Partition] = {}
        self.writes: Counter[tuple[int, str]] = Counter()  # how many a partition has seen

    def partition(self, place: int, shop: str) -> Partition:
        return self.partitions.setdefault((place, shop), Partition())

    def insert(self, key: Key, values: Mapping[str, Any], expires: bool = False) -> None:
        """An INSERT of these columns."""
        self.writes[key[:2]] += 1
        partition = self.partition(key.place, key.shop)
        partition.rows.setdefault(key.number, Row()).inserted = True
        for name, value in values.items():
            self._cells(key, name).write(name, value, expires)

    def change(self, key: Key, changes: Iterable[Change], expires: bool = False) -> None:
        """An UPDATE, or a DELETE of columns."""
        self.writes[key[:2]] += 1
        for change in changes:
            self._cells(key, change.column).write(change.column, self.after(key, change), expires)
        rows = self.partition(key.place, key.shop).rows
        if key.number in rows and not rows[key.number].inserted and not rows[key.number].values:
            del rows[key.number]

    def after(self, key: Key, change: Change) -> Any:
        """What a column is after a change; `BEYOND` if the server refuses it."""
        value = self.value(key, change.column)
        return change.after(COLUMNS[change.column].empty if value is None else value)

    def refuses(self, key: Key, changes: Iterable[Change]) -> bool:
        return any(self.after(key, change) is BEYOND for change in changes)

    def delete(self, key: Key) -> None:
        self.writes[key[:2]] += 1
        self.partition(key.place, key.shop).rows.pop(key.number, None)

    def value(self, key: Key, name: str) -> Any:
        partition = self.partition(key.place, key.shop)
        cells = partition.static if name in STATIC else partition.rows.get(key.number, Row())
        return cells.values.get(name)

    def row(self, key: Key) -> dict[str, Any] | None:
        """The row with its static columns, None for nulls; None if there is no such row."""
        if key.number not in self.partition(key.place, key.shop).rows:
            return None
        return {name: self.value(key, name) for name in COLUMNS}

    def keys(self, place: int, shop: str | None = None) -> list[Key]:
        """The rows of a keyspace, or of one partition of it, in the order of their keys."""
        return [
            Key(place, name, number)
            for (where, name), partition in sorted(self.partitions.items())
            if where == place and shop in (None, name)
            for number in sorted(partition.rows)
        ]

    def bare(self, place: int, shop: str | None = None) -> list[str]:
        """The partitions that hold static values and no row."""
        return [
            name
            for (where, name), partition in sorted(self.partitions.items())
            if where == place and shop in (None, name) and partition.static.values and not partition.rows
        ]

    def answer(self, place: int) -> list[tuple[Any, ...]]:
        """What a SELECT of the whole table gives, in the order of the keys: values, and whether they expire."""
        rows: list[tuple[Any, ...]] = []
        for (where, shop), partition in sorted(self.partitions.items()):
            bare = {-1: Row()} if partition.static.values and not partition.rows else {}
            for number, row in sorted((partition.rows or bare).items()) if where == place else ():
                values = partition.static.values | row.values
                expiring = partition.static.expiring | row.expiring
                cells = [alike(values.get(name)) for name in COLUMNS]
                rows.append((shop, number, *cells, *(name in expiring for name in SCALARS)))
        return rows

    def _cells(self, key: Key, name: str) -> Cells:
        partition = self.partition(key.place, key.shop)
        return partition.static if name in STATIC else partition.rows.setdefault(key.number, Row())


def unfit(row: Mapping[str, Any], names: Iterable[str] = COLUMNS) -> bool:
    """Whether no document could be made of these columns of a row."""
    values = {name: shown(name, row[name]) for name in names}
    return any(value is REQUIRED or not COLUMNS[name].fits(value) for name, value in values.items())
