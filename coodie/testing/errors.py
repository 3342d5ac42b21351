"""The errors that make a test fail.

None of them is a `CoodieError`, so that an application which catches those cannot hide a failure of the test. The
errors that production code would see are those of ``coodie.exceptions``, which the recording driver raises as well.
"""

from __future__ import annotations


class UnexpectedCall(AssertionError):
    """A SELECT or conditional write was sent that no rule answers, although the application depends on the answer.

    Raised at once, and again when the recorder is verified, in case the application swallowed it.
    """


class UnusedReply(AssertionError):
    """A scripted reply was not used, or less often than it was meant to be."""


class ImpossibleReply(AssertionError):
    """A scripted reply could not come from a server; the message says what a server would return."""


class MissingAwait(AssertionError):
    """A call of the async API was never awaited, so it did nothing."""


class NetworkRefused(AssertionError):
    """A test under ``no_network`` tried to connect to a host."""
