"""The failures of a test, as errors.

None of them is a `CoodieError`: an application that catches those must not hide what the test has to say. What
production would raise is not here; the recording driver raises that itself, from ``coodie.exceptions``.
"""

from __future__ import annotations


class UnexpectedCall(AssertionError):
    """A SELECT or a condition was sent that no rule answers, though its answer steers the application.

    Raised at once, and again when the recorder is verified in case the application swallowed it.
    """


class UnusedReply(AssertionError):
    """A scripted reply was never asked for, or not as often as it was meant to be."""


class ImpossibleReply(AssertionError):
    """A scripted reply that no server could give to this statement; the message says what a server would give."""


class MissingAwait(AssertionError):
    """A call of the async door was never awaited, so it did nothing."""


class NetworkRefused(AssertionError):
    """A test under ``no_network`` tried to connect to a host."""
