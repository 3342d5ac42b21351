"""Requests that are sent again as long as the cluster is busy."""

from __future__ import annotations

from typing import Final

from coodie.cql.message import Page, Request
from coodie.drivers.errors import DriverError, OutcomeUnknown, Overloaded, Timeout, Unavailable
from coodie.plans.plan import Flow, Pause

BUSY: Final = (OutcomeUnknown, Overloaded, Timeout, Unavailable)
"""The errors after which a request that may be sent twice is sent again."""
ATTEMPTS: Final = 5
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 10.0


def pause_after(failures: int) -> Pause:
    """The pause after so many failures, twice as long after each one, in which a busy cluster may recover."""
    return Pause(min(_FIRST_PAUSE * 2 ** (failures - 1), _LONGEST_PAUSE))


def patient(request: Request, attempts: int = ATTEMPTS, passing: tuple[type[DriverError], ...] = BUSY) -> Flow[Page]:
    """The answer to a request that may be sent again, which is sent up to so many times after ``passing`` errors."""
    for failures in range(attempts):
        try:
            return (yield request)
        except passing:
            if failures == attempts - 1:
                raise
        yield pause_after(failures + 1)
    raise AssertionError  # pragma: no cover - the last attempt returns or raises
