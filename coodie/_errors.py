"""The errors that depend neither on a request nor on a schema. Users find all errors in `coodie.exceptions`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from coodie._value import value_or_raise

M = TypeVar("M")

WARNINGS: Final = "coodie.warnings"
PUBLIC: Final = "coodie.exceptions"
"""The public module of the errors, which tracebacks and pickles name wherever an error is defined."""


class CoodieError(Exception):
    """The base class of all errors that coodie raises."""

    __module__ = PUBLIC

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if cls.__module__.startswith("coodie."):
            cls.__module__ = PUBLIC


class ConfigurationError(CoodieError):
    """There is no connection with that name, it is closed, or its driver cannot serve this API (async or sync).

    Raised before anything is sent. The message names the requested connection and the known ones.
    """


class InvalidQueryError(CoodieError):
    """The request breaks a rule that can be checked without a server; nothing was sent.

    If Pydantic refused a value, ``errors`` is the result of its ``errors()``, which includes the value and the messages
    of your own validators. Since those may reveal the value as well, the message of this error contains neither.
    """

    def __init__(self, message: str, errors: Iterable[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.errors: tuple[Mapping[str, Any], ...] = tuple(errors)


class ModelError(InvalidQueryError):
    """The class cannot be a table; raised when the class is created. The message names the class and the field."""


class InvalidPageToken(InvalidQueryError):
    """The page token was not made for this query, its values and its context, was changed, or has expired."""


class DocumentNotFound(CoodieError):
    """``get()`` or ``one()`` found no row."""


class MultipleDocumentsFound(CoodieError):
    """``get()`` or ``one()`` found more than one row."""


class FieldNotLoaded(CoodieError, AttributeError):
    """The field was read, but the query that loaded the document did not ask for its column."""


class DecodeError(CoodieError):
    """A row does not fit the model, or a conditional answer has no ``[applied]`` column.

    ``column`` is the column that does not fit. ``key`` identifies the row: the values of its key by column, as far as
    the driver could read them. The message names only the columns, since values do not belong in logs. ``errors`` are
    Pydantic's, including values, as in `InvalidQueryError`. ``paging_state`` continues the query after the page of this
    row, with ``query.page(error.paging_state)``; it is None if that was the last page.
    """

    def __init__(
        self,
        message: str,
        key: Mapping[str, Any] | None = None,
        column: str | None = None,
        errors: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.key = key
        self.column = column
        self.errors: tuple[Mapping[str, Any], ...] = tuple(errors)
        self.paging_state: bytes | None = None


class ConditionNotMet(CoodieError, Generic[M]):
    """A conditional write was not applied.

    Raised by ``LWTResult.raise_if_lost()``, and by ``create()`` of a query with ``if_not_exists()``.
    """

    def __init__(self, message: str, existing: M | Exception | None = None) -> None:
        super().__init__(message)
        self._existing = existing

    @property
    def existing(self) -> M | None:
        """The row that the server has, as a model, or None if it returned none.

        Raises `DecodeError` for a row that does not fit the model.
        """
        return value_or_raise(self._existing)


class VersionConflict(ConditionNotMet[M]):
    """A document with a `Version` field was not written, since its row has another version than the document.

    Another writer changed, created or deleted the row. ``existing`` is the row as far as the server returned it: the
    key and the version, or all columns if a new document was to be saved; None if the row is gone.
    """


class BulkWriteError(CoodieError):
    """Some documents of ``save_many()`` or a similar function were not written; raised by ``raise_if_failed()``.

    ``report`` is the `coodie.bulk.Report`, and the ``__cause__`` the first error in it.
    """

    def __init__(self, message: str, report: Any = None) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.report)


class MigrationError(CoodieError):
    """A migration cannot be read, planned or applied as it stands; nothing was changed by it.

    The message names the file, with line and column where it is about its text, and says what to do.
    """


class MigrationFailed(MigrationError):
    """A migration stopped half way; the history records how far it came, and the next ``up()`` goes on from there.

    ``revision`` is the migration, ``number`` the statement that failed, counted from 1 within its part of the file, or
    None for a Python file. The error that stopped it is the ``__cause__``.
    """

    def __init__(self, message: str, revision: str, number: int | None) -> None:
        super().__init__(message)
        self.revision = revision
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.revision, self.number)


class MigrationLocked(MigrationError):
    """Another run holds the lock on the keyspace's migrations, and the time to wait for it is over.

    ``owner`` is who holds it, as ``user@host:pid``, and ``since`` when it was taken, by the clock of its owner.
    """

    def __init__(self, message: str, owner: str, since: datetime | None) -> None:
        super().__init__(message)
        self.owner = owner
        self.since = since

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.owner, self.since)


class LockLost(MigrationError):
    """The run no longer holds the lock on the keyspace's migrations, so it stopped before its next statement.

    It could not renew the lock in time, because it was paused or cut off from the cluster, or somebody released the
    lock. What it has done is in the history, and the next ``up()`` goes on from there.
    """


class BlockingCallWarning(UserWarning):
    """A call of ``coodie.sync`` on the thread of a running event loop, which it blocks."""

    __module__ = WARNINGS


class BatchWarning(UserWarning):
    """The batch is allowed, but puts a heavy load on the cluster or does not do what it seems to do."""

    __module__ = PUBLIC


class QueryWarning(UserWarning):
    """The query is allowed, but a burden to the cluster. From a recorder: a cluster would refuse it."""

    __module__ = PUBLIC


class WholeTableWarning(QueryWarning):
    """The whole table is loaded into memory, by ``all()`` without filters and limit."""

    __module__ = WARNINGS


class FilteringWarning(QueryWarning):
    """``ALLOW FILTERING`` without the partition key: every node reads all of its rows."""

    __module__ = WARNINGS


class IndexReadWarning(QueryWarning):
    """A read by an index without the partition key: it asks every node."""

    __module__ = WARNINGS


class AggregateWarning(QueryWarning):
    """``count()`` or another aggregate without the partition key: the server reads the whole table."""

    __module__ = WARNINGS


class ManyPartitionsWarning(QueryWarning):
    """An ``IN`` over many partitions, which one coordinator has to collect."""

    __module__ = WARNINGS


class WriteWarning(UserWarning):
    """The write is allowed, but the server stores tombstones for it. Issued only where it was asked for."""

    __module__ = WARNINGS


class NullsWarning(WriteWarning):
    """A new row with nulls, each of which is stored as a tombstone."""

    __module__ = WARNINGS


class OverwriteWarning(WriteWarning):
    """A collection of a loaded document is replaced as a whole, which leaves a tombstone for what was there."""

    __module__ = WARNINGS
