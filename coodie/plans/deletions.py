"""Reads the arguments of ``delete_columns()``: columns, and elements of columns as pairs such as ``("attrs",
"key")``.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.types import List, Map, Set, is_multicell
from coodie.mapping.columns import Field
from coodie.mapping.mapper import Mapper
from coodie.plans.arguments import is_tuple
from coodie.plans.changes import (
    UNKNOWN,
    AssignmentShape,
    Changes,
    Setter,
    Shape,
    Step,
    check_overlap,
    clearing,
    of_collection,
    without,
)

DeletionTarget: TypeAlias = str | tuple[str, Any]
"""A column; or one element of it, given by its map key, its list index or, in a set, by itself."""


def clear(mapper: Mapper[Any], parts: tuple[DeletionTarget, ...]) -> Changes:
    """The changes of ``delete_columns(*parts)``, or of ``delete()`` without parts.

    Raises `InvalidQueryError` for a column that does not exist or belongs to the key.
    """
    if not parts:
        return mapper.cached(_row)
    named = tuple([_named(mapper, part) for part in parts])
    return mapper.cached(_shape, named).read([part[1] if isinstance(part, tuple) else None for part in parts])


def _row(mapper: Mapper[Any]) -> Changes:
    return Changes(Shape(mapper, ()), ())


def _named(mapper: Mapper[Any], part: Any) -> tuple[str, bool]:
    """The name of the field, and whether only one element of it is deleted."""
    if is_tuple(part, 2):
        return mapper.field(part[0]).name, True
    if isinstance(part, tuple):
        raise InvalidQueryError("delete_columns() takes names, and for elements pairs as in ('attrs', 'key')")
    return mapper.field(part).name, False


def _shape(mapper: Mapper[Any], named: tuple[tuple[str, bool], ...]) -> Shape:
    shape = Shape(mapper, [_setter(mapper, mapper.field(name), element) for name, element in named])
    check_overlap(shape)
    return shape


def _setter(mapper: Mapper[Any], field: Field, element: bool) -> Setter:
    if field.is_key:
        raise InvalidQueryError(
            f"{field.name} belongs to the primary key and cannot be deleted; delete() deletes the row"
        )
    if not element:
        return Setter(field, AssignmentShape(field.column.name), clearing(field, ()))
    kind = field.column.type
    if not is_multicell(kind) or not isinstance(kind, (List, Map, Set)):
        raise InvalidQueryError(f"{mapper.model.__name__}.{field.name} ({kind}) has no elements that can be deleted")
    return _place(field) if isinstance(kind, List) else _key(mapper, field)


def _key(mapper: Mapper[Any], field: Field) -> Setter:
    in_map = isinstance(field.column.type, Map)
    part = mapper.element_codec(field, "key" if in_map else "element")

    def read(key: Any) -> Step:
        gone = part.in_memory(key)

        def left(old: Any) -> Any:
            return without(old, {gone}) if in_map else old.difference({gone})

        return Step((part.encoded(gone),), from_old=of_collection(field, left))

    return Setter(field, AssignmentShape(field.column.name, "-", "[]"), read)


def _place(field: Field) -> Setter:
    def read(place: Any) -> Step:
        if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < 2**31:
            raise InvalidQueryError(
                f"({field.name!r}, ...): an index of a list must be a number of at least 0, not {a_type(place)}"
            )

        def left(old: Any) -> Any:
            if place >= len(old):
                return UNKNOWN  # the list on the server must be longer, or the server would have refused the index
            return type(old)([*old[:place], *old[place + 1 :]])

        return Step((place,), from_old=of_collection(field, left))

    # Not idempotent: the later elements move up, so repeating it would delete another one.
    return Setter(field, AssignmentShape(field.column.name, "-", "[]"), read, idempotent=False)
