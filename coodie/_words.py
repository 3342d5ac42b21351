"""Words for messages."""

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
    """The name of a class; of anything else its type: ``User``, ``a list``."""
    return value.__name__ if isinstance(value, type) else a_type(value)


def option(value: object) -> str:
    """What an option was given, where it takes a number: a number as it is, of anything else only the type."""
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**64):
        return repr(value)
    return a_type(value)


def word(value: object) -> str:
    """What was given where a name or one of a few words is wanted: a text, cut short, or else only the type."""
    if not isinstance(value, str):
        return a_type(value)
    return repr(value) if len(value) <= _LONGEST else f"{value[:_LONGEST]!r}..."


_LONGEST: Final = 60
"""Characters of a name that are shown."""
