"""Words for messages."""

from __future__ import annotations


def a_type(value: object) -> str:
    """The type of a value with its article, never the value: ``a str``, ``an int``; ``None`` for None."""
    if value is None:
        return "None"
    name = type(value).__name__
    # no U: it is "a UUID", "a UserType"
    return f"an {name}" if name[0] in "aeioAEIO" else f"a {name}"


def option(value: object) -> str:
    """What an option was given, where it takes a number: a number as it is, of anything else only the type."""
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**64):
        return repr(value)
    return a_type(value)


def word(value: object) -> str:
    """What was given where a name or one of a few words is wanted: a text as it is, of anything else only the type."""
    return repr(value) if isinstance(value, str) else a_type(value)
