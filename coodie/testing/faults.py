"""The errors that a cluster can give, to be raised by rules: ``rule.raises(faults.write_timeout())``.

A fault is made before the request is known, and becomes coodie's error for that request: a timeout of a read is
`Timeout`, of a write `OutcomeUnknown`. Its text is the one that a connection's error has, the server's words included.
The protocol's code and fields are on the error's ``__cause__``, where a real driver's error has the vendor's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeAlias

from coodie.cql.message import Kind, Request, Statement
from coodie.drivers.error_text import about_a_function, by_server, error_text, no_answer, no_host, of_refusal
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


_Masker: TypeAlias = Callable[[Request], Callable[[str], str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that a request may meet. ``on_read`` and ``on_write`` are None where no server answers so.

    ``reason`` is why, as a driver says it, and ``note`` what the test adds. ``masks`` gives what takes values out of
    the reason, where a server may speak of them.
    """

    name: str
    reason: str
    code: int | None
    fields: tuple[tuple[str, Any], ...]
    on_read: type[DriverError] | None
    on_write: type[DriverError] | None
    masks: _Masker | None = field(default=None, compare=False)
    note: str = ""

    def error(self, request: Request, *, values: bool = False) -> DriverError | None:
        """The error of coodie for ``request``, new each time; None if no server gives this fault to such a request.

        With ``values``, its text shows what was bound, as that of a connection with ``log_values=True`` does.
        """
        is_read = isinstance(request, Statement) and request.kind is Kind.READ
        wanted = self.on_read if is_read else self.on_write
        if wanted is None:
            return None
        reason = self.reason if values or self.masks is None else self.masks(request)(self.reason)
        error = wanted(error_text(wanted, f"{reason}{self.note}", request, values=values), request=request)
        if isinstance(error, OutcomeUnknown):
            error.write_type = dict(self.fields).get("write_type")
        error.__cause__ = ServerError(reason, self.code, dict(self.fields))
        return error

    def __repr__(self) -> str:
        return f"faults.{self.name}({', '.join(f'{name}={value!r}' for name, value in self.fields)})"


_Error: TypeAlias = type[DriverError] | None


def _fault(
    name: str, reason: str, code: int | None, on: tuple[_Error, _Error], masks: _Masker | None = None, /, **fields: Any
) -> Fault:
    return Fault(name, reason, code, tuple(fields.items()), *on, masks)


_TIMED_OUT: Final = (Timeout, OutcomeUnknown)
_FAILED: Final = (ServerFailure, ServerFailure)
_REJECTED: Final = (RequestRejected, RequestRejected)

_SUMMARIES: Final[Mapping[int, str]] = {
    0x1000: "Unavailable exception",
    0x1001: "Coordinator node overloaded",
    0x1002: "Coordinator node is bootstrapping",
    0x1003: "Error during truncate",
    0x1100: "Coordinator node timed out waiting for replica nodes' responses",
    0x1200: "Coordinator node timed out waiting for replica nodes' responses",
    0x1300: "Replica(s) failed to execute read",
    0x1400: "User Defined Function failure",
    0x1500: "Replica(s) failed to execute write",
    0x1700: "Unknown",
    0x2000: "Syntax error in CQL query",
    0x2100: "Unauthorized",
    0x2200: "Invalid query",
    0x2300: "Query invalid because of configuration issue",
    0x2400: "Item already exists",
    0x2500: "Unprepared query",
    0x0000: "Server error",
    0x000A: "Protocol error",
}
"""What drivers call the codes of the protocol."""


def _said(code: int, message: str, **info: Any) -> str:
    said = by_server(code, _SUMMARIES[code], message)
    return f"{said} info={info!r}" if info else said


def _late(code: int, consistency: str, required: int, received: int, **info: Any) -> str:
    """That too few replicas answered in time, in the server's words."""
    counts = {"consistency": consistency, "required_responses": required, "received_responses": received}
    return _said(code, f"Operation timed out - received only {received} responses.", **counts, **info)


def _failed(code: int, consistency: str, required: int, received: int, failures: int) -> str:
    """That replicas failed, in the server's words, with a code for each of them: 0 is an unknown reason."""
    hosts = [f"127.0.0.{number}" for number in range(1, failures + 1)]
    causes = ", ".join(f"UNKNOWN from /{host}:7000" for host in hosts)
    counts = {"consistency": consistency, "required_responses": required, "received_responses": received}
    codes = dict.fromkeys(hosts, "0x0000")
    message = f"Operation failed - received {received} responses and {failures} failures: {causes}"
    return _said(code, message, **counts, failures=failures, error_code_map=codes)


def read_timeout(
    *, consistency: str = "LOCAL_QUORUM", received: int = 0, required: int = 1, data_present: bool = False
) -> Fault:
    """Too few replicas answered a read in time: `Timeout`; of a condition, which reads first, `OutcomeUnknown`."""
    fields = {"consistency": consistency, "received": received, "required": required, "data_present": data_present}
    reason = _late(0x1200, consistency, required, received)
    return _fault("read_timeout", reason, 0x1200, _TIMED_OUT, **fields)


def write_timeout(
    *, write_type: str = "SIMPLE", consistency: str = "LOCAL_QUORUM", received: int = 0, required: int = 1
) -> Fault:
    """Too few replicas acknowledged a write in time: `OutcomeUnknown`.

    ``write_type`` is SIMPLE, BATCH, UNLOGGED_BATCH, COUNTER, BATCH_LOG, CAS, VIEW or CDC.
    """
    fields = {"write_type": write_type, "consistency": consistency, "received": received, "required": required}
    reason = _late(0x1100, consistency, required, received, write_type=write_type)
    return _fault("write_timeout", reason, 0x1100, (None, OutcomeUnknown), **fields)


def cas_write_unknown(*, consistency: str = "SERIAL", received: int = 1, required: int = 2) -> Fault:
    """A condition ended without a decision: `OutcomeUnknown`."""
    fields = {"write_type": "CAS", "consistency": consistency, "received": received, "required": required}
    message = f"CAS operation result is unknown - proposal accepted by {received} but not a quorum."
    return _fault("cas_write_unknown", _said(0x1700, message), 0x1700, (None, OutcomeUnknown), **fields)


def unavailable(*, consistency: str = "LOCAL_QUORUM", required: int = 2, alive: int = 1) -> Fault:
    """Too few replicas were alive, so nothing was tried: `Unavailable`."""
    fields = {"consistency": consistency, "required": required, "alive": alive}
    info = {"consistency": consistency, "required_replicas": required, "alive_replicas": alive}
    reason = _said(0x1000, f"Cannot achieve consistency level {consistency}", **info)
    return _fault("unavailable", reason, 0x1000, (Unavailable, Unavailable), **fields)


def read_failure(
    *, consistency: str = "LOCAL_QUORUM", received: int = 0, required: int = 1, failures: int = 1
) -> Fault:
    """A replica failed while it read, for too many tombstones say: `ServerFailure`; of a condition `OutcomeUnknown`."""
    fields = {"consistency": consistency, "received": received, "required": required, "failures": failures}
    reason = _failed(0x1300, consistency, required, received, failures)
    return _fault("read_failure", reason, 0x1300, (ServerFailure, OutcomeUnknown), **fields)


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
    reason = _failed(0x1500, consistency, required, received, failures)
    return _fault("write_failure", reason, 0x1500, (None, OutcomeUnknown), **fields)


def overloaded() -> Fault:
    """The coordinator sheds load: `Overloaded`."""
    reason = no_host(_said(0x1001, "Too many in flight hints: 1024"))
    return _fault("overloaded", reason, 0x1001, (Overloaded, Overloaded))


def bootstrapping() -> Fault:
    """The coordinator is still starting: `Overloaded`."""
    reason = no_host(_said(0x1002, "Cannot read from a bootstrapping node"))
    return _fault("bootstrapping", reason, 0x1002, (Overloaded, Overloaded))


def truncate_error() -> Fault:
    """A TRUNCATE failed: `ServerFailure`."""
    return _fault("truncate_error", _said(0x1003, "Error during truncate"), 0x1003, (None, ServerFailure))


def no_hosts() -> Fault:
    """No host could be reached: `Unavailable`."""
    return _fault("no_hosts", no_host(), None, (Unavailable, Unavailable))


def client_timeout(*, host: str | None = None) -> Fault:
    """No answer came before the call's timeout: `Timeout` for a read, `OutcomeUnknown` for a write.

    ``host`` is the one that was asked, ``127.0.0.1:9042`` for example.
    """
    fields = {"host": host} if host is not None else {}
    return _fault("client_timeout", no_answer(host), None, _TIMED_OUT, **fields)


def connection_lost(*, host: str = "127.0.0.1:9042") -> Fault:
    """The connection broke while the request was under way: `Unavailable` for a read, else `OutcomeUnknown`.

    ``host`` is the one that it led to.
    """
    return _fault("connection_lost", f"Connection to {host} was closed", None, (Unavailable, OutcomeUnknown), host=host)


def function_failure(*, keyspace: str = "ks", function: str = "f", arg_types: Sequence[str] = ()) -> Fault:
    """A user-defined function raised: `ServerFailure`."""
    fields = {"keyspace": keyspace, "function": function, "arg_types": names("arg_types", arg_types)}
    spoken = f"execution of '{keyspace}.{function}[{', '.join(fields['arg_types'])}]' failed"
    masks = partial(_of_function, keyspace, function)
    return _fault("function_failure", _said(0x1400, spoken), 0x1400, _FAILED, masks, **fields)


def _of_function(keyspace: str, function: str, _: Request) -> Callable[[str], str]:
    return about_a_function(keyspace, function)


def invalid(message: str = "invalid query") -> Fault:
    """The request does not fit the schema: `RequestRejected`."""
    return _fault("invalid", _said(0x2200, message), 0x2200, _REJECTED, of_refusal, message=message)


def syntax(message: str = "syntax error") -> Fault:
    """The text is no CQL: `RequestRejected`."""
    return _fault("syntax", _said(0x2000, message), 0x2000, _REJECTED, message=message)


def already_exists(*, keyspace: str = "ks", table: str = "") -> Fault:
    """The keyspace (``table`` empty) or table to create is there: `RequestRejected`."""
    what = f"Table '{keyspace}.{table}'" if table else f"Keyspace '{keyspace}'"
    fields = {"keyspace": keyspace, "table": table}
    return _fault("already_exists", f"{what} already exists", 0x2400, (None, RequestRejected), of_refusal, **fields)


def unauthorized(message: str = "the role may not do this") -> Fault:
    """The role lacks the permission: `RequestRejected`."""
    return _fault("unauthorized", _said(0x2100, message), 0x2100, _REJECTED, of_refusal, message=message)


def answered(code: int, message: str, **fields: Any) -> Fault:
    """What a server answers with this code of the protocol, in its own words.

    From 0x2000 on, and for a wrong paging state, it is `RequestRejected`; else `ServerFailure`, and of a write that may
    have been carried out `OutcomeUnknown`.
    """
    refused = code >= 0x2000 or code == 0x000A
    left_open = (ServerFailure, OutcomeUnknown) if code == 0 else _FAILED
    return _fault(
        "answered",
        _said(code, message),
        code,
        _REJECTED if refused else left_open,
        of_refusal if refused else None,
        message=message,
        **fields,
    )
