"""Retry policies that wrap the user's: no retries on a closed session, and no write that is executed twice.

Closing a session fails all requests in flight. The vendor's default policy would then send them to another host, using
a thread pool that no longer accepts work, so the caller would wait for the full client timeout. The default policy also
retries after every lost connection and server error, whether that is safe or not: a counter would be incremented
twice. With these policies the user's policy still decides, except that

- nothing is retried on a closed session;
- a write that is not idempotent is not retried after an attempt that may have taken effect;
- a write that is retried after such an attempt is marked, so that a later error does not claim that nothing was
  written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coodie.drivers.cassandra.vendor import RetryPolicy, messages


class Retries(RetryPolicy):  # type: ignore[misc]
    """Wraps the user's policy. ``policy`` returns it on each call, since users may replace it on a live session."""

    def __init__(self, session: Any, policy: Callable[[], Any]) -> None:
        self._session = session
        self._policy = policy

    def on_read_timeout(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """As the user's policy says."""
        return self._open(self._policy().on_read_timeout(query, *args, **kwargs))

    def on_write_timeout(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """As the user's policy says."""
        return self._open(self._policy().on_write_timeout(query, *args, **kwargs))

    def on_unavailable(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """As the user's policy says."""
        return self._open(self._policy().on_unavailable(query, *args, **kwargs))

    def on_request_error(self, query: Any, consistency: Any, error: Any, retry_num: int) -> Any:
        """A lost connection or a server error: the user's policy decides."""
        return self._open(self._policy().on_request_error(query, consistency, error=error, retry_num=retry_num))

    def _open(self, decision: Any) -> Any:
        if self._again(decision) and self._session.is_shutdown:
            return self.RETHROW, None
        return decision

    def _again(self, decision: Any) -> bool:
        return decision[0] in (self.RETRY, self.RETRY_NEXT_HOST)


class CarefulRetries(Retries):
    """The retry policy for writes."""

    def on_read_timeout(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """A read timeout, which a write gets only in the read phase of a condition."""
        return self._guarded(query, super().on_read_timeout(query, *args, **kwargs))

    def on_write_timeout(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """A write timeout: some replicas may have written; with ``BATCH_LOG``, the batch may be replayed later."""
        return self._guarded(query, super().on_write_timeout(query, *args, **kwargs))

    def on_unavailable(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Nothing was written, so the user's policy decides."""
        return self._counted(query, super().on_unavailable(query, *args, **kwargs))

    def on_request_error(self, query: Any, consistency: Any, error: Any, retry_num: int) -> Any:
        """A lost connection or a server error. A server that is not ready, or refuses, has written nothing."""
        decision = super().on_request_error(query, consistency, error, retry_num)
        if isinstance(error, (messages.IsBootstrappingErrorMessage, messages.OverloadedErrorMessage)):
            return self._counted(query, decision)
        return self._guarded(query, decision)

    def _counted(self, query: Any, decision: Any) -> Any:
        if self._again(decision):
            query.moves += 1
        return decision

    def _guarded(self, query: Any, decision: Any) -> Any:
        if not self._again(decision):
            return decision
        if not query.is_idempotent:
            return self.RETHROW, None
        query.unsure = True
        return self._counted(query, decision)
