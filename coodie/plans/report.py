"""The report of ``save_many()`` and similar functions: how many documents were written, and why the others were not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Generic, TypeVar

from typing_extensions import NamedTuple

from coodie._errors import BulkWriteError

T = TypeVar("T")

KEPT: Final = 1000
"""The number of failures of each kind that a report keeps."""


class Failure(NamedTuple, Generic[T]):
    """An item that was not written, or may not have been, and why."""

    item: T
    error: Exception


class Failures(Generic[T]):
    """The items with one outcome. ``len()`` is the number of all; the first 1,000 are kept, as pairs of item and error.

    ``on_failure=`` receives all of them.
    """

    __slots__ = ("_count", "_kept")

    def __init__(self) -> None:
        self._count = 0
        self._kept: list[Failure[T]] = []

    def __len__(self) -> int:
        """The number of all items, including those that are not kept."""
        return self._count

    def __iter__(self) -> Iterator[Failure[T]]:
        """The items that are kept, each with its error."""
        return iter(self._kept)

    def __getitem__(self, number: int) -> Failure[T]:
        """One of the items that are kept. Raises IndexError for one that is not."""
        return self._kept[number]

    def __repr__(self) -> str:
        """The number of items, and the classes of the errors; never a value."""
        kinds = ", ".join(dict.fromkeys(type(each.error).__name__ for each in self._kept))
        return f"<{self._count} failures: {kinds}>" if kinds else "<no failures>"

    def add(self, item: T, error: Exception) -> None:
        """Count an item, and keep it if there is room."""
        self._count += 1
        if len(self._kept) < KEPT:
            self._kept.append(Failure(item, error))


class Report(Generic[T]):
    """What became of the items that were read.

    ``done`` is the number of those that were written. ``failed`` were certainly not written. ``unknown`` may have been:
    the connection was lost, or no answer came in time.
    """

    __slots__ = ("done", "failed", "unknown")

    def __init__(self) -> None:
        self.done: int = 0
        self.failed: Failures[T] = Failures()
        self.unknown: Failures[T] = Failures()

    @property
    def total(self) -> int:
        """The number of all items that are done, failed or unknown."""
        return self.done + len(self.failed) + len(self.unknown)

    def __repr__(self) -> str:
        """The numbers."""
        return f"<Report: {self.done} done, {len(self.failed)} failed, {len(self.unknown)} unknown>"

    def raise_if_failed(self) -> None:
        """Raise `BulkWriteError`, which carries this report, unless all items are done."""
        for first in (*self.failed, *self.unknown):
            message = (
                f"of {self.total} items, {len(self.failed)} failed and {len(self.unknown)} may or may not have been "
                f"written; the first error is {type(first.error).__name__}: {first.error}"
            )
            raise BulkWriteError(message, self) from first.error
