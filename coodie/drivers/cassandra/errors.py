"""The vendor's errors as coodie's: what went wrong, whether it may have happened all the same, and what to do.

One question decides for everything that writes: can it have taken effect? A timeout, a lost connection or a failed
replica after sending leaves that open (`OutcomeUnknown`); a refusal, or a request that never left, does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from coodie._errors import CoodieError
from coodie.cql.message import Batch, Kind, Request
from coodie.drivers.cassandra import vendor
from coodie.drivers.cassandra.vendor import FunctionFailure, NoHostAvailable, WriteType, messages
from coodie.drivers.error_text import (
    ADVICE,
    about_a_function,
    error_text,
    masker,
    no_answer,
    no_host,
    of_refusal,
    shown,
)
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


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known of a request that failed.

    ``sent``: it left for at least one node. ``unsure``: an attempt before the last one may have taken effect.
    ``partial``: if one part was refused, another may have been carried out. ``agreed``: about the schema. ``closed``:
    the session was shut down meanwhile.
    """

    sent: bool = True
    unsure: bool = False
    partial: bool = False
    agreed: bool = True
    closed: bool = False


CAS_WRITE_UNKNOWN: Final = 0x1700

# The first that fits counts, so subclasses stand before their bases.
_SORTS: Final[tuple[tuple[tuple[type, ...], str], ...]] = (
    ((vendor.Unavailable, messages.UnavailableErrorMessage), "unavailable"),
    ((vendor.ReadTimeout, messages.ReadTimeoutErrorMessage), "read timeout"),
    ((vendor.WriteTimeout, messages.WriteTimeoutErrorMessage), "write timeout"),
    ((vendor.ReadFailure, messages.ReadFailureMessage), "read failure"),
    (
        (vendor.WriteFailure, messages.WriteFailureMessage, vendor.CDCWriteFailure, messages.CDCWriteException),
        "write failure",
    ),
    ((messages.OverloadedErrorMessage, messages.IsBootstrappingErrorMessage), "overloaded"),
    ((vendor.FunctionFailure, messages.FunctionFailureMessage, messages.TruncateError), "failure"),
    ((vendor.OperationTimedOut,), "client timeout"),
    ((vendor.RequestValidationException, messages.RequestValidationException), "rejected"),
    ((vendor.AuthenticationFailed, messages.BadCredentials, messages.ProtocolException), "rejected"),
    ((vendor.UnsupportedOperation,), "rejected"),
    ((vendor.ConnectionException, vendor.ConnectionBusy, vendor.NoConnectionsAvailable, OSError), "lost"),
    ((messages.ServerError,), "internal"),
)


def sort_of(error: BaseException) -> str:
    """What sort of failure the vendor's error is."""
    if isinstance(error, NoHostAvailable):
        return _sort_of_all(causes_of(error))
    if getattr(error, "code", None) == CAS_WRITE_UNKNOWN:
        return "write timeout"
    return next((sort for types, sort in _SORTS if isinstance(error, types)), "other")


def causes_of(error: Any) -> list[BaseException]:
    """What went wrong with each host that a ``NoHostAvailable`` is about."""
    errors = error.errors
    found: Iterable[Any] = errors.values() if hasattr(errors, "values") else errors or ()
    return [cause for cause in found if isinstance(cause, BaseException)]


def _sort_of_all(causes: list[BaseException]) -> str:
    """The sort that all causes share. Where they differ, the host list is simply exhausted."""
    sorts = {sort_of(cause) for cause in causes}
    # that the hosts' connections are down is the weaker half of the story
    sorts = sorts - {"lost"} or sorts
    return sorts.pop() if len(sorts) == 1 else "no host"


def translate(
    error: BaseException, request: Request, failure: Failure = Failure(), *, log_values: bool = False
) -> CoodieError:
    """The error to raise for the vendor's ``error``, which the caller makes its ``__cause__``.

    Unless ``log_values``, the words of the vendor's error lose the values in them.
    """
    if not failure.agreed:
        return _made(SchemaDisagreement, error, request, log_values)
    if isinstance(error, CoodieError):
        return error
    if failure.sent and not log_values:  # what was not sent, the server cannot repeat
        for each in causes_of(error) if isinstance(error, NoHostAvailable) else (error,):
            if sort_of(each) in _SPEAKING:
                _mask(each, request)
    sort, kind = sort_of(error), _kind(request)
    closed = failure.closed and sort == "lost"
    if kind is Kind.READ or (kind is Kind.SCHEMA and sort == "internal"):
        return _made(_BY_SORT.get(sort, DriverError), error, request, log_values, closed=closed)
    return _made(_for_writes(sort, failure), error, request, log_values, closed=closed)


_SPEAKING: Final = frozenset(("rejected", "failure", "internal", "other"))
"""The sorts of errors in which a server may speak of values; in the others it counts replicas."""


def _kind(request: Request) -> Kind:
    if isinstance(request, Batch):
        return Kind.CONDITIONAL if request.conditional else Kind.WRITE
    return request.kind


_BY_SORT: Final[dict[str, type[DriverError]]] = {
    "unavailable": Unavailable,
    "no host": Unavailable,
    "lost": Unavailable,
    "read timeout": Timeout,
    "write timeout": Timeout,  # a read at SERIAL finishes what a condition before it has left
    "client timeout": Timeout,
    "read failure": ServerFailure,
    "write failure": ServerFailure,
    "failure": ServerFailure,
    "internal": ServerFailure,
    "overloaded": Overloaded,
    "rejected": RequestRejected,
}


_LEFT_OPEN: Final = frozenset(
    ("read timeout", "write timeout", "read failure", "write failure", "internal", "client timeout", "lost", "other")
)


def _for_writes(sort: str, failure: Failure) -> type[DriverError]:
    if sort in ("rejected", "failure"):
        return _BY_SORT[sort]
    partly = sort == "unavailable" and failure.partial
    if failure.unsure or (failure.sent and (sort in _LEFT_OPEN or partly)):
        return OutcomeUnknown
    return _BY_SORT.get(sort, DriverError)


def _mask(error: Any, request: Request) -> None:
    """Take the values out of what the vendor's error says, wherever it is printed from now on."""
    masked = of_refusal(request) if sort_of(error) == "rejected" else masker(request)
    if isinstance(error, (FunctionFailure, messages.FunctionFailureMessage)):
        found: Any = error.to_exception() if hasattr(error, "to_exception") else error
        masked = about_a_function(found.keyspace, found.function)
    if isinstance(error, messages.ErrorMessage):
        error.message = masked(error.message)
    else:
        error.args = tuple(masked(each) if isinstance(each, str) else each for each in error.args)


_CLOSED: Final = "the connection was closed while this was under way"
_REOPEN: Final = "open another one with init_coodie()"


def _made(
    cls: type[DriverError], error: BaseException, request: Request, log_values: bool, *, closed: bool = False
) -> DriverError:
    if closed:
        what = f"{_CLOSED}; {_REOPEN if cls is Unavailable else ADVICE[cls]}"
        message = f"{what}\n{shown(request, values=log_values)}"
    else:
        message = error_text(cls, _reason(cls, error), request, values=log_values)
    if cls is OutcomeUnknown:
        return OutcomeUnknown(message, request=request, write_type=_write_type(error))
    return cls(message, request=request)


def _reason(cls: type[DriverError], error: BaseException) -> str:
    if cls is SchemaDisagreement:
        return "the nodes did not agree on one schema in time"
    if isinstance(error, vendor.OperationTimedOut):
        return no_answer(getattr(error, "last_host", None))
    if isinstance(error, NoHostAvailable):
        return no_host("; ".join(sorted({_one_line(cause) for cause in causes_of(error)})))
    return _one_line(error)


def _one_line(error: BaseException) -> str:
    summary: Callable[[], str] | None = getattr(error, "summary_msg", None)
    text = summary() if summary is not None else str(error)
    return " ".join(text.split()) or type(error).__name__


def _write_type(error: BaseException) -> str | None:
    if getattr(error, "code", None) == CAS_WRITE_UNKNOWN:
        return "CAS"
    found = getattr(error, "write_type", None)
    return WriteType.value_to_name.get(found) if isinstance(found, int) else found
