"""Raising errors: one that nothing else is seen through, and one for an argument of a wrong kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from coodie._errors import InvalidQueryError
from coodie._words import a_class, a_type


def raise_alone(error: Exception) -> NoReturn:
    """Raise ``error`` without what it comes from.

    ``raise ... from None`` hides the other error from tracebacks and leaves it in ``__context__``, where log handlers
    find it. Here it would show a value: Pydantic's errors and many of Python's do.
    """
    try:
        raise error
    finally:
        error.__cause__ = error.__context__ = None


def check_kind(what: str, value: Any, kind: type) -> None:
    """Raise `InvalidQueryError` unless ``value``, which was given to ``what``, is of that kind."""
    if not isinstance(value, kind):
        raise InvalidQueryError(f"{what} takes a {kind.__name__}, not {a_type(value)}")


def check_class(value: Any, base: type, name: str) -> None:
    """Raise `InvalidQueryError` unless ``value`` is a class derived from ``base``, which users know by ``name``."""
    if not isinstance(value, type) or not issubclass(value, base):
        raise InvalidQueryError(f"{a_class(value)} is no class derived from {name}")


def check_list(what: str, value: Any) -> None:
    """Raise `InvalidQueryError` unless ``value``, which was given to ``what``, is a list or its like."""
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes)):
        raise InvalidQueryError(f"{what} takes a list, not {a_class(value)}")
