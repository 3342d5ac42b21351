"""The errors of failed requests, raised by all drivers and by test doubles."""

from __future__ import annotations

from typing import Any

from coodie._errors import CoodieError
from coodie.cql.message import Batch, Statement


class DriverError(CoodieError):
    """A request was sent, or was about to be, and failed.

    ``request`` is the `Statement` or `Batch`; the vendor's own error is the ``__cause__``. ``attempts`` is how often
    the request was sent, 0 if it never was, and ``prepared`` how many texts the server was asked to prepare for it.
    ``coordinator`` is the node that reported the error, as ``host:port``; None if no node did, or it is unknown.
    """

    attempts: int = 1
    prepared: int = 0
    coordinator: str | None = None

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
    """The server refused the request: wrong syntax, schema, permission or configuration. Retrying cannot help."""


class Unavailable(DriverError):
    """Not enough replicas were alive for the consistency, or no host could be reached; nothing was written."""


class Overloaded(DriverError):
    """The coordinator is shedding load or still starting; try again after a pause."""


class ServerFailure(DriverError):
    """A replica failed to read, a function failed, or the server reported an internal error."""


class Timeout(DriverError):
    """A read was not answered in time, or a write that is known not to have happened."""


class OutcomeUnknown(DriverError):
    """A write, a batch or a condition may or may not have happened: read before you write again.

    ``write_type`` is the protocol's word for the kind of write (``SIMPLE``, ``BATCH``, ``BATCH_LOG``, ``CAS``,
    ``COUNTER`` ...), or None if no server reported one.
    """

    def __init__(
        self, message: str, *, request: Statement | Batch | None = None, write_type: str | None = None
    ) -> None:
        super().__init__(message, request=request)
        self.write_type = write_type


class NotSupportedByDriver(CoodieError, NotImplementedError):
    """The vendor's driver cannot do what the request needs, which the message names. Nothing was sent.

    ``driver`` is the name of the adapter; another one can do it.
    """

    def __init__(self, driver: str, feature: str, cql: str) -> None:
        super().__init__(
            f"the driver {driver!r} does not support {feature}; use another one, such as driver='cassandra', for this"
            f"\n  {cql}"
        )
        self.driver = driver
        self.feature = feature
        self.cql = cql

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.driver, self.feature, self.cql)


class SchemaDisagreement(DriverError):
    """The nodes did not agree on a schema version in time; the change itself may have been made."""
