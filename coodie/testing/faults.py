"""The errors that a cluster can give, to be raised by rules: ``rule.raises(faults.write_timeout())``.

A fault is made before the request is known, and becomes coodie's error for that request: a timeout of a read is
`Timeout`, of a write `OutcomeUnknown`. The protocol's code and fields are on the error's ``__cause__``, where a real
driver's error has the vendor's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from coodie.cql.message import Kind, Request, Statement
from coodie.drivers.errors import (
    DriverError,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    ServerFailure,
    Timeout,
    Unavailable,
)
from coodie.testing.arguments import names


class ServerError(Exception):
    """What the server, or the connection to it, reported: ``code`` of the protocol (None: no server), and fields."""

    def __init__(self, message: str, code: int | None, fields: dict[str, Any]) -> None:
        super().__init__(message)
        self.code = code
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that a request may meet. ``on_read`` and ``on_write`` are None where no server answers so."""

    name: str
    message: str
    code: int | None
    fields: tuple[tuple[str, Any], ...]
    on_read: type[DriverError] | None
    on_write: type[DriverError] | None

    def error(self, request: Request) -> DriverError | None:
        """The error of coodie for ``request``, new each time; None if no server gives this fault to such a request."""
        is_read = isinstance(request, Statement) and request.kind is Kind.READ
        wanted = self.on_read if is_read else self.on_write
        if wanted is None:
            return None
        error = wanted(self.message, request=request)
        if isinstance(error, OutcomeUnknown):
            error.write_type = dict(self.fields).get("write_type")
        error.__cause__ = ServerError(self.message, self.code, dict(self.fields))
        return error

    def __repr__(self) -> str:
        return f"faults.{self.name}({', '.join(f'{name}={value!r}' for name, value in self.fields)})"


_Error: TypeAlias = type[DriverError] | None


def _fault(name: str, message: str, code: int | None, on: tuple[_Error, _Error], /, **fields: Any) -> Fault:
    return Fault(name, message, code, tuple(fields.items()), *on)


_TIMED_OUT: Final = (Timeout, OutcomeUnknown)
_FAILED: Final = (ServerFailure, ServerFailure)
_REJECTED: Final = (RequestRejected, RequestRejected)


def read_timeout(
    *, consistency: str = "LOCAL_QUORUM", received: int = 0, required: int = 1, data_present: bool = False
) -> Fault:
    """Too few replicas answered a read in time: `Timeout`; of a condition, which reads first, `OutcomeUnknown`."""
    fields = {"consistency": consistency, "received": received, "required": required, "data_present": data_present}
    return _fault("read_timeout", "the replicas did not answer the read in time", 0x1200, _TIMED_OUT, **fields)


def write_timeout(
    *, write_type: str = "SIMPLE", consistency: str = "LOCAL_QUORUM", received: int = 0, required: int = 1
) -> Fault:
    """Too few replicas acknowledged a write in time: `OutcomeUnknown`.

    ``write_type`` is SIMPLE, BATCH, UNLOGGED_BATCH, COUNTER, BATCH_LOG, CAS, VIEW or CDC.
    """
    fields = {"write_type": write_type, "consistency": consistency, "received": received, "required": required}
    message = "the replicas did not acknowledge the write in time"
    return _fault("write_timeout", message, 0x1100, (None, OutcomeUnknown), **fields)


def cas_write_unknown(*, consistency: str = "SERIAL", received: int = 1, required: int = 2) -> Fault:
    """A condition ended without a decision: `OutcomeUnknown`."""
    fields = {"write_type": "CAS", "consistency": consistency, "received": received, "required": required}
    message = "whether the condition was applied is not known"
    return _fault("cas_write_unknown", message, 0x1700, (None, OutcomeUnknown), **fields)


def unavailable(*, consistency: str = "LOCAL_QUORUM", required: int = 2, alive: int = 1) -> Fault:
    """Too few replicas were alive, so nothing was tried: `Unavailable`."""
    fields = {"consistency": consistency, "required": required, "alive": alive}
    return _fault("unavailable", "not enough replicas are alive", 0x1000, (Unavailable, Unavailable), **fields)


def read_failure(
    *, consistency: str = "LOCAL_QUORUM", received: int = 0, required: int = 1, failures: int = 1
) -> Fault:
    """A replica failed while it read, for too many tombstones say: `ServerFailure`; of a condition `OutcomeUnknown`."""
    fields = {"consistency": consistency, "received": received, "required": required, "failures": failures}
    return _fault("read_failure", "a replica failed to read", 0x1300, (ServerFailure, OutcomeUnknown), **fields)


def write_failure(
    *,
    write_type: str = "SIMPLE",
    consistency: str = "LOCAL_QUORUM",
    received: int = 0,
    required: int = 1,
    failures: int = 1,
) -> Fault:
    """A replica failed while it wrote; others may have written: `OutcomeUnknown`."""
    counts = {"received": received, "required": required, "failures": failures}
    fields = {"write_type": write_type, "consistency": consistency, **counts}
    return _fault("write_failure", "a replica failed to write", 0x1500, (None, OutcomeUnknown), **fields)


def overloaded() -> Fault:
    """The coordinator sheds load: `Overloaded`."""
    return _fault("overloaded", "the coordinator is overloaded", 0x1001, (Overloaded, Overloaded))


def bootstrapping() -> Fault:
    """The coordinator is still starting: `Overloaded`."""
    return _fault("bootstrapping", "the coordinator is bootstrapping", 0x1002, (Overloaded, Overloaded))


def truncate_error() -> Fault:
    """A TRUNCATE failed: `ServerFailure`."""
    return _fault("truncate_error", "the table could not be truncated", 0x1003, (None, ServerFailure))


def no_hosts() -> Fault:
    """No host could be reached: `Unavailable`."""
    return _fault("no_hosts", "no host could be reached", None, (Unavailable, Unavailable))


def client_timeout() -> Fault:
    """No answer came before the call's timeout: `Timeout` for a read, `OutcomeUnknown` for a write."""
    return _fault("client_timeout", "no answer came before the call's timeout", None, _TIMED_OUT)


def connection_lost() -> Fault:
    """The connection broke while the request was under way: `Unavailable` for a read, else `OutcomeUnknown`."""
    return _fault("connection_lost", "the connection broke", None, (Unavailable, OutcomeUnknown))


def function_failure(*, keyspace: str = "ks", function: str = "f", arg_types: Sequence[str] = ()) -> Fault:
    """A user-defined function raised: `ServerFailure`."""
    fields = {"keyspace": keyspace, "function": function, "arg_types": names("arg_types", arg_types)}
    return _fault("function_failure", f"function {keyspace}.{function} failed", 0x1400, _FAILED, **fields)


def invalid(message: str = "invalid query") -> Fault:
    """The request does not fit the schema: `RequestRejected`."""
    return _fault("invalid", message, 0x2200, _REJECTED, message=message)


def syntax(message: str = "syntax error") -> Fault:
    """The text is no CQL: `RequestRejected`."""
    return _fault("syntax", message, 0x2000, _REJECTED, message=message)


def already_exists(*, keyspace: str = "ks", table: str = "") -> Fault:
    """The keyspace (``table`` empty) or table to create is there: `RequestRejected`."""
    what = f"{keyspace}.{table}" if table else keyspace
    fields = {"keyspace": keyspace, "table": table}
    return _fault("already_exists", f"{what} already exists", 0x2400, (None, RequestRejected), **fields)


def unauthorized(message: str = "the role may not do this") -> Fault:
    """The role lacks the permission: `RequestRejected`."""
    return _fault("unauthorized", message, 0x2100, _REJECTED, message=message)
