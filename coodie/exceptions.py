"""Every error that coodie raises, as one tree.

::

    CoodieError
    ├── ConfigurationError        no such connection; door and driver do not fit; before sending
    ├── InvalidQueryError         unknown column, missing key, a batch that breaks a rule; before sending
    │   └── ModelError            this class cannot be a table; when the class is made
    ├── DocumentNotFound          ``get()`` or ``one()`` found no row
    ├── MultipleDocumentsFound    ``get()`` or ``one()`` found more than one row
    ├── FieldNotLoaded            a field was read that the query did not load
    ├── DecodeError               a row does not fit the model
    ├── SchemaMismatch            a table differs from its model
    ├── ConditionNotMet           ``LWTResult.raise_if_lost()``; carries the existing row
    ├── DriverError               after sending; carries ``.request``, the vendor's error is ``__cause__``
    │   ├── RequestRejected       syntax, schema, permission, configuration: do not retry
    │   ├── Unavailable           not enough replicas, or no host, could be reached
    │   ├── Overloaded            the coordinator sheds load or is still starting
    │   ├── ServerFailure         a replica or a function failed
    │   ├── Timeout               a read, or a write that is known not to have happened
    │   ├── OutcomeUnknown        a write, a batch or a condition that may or may not have happened
    │   └── SchemaDisagreement    the nodes did not agree on the schema in time
    └── MigrationError            a migration cannot be applied; nothing in this version raises it

    UserWarning
    ├── BatchWarning              a batch that is allowed, but hard on the cluster, or not what it seems to be
    └── QueryWarning              a query that is allowed, but makes every node work for it

The errors above ``DriverError`` are raised before anything is sent, or while an answer is read. A ``DriverError``
tells that a request was on its way. Texts of requests appear in messages, bound values only for a connection that was
made with ``log_values=True``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from coodie._value import value_or_raise

if TYPE_CHECKING:
    from coodie.cql.message import Batch, Statement
    from coodie.tables.change import Change

M = TypeVar("M")


class CoodieError(Exception):
    """The root of the tree: ``except CoodieError`` catches all that coodie raises."""


class ConfigurationError(CoodieError):
    """No connection of that name, a closed one, or a driver that cannot serve this door.

    Raised before anything is sent. The message names the connection asked for and the ones that are known.
    """


class InvalidQueryError(CoodieError):
    """The request breaks a rule that can be seen without a server; nothing was sent.

    ``errors`` is what Pydantic found where it refused a value, as its ``errors()`` has it: with the value, and with the
    words of validators of your own. They may tell the value too, so the message has neither.
    """

    def __init__(self, message: str, errors: Iterable[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.errors: tuple[Mapping[str, Any], ...] = tuple(errors)


class ModelError(InvalidQueryError):
    """The class cannot be a table; raised when the class is made, naming class and field."""


class DocumentNotFound(CoodieError):
    """``get()`` or ``one()`` found no row."""


class MultipleDocumentsFound(CoodieError):
    """``get()`` or ``one()`` found more than one row."""


class FieldNotLoaded(CoodieError, AttributeError):
    """The field was read, but the query that loaded the document did not ask for its column."""


class DecodeError(CoodieError):
    """A row does not fit the model, or a conditional answer has no ``[applied]`` column.

    ``column`` is the one that does not fit. ``key`` tells which row it is: the values of its key by column, or of a row
    that the driver could not read whatever it could. The message has only the names, since values are not for logs.
    ``errors`` is what Pydantic found, with the values, as in `InvalidQueryError`. ``paging_state`` is where the query
    goes on behind the page of the row: ``query.page(error.paging_state)``; None if it was the last page.
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


class SchemaMismatch(CoodieError):
    """The table in the cluster differs from the model; the message shows what was wanted and what was found.

    ``changes`` are the differences, each a `coodie.schema.Change` with ``wanted``, ``found``, and what would mend it.
    """

    def __init__(self, message: str, changes: Iterable[Change] = ()) -> None:
        super().__init__(message)
        self.changes: tuple[Change, ...] = tuple(changes)


class ConditionNotMet(CoodieError, Generic[M]):
    """A conditional write was not applied.

    Raised by ``LWTResult.raise_if_lost()``, and by ``create()`` of a query with ``if_not_exists()``.
    """

    def __init__(self, message: str, existing: M | Exception | None = None) -> None:
        super().__init__(message)
        self._existing = existing

    @property
    def existing(self) -> M | None:
        """The row that the server has, as a model, or None when it gave none.

        Raises `DecodeError` for a row that does not fit the model.
        """
        return value_or_raise(self._existing)


class DriverError(CoodieError):
    """A request was sent, or was about to be, and failed.

    ``request`` is the `Statement` or `Batch`; the vendor's own error is the ``__cause__``.
    """

    def __init__(self, message: str, *, request: Statement | Batch | None = None) -> None:
        super().__init__(message)
        self.request = request

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__.copy())


def _restored(cls: type[DriverError], args: tuple[Any, ...], state: dict[str, Any]) -> DriverError:
    error = cls(*args)
    error.__dict__.update(state)
    return error


class RequestRejected(DriverError):
    """The server refused the request: syntax, schema, permission or configuration. Sending it again is useless."""


class Unavailable(DriverError):
    """Not enough replicas were alive for the consistency, or no host could be reached; nothing was written."""


class Overloaded(DriverError):
    """The coordinator sheds load or is still starting; try again later, with a pause."""


class ServerFailure(DriverError):
    """A replica failed to read, a function failed, or the server reported an internal error."""


class Timeout(DriverError):
    """A read got no answer in time, or a write that is known not to have happened."""


class OutcomeUnknown(DriverError):
    """A write, a batch or a condition may or may not have happened: read before you write again.

    ``write_type`` is the protocol's word for what was under way (``SIMPLE``, ``BATCH``, ``BATCH_LOG``, ``CAS``,
    ``COUNTER`` ...) or None when no server told.
    """

    def __init__(
        self, message: str, *, request: Statement | Batch | None = None, write_type: str | None = None
    ) -> None:
        super().__init__(message, request=request)
        self.write_type = write_type


class SchemaDisagreement(DriverError):
    """The nodes did not agree on one schema version in time; the change itself may have been made."""


class MigrationError(CoodieError):
    """A migration cannot be applied as it stands. Nothing in this version raises it."""


class BatchWarning(UserWarning):
    """The batch is allowed, but hard on the cluster, or does not do what it seems to."""


class QueryWarning(UserWarning):
    """The query is allowed, but makes every node of the cluster work for it; from a recorder: a cluster refuses it."""
