"""Names for generated classes and fields: valid in Python, each used once, and as close to CQL's as possible."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_OF_PYDANTIC = ("model_", "pydantic_")
"""Prefixes of names that Pydantic keeps for itself."""


@dataclass(frozen=True, slots=True)
class Named:
    """The name that the class of a table or type is to have, and those of its fields by column."""

    name: str
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


class Names:
    """The names of one scope. Each is given out once; ``suffix`` is what makes a name another one."""

    def __init__(self, taken: Iterable[str], suffix: str = "_") -> None:
        self._taken = set(taken)
        self._suffix = suffix

    def take(self, wanted: str) -> str:
        """``wanted``, with the suffix as often as it takes to be a name that nothing else has."""
        name = wanted
        while name in self._taken or keyword.iskeyword(name):
            name += self._suffix
        self._taken.add(name)
        return name


def class_name(name: str) -> str:
    """``UserEvents`` for ``user_events``."""
    words = [word for word in re.split(r"[\W_]+", name) if word]
    joined = "".join(word[0].upper() + word[1:] for word in words)
    return _starting_with_a_letter(joined, "Table")


def field_name(name: str) -> str:
    """The name of a column as a Python name; unchanged if it is one already."""
    cleaned = re.sub(r"\W", "_", name).lstrip("_")
    cleaned = _starting_with_a_letter(cleaned, "column_")
    return f"column_{cleaned}" if cleaned.startswith(_OF_PYDANTIC) else cleaned


def _starting_with_a_letter(name: str, prefix: str) -> str:
    # NFKC is what Python makes of identifiers; a name that it would change could not be found again as an attribute.
    return name if name.isidentifier() and name.isascii() else f"{prefix}{_ascii(name)}"


def _ascii(name: str) -> str:
    return "".join(char if char.isascii() else f"u{ord(char):x}" for char in name)
