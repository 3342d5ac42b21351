"""Words for messages."""

from __future__ import annotations


def a_type(value: object) -> str:
    """The type of a value with its article, never the value: ``a str``, ``an int``; ``None`` for None."""
    if value is None:
        return "None"
    name = type(value).__name__
    # no U: it is "a UUID", "a UserType"
    return f"an {name}" if name[0] in "aeioAEIO" else f"a {name}"
