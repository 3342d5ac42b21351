"""Translates the vendor's errors: to the sort of failure, by their classes, and to the text of coodie's error.

The vendor's errors have a message and nothing else: no write type, no number of replicas, no list of hosts. So whatever
follows from those is left open rather than guessed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from coodie._errors import CoodieError
from coodie.cql.message import Kind, Request, Statement
from coodie.drivers.acsylla import vendor
from coodie.drivers.shared.error_text import no_answer, no_host
from coodie.drivers.shared.outcomes import FAILED, Failure, Sort, error_of, mask_for

# The first match counts, so subclasses come before their bases.
_SORTS: Final[tuple[tuple[tuple[type, ...], Sort], ...]] = (
    ((vendor.Unavailable,), "unavailable"),
    ((vendor.ReadTimeout,), "read timeout"),
    ((vendor.WriteTimeout,), "write timeout"),
    ((vendor.ReadFailure,), "read failure"),
    ((vendor.WriteFailure,), "write failure"),
    ((vendor.Overloaded, vendor.IsBootstrapping, vendor.RequestQueueFull, vendor.NoStreams), "overloaded"),
    ((vendor.FunctionFailure, vendor.TruncateError), "failure"),
    ((vendor.RequestTimedOut, TimeoutError), "client timeout"),
    ((vendor.InvalidQuery, vendor.SyntaxError_, vendor.Unauthorized, vendor.ConfigError), "rejected"),
    ((vendor.AlreadyExists, vendor.BadCredentials, vendor.ProtocolError), "rejected"),
    ((vendor.ServerError,), "internal"),
    ((vendor.NoHostsAvailable,), "no host"),
    # whatever else the vendor's own library reports, such as a connection that broke
    ((vendor.SourceLib, vendor.SourceSsl, ConnectionError), "lost"),
)
# Where an idempotent write was sent again after a connection broke, the vendor reports only the last attempt.
_ONLY_THE_LAST: Final[frozenset[Sort]] = frozenset(("unavailable", "overloaded", "no host"))


def sort_of(error: BaseException) -> Sort:
    """The sort of failure that the vendor's error stands for."""
    for types, sort in _SORTS:
        if isinstance(error, types):
            return sort
    return "other"


def translate(
    error: BaseException, request: Request, failure: Failure = FAILED, *, log_values: bool = False
) -> CoodieError:
    """The error to raise for the vendor's ``error``, which the caller sets as its ``__cause__``.

    Unless ``log_values`` is set, values are masked in the text of the vendor's error.
    """
    sort = sort_of(error)
    if failure.sent and request.idempotent and not _reads(request) and sort in _ONLY_THE_LAST:
        failure = replace(failure, unsure=True)
    if failure.sent and failure.agreed and not log_values and (masked := mask_for(sort, request)) is not None:
        error.args = tuple(masked(each) if isinstance(each, str) else each for each in error.args)
    return error_of(sort, _reason(error, sort), request, failure, values=log_values)


def _reads(request: Request) -> bool:
    return isinstance(request, Statement) and request.kind is Kind.READ


def _reason(error: BaseException, sort: Sort) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if sort == "client timeout":
        return no_answer()
    return no_host(text) if sort == "no host" else text
