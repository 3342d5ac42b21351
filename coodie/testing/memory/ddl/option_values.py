"""Values of options as Java reads them: texts, numbers, booleans and maps."""

from __future__ import annotations

from typing import Any, cast

from coodie.testing.memory.errors import options as errors
from coodie.testing.memory.errors.base import CqlError
from coodie.testing.memory.java import double_text
from coodie.testing.memory.java_numbers import floating, is_whole, whole


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return double_text(value) if isinstance(value, float) else str(value)


def as_text(name: str, value: Any) -> str:
    """The text of a value. Raises the server's error for a map."""
    if isinstance(value, tuple):
        raise errors.NOT_A_STRING(name)
    return _text(value)


def as_texts(name: str, value: Any) -> dict[str, str]:
    """The texts in a map. Raises the server's error for anything else."""
    if not isinstance(value, tuple):
        raise errors.NOT_A_MAP(name)
    return {_text(key): _text(item) for key, item in cast("tuple[tuple[Any, Any], ...]", value)}


def as_int(text: str, refusal: CqlError, bits: int = 32) -> int:
    """The number that Java reads in a text as one of so many bits. Raises ``refusal`` if it reads none."""
    if not text or not is_whole(text) or not -(1 << bits - 1) <= whole(text) < 1 << bits - 1:
        raise refusal
    return int(text)


def as_double(text: str, refusal: CqlError) -> float:
    """The number that Java reads in a text as a double. Raises ``refusal`` if it reads none."""
    found = floating(text)
    if found is None:
        raise refusal
    return float(found)


def integer(name: str, value: Any) -> int:
    """The number of 32 bits that an option says."""
    text = as_text(name, value)
    return as_int(text, errors.NOT_A_NUMBER("integer", text, name))


def fraction(name: str, value: Any) -> float | str:
    """The double that an option says; one that no literal says as a text."""
    text = as_text(name, value)
    found = as_double(text, errors.NOT_A_NUMBER("double", text, name))
    return found if found == found else "NaN"


def boolean(name: str, value: Any) -> bool:
    """What an option says, which is one of six words."""
    text = as_text(name, value)
    if text.lower() in ("1", "true", "yes"):
        return True
    if text.lower() in ("0", "false", "no"):
        return False
    raise errors.NOT_A_BOOLEAN(text, name)
