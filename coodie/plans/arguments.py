"""Reads the arguments of users: fields by keyword or in a mapping, keys with operators, and collections of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeGuard, cast

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.operators import Operator
from coodie.cql.types import TIMESTAMP, holds
from coodie.cql.values import ceiling
from coodie.mapping.columns import Field
from coodie.mapping.datetimes import watched
from coodie.mapping.mapper import Mapper


def together(given: Mapping[str, Any] | None, named: dict[str, Any]) -> dict[str, Any]:
    """The fields of a positional mapping together with those given by keyword.

    Raises `InvalidQueryError` for anything that is not a mapping from names, and for a name that is given twice.
    """
    if given is None:
        return named
    if not is_mapping(given) or not all(isinstance(name, str) for name in given):
        raise InvalidQueryError(
            f"fields are given by keyword, or in a mapping by their names; {a_type(given)} is not such a mapping"
        )
    if twice := given.keys() & named.keys():
        raise InvalidQueryError(f"{min(twice)!r} is given twice, in the mapping and by keyword")
    return {**given, **named}


def split_key(mapper: Mapper[Any], key: str) -> tuple[Field, str | None]:
    """The field and the operator of a key such as ``tags__add``; an exact field name takes precedence."""
    if key in mapper.by_name:
        return mapper.by_name[key], None
    # A field name may contain "__" and may end in "_": in class___in the field is class_. The longest match counts.
    place = key.rfind("__", 0, mapper.longest_name + 2)
    while place >= 0 and key[:place] not in mapper.by_name:
        place = key.rfind("__", 0, place + 1)
    place = key.find("__") if place < 0 else place
    return mapper.field(key[:place] if place >= 0 else key), key[place + 2 :][:60] if place >= 0 else None


def check_connection(name: Any) -> str | None:
    """The name of a connection, or None for that of the model. Raises `InvalidQueryError` for anything else."""
    if name is not None and not isinstance(name, str):
        raise InvalidQueryError(f"the name of a connection must be a str, not {a_type(name)}")
    return name


def is_tuple(value: Any, length: int) -> TypeGuard[tuple[Any, ...]]:
    """Whether it is a tuple of that length."""
    return isinstance(value, tuple) and len(cast("tuple[object, ...]", value)) == length


def is_mapping(value: Any) -> TypeGuard[Mapping[Any, Any]]:
    """Whether it is a mapping."""
    return isinstance(value, Mapping)


def are_elements(value: Any) -> TypeGuard[Iterable[Any]]:
    """Whether it is an iterable of several values, that is, not a str, bytes or mapping."""
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def list_of(mapper: Mapper[Any], field: Field, key: str, value: Any) -> list[Any]:
    """The list that is bound for an ``IN``. Raises `InvalidQueryError` for anything but a collection of values."""
    if not are_elements(value):
        raise InvalidQueryError(f"{key} takes a list of values, not {a_type(value)}")
    return [mapper.validated(field, item) for item in value]


def has_bounds(field: Field, operator: Operator) -> bool:
    """Whether the operator compares the column with a bound that may be more precise than the column's milliseconds."""
    return operator.is_order and holds(field.column.type, TIMESTAMP)


def bound_in(mapper: Mapper[Any], field: Field, operator: Operator, value: Any) -> Any:
    """The bound for a range of instants, rounded so that the comparison stays correct for whole milliseconds.

    Instants before 0.1234 s are exactly those before 0.124 s, and instants after it those after 0.123 s. Inside other
    types no rounding is correct, so a bound that is too precise is an `InvalidQueryError`.
    """
    bound, was_cut = watched(lambda: mapper.validated(field, value))
    if not was_cut:
        return bound
    if field.column.type != TIMESTAMP:
        raise InvalidQueryError(
            f"{mapper.model.__name__}.{field.name} ({field.column.type}) holds instants in whole milliseconds; "
            f"use whole milliseconds with {operator.cql}"
        )
    return ceiling(bound + timedelta(microseconds=1)) if operator.rounds_up else bound
