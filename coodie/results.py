"""What conditional writes and paged reads give back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from coodie.exceptions import ConditionNotMet

M = TypeVar("M")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LWTResult(Generic[M]):
    """The answer to a conditional write (a lightweight transaction). Its truth value is ``applied``.

    ``existing`` is the row that stood in the way, as a model that holds just the columns which the server gave; None
    when the write was applied or there is no such row. ``rows`` are the rows of the answer as dictionaries by column
    name; a conditional batch may give several.
    """

    applied: bool
    existing: M | None = None
    rows: Sequence[dict[str, Any]] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return self.applied

    def raise_if_lost(self) -> None:
        """Raise `ConditionNotMet`, which carries ``existing``, unless the write was applied."""
        if not self.applied:
            raise ConditionNotMet("the condition was not met, so nothing was written", self.existing)


@dataclass(frozen=True, slots=True)
class PagedResult(Generic[T]):
    """One page of a query. ``paging_state`` resumes after it, and is None on the last page.

    A page may be empty and still not be the last one.
    """

    data: list[T]
    paging_state: bytes | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.data)
