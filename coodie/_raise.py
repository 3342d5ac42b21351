"""Raises errors without their context, and errors for arguments of the wrong kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from coodie._errors import InvalidQueryError
from coodie._words import a_class, a_type


def raise_alone(error: Exception) -> NoReturn:
    """Raise ``error`` without the error that caused it.

    ``raise ... from None`` hides the cause from tracebacks, but leaves it in ``__context__``, where log handlers find
    it. The errors of Pydantic and many of Python's show a value, which must not end up in a log.
    """
    try:
        raise error
    finally:
        error.__cause__ = error.__context__ = None


def check_kind(what: str, value: Any, kind: type) -> None:
    """Raise `InvalidQueryError` unless ``value``, an argument of ``what``, is an instance of ``kind``."""
    if not isinstance(value, kind):
        raise InvalidQueryError(f"{what} takes a {kind.__name__}, not {a_type(value)}")


def check_class(value: Any, base: type, name: str) -> None:
    """Raise `InvalidQueryError` unless ``value`` is a class derived from ``base``, which users know as ``name``."""
    if not isinstance(value, type) or not issubclass(value, base):
        raise InvalidQueryError(f"{a_class(value)} is not a class derived from {name}")


def check_list(what: str, value: Any) -> None:
    """Raise `InvalidQueryError` unless ``value``, an argument of ``what``, is a list or a similar iterable."""
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes)):
        raise InvalidQueryError(f"{what} takes a list, not {a_class(value)}")
