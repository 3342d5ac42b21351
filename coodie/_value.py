"""A decorator for records that are created on each call, and a helper for fields that may hold an error.

A frozen dataclass assigns each field through ``object.__setattr__`` and is three times as slow to create as a slotted
one, which matters when every statement creates some. So these records are frozen for type checkers only. Classes whose
objects are made once per model or statement shape use ``@dataclass(frozen=True)``, so that they can be cache keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from typing_extensions import dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T], /) -> type[T]:
    """Make ``cls`` a slotted dataclass that type checkers treat as frozen."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


def value_or_raise(found: T | Exception) -> T:
    """``found`` itself; raises it if it is an error."""
    if isinstance(found, Exception):
        raise found.with_traceback(None)
    return found
