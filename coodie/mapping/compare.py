"""When two border values of one column are the same to the server, where Python's ``==`` says something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from coodie.cql.message import UNSET
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector, is_collection, is_multicell

Key: TypeAlias = Callable[[Any], Any]

_TOLD_APART: Final = frozenset({"float", "double", "decimal"})


def comparison_key(cql_type: CqlType) -> Key | None:
    """The function whose results are equal for the same values only; None where ``==`` of the values is right.

    The server tells 1.0 from 1.00 in a decimal and 0.0 from -0.0 in a double, and a NaN is the same as itself.
    """
    match cql_type:
        case Native(name):
            return repr if name in _TOLD_APART else None
        case List(element) | Vector(element):
            return _each(comparison_key(element), tuple)
        case Set(element):
            return _each(comparison_key(element), frozenset)
        case Map(key, value):
            return _pairs(comparison_key(key), comparison_key(value))
        case Tuple(elements):
            return _parts([*enumerate(map(comparison_key, elements))])
        case Udt(_, fields):
            return _parts([(name, comparison_key(part)) for name, part in fields])
        case _:
            return None


def column_key(cql_type: CqlType) -> Key | None:
    """The same for the values of a column, where an empty collection is null unless it is frozen."""
    key = comparison_key(cql_type)
    if not (is_collection(cql_type) and is_multicell(cql_type)):
        return key

    def full(values: Any) -> Any:
        if values is UNSET:
            return values
        return None if not values else values if key is None else key(values)

    return full


def differ(key: Key | None, one: Any, other: Any) -> bool:
    """Whether two values of one column are not the same. `UNSET`, and whatever is no border value, is like itself."""
    if one is other:
        return False
    if key is None:
        return bool(one != other)
    try:
        return bool(key(one) != key(other))
    except (AttributeError, KeyError, TypeError, IndexError):  # one of them is null, or no value
        return True


def _each(key: Key | None, make: Callable[[Any], Any]) -> Key | None:
    return None if key is None else lambda values: make(map(_or_null(key), values))


def _pairs(key: Key | None, value: Key | None) -> Key | None:
    if key is None and value is None:
        return None
    keys, values = _or_null(key), _or_null(value)
    return lambda items: frozenset((keys(k), values(v)) for k, v in items.items())


def _parts(keys: list[tuple[Any, Key | None]]) -> Key | None:
    if all(key is None for _, key in keys):
        return None
    each = [(place, _or_null(key)) for place, key in keys]
    return lambda parts: tuple(key(parts[place]) for place, key in each)


def _or_null(key: Key | None) -> Key:
    """The key of a part, which may be null or a value without a key of its own."""
    if key is None:
        return lambda value: value
    return lambda value: None if value is None else key(value)
