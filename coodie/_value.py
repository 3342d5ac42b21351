"""The decorator for records that are made once per call, and what a record holds that may be an error instead.

A frozen dataclass assigns each field through ``object.__setattr__`` and costs three times a slotted one, which shows
when one is made for every statement. So these are frozen for type checkers only. What is made once per class or per
statement shape uses ``@dataclass(frozen=True)`` instead: it can be a key of a cache.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from typing_extensions import dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T], /) -> type[T]:
    """Make ``cls`` a slotted dataclass that type checkers take for a frozen one."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


def value_or_raise(found: T | Exception) -> T:
    """What was found, or raise the error that was met instead of it."""
    if isinstance(found, Exception):
        raise found.with_traceback(None)
    return found
