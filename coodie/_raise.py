"""Raising an error that nothing else is seen through."""

from __future__ import annotations

from typing import NoReturn


def raise_alone(error: Exception) -> NoReturn:
    """Raise ``error`` without what it comes from.

    ``raise ... from None`` hides the other error from tracebacks and leaves it in ``__context__``, where log handlers
    find it. Here it would show a value: Pydantic's errors and many of Python's do.
    """
    try:
        raise error
    finally:
        error.__cause__ = error.__context__ = None
