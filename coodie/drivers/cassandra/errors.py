"""Translates the vendor's errors: to the sort of failure, and to the text of coodie's error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from coodie._errors import CoodieError
from coodie.cql.message import Request
from coodie.drivers.cassandra import vendor
from coodie.drivers.cassandra.vendor import FunctionFailure, NoHostAvailable, WriteType, messages
from coodie.drivers.shared.error_text import about_a_function, no_answer, no_host
from coodie.drivers.shared.outcomes import FAILED, Failure, Sort, error_of, mask_for

CAS_WRITE_UNKNOWN: Final = 0x1700

# The first match counts, so subclasses come before their bases.
_SORTS: Final[tuple[tuple[tuple[type, ...], Sort], ...]] = (
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


def sort_of(error: BaseException) -> Sort:
    """The sort of failure that the vendor's error stands for."""
    if isinstance(error, NoHostAvailable):
        return _sort_of_all(causes_of(error))
    if getattr(error, "code", None) == CAS_WRITE_UNKNOWN:
        return "write timeout"
    for types, sort in _SORTS:
        if isinstance(error, types):
            return sort
    return "other"


def causes_of(error: Any) -> list[BaseException]:
    """The error of each host in a ``NoHostAvailable``."""
    errors = error.errors
    found: Iterable[Any] = errors.values() if hasattr(errors, "values") else errors or ()
    return [cause for cause in found if isinstance(cause, BaseException)]


def _sort_of_all(causes: list[BaseException]) -> Sort:
    """The sort that all causes share; if they differ, no host was left to try."""
    sorts: set[Sort] = {sort_of(cause) for cause in causes}
    if len(sorts) > 1:
        sorts.discard("lost")  # lost connections are ignored if there is any other cause, which says more
    return sorts.pop() if len(sorts) == 1 else "no host"


def translate(
    error: BaseException, request: Request, failure: Failure = FAILED, *, log_values: bool = False
) -> CoodieError:
    """The error to raise for the vendor's ``error``, which the caller sets as its ``__cause__``.

    Unless ``log_values`` is set, values are masked in the text of the vendor's error.
    """
    if failure.agreed and isinstance(error, CoodieError):
        return error
    if failure.sent and failure.agreed and not log_values:  # a server can only repeat values that were sent to it
        for each in causes_of(error) if isinstance(error, NoHostAvailable) else (error,):
            _mask(each, request)
    return error_of(sort_of(error), _reason(error), request, failure, write_type=_write_type(error), values=log_values)


def _mask(error: Any, request: Request) -> None:
    """Mask the values in the vendor's error itself, wherever it is printed from now on."""
    masked = mask_for(sort_of(error), request)
    if masked is None:
        return
    if isinstance(error, (FunctionFailure, messages.FunctionFailureMessage)):
        found: Any = error.to_exception() if hasattr(error, "to_exception") else error
        masked = about_a_function(found.keyspace, found.function)
    if isinstance(error, messages.ErrorMessage):
        error.message = masked(error.message)
    else:
        error.args = tuple(masked(each) if isinstance(each, str) else each for each in error.args)


def _reason(error: BaseException) -> str:
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
