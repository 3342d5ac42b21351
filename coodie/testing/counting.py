"""Counts the requests that a block sends, so that a query in a loop makes a test fail.

Each request counts once: an execute, a page, or a batch regardless of its size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from coodie.connections import connection_names
from coodie.drivers.registry import get_driver, replaced
from coodie.testing.calls import Call
from coodie.testing.reading import shape
from coodie.testing.recording import RecordingDriver


@contextmanager
def assert_cql_count(
    count: int | None = None, *, at_most: int | None = None, recorder: RecordingDriver | None = None
) -> Generator[RecordingDriver]:
    """Fail unless the block sends exactly ``count`` statements, or no more than ``at_most``.

    It counts on ``recorder``, or else on the default connection with any driver. The AssertionError groups the requests
    by shape, so that a query in a loop shows as ``11 x SELECT ...``. If the block raises, its own error is raised
    instead. Raises TypeError unless exactly one of the two numbers is given.
    """
    if (count is None) == (at_most is None):
        raise TypeError("give a count, or at_most=, and not both")
    with _recording(recorder) as recording, recording.listening() as heard:
        yield recording
    sent = [call for call in heard if call.counts]
    if len(sent) != count if at_most is None else len(sent) > at_most:
        wanted = f"exactly {count}" if at_most is None else f"at most {at_most}"
        raise AssertionError(f"{_statements(len(sent))} sent, {wanted} expected{grouped(sent)}")


@contextmanager
def _recording(recorder: RecordingDriver | None) -> Generator[RecordingDriver]:
    driver = recorder if recorder is not None else get_driver()
    if isinstance(driver, RecordingDriver):
        yield driver
        return
    spy = RecordingDriver(driver)
    with replaced(None, spy, keyspace=connection_names.keyspace_of(None)):
        yield spy


def grouped(calls: Iterable[Call]) -> str:
    """One line per shape of statement with its number of requests, most frequent first."""
    counts = Counter(map(_shape, calls))
    return "".join(f"\n{times:>5} x {text}" for text, times in counts.most_common())


def _shape(call: Call) -> str:
    if call.batch_kind is None:
        return shape(call.cql)
    members = Counter(shape(statement.cql) for statement in call.statements)
    inside = "".join(f"\n          {times:>5} x {text}" for text, times in members.most_common())
    return f"{call.batch_kind} batch of {_statements(len(call.statements))}{inside}"


def _statements(count: int) -> str:
    return "1 statement" if count == 1 else f"{count} statements"
