"""Values at the driver border: whether a type takes a value, and in what form the value comes back."""

from __future__ import annotations

from typing import Any

from coodie.cql.codecs.codec import check_type
from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.values import but_not


def check(cql_type: CqlType, value: Any) -> None:
    """Raise TypeError or ValueError, with the reason, if ``value`` cannot be sent as this type.

    None and `UNSET` are not accepted: the caller knows where they are allowed.
    """
    match cql_type:
        case Native(name):
            NATIVES[name].check(value, name)
        case List(element):
            _check_items(value, (list, tuple), element, cql_type)
        case Set(element):
            _check_items(value, (set, frozenset), element, cql_type)
        case Map(key, item):
            check_type(value, dict, cql_type)
            _check_items(list(value), (list,), key, cql_type)
            _check_items(list(value.values()), (list,), item, cql_type)
        case Vector(element, dimension):
            _check_items(value, (list, tuple), element, cql_type)
            _check_length(value, dimension, cql_type)
        case Tuple(elements):
            check_type(value, (tuple, list), cql_type)
            _check_length(value, len(elements), cql_type)
            for element, item in zip(elements, value, strict=True):
                if item is not None:
                    check(element, item)
        case Udt(name, fields):
            check_type(value, dict, cql_type)
            _check_fields(value, name, dict(fields))
        case _:
            pass  # there are no others


def _check_items(value: Any, types: tuple[type, ...], element: CqlType, cql_type: CqlType) -> None:
    check_type(value, types, cql_type)
    for item in value:
        if item is None:
            raise ValueError(f"{cql_type} cannot hold null")
        check(element, item)


def _check_length(value: Any, length: int, cql_type: CqlType) -> None:
    if len(value) != length:
        raise ValueError(f"{cql_type} takes {length} elements, not {len(value)}")


def _check_fields(value: dict[str, Any], name: str, types: dict[str, CqlType]) -> None:
    for field, item in value.items():
        if types and field not in types:
            raise ValueError(f"type {name} has only the fields {', '.join(types)}{but_not(value, types)}")
        if types and item is not None:
            check(types[field], item)


def stored(cql_type: CqlType, value: Any) -> Any:
    """The value as a server returns it after storing it: for a ``float``, the nearest 32-bit number.

    Raises OverflowError for a number outside the range of a 32-bit float.
    """
    cut = NATIVES[cql_type.name].stored if isinstance(cql_type, Native) else None
    return value if cut is None else cut(value)


def as_read(cql_type: CqlType | None, value: Any) -> Any:
    """The value as a driver returns it: numbers that a date, time or datetime can hold are replaced by it, at any
    depth.
    """
    match cql_type:
        case Native(name) if (counted := NATIVES[name].counted) is not None:
            number = counted.number_in(value)
            return value if number is None else counted.value_of(number)
        case List(element) | Set(element) | Vector(element) if _is(value, list, tuple, set, frozenset):
            return type(value)([as_read(element, item) for item in value])
        case Tuple(elements) if _is(value, list, tuple):
            return type(value)([as_read(element, item) for element, item in zip(elements, value, strict=True)])
        case Map(key, item) if _is(value, dict):
            return type(value)([(as_read(key, name), as_read(item, each)) for name, each in value.items()])
        case Udt(_, fields) if _is(value, dict):
            types = dict(fields)
            return type(value)([(name, as_read(types.get(name), each)) for name, each in value.items()])
        case _:
            return value


def _is(value: Any, *types: type) -> bool:
    """``isinstance`` that does not narrow, since mypy and pyright disagree about what Any is narrowed to."""
    return isinstance(value, types)
