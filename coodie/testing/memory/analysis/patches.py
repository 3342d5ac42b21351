"""What an operation writes to a row: cells, elements of collections, fields, and tombstones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from coodie.cql.frames import cells, elements
from coodie.cql.types import CqlType, List, Map, Set, Udt
from coodie.tables.table import Column
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.storage.cells import Cell, Complex
from coodie.testing.memory.storage.rows import Row
from coodie.testing.memory.terms import Run, Value
from coodie.testing.memory.view import RowView


@dataclass(slots=True)
class Patch:
    """The changes of one statement to one row: cells, and increments of counters."""

    run: Run
    timestamp: int
    ttl: int
    row: Row
    before: RowView | None = None
    counters: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    def cell(self, value: bytes | None, expiring: bool = True) -> Cell:
        """A cell with the statement's timestamp; a tombstone for null."""
        now = self.run.now
        if value is None:
            return Cell(self.timestamp, None, 0, now)
        if self.ttl and expiring:
            return Cell(self.timestamp, value, self.ttl, now + self.ttl)
        return Cell(self.timestamp, value)

    def elements(self, column: str) -> Complex:
        """The cells that it writes to a collection or user-defined type."""
        found = self.row.cells.get(column)
        if not isinstance(found, Complex):
            found = self.row.cells[column] = Complex()
        return found


Operation: TypeAlias = Callable[[Patch], None]


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations on one column, and whether they read the existing value."""

    column: Column
    apply: Operation
    reads: bool = False


Write: TypeAlias = "Callable[[Patch, bytes | None], None]"


def simple(name: str) -> Write:
    """What writes one cell; null is a tombstone."""

    def write(patch: Patch, value: bytes | None) -> None:
        patch.row.cells[name] = patch.cell(value)

    return write


def overwrite(column: Column) -> Write:
    """Overwrite a whole collection: existing elements are deleted with a timestamp just before it."""
    add = adder(column.type, column.name)

    def write(patch: Patch, value: bytes | None) -> None:
        held = patch.elements(column.name)
        held.deletion = max(held.deletion, patch.timestamp - 1)
        if value is not None:
            add(patch, value)

    return write


def adder(cql_type: CqlType, name: str) -> Callable[[Patch, bytes], None]:
    """What adds the elements of a value to a collection, or its fields to a user-defined type."""
    match cql_type:
        case List():
            return lambda patch, value: _append(patch, name, value)
        case Set():
            return lambda patch, value: _put(patch, name, ((path, b"") for path in elements(value)))
        case Map():
            return lambda patch, value: _put(patch, name, _pairs(value))
        case Udt(_, fields):
            return lambda patch, value: _put_fields(patch, name, value, len(fields))
        case _:
            raise TypeError(f"{cql_type} has no elements")


def _pairs(value: bytes) -> list[tuple[bytes | None, bytes | None]]:
    found = list(elements(value, 2))
    return list(zip(found[::2], found[1::2], strict=True))


def _append(patch: Patch, name: str, value: bytes) -> None:
    held = patch.elements(name)
    for each in elements(value):
        held.cells[patch.run.clock.uuid1().bytes] = patch.cell(each)


def _put(patch: Patch, name: str, pairs: Iterable[tuple[bytes | None, bytes | None]]) -> None:
    held = patch.elements(name)
    for path, value in pairs:
        held.cells[path or b""] = patch.cell(value)


def _put_fields(patch: Patch, name: str, value: bytes, count: int) -> None:
    held = patch.elements(name)
    for number, each in enumerate(cells(value, count)):
        if each is not None:
            held.cells[number.to_bytes(2, "big")] = patch.cell(each)


def discard(patch: Patch, name: str, value: Value) -> None:
    """Remove the elements of a list that equal one of the values."""
    held = patch.before.cells(name) if patch.before is not None else None
    if not isinstance(value, bytes) or not isinstance(held, Complex):
        return
    unwanted = set(elements(value))
    written = patch.elements(name)
    for path, cell in held.cells.items():
        if cell.value in unwanted:
            written.cells[path] = patch.cell(None)


def remove(patch: Patch, name: str, value: Value) -> None:
    """Remove elements of a set, or entries of a map, by their keys."""
    if isinstance(value, bytes):
        written = patch.elements(name)
        for path in elements(value):
            if path is not None:
                written.cells[path] = patch.cell(None)


def element_path(patch: Patch, name: str, index: bytes, missing: Exception) -> bytes:
    """The path of a list element, by its index."""
    number = int.from_bytes(index, "big", signed=True)
    held = patch.before.cells(name) if patch.before is not None else None
    if not isinstance(held, Complex):
        raise missing
    paths = list(held.cells)
    if not 0 <= number < len(paths):
        raise errors.LIST_INDEX(number, len(paths))
    return paths[number]


def field_path(column: Column, name: str) -> tuple[bytes, CqlType]:
    """The path of a field of a user-defined type, and its type."""
    assert isinstance(column.type, Udt)
    for number, (each, cql_type) in enumerate(column.type.fields):
        if each == name:
            return number.to_bytes(2, "big"), cql_type
    raise errors.NO_SUCH_FIELD(column.name, name)
