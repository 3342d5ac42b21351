"""Many writes as a value: which requests they are, and what each answer or error means for its documents.

The async and the sync API send the requests, many of them at the same time; nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Any, Final, Generic, TypeVar

from coodie._errors import ConfigurationError, CoodieError, DecodeError, InvalidQueryError
from coodie._functions import is_plain
from coodie._words import a_type, option
from coodie.cql.message import Batch, BatchKind, Kind, Page, Request, Statement
from coodie.cql.options import check_flag
from coodie.drivers.errors import OutcomeUnknown
from coodie.plans.batch_rows import RowWrite, contested_cell, rows_of
from coodie.plans.pace import Pace
from coodie.plans.patience import ATTEMPTS, BUSY, pause_after
from coodie.plans.plan import Write, apply_all
from coodie.plans.report import Report
from coodie.plans.size import estimated_bytes
from coodie.plans.work import positive
from coodie.results import LWTResult

T = TypeVar("T")

_BATCH_BYTES: Final = 5120
"""The estimated size up to which a batch grows; beyond about this size servers warn."""

_LANES: Final = 4
"""The number of groups of documents that are read and sent independently of each other with ``by_partition``."""


class Job(Generic[T]):
    """One request for one or several items, and how far it is."""

    __slots__ = ("attempts", "doubt", "finish", "items", "request", "writes")

    def __init__(self, items: Sequence[T], writes: Sequence[Write[Any]], request: Request | None) -> None:
        self.items = items
        self.writes = writes
        self.request = request
        self.attempts = 1
        self.doubt: OutcomeUnknown | None = None  # of an attempt that may have taken effect
        self.finish: Callable[[], Page] | None = None  # of the attempt that is in flight in the sync API

    @property
    def connection(self) -> str | None:
        """The name of the connection; None for the default one."""
        return self.writes[0].connection


class BulkWrites(Generic[T]):
    """The writes of one call, made from its items by ``plan``, and the report about them.

    ``reading`` is False once no further item is to be read, and ``retrying`` once nothing is to be sent again.
    ``error`` is an error that ends the call, if any.
    """

    def __init__(
        self,
        plan: Callable[[T], Write[Any]],
        concurrency: int,
        *,
        attempts: int = ATTEMPTS,
        stop_on_error: bool = False,
        rate: float | None = None,
        progress: Callable[[Report[T]], object] | bool = False,
        on_failure: Callable[[T, Exception], object] | None = None,
        by_partition: bool = False,
    ) -> None:
        self._plan = plan
        self.concurrency: int = _at_least_one("concurrency", concurrency)
        self._attempts = _at_least_one("attempts", attempts)
        self._stop_on_error = check_flag("stop_on_error", stop_on_error)
        self._by_partition = check_flag("by_partition", by_partition)
        self.chunk: int = max(1, concurrency // _LANES) if by_partition else 1
        self._ahead = 0.0  # by how much the clock of a test double has moved
        if rate is not None:
            positive("rate", rate, whole=False)
        self._pace = None if rate is None else Pace(rate, lambda: monotonic() + self._ahead)
        self.shows_bar: bool = progress is True
        self.progress: Callable[[Report[T]], object] | None = (
            None if isinstance(progress, bool) else _plain("progress", progress)
        )
        self._on_failure = None if on_failure is None else _plain("on_failure", on_failure)
        self.report: Report[T] = Report()
        self.reading: bool = True
        self.retrying: bool = True
        self.error: Exception | None = None

    @property
    def paced(self) -> bool:
        """Whether reading has to wait for `reserve`."""
        return self._pace is not None

    def reserve(self) -> float:
        """The seconds until the next chunk of items may be read, which is reserved for the caller."""
        return 0.0 if self._pace is None else self._pace.reserve(self.chunk)

    def skip(self, seconds: float) -> None:
        """Take note that the clock of a test double has moved instead of sleeping."""
        self._ahead += seconds

    def unreadable(self, error: Exception) -> None:
        """The iterable raised an error: what was read before is still written, and then the error is raised."""
        self.reading = False
        self.error = self.error or error

    def abort(self, error: Exception | None = None) -> None:
        """Send nothing more."""
        self.reading = self.retrying = False
        self.error = self.error or error

    def jobs(self, items: Iterable[T]) -> list[Job[T]]:
        """The requests for these items. An item that cannot be written counts as failed."""
        planned: list[tuple[T, Write[Any]]] = []
        for item in items:
            try:
                write = self._plan(item)
            except Exception as error:  # noqa: BLE001, PERF203 - of the user's own validators, too
                self._lost(item, error, known=True)
            else:
                if write.request is None:
                    self.answered(Job((item,), (write,), None), Page())
                else:
                    planned.append((item, write))
        if self._by_partition and len(planned) > 1:
            return _batches(planned)
        return [Job((item,), (write,), write.request) for item, write in planned]

    def answered(self, job: Job[T], page: Page) -> None:
        """Take the answer to a request."""
        try:
            if len(job.items) == 1:
                self._read(job.items[0], job.writes[0], page)
            else:
                self.report.done += len(job.items)
                apply_all(job.writes)
            if self.progress is not None:
                self.progress(self.report)
        except Exception as error:  # noqa: BLE001 - of the functions of the user's, too
            self.abort(error)

    def failed(self, job: Job[T], error: Exception) -> float | None:
        """Take the error of a request: the seconds until the next attempt, or None if there is none."""
        if isinstance(error, OutcomeUnknown):
            job.doubt = error
        again = self.retrying and job.attempts < self._attempts and isinstance(error, BUSY)
        if again and job.request is not None and job.request.idempotent:
            job.attempts += 1
            return pause_after(job.attempts - 1).seconds
        for item in job.items:
            self._lost(item, job.doubt or error, known=job.doubt is None)
        return None

    def _read(self, item: T, write: Write[Any], page: Page) -> None:
        try:
            result = write.decode(page)
            if isinstance(result, LWTResult):
                result.raise_if_lost()
        except CoodieError as error:
            # An answer that cannot be read does not tell whether the write was applied.
            self._lost(item, error, known=not isinstance(error, DecodeError))
        else:
            self.report.done += 1

    def _lost(self, item: T, error: Exception, *, known: bool) -> None:
        if not isinstance(error, CoodieError) or isinstance(error, ConfigurationError):
            self.abort(error)  # it would be the same for every other item
        (self.report.failed if known else self.report.unknown).add(item, error)
        if self._stop_on_error:
            self.reading = False
        try:
            if self._on_failure is not None:
                self._on_failure(item, error)
            if self.progress is not None:
                self.progress(self.report)
        except Exception as raised:  # noqa: BLE001 - whatever the user's function raises ends the call
            self.abort(raised)


class _Group(Generic[T]):
    """Writes to one partition that are sent as one batch."""

    __slots__ = ("bytes", "items", "rows", "writes")

    def __init__(self) -> None:
        self.items: list[T] = []
        self.writes: list[Write[Any]] = []
        self.rows: dict[Any, RowWrite] = {}
        self.bytes = 0

    def takes(self, row: RowWrite, size: int) -> bool:
        """Whether a write can be added. Two values for one cell would have the same timestamp in a batch."""
        if self.bytes + size > _BATCH_BYTES or row.clustering in self.rows:
            return False
        mapper = row.write.mapper
        statics = mapper is not None and mapper.static_columns
        return not statics or contested_cell([*self.rows.values(), row]) is None

    def add(self, item: T, row: RowWrite, size: int) -> None:
        """Add a write."""
        self.items.append(item)
        self.writes.append(row.write)
        self.rows[row.clustering] = row
        self.bytes += size

    def job(self) -> Job[T]:
        """The request: an unlogged batch, or the statement itself if it is the only one."""
        statements = [write.request for write in self.writes if isinstance(write.request, Statement)]
        if len(statements) == 1:
            return Job(self.items, self.writes, statements[0])
        options = statements[0].options
        return Job(self.items, self.writes, Batch(tuple(statements), BatchKind.UNLOGGED, None, options))


def _batches(planned: Sequence[tuple[T, Write[Any]]]) -> list[Job[T]]:
    """The writes as batches of one partition each, in the order of their first items."""
    groups: list[_Group[T]] = []
    current: dict[Any, _Group[T]] = {}
    alone: list[Job[T]] = []
    for (item, write), row in zip(planned, rows_of([write for _, write in planned]), strict=True):
        statement = write.request
        if row is None or not isinstance(statement, Statement) or statement.kind is not Kind.WRITE:
            alone.append(Job((item,), (write,), statement))
            continue
        key = (write.connection, row.table, row.partition, statement.options)
        size, group = estimated_bytes(statement.values), current.get(key)
        if group is None or not group.takes(row, size):
            current[key] = group = _Group[T]()
            groups.append(group)
        group.add(item, row, size)
    return [*(group.job() for group in groups), *alone]


def _at_least_one(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidQueryError(f"{name} must be a number of at least 1, not {option(value)}")
    return value


def _plain(name: str, function: Any) -> Any:
    if not is_plain(function):
        raise InvalidQueryError(f"{name} must be a plain function, not {a_type(function)}")
    return function
