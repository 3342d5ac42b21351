"""The operations of SET and DELETE: which one is valid for which column, and the cells that it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from coodie.cql.frames import cells, elements
from coodie.cql.message import UNSET
from coodie.cql.nodes import Assignment, Element, FieldOf, Ref, Term
from coodie.cql.types import COUNTER, INT, CqlType, List, Map, Native, Set, Tuple, Udt, is_collection, is_multicell
from coodie.tables.table import Column
from coodie.testing.memory.analysis.relations import target_text
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.errors.base import CqlError
from coodie.testing.memory.schema import Table
from coodie.testing.memory.storage.cells import Cell, Complex
from coodie.testing.memory.storage.rows import Row
from coodie.testing.memory.terms import Receiver, Run, Scope, Typed, Value, arithmetic, text_of, value_term
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


def operation_of(assignment: Assignment, table: Table, column: Column, scope: Scope, conditional: bool) -> Operations:
    """The operations of one assignment. ``conditional`` is whether the statement has conditions, so that it may read
    the existing value.
    """
    match assignment.target:
        case Ref():
            return _of_column(assignment, column, scope, conditional)
        case Element(_, key):
            return _set_element(assignment, column, key, scope)
        case FieldOf(_, name):
            return _set_field(assignment, column, name, scope)


def _of_column(assignment: Assignment, column: Column, scope: Scope, conditional: bool) -> Operations:
    match assignment.operator:
        case "=":
            return set_value(column, assignment.value, scope)
        case "+" | "+=":
            return _add(assignment, column, scope, conditional)
        case "-" | "-=":
            return _subtract(assignment, column, scope)
        case _:
            return _prepend(assignment, column, scope)


def assignment_text(assignment: Assignment, scope: Scope) -> str:
    """An assignment as messages show it."""
    value, target = text_of(assignment.value, scope), target_text(assignment.target, scope)
    match assignment.operator:
        case "=":
            return f"{target} = {value}"
        case "prepend":
            return f"{target} = {value} - {target}"
        case operator:
            return f"{target} = {target} {operator[0]} {value}"


def set_value(column: Column, term: Term, scope: Scope) -> Operations:
    """``a = ?``, and each value of an INSERT."""
    if column.type == COUNTER:
        raise errors.SET_COUNTER(column.name)
    value = value_term(term, Receiver(column.name, column.type), scope)
    write = _overwrite(column) if is_multicell(column.type) else _simple(column.name)

    def apply(patch: Patch) -> None:
        found = value.evaluate(patch.run, None)
        if found is not UNSET:
            write(patch, found)

    return Operations(column, apply)


Write: TypeAlias = "Callable[[Patch, bytes | None], None]"


def _simple(name: str) -> Write:
    def write(patch: Patch, value: bytes | None) -> None:
        patch.row.cells[name] = patch.cell(value)

    return write


def _overwrite(column: Column) -> Write:
    """Overwrite a whole collection: existing elements are deleted with a timestamp just before it."""
    add = _adder(column.type, column.name)

    def write(patch: Patch, value: bytes | None) -> None:
        held = patch.elements(column.name)
        held.deletion = max(held.deletion, patch.timestamp - 1)
        if value is not None:
            add(patch, value)

    return write


def _adder(cql_type: CqlType, name: str) -> Callable[[Patch, bytes], None]:
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


_SUMMABLE: Final = frozenset(
    {"tinyint", "smallint", "int", "bigint", "varint", "float", "double", "decimal", "text", "ascii"}
)


def _check_sum(assignment: Assignment, column: Column, scope: Scope, conditional: bool, adds: bool = True) -> None:
    """Refuse an addition or subtraction that the column does not support."""
    cql_type, text = column.type, assignment_text(assignment, scope)
    if adds and isinstance(cql_type, (Tuple, Udt)):
        raise errors.INVALID_OPERATION(text, "tuple", column.name)
    if is_collection(cql_type):
        if not is_multicell(cql_type):
            raise errors.INVALID_OPERATION(text, "frozen collection", column.name)
    elif conditional and cql_type != COUNTER:
        if not isinstance(cql_type, Native) or cql_type.name not in _SUMMABLE:
            raise errors.NOT_NUMERIC(text, column.name)
    elif cql_type != COUNTER:
        raise errors.INVALID_OPERATION(text, "non counter", column.name)


def _add(assignment: Assignment, column: Column, scope: Scope, conditional: bool) -> Operations:
    _check_sum(assignment, column, scope, conditional)
    cql_type, name = column.type, column.name
    if cql_type == COUNTER:
        return _count(assignment, column, scope, 1)
    value = value_term(assignment.value, Receiver(name, cql_type), scope)
    if not is_collection(cql_type):
        return _plus(column, value)
    add = _adder(cql_type, name)

    def apply(patch: Patch) -> None:
        found = value.evaluate(patch.run, None)
        if found is UNSET and isinstance(cql_type, List):
            raise errors.UNSET_APPENDED()
        if isinstance(found, bytes):
            add(patch, found)

    return Operations(column, apply)


def _plus(column: Column, value: Typed) -> Operations:
    """``v = v + 1`` in a statement with conditions."""
    compute = arithmetic(column.type, "+", value.type)
    write = _simple(column.name)

    def apply(patch: Patch) -> None:
        found = value.evaluate(patch.run, None)
        if found is UNSET:
            return
        old = None if patch.before is None else patch.before.value(column.name)
        if old is None or found is None:
            write(patch, None)
        else:
            write(patch, compute(old, found))

    return Operations(column, apply, reads=True)


def _count(assignment: Assignment, column: Column, scope: Scope, sign: int) -> Operations:
    value = value_term(assignment.value, Receiver(column.name, COUNTER), scope)

    def apply(patch: Patch) -> None:
        found = value.evaluate(patch.run, None)
        if found is UNSET:
            return
        if found is None:
            raise errors.NULL_INCREMENT()
        if found == b"":
            raise errors.EMPTY_COUNTER()
        step = int.from_bytes(found, "big", signed=True)
        if sign < 0 and step == -(1 << 63):
            raise errors.COUNTER_OVERFLOW(step)
        patch.counters.append((column.name, sign * step))

    return Operations(column, apply)


def _subtract(assignment: Assignment, column: Column, scope: Scope) -> Operations:
    _check_sum(assignment, column, scope, conditional=False, adds=False)
    cql_type, name = column.type, column.name
    match cql_type:
        case List():
            value = value_term(assignment.value, Receiver(name, cql_type), scope)
            return Operations(column, lambda patch: _discard(patch, name, value.evaluate(patch.run, None)), reads=True)
        case Set() | Map():
            value = (
                _keys_term(assignment, column, scope)
                if isinstance(cql_type, Map)
                else _value(assignment, column, scope)
            )
            return Operations(column, lambda patch: _remove(patch, name, value.evaluate(patch.run, None)))
        case _:
            return _count(assignment, column, scope, -1)


def _value(assignment: Assignment, column: Column, scope: Scope) -> Typed:
    return value_term(assignment.value, Receiver(column.name, column.type), scope)


def _keys_term(assignment: Assignment, column: Column, scope: Scope) -> Typed:
    """The set of keys that is removed from a map."""
    assert isinstance(column.type, Map)
    try:
        return value_term(assignment.value, Receiver(column.name, Set(column.type.key)), scope)
    except CqlError:
        raise errors.MAP_SUBTRACTION(text_of(assignment.value, scope)) from None


def _discard(patch: Patch, name: str, value: Value) -> None:
    """Remove the elements of a list that equal one of the values."""
    held = patch.before.cells(name) if patch.before is not None else None
    if not isinstance(value, bytes) or not isinstance(held, Complex):
        return
    unwanted = set(elements(value))
    written = patch.elements(name)
    for path, cell in held.cells.items():
        if cell.value in unwanted:
            written.cells[path] = patch.cell(None)


def _remove(patch: Patch, name: str, value: Value) -> None:
    """Remove elements of a set, or entries of a map, by their keys."""
    if isinstance(value, bytes):
        written = patch.elements(name)
        for path in elements(value):
            if path is not None:
                written.cells[path] = patch.cell(None)


_REFERENCE: Final = 1_262_304_000_000_000
"""2010-01-01 in microseconds: the time in the path of a prepended element is the current one mirrored at this
moment."""
_UUID_EPOCH: Final = 0x01B21DD213814000


def _prepend(assignment: Assignment, column: Column, scope: Scope) -> Operations:
    cql_type, name = column.type, column.name
    if not isinstance(cql_type, List):
        raise errors.INVALID_OPERATION(assignment_text(assignment, scope), "non list", name)
    if cql_type.frozen:
        raise errors.INVALID_OPERATION(assignment_text(assignment, scope), "frozen list", name)
    value = value_term(assignment.value, Receiver(name, cql_type), scope)

    def apply(patch: Patch) -> None:
        found = value.evaluate(patch.run, None)
        if not isinstance(found, bytes):
            return
        written = patch.elements(name)
        for each in reversed(list(elements(found))):
            time = (2 * _REFERENCE - patch.run.clock.micros()) * 10 + _UUID_EPOCH
            written.cells[_path(time)] = patch.cell(each)

    return Operations(column, apply)


def _path(time: int) -> bytes:
    high = (time & 0xFFFFFFFF) << 32 | (time >> 32 & 0xFFFF) << 16 | 0x1000 | time >> 48 & 0x0FFF
    return high.to_bytes(8, "big") + b"\x80" * 8


def _set_element(assignment: Assignment, column: Column, key: Term, scope: Scope) -> Operations:
    cql_type, name = column.type, column.name
    if not is_collection(cql_type):
        raise errors.INVALID_OPERATION(assignment_text(assignment, scope), "non collection", name)
    if not is_multicell(cql_type):
        raise errors.INVALID_OPERATION(assignment_text(assignment, scope), "frozen collection", name)
    match cql_type:
        case List(element):
            index = value_term(key, Receiver(f"idx({name})", INT), scope)
            value = value_term(assignment.value, Receiver(f"value({name})", element), scope)
            return Operations(column, lambda patch: _set_index(patch, name, index, value), reads=True)
        case Map(key_type, item):
            at = value_term(key, Receiver(f"key({name})", key_type), scope)
            value = value_term(assignment.value, Receiver(f"value({name})", item), scope)
            return Operations(column, lambda patch: _set_entry(patch, name, at, value))
        case _:
            raise errors.INVALID_OPERATION(assignment_text(assignment, scope), "set", name)


def _set_entry(patch: Patch, name: str, at: Typed, value: Typed) -> None:
    path = at.evaluate(patch.run, None)
    found = value.evaluate(patch.run, None)
    if path is None:
        raise errors.NULL_MAP_KEY()
    if path is UNSET:
        raise errors.UNSET_MAP_KEY()
    if found is not UNSET:
        patch.elements(name).cells[path] = patch.cell(found)


def _set_index(patch: Patch, name: str, index: Typed, value: Typed) -> None:
    at = index.evaluate(patch.run, None)
    found = value.evaluate(patch.run, None)
    if not isinstance(at, bytes):
        raise (errors.UNSET_INDEX if at is UNSET else errors.NULL_INDEX)()
    path = _at(patch, name, at, errors.LIST_SET_NULL())
    if found is not UNSET:
        patch.elements(name).cells[path] = patch.cell(found)


def _at(patch: Patch, name: str, index: bytes, missing: Exception) -> bytes:
    """The path of a list element, by its index."""
    number = int.from_bytes(index, "big", signed=True)
    held = patch.before.cells(name) if patch.before is not None else None
    if not isinstance(held, Complex):
        raise missing
    paths = list(held.cells)
    if not 0 <= number < len(paths):
        raise errors.LIST_INDEX(number, len(paths))
    return paths[number]


def _field_path(column: Column, name: str) -> tuple[bytes, CqlType]:
    assert isinstance(column.type, Udt)
    for number, (each, cql_type) in enumerate(column.type.fields):
        if each == name:
            return number.to_bytes(2, "big"), cql_type
    raise errors.NO_SUCH_FIELD(column.name, name)


def _set_field(assignment: Assignment, column: Column, name: str, scope: Scope) -> Operations:
    if not isinstance(column.type, Udt):
        raise errors.INVALID_OPERATION(assignment_text(assignment, scope), "non-UDT", column.name)
    if not is_multicell(column.type):
        raise errors.INVALID_OPERATION(assignment_text(assignment, scope), "frozen UDT", column.name)
    path, cql_type = _field_path(column, name)
    value = value_term(assignment.value, Receiver(f"{column.name}.{name}", cql_type), scope)

    def apply(patch: Patch) -> None:
        found = value.evaluate(patch.run, None)
        if found is not UNSET:
            patch.elements(column.name).cells[path] = patch.cell(found)

    return Operations(column, apply)


def deletion_of(target: Ref | Element | FieldOf, column: Column, scope: Scope) -> Operations:
    """The operations of one target of DELETE."""
    match target:
        case Ref(name):
            if is_multicell(column.type):
                return Operations(column, lambda patch: _delete_all(patch, name))
            return Operations(column, lambda patch: _simple(name)(patch, None))
        case Element(_, key):
            return _delete_element(column, key, scope)
        case FieldOf(_, part):
            return _delete_field(column, part)


def _delete_all(patch: Patch, name: str) -> None:
    held = patch.elements(name)
    held.deletion = max(held.deletion, patch.timestamp)


def _delete_field(column: Column, part: str) -> Operations:
    if not isinstance(column.type, Udt):
        raise errors.FIELD_DELETION(column.name)
    if not is_multicell(column.type):
        raise errors.FROZEN_FIELD_DELETION(column.name)
    path, _ = _field_path(column, part)

    def apply(patch: Patch) -> None:
        patch.elements(column.name).cells[path] = patch.cell(None)

    return Operations(column, apply)


def _delete_element(column: Column, key: Term, scope: Scope) -> Operations:
    cql_type, name = column.type, column.name
    if not is_collection(cql_type):
        raise errors.ELEMENT_DELETION(name)
    if not is_multicell(cql_type):
        raise errors.FROZEN_ELEMENT_DELETION(name)
    match cql_type:
        case List():
            index = value_term(key, Receiver(f"idx({name})", INT), scope)
            return Operations(column, lambda patch: _delete_index(patch, name, index), reads=True)
        case Set(element):
            at = value_term(key, Receiver(f"value({name})", element), scope)
        case Map(key_type, _):
            at = value_term(key, Receiver(f"key({name})", key_type), scope)
        case _:
            raise errors.ELEMENT_DELETION(name)

    def apply(patch: Patch) -> None:
        path = at.evaluate(patch.run, None)
        if not isinstance(path, bytes):
            raise (errors.UNSET_ELEMENT if path is UNSET else errors.NULL_ELEMENT)(
                "map key" if isinstance(cql_type, Map) else "set element"
            )
        patch.elements(name).cells[path] = patch.cell(None)

    return Operations(column, apply)


def _delete_index(patch: Patch, name: str, index: Typed) -> None:
    at = index.evaluate(patch.run, None)
    if not isinstance(at, bytes):
        raise (errors.UNSET_INDEX if at is UNSET else errors.NULL_INDEX)()
    patch.elements(name).cells[_at(patch, name, at, errors.LIST_DELETE_NULL())] = patch.cell(None)
