"""The operations of SET and of INSERT: which one is valid for which column, and what it does."""

from __future__ import annotations

from typing import Final

from coodie.cql.frames import elements
from coodie.cql.message import UNSET
from coodie.cql.nodes import Assignment, Element, FieldOf, Hint, Items, Ref, Term
from coodie.cql.types import (
    COUNTER,
    INT,
    NATIVE,
    TEXT,
    CqlType,
    List,
    Map,
    Native,
    Set,
    Tuple,
    Udt,
    is_collection,
    is_multicell,
)
from coodie.tables.table import Column
from coodie.testing.memory.analysis.patches import (
    Operations,
    Patch,
    adder,
    discard,
    element_path,
    field_path,
    overwrite,
    remove,
    simple,
)
from coodie.testing.memory.analysis.relation_texts import target_text
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.errors.base import CqlError, ErrorText, check_refusal
from coodie.testing.memory.errors.terms import TUPLE_FOR_UDT
from coodie.testing.memory.schema import Table
from coodie.testing.memory.terms import Receiver, Scope, Typed, arithmetic, text_of, unread_text, value_term


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
    """An assignment as messages show it before its value is prepared."""
    value, target = unread_text(assignment.value, scope), target_text(assignment.target, scope, str)  # it quotes none
    match assignment.operator:
        case "=":
            return f"{target} = {value}"
        case operator:
            return f"{target} = {target} {operator[0]} {value}"


def set_value(column: Column, term: Term, scope: Scope) -> Operations:
    """``a = ?``, and each value of an INSERT."""
    value = value_term(term, Receiver(column.name, column.type), scope)
    if column.type == COUNTER:
        raise errors.SET_COUNTER(column.name)
    write = overwrite(column) if is_multicell(column.type) else simple(column.name)
    written = term.term if isinstance(term, Hint) else term
    is_tuple = isinstance(column.type, Udt) and isinstance(written, Items)

    def apply(patch: Patch) -> None:
        found = value.evaluate(patch.run, None)
        if is_tuple:
            raise TUPLE_FOR_UDT()
        if found is not UNSET:
            write(patch, found)

    return Operations(column, apply)


_ASCII: Final = NATIVE["ascii"]
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
    value = _map_term(assignment, cql_type, errors.MAP_ADDITION, column, scope)
    if not is_collection(cql_type):
        return _plus(column, value)
    add = adder(cql_type, name)

    def apply(patch: Patch) -> None:
        found = value.evaluate(patch.run, None)
        if found is UNSET and isinstance(cql_type, List):
            raise errors.UNSET_COLLECTION("Lists")
        if isinstance(found, bytes):
            add(patch, found)

    return Operations(column, apply)


def _plus(column: Column, value: Typed) -> Operations:
    """``v = v + 1`` in a statement with conditions."""
    compute = arithmetic(column.type, "+", value.type)
    write = simple(column.name)

    def apply(patch: Patch) -> None:
        found = value.evaluate(patch.run, None)
        if found is UNSET and column.type in (TEXT, _ASCII):
            found = b""  # to the server it has no bytes
        if found is UNSET:
            return
        old = None if patch.before is None else patch.before.value(column.name)
        if old is not None and found is not None:  # else nothing is written, not even a null
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
            return Operations(column, lambda patch: discard(patch, name, value.evaluate(patch.run, None)), reads=True)
        case Set() | Map():
            wanted = Set(cql_type.key) if isinstance(cql_type, Map) else cql_type
            value = _map_term(assignment, wanted, errors.MAP_SUBTRACTION, column, scope)
            return Operations(column, lambda patch: remove(patch, name, value.evaluate(patch.run, None)))
        case _:
            return _count(assignment, column, scope, -1)


def _map_term(assignment: Assignment, wanted: CqlType, wrong: ErrorText, column: Column, scope: Scope) -> Typed:
    """What is added or removed; for a map, there is one error for all that is wrong with it."""
    try:
        return value_term(assignment.value, Receiver(column.name, wanted), scope)
    except CqlError as error:
        check_refusal(error)
        if not isinstance(column.type, Map):
            raise
        raise wrong(text_of(assignment.value, scope)) from None


_REFERENCE: Final = 1_262_304_000_000_000
"""2010-01-01 in microseconds: the time in the path of a prepended element is the current one mirrored at this
moment."""
_UUID_EPOCH: Final = 0x01B21DD213814000


def _prepend(assignment: Assignment, column: Column, scope: Scope) -> Operations:
    cql_type, name = column.type, column.name
    value = value_term(assignment.value, Receiver(name, cql_type), scope)
    if not isinstance(cql_type, List) or cql_type.frozen:
        text = f"{name} = {text_of(assignment.value, scope)} - {name}"
        raise errors.INVALID_OPERATION(text, "frozen list" if isinstance(cql_type, List) else "non list", name)

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
    path = element_path(patch, name, at, errors.LIST_SET_NULL())
    if found is not UNSET:
        patch.elements(name).cells[path] = patch.cell(found)


def _set_field(assignment: Assignment, column: Column, name: str, scope: Scope) -> Operations:
    if not isinstance(column.type, Udt):
        raise errors.INVALID_OPERATION(assignment_text(assignment, scope), "non-UDT", column.name)
    if not is_multicell(column.type):
        raise errors.INVALID_OPERATION(assignment_text(assignment, scope), "frozen UDT", column.name)
    path, cql_type = field_path(column, name)
    value = value_term(assignment.value, Receiver(f"{column.name}.{name}", cql_type), scope)

    def apply(patch: Patch) -> None:
        found = value.evaluate(patch.run, None)
        if found is not UNSET:
            patch.elements(column.name).cells[path] = patch.cell(found)

    return Operations(column, apply)
