"""Errors of a cluster that rules can raise: ``rule.raises(faults.write_timeout())``.

A fault is created before the request is known, and becomes coodie's error for that request: a timeout is `Timeout` for
a read and `OutcomeUnknown` for a write. Its text is that of the error of a real connection, including the server's
message. The error code and fields of the protocol are on the ``__cause__``, where a real error has that of the vendor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeAlias

from coodie.cql.message import Kind, Request, Statement
from coodie.drivers.errors import DriverError
from coodie.drivers.shared.error_text import about_a_function, by_server, no_answer, no_host, of_refusal
from coodie.drivers.shared.outcomes import Sort, error_of
from coodie.testing.arguments import names


class ServerError(Exception):
    """The report of a server or connection: the ``code`` of the protocol, None without a server, and its fields."""

    def __init__(self, message: str, code: int | None, fields: dict[str, Any]) -> None:
        super().__init__(message)
        self.code = code
        self.fields = fields


_Masker: TypeAlias = Callable[[Request], Callable[[str], str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that a request may meet.

    ``sort`` decides which error it is, as in a driver. ``reason`` is why, as a driver says it, and ``note`` what the
    test adds. ``on_read`` is False where no server answers a read so. ``masks`` gives what takes values out of the
    reason, where a server may speak of them.
    """

    name: str
    reason: str
    code: int | None
    fields: tuple[tuple[str, Any], ...]
    sort: Sort
    on_read: bool = True
    masks: _Masker | None = field(default=None, compare=False)
    note: str = ""

    def error(self, request: Request, *, values: bool = False) -> DriverError | None:
        """A new error of coodie for ``request``; None if no server answers such a request with this fault.

        With ``values``, its text shows the bound values, as on a connection with ``log_values=True``.
        """
        if not self.on_read and isinstance(request, Statement) and request.kind is Kind.READ:
            return None
        reason = self.reason if values or self.masks is None else self.masks(request)(self.reason)
        write_type = dict(self.fields).get("write_type")
        error = error_of(self.sort, f"{reason}{self.note}", request, write_type=write_type, values=values)
        error.__cause__ = ServerError(reason, self.code, dict(self.fields))
        return error

    def __repr__(self) -> str:
        return f"faults.{self.name}({', '.join(f'{name}={value!r}' for name, value in self.fields)})"


def _fault(
    name: str, reason: str, code: int | None, sort: Sort, masks: _Masker | None = None, /, **fields: Any
) -> Fault:
    return Fault(name, reason, code, tuple(fields.items()), sort, name not in _OF_WRITES, masks)


_OF_WRITES: Final = frozenset(
    ("write_timeout", "cas_write_unknown", "write_failure", "truncate_error", "already_exists")
)
"""The faults that no server answers a read with."""

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
"""The names of the error codes of the protocol, as drivers print them."""


def _said(code: int, message: str, **info: Any) -> str:
    said = by_server(code, _SUMMARIES[code], message)
    return f"{said} info={info!r}" if info else said


def _late(code: int, consistency: str, required: int, received: int, **info: Any) -> str:
    """The server's message for too few replicas that answered in time."""
    counts = {"consistency": consistency, "required_responses": required, "received_responses": received}
    return _said(code, f"Operation timed out - received only {received} responses.", **counts, **info)


def _failed(code: int, consistency: str, required: int, received: int, failures: int) -> str:
    """The server's message for failed replicas, with a code for each of them; 0 is an unknown reason."""
    hosts = [f"127.0.0.{number}" for number in range(1, failures + 1)]
    causes = ", ".join(f"UNKNOWN from /{host}:7000" for host in hosts)
    counts = {"consistency": consistency, "required_responses": required, "received_responses": received}
    codes = dict.fromkeys(hosts, "0x0000")
    message = f"Operation failed - received {received} responses and {failures} failures: {causes}"
    return _said(code, message, **counts, failures=failures, error_code_map=codes)


def read_timeout(
    *, consistency: str = "LOCAL_QUORUM", received: int = 0, required: int = 1, data_present: bool = False
) -> Fault:
    """Too few replicas answered a read in time: `Timeout`; for a conditional write, which reads, `OutcomeUnknown`."""
    fields = {"consistency": consistency, "received": received, "required": required, "data_present": data_present}
    reason = _late(0x1200, consistency, required, received)
    return _fault("read_timeout", reason, 0x1200, "read timeout", **fields)


def write_timeout(
    *, write_type: str = "SIMPLE", consistency: str = "LOCAL_QUORUM", received: int = 0, required: int = 1
) -> Fault:
    """Too few replicas acknowledged a write in time: `OutcomeUnknown`.

    ``write_type`` is SIMPLE, BATCH, UNLOGGED_BATCH, COUNTER, BATCH_LOG, CAS, VIEW or CDC.
    """
    fields = {"write_type": write_type, "consistency": consistency, "received": received, "required": required}
    reason = _late(0x1100, consistency, required, received, write_type=write_type)
    return _fault("write_timeout", reason, 0x1100, "write timeout", **fields)


def cas_write_unknown(*, consistency: str = "SERIAL", received: int = 1, required: int = 2) -> Fault:
    """A conditional write ended without a decision: `OutcomeUnknown`."""
    fields = {"write_type": "CAS", "consistency": consistency, "received": received, "required": required}
    message = f"CAS operation result is unknown - proposal accepted by {received} but not a quorum."
    return _fault("cas_write_unknown", _said(0x1700, message), 0x1700, "write timeout", **fields)


def unavailable(*, consistency: str = "LOCAL_QUORUM", required: int = 2, alive: int = 1) -> Fault:
    """Too few replicas were alive, so nothing was tried: `Unavailable`."""
    fields = {"consistency": consistency, "required": required, "alive": alive}
    info = {"consistency": consistency, "required_replicas": required, "alive_replicas": alive}
    reason = _said(0x1000, f"Cannot achieve consistency level {consistency}", **info)
    return _fault("unavailable", reason, 0x1000, "unavailable", **fields)


def read_failure(
    *, consistency: str = "LOCAL_QUORUM", received: int = 0, required: int = 1, failures: int = 1
) -> Fault:
    """A replica failed to read, such as for too many tombstones: `ServerFailure`; in a condition, `OutcomeUnknown`."""
    fields = {"consistency": consistency, "received": received, "required": required, "failures": failures}
    reason = _failed(0x1300, consistency, required, received, failures)
    return _fault("read_failure", reason, 0x1300, "read failure", **fields)


def write_failure(
    *,
    write_type: str = "SIMPLE",
    consistency: str = "LOCAL_QUORUM",
    received: int = 0,
    required: int = 1,
    failures: int = 1,
) -> Fault:
    """A replica failed to write, but others may have written: `OutcomeUnknown`."""
    counts = {"received": received, "required": required, "failures": failures}
    fields = {"write_type": write_type, "consistency": consistency, **counts}
    reason = _failed(0x1500, consistency, required, received, failures)
    return _fault("write_failure", reason, 0x1500, "write failure", **fields)


def overloaded() -> Fault:
    """The coordinator is shedding load: `Overloaded`."""
    reason = no_host(_said(0x1001, "Too many in flight hints: 1024"))
    return _fault("overloaded", reason, 0x1001, "overloaded")


def bootstrapping() -> Fault:
    """The coordinator is still starting: `Overloaded`."""
    reason = no_host(_said(0x1002, "Cannot read from a bootstrapping node"))
    return _fault("bootstrapping", reason, 0x1002, "overloaded")


def truncate_error() -> Fault:
    """A TRUNCATE failed: `ServerFailure`."""
    return _fault("truncate_error", _said(0x1003, "Error during truncate"), 0x1003, "failure")


def no_hosts() -> Fault:
    """No host could be reached: `Unavailable`."""
    return _fault("no_hosts", no_host(), None, "no host")


def client_timeout(*, host: str | None = None) -> Fault:
    """There was no answer within the timeout of the call: `Timeout` for a read, `OutcomeUnknown` for a write.

    ``host`` is the host that was asked, such as ``127.0.0.1:9042``.
    """
    fields = {"host": host} if host is not None else {}
    return _fault("client_timeout", no_answer(host), None, "client timeout", **fields)


def connection_lost(*, host: str = "127.0.0.1:9042") -> Fault:
    """The connection was lost during the request: `Unavailable` for a read, else `OutcomeUnknown`.

    ``host`` is the host at its other end.
    """
    return _fault("connection_lost", f"Connection to {host} was closed", None, "lost", host=host)


def function_failure(
    *, keyspace: str = "ks", function: str = "f", arg_types: Sequence[str] = (), message: str | None = None
) -> Fault:
    """A function raised: `ServerFailure`. Without ``message`` it is that of a user-defined one."""
    fields = {"keyspace": keyspace, "function": function, "arg_types": names("arg_types", arg_types)}
    spoken = message or f"execution of '{keyspace}.{function}[{', '.join(fields['arg_types'])}]' failed"
    masks = partial(_of_function, keyspace, function)
    return _fault("function_failure", _said(0x1400, spoken), 0x1400, "failure", masks, **fields)


def _of_function(keyspace: str, function: str, _: Request) -> Callable[[str], str]:
    return about_a_function(keyspace, function)


def invalid(message: str = "invalid query") -> Fault:
    """The request does not fit the schema: `RequestRejected`."""
    return _fault("invalid", _said(0x2200, message), 0x2200, "rejected", of_refusal, message=message)


def syntax(message: str = "syntax error") -> Fault:
    """The text is not valid CQL: `RequestRejected`."""
    return _fault("syntax", _said(0x2000, message), 0x2000, "rejected", message=message)


def already_exists(*, keyspace: str = "ks", table: str = "") -> Fault:
    """The table, or without ``table`` the keyspace, already exists: `RequestRejected`."""
    what = f"Table '{keyspace}.{table}'" if table else f"Keyspace '{keyspace}'"
    fields = {"keyspace": keyspace, "table": table}
    return _fault("already_exists", f"{what} already exists", 0x2400, "rejected", of_refusal, **fields)


def unauthorized(message: str = "the role may not do this") -> Fault:
    """The role lacks the permission: `RequestRejected`."""
    return _fault("unauthorized", _said(0x2100, message), 0x2100, "rejected", of_refusal, message=message)


def answered(code: int, message: str, **fields: Any) -> Fault:
    """What a server answers with this code of the protocol, in its own words.

    From 0x2000 on, and for a wrong paging state, it is `RequestRejected`; else `ServerFailure`, and of a write that may
    have been carried out `OutcomeUnknown`.
    """
    refused = code >= 0x2000 or code == 0x000A
    sort: Sort = "rejected" if refused else "internal" if code == 0 else "failure"
    masks = of_refusal if refused else None
    return _fault("answered", _said(code, message), code, sort, masks, message=message, **fields)
