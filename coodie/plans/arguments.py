"""Reads the arguments of users: fields by keyword or in a mapping, keys with operators, conditions, collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, TypeGuard, cast

from coodie._errors import InvalidQueryError
from coodie._raise import raise_alone
from coodie._words import a_type
from coodie.cql.operators import ENTRY, Operator
from coodie.cql.timeuuids import first_timeuuid, last_timeuuid
from coodie.cql.types import TIMESTAMP, TIMEUUID, Udt, holds
from coodie.cql.values import ceiling, microseconds
from coodie.mapping.columns import Field
from coodie.mapping.datetimes import watched
from coodie.mapping.expressions import Comparison, Condition, check_model, comparison_of
from coodie.mapping.mapper import Mapper

Key: TypeAlias = str | Comparison
"""The key of a filter or condition, without the value: ``ts__gte`` as users write it, or the shape of a `Condition`."""

RAW: Final = "__raw"
"""The suffix of the key of a filter whose value is a `Token`: its text has ``?`` where others have ``token(?)``."""

Where: TypeAlias = dict[str, Any] | Condition | bool
"""A positional argument of ``find()``: filters by name, or a condition, which type checkers take for a bool."""

Asked: TypeAlias = Mapping[str, Any] | tuple[object, ...]
"""The filters of a query: by name, or positional ones with conditions among them, in order."""


def asked(where: tuple[Any, ...], lookups: dict[str, Any]) -> Asked:
    """The filters that are given to ``find(*where, **lookups)``."""
    if not where:
        return lookups
    if len(where) == 1 and is_mapping(where[0]):
        return together(where[0], lookups)
    return (*where, lookups)


def pair_of(mapper: Mapper[Any], condition: object) -> tuple[Key, Any]:
    """The key and the value of a condition, like those of a keyword.

    Raises `InvalidQueryError` for anything but a condition, and for one on the columns of another model.
    """
    if not isinstance(condition, Condition):
        raise InvalidQueryError(
            f"expected a condition such as Event.ts >= start, or a mapping from names, not {a_type(condition)}"
            + ("; comparing what is no column of a class gives a bool" if isinstance(condition, bool) else "")
        )
    check_model(condition.target, mapper.model)
    key = comparison_of(condition)
    if key.left == "entry":
        return key, (condition.target.key, condition.value)
    return key.names[0] if key.left == "column" and not key.suffix else key, condition.value


def comparison(mapper: Mapper[Any], key: Key) -> Comparison:
    """What a key compares. Raises `InvalidQueryError` for an unknown field."""
    if isinstance(key, Comparison):
        return key
    if not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidQueryError(f"the name of a filter must be a str, not {a_type(key)}")
    if key.startswith("token__") and "token" not in mapper.by_name:
        return _token(tuple(mapper.by_column[name].name for name in mapper.table.partition_key), key[len("token__") :])
    field, name = split_key(mapper, key)
    if name is None:
        return Comparison("column", (field.name,))
    if name.startswith("token__"):
        return _token((field.name,), name[len("token__") :])
    head, _, rest = name.partition("__")
    if head == ENTRY:
        return Comparison("entry", (field.name,), rest)
    if isinstance(field.column.type, Udt) and head in mapper.udt_parts(field):
        return Comparison("part", (field.name,), rest, head)
    # "n__" names an operator, but none that exists
    return Comparison("column", (field.name,), name or "__")


def _token(names: tuple[str, ...], suffix: str) -> Comparison:
    return Comparison("token", names, suffix.removesuffix(RAW), raw=suffix.endswith(RAW))


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


def list_of(mapper: Mapper[Any], field: Field, key: Key, value: Any) -> list[Any]:
    """The list that is bound for an ``IN``. Raises `InvalidQueryError` for anything but a collection of values."""
    if not are_elements(value):
        raise InvalidQueryError(f"{key} takes a list of values, not {a_type(value)}")
    return [mapper.validated(field, item) for item in value]


def has_bounds(field: Field, operator: Operator) -> bool:
    """Whether the operator compares the column with a bound that may be more precise than the column's milliseconds."""
    return operator.is_order and (field.column.type == TIMEUUID or holds(field.column.type, TIMESTAMP))


def bound_in(mapper: Mapper[Any], field: Field, operator: Operator, value: Any) -> Any:
    """The bound for a range of instants, rounded so that the comparison stays correct for whole milliseconds.

    Instants before 0.1234 s are exactly those before 0.124 s, and instants after it those after 0.123 s. Inside other
    types no rounding is correct, so a bound that is too precise is an `InvalidQueryError`. For a timeuuid, a datetime
    is turned into the first or the last timeuuid of its millisecond.
    """
    if field.column.type == TIMEUUID:
        return _timeuuid_bound(mapper, field, operator, value)
    if field.column.type != TIMESTAMP:
        return precise(mapper, field, operator, value)
    bound, was_cut = watched(lambda: mapper.validated(field, value))
    return ceiling(bound + timedelta(microseconds=1)) if was_cut and operator.rounds_up else bound


def precise(mapper: Mapper[Any], field: Field, operator: Operator, value: Any) -> Any:
    """The bound value for a part of a range. Raises `InvalidQueryError` for an instant that is too precise."""
    bound, was_cut = watched(lambda: mapper.validated(field, value))
    if was_cut and operator.is_order:
        raise InvalidQueryError(
            f"{mapper.model.__name__}.{field.name} ({field.column.type}) holds instants in whole milliseconds; "
            f"use whole milliseconds with {operator.cql}"
        )
    return bound


def _timeuuid_bound(mapper: Mapper[Any], field: Field, operator: Operator, value: Any) -> Any:
    if not isinstance(value, datetime):
        return mapper.validated(field, value)
    exact = microseconds(value)
    try:
        return first_timeuuid(-(-exact // 1000)) if operator.rounds_up else last_timeuuid(exact // 1000)
    except ValueError as error:
        raise_alone(InvalidQueryError(f"{mapper.model.__name__}.{field.name}: {error}"))
