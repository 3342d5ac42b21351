"""Formats types, names and options for messages, without revealing values."""

from __future__ import annotations

from typing import Final


def a_type(value: object) -> str:
    """The type of a value with its article, never the value: ``a str``, ``an int``; ``None`` for None."""
    if value is None:
        return "None"
    name = type(value).__name__
    # no U: it is "a UUID", "a UserType"
    return f"an {name}" if name[0] in "aeioAEIO" else f"a {name}"


def a_class(value: object) -> str:
    """The name of a class, ``User``; for anything else its type, ``a list``."""
    return value.__name__ if isinstance(value, type) else a_type(value)


def option(value: object) -> str:
    """The value of a numeric option: a number as it is, for anything else only the type."""
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**64):
        return repr(value)
    return a_type(value)


def word(value: object) -> str:
    """An argument that should be a name or one of a few words: a str, truncated, for anything else only the type."""
    if not isinstance(value, str):
        return a_type(value)
    return repr(value) if len(value) <= _LONGEST else f"{value[:_LONGEST]!r}..."


_LONGEST: Final = 60
"""The most characters of a name that are shown."""
