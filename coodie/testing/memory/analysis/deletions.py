"""The targets of DELETE: which one is valid for which column, and the tombstones that it writes."""

from __future__ import annotations

from coodie.cql.message import UNSET
from coodie.cql.nodes import Element, FieldOf, Ref, Term
from coodie.cql.types import INT, List, Map, Set, Udt, is_collection, is_multicell
from coodie.tables.table import Column
from coodie.testing.memory.analysis.patches import (
    Operations,
    Patch,
    element_path,
    field_path,
    simple,
)
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.terms import Receiver, Scope, Typed, value_term


def deletion_of(target: Ref | Element | FieldOf, column: Column, scope: Scope) -> Operations:
    """The operations of one target of DELETE."""
    match target:
        case Ref(name):
            if is_multicell(column.type):
                return Operations(column, lambda patch: _delete_all(patch, name))
            return Operations(column, lambda patch: simple(name)(patch, None))
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
    path, _ = field_path(column, part)

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
        if path is UNSET and isinstance(cql_type, Set):
            return  # an unset element of a set, or index of a list, deletes nothing; an unset key of a map is an error
        if not isinstance(path, bytes):
            raise (errors.UNSET_ELEMENT if path is UNSET else errors.NULL_ELEMENT)(
                "map key" if isinstance(cql_type, Map) else "set element"
            )
        patch.elements(name).cells[path] = patch.cell(None)

    return Operations(column, apply)


def _delete_index(patch: Patch, name: str, index: Typed) -> None:
    at = index.evaluate(patch.run, None)
    if at is UNSET:
        return
    if not isinstance(at, bytes):
        raise errors.NULL_INDEX()
    patch.elements(name).cells[element_path(patch, name, at, errors.LIST_DELETE_NULL())] = patch.cell(None)
