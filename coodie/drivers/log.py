"""The logger ``coodie``: each trip at DEBUG, slow trips and warnings of servers at WARNING.

A line contains the text of the request, but never a value.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from time import perf_counter
from traceback import print_exc
from typing import Any, Final

from coodie._errors import ConfigurationError
from coodie._words import option
from coodie.cql.message import Page, Request, Statement
from coodie.cql.show import one_line, request_on_one_line
from coodie.drivers.errors import DriverError

LOGGER: Final = logging.getLogger("coodie")


class Log:
    """Logs the trips of one connection. A trip of more than ``slow`` seconds is slow; with None, none is."""

    __slots__ = ("_slow", "is_on")

    is_on: partial[bool]
    """Whether a trip may be logged: always, if it may turn out to be slow, or else if the logger takes DEBUG."""

    def __init__(self, slow: float | None = None) -> None:
        self._slow = slow
        self.is_on = partial(LOGGER.isEnabledFor, logging.DEBUG) if slow is None else partial(bool, True)

    def before(self, _: Request, /) -> float:
        """The start time of the request."""
        return perf_counter()

    def after(
        self, request: Request, start: float | None, /, page: Page | None, error: BaseException | None = None
    ) -> None:
        """Log the outcome of the request; without ``start`` only the warnings in the answer."""
        if start is not None:
            seconds = perf_counter() - start
            slow = self._slow is not None and seconds > self._slow
            level = logging.WARNING if slow else logging.DEBUG
            if LOGGER.isEnabledFor(level):
                facts = ", ".join(_facts(request, seconds, page, error))
                write(level, "%s%s: %s", "slow: " if slow else "", facts, request_on_one_line(request))
        for warning in () if page is None else page.warnings:
            write(logging.WARNING, "server warning: %s: %s", one_line(warning), request_on_one_line(request))


def write(level: int, line: str, *parts: object, exc_info: bool = False) -> None:
    """Log a line and suppress errors of handlers and filters, since the request has already happened.

    Such an error is printed to stderr, as `logging` itself does with errors of handlers.
    """
    try:
        LOGGER.log(level, line, *parts, exc_info=exc_info)
    except Exception:  # noqa: BLE001 - whatever is wrong with the log, the request goes its way
        if logging.raiseExceptions:
            print_exc()


def _facts(request: Request, seconds: float, page: Page | None, error: BaseException | None) -> Iterator[str]:
    if page is not None:
        yield "1 row" if len(page.rows) == 1 else f"{len(page.rows)} rows"
    if error is not None:
        yield type(error).__name__
    if isinstance(request, Statement) and request.options.page_number > 1:
        yield f"page {request.options.page_number}"
    yield f"{seconds * 1000:.1f} ms"
    answer = error if isinstance(error, DriverError) else page
    if answer is not None and answer.coordinator is not None:
        yield answer.coordinator


def check_slow(slow: Any) -> None:
    """Raise `ConfigurationError` unless ``slow`` is a positive number of seconds or None."""
    if slow is not None and (isinstance(slow, bool) or not isinstance(slow, (int, float)) or not slow > 0):
        raise ConfigurationError(f"slow must be a positive number of seconds, not {option(slow)}")
