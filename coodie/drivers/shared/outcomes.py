"""Decides which error a failure becomes: by what went wrong, and by whether the request may have taken effect.

For writes, one question decides: can the write have taken effect? After a timeout, a lost connection or a failed
replica it can, if the request was sent (`OutcomeUnknown`); after a refusal it cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from coodie.cql.message import Batch, Kind, Request
from coodie.drivers.errors import (
    DriverError,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    SchemaDisagreement,
    ServerFailure,
    Timeout,
    Unavailable,
)
from coodie.drivers.shared.closed import OPEN_ANOTHER, UNDER_WAY
from coodie.drivers.shared.error_text import ADVICE, error_text, masker, of_refusal, shown

Sort: TypeAlias = Literal[
    "unavailable",
    "no host",
    "lost",
    "read timeout",
    "write timeout",
    "client timeout",
    "read failure",
    "write failure",
    "failure",
    "internal",
    "overloaded",
    "rejected",
    "other",
]
"""The sort of a failure, to which an adapter maps each of its vendor's errors.

``unavailable``: the coordinator knows of too few live replicas. ``no host``: no node could be asked. ``lost``: the
connection broke. ``read timeout``, ``write timeout``: replicas did not answer the coordinator in time; ``client
timeout``: the coordinator did not answer in time. ``read failure``, ``write failure``: a replica reported an error.
``failure``: a function, or a TRUNCATE, failed. ``internal``: the server reported an internal error. ``overloaded``: the
server sheds load or is still starting. ``rejected``: wrong syntax, schema, permission or configuration.
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known about a failed request.

    ``sent``: it was sent to at least one node, and may have been executed. ``unsure``: an attempt before the last one
    may have taken effect. ``partial``: if one part was refused, another may have been executed. ``agreed``: the nodes
    agree on the schema. ``closed``: the connection was closed meanwhile. ``attempts`` is how often it was sent,
    ``prepared`` how many texts the server was asked to prepare for it. ``coordinator`` is the node that reported the
    error, as ``host:port``, if one did.
    """

    sent: bool = True
    unsure: bool = False
    partial: bool = False
    agreed: bool = True
    closed: bool = False
    attempts: int = 1
    prepared: int = 0
    coordinator: str | None = None


FAILED: Final = Failure()
_BY_SORT: Final[dict[Sort, type[DriverError]]] = {
    "unavailable": Unavailable,
    "no host": Unavailable,
    "lost": Unavailable,
    "read timeout": Timeout,
    "write timeout": Timeout,  # a read at SERIAL completes a conditional write that was left unfinished
    "client timeout": Timeout,
    "read failure": ServerFailure,
    "write failure": ServerFailure,
    "failure": ServerFailure,
    "internal": ServerFailure,
    "overloaded": Overloaded,
    "rejected": RequestRejected,
    "other": DriverError,
}
_LEFT_OPEN: Final[frozenset[Sort]] = frozenset(
    ("read timeout", "write timeout", "read failure", "write failure", "internal", "client timeout", "lost", "other")
)
_SPEAKING: Final[frozenset[Sort]] = frozenset(("rejected", "failure", "internal", "other"))
"""The sorts whose messages from the server may contain values; those of the others count replicas."""


def error_class(sort: Sort, request: Request, failure: Failure = FAILED) -> type[DriverError]:
    """The class of the error for a failed request."""
    if not failure.agreed:
        return SchemaDisagreement
    kind, found = _kind(request), _BY_SORT[sort]
    if kind is Kind.READ or (kind is Kind.SCHEMA and sort == "internal") or sort in ("rejected", "failure"):
        return found
    partly = sort == "unavailable" and failure.partial
    left_open = failure.sent and (sort in _LEFT_OPEN or partly)
    return OutcomeUnknown if failure.unsure or left_open else found


def error_of(
    sort: Sort,
    reason: str,
    request: Request,
    failure: Failure = FAILED,
    *,
    write_type: str | None = None,
    values: bool = False,
) -> DriverError:
    """The error for a failed request; ``reason`` is the text of the vendor or the server.

    The caller sets the vendor's error as its cause. With ``values`` the message shows the bound values; otherwise the
    caller must mask them in ``reason`` first, with `mask_for`. ``write_type`` is that of the protocol, if the server
    reported one.
    """
    cls = error_class(sort, request, failure)
    if cls is SchemaDisagreement:
        reason = "the nodes did not agree on one schema in time"
    elif failure.closed and sort == "lost":
        what = f"{UNDER_WAY}; {OPEN_ANOTHER if cls is Unavailable else ADVICE[cls]}"
        return _finished(cls, f"{what}\n{shown(request, values=values)}", request, failure, write_type)
    return _finished(cls, error_text(cls, reason, request, values=values), request, failure, write_type)


def _finished(
    cls: type[DriverError], text: str, request: Request, failure: Failure, write_type: str | None
) -> DriverError:
    error = cls(text, request=request)
    if isinstance(error, OutcomeUnknown):
        error.write_type = write_type
    error.attempts, error.prepared, error.coordinator = failure.attempts, failure.prepared, failure.coordinator
    return error


def mask_for(sort: Sort, request: Request) -> Callable[[str], str] | None:
    """The function that masks the values in a message of the server; None if the message cannot contain any."""
    if sort not in _SPEAKING:
        return None
    return of_refusal(request) if sort == "rejected" else masker(request)


def _kind(request: Request) -> Kind:
    if isinstance(request, Batch):
        return Kind.CONDITIONAL if request.conditional else Kind.WRITE
    return request.kind
