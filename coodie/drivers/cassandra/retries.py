"""Retry policies around the user's: nothing is tried again on a closed session, and what writes is not done twice.

A session that is closed errors all that is under way on it. The vendor would send that to another host, as its default
policy says, and hand the task to threads that take none any more: the caller would wait for the whole of the client's
timeout. And the default policy sends a request on whenever a connection breaks or a server reports an error, whether
that is harmless or not: a counter would be counted twice. Here the user's policy decides as before, but

- on a closed session nothing is sent again;
- a statement that writes and is not idempotent is not sent again after an attempt that may have taken effect;
- where one that writes is sent again, the statement remembers, so that a later error does not claim that nothing was
  written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coodie.drivers.cassandra.vendor import RetryPolicy, messages


class Retries(RetryPolicy):  # type: ignore[misc]
    """``policy`` gives the user's own, asked each time since it may be changed while the session lives."""

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
        """A broken connection, or a server's error: as the user's policy says."""
        return self._open(self._policy().on_request_error(query, consistency, error=error, retry_num=retry_num))

    def _open(self, decision: Any) -> Any:
        if self._again(decision) and self._session.is_shutdown:
            return self.RETHROW, None
        return decision

    def _again(self, decision: Any) -> bool:
        return decision[0] in (self.RETRY, self.RETRY_NEXT_HOST)


class CarefulRetries(Retries):
    """For what writes."""

    def on_read_timeout(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """A write sees this only in the reading phase of a condition."""
        return self._guarded(query, super().on_read_timeout(query, *args, **kwargs))

    def on_write_timeout(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Some replicas may have written; with ``BATCH_LOG``, the batch may be played back later."""
        return self._guarded(query, super().on_write_timeout(query, *args, **kwargs))

    def on_unavailable(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Nothing was written: as the user's policy says."""
        return self._counted(query, super().on_unavailable(query, *args, **kwargs))

    def on_request_error(self, query: Any, consistency: Any, error: Any, retry_num: int) -> Any:
        """A broken connection, or a server's error; a server that is not ready, or refuses, has written nothing."""
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
