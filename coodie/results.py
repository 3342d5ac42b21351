"""The results of conditional writes and paged reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from coodie._errors import ConditionNotMet
from coodie._value import value_or_raise

M = TypeVar("M")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, init=False, repr=False)
class LWTResult(Generic[M]):
    """The answer to a conditional write (a lightweight transaction). Its truth value is ``applied``.

    ``rows`` are the rows of the answer as dictionaries; a conditional batch may return several.
    """

    applied: bool
    _existing: M | Exception | None
    rows: Sequence[dict[str, Any]]

    def __init__(
        self, applied: bool, existing: M | Exception | None = None, rows: Sequence[dict[str, Any]] = ()
    ) -> None:
        """``existing`` may be the error that occurred when the row was read."""
        object.__setattr__(self, "applied", applied)
        object.__setattr__(self, "_existing", existing)
        object.__setattr__(self, "rows", rows)

    @property
    def existing(self) -> M | None:
        """The existing row that made the condition fail, as a model with only the columns that the server returned.

        None if the write was applied or there is no such row. Raises `DecodeError` if the row does not fit the model;
        the outcome of the condition is known nevertheless.
        """
        return value_or_raise(self._existing)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(applied={self.applied!r}, existing={self._existing!r})"

    def __bool__(self) -> bool:
        return self.applied

    def raise_if_lost(self) -> None:
        """Raise `ConditionNotMet`, which carries ``existing``, unless the write was applied."""
        if not self.applied:
            raise ConditionNotMet("the condition was not met, so nothing was written", self._existing)


@dataclass(frozen=True, slots=True)
class PagedResult(Generic[T]):
    """One page of a query. ``paging_state`` continues after it, and is None on the last page.

    An empty page need not be the last one.
    """

    data: list[T]
    paging_state: bytes | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.data)
