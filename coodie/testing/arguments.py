"""Checks of the arguments of tests. A mistake raises Python's own TypeError, which says what was expected."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from coodie._words import a_type


def is_a(value: Any, *types: type) -> bool:
    """``isinstance`` that does not narrow, since type checkers would narrow to containers of unknown types."""
    return isinstance(value, types)


def a_flag(what: str, value: Any) -> None:
    """Raise TypeError unless ``value`` is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{what} must be True or False, not {a_type(value)}")


def a_number(what: str, value: Any) -> None:
    """Raise TypeError unless ``value`` is a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:  # NaN
        raise TypeError(f"{what} is a number, not {a_type(value)}")


def a_whole_number(what: str, value: Any) -> None:
    """Raise TypeError unless ``value`` is an int."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} is a whole number, not {a_type(value)}")


def a_moment(what: str, value: Any) -> None:
    """Raise TypeError unless ``value`` is a datetime."""
    if not isinstance(value, datetime):
        raise TypeError(f"{what} is a datetime, not {a_type(value)}")


def names(what: str, value: Any) -> tuple[str, ...]:
    """The names as a tuple. Raises TypeError for a single str, and for anything but strs."""
    found: list[Any] = list(value) if is_a(value, Iterable) and not is_a(value, str, bytes) else [None]
    if not all(isinstance(name, str) for name in found):
        raise TypeError(f"{what} must be a list of names, not {a_type(value)}")
    return tuple(found)
