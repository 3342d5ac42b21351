"""Enums and literals. A row identifies the choice by its stored value, so each choice needs a distinct one."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from coodie.cql.border import stored
from coodie.cql.types import CqlType
from coodie.mapping.validation import UNENCODABLE, Unfit

Convert = Callable[[Any], Any]


def enum_value(value: Any) -> Any:
    """The value of an Enum's member; anything else unchanged."""
    return value.value if isinstance(value, Enum) else value


def choices_of(bare: Any) -> tuple[Any, ...]:
    """The members of an Enum or the values of a Literal; empty for any other type."""
    if get_origin(bare) is Literal:
        return tuple(choice for choice in get_args(bare) if choice is not None)
    return tuple(bare) if isinstance(bare, type) and issubclass(bare, Enum) else ()


def converts(
    bare: Any, cql_type: CqlType, encode: Convert | None, decode: Convert | None
) -> tuple[Convert, Convert | None]:
    """The conversions of the choices to the driver border and back, based on those of their values.

    Raises `Unfit` if the server would return the same value for two choices, or a value that equals none of them.
    """
    border: dict[Any, Any] = {}
    found: dict[Any, Any] = {}
    for choice in choices_of(bare):
        value = enum_value(choice)
        border[value] = _stored(choice, value if encode is None else _encoded(choice, encode), cql_type)
        back = border[value] if decode is None else decode(border[value])
        if back != back:
            raise Unfit(f"{choice!r} is not even equal to itself, so it could not be recognised in a row")
        if enum_value(found.setdefault(back, choice)) != value:
            raise Unfit(f"{found[back]!r} and {choice!r} would be the same once they are stored as {cql_type}")
    read = decode or _same
    if any(enum_value(choice) != back for back, choice in found.items()):
        return lambda choice: border[enum_value(choice)], lambda value: found.get(back := read(value), back)
    plain = enum_value if encode is None else _of_value(encode)
    # For an Enum, Pydantic accepts the value of a member; for a Literal it accepts only the exact choice.
    of_members = get_origin(bare) is Literal and any(isinstance(choice, Enum) for choice in found.values())
    return plain, (lambda value: found.get(back := read(value), back)) if of_members else decode


def _of_value(encode: Convert) -> Convert:
    return lambda choice: encode(enum_value(choice))


def _encoded(choice: Any, encode: Convert) -> Any:
    try:
        return encode(enum_value(choice))
    except UNENCODABLE as error:
        raise Unfit(f"{choice!r}: {error}") from None


def _stored(choice: Any, value: Any, cql_type: CqlType) -> Any:
    try:
        return stored(cql_type, value)
    except OverflowError:
        raise Unfit(f"{choice!r} does not fit into {cql_type}") from None


def _same(value: Any) -> Any:
    return value
