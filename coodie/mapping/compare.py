"""Compares border values of a column as the server does, which sometimes differs from Python's ``==``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from coodie.cql.message import UNSET
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector, is_collection, is_multicell

Key: TypeAlias = Callable[[Any], Any]

_TOLD_APART: Final = frozenset({"float", "double", "decimal"})


def comparison_key(cql_type: CqlType) -> Key | None:
    """A function whose results are equal only for values that are the same to the server; None if ``==`` is correct.

    To the server, the decimals 1.0 and 1.00 are different, and so are the doubles 0.0 and -0.0; a NaN equals itself.
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
    """`comparison_key` for the values of a column, where an empty collection equals null unless it is frozen."""
    key = comparison_key(cql_type)
    if not (is_collection(cql_type) and is_multicell(cql_type)):
        return key

    def full(values: Any) -> Any:
        if values is UNSET:
            return values
        return None if not values else values if key is None else key(values)

    return full


def differ(key: Key | None, one: Any, other: Any) -> bool:
    """Whether two values of a column differ. `UNSET`, and anything that is not a border value, equals only itself."""
    if one is other:
        return False
    if key is None:
        return bool(one != other)
    try:
        return bool(key(one) != key(other))
    except (AttributeError, KeyError, TypeError, IndexError):  # one of them is null or not a valid value
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
    """The comparison key of an element, which may be null or have none of its own."""
    if key is None:
        return lambda value: value
    return lambda value: None if value is None else key(value)
