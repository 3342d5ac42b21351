"""A retry policy around the user's, for everything that writes: what may have happened is not done twice.

The vendor's default policy sends a request to the next host whenever a connection breaks or a server reports an
error, whether that is harmless or not: a counter would be counted twice. Here the user's policy decides as before, but

- a statement that is not idempotent is not sent again after an attempt that may have taken effect;
- where it is sent again, the statement remembers, so that a later error does not claim that nothing was written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coodie.drivers.cassandra.vendor import RetryPolicy, messages


class CarefulRetries(RetryPolicy):  # type: ignore[misc]
    """``policy`` gives the user's own, asked each time since it may be changed while the session lives."""

    def __init__(self, policy: Callable[[], Any]) -> None:
        self._policy = policy

    def on_read_timeout(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """A write sees this only in the reading phase of a condition."""
        return self._guarded(query, self._policy().on_read_timeout(query, *args, **kwargs))

    def on_write_timeout(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Some replicas may have written; with ``BATCH_LOG``, the batch may be played back later."""
        return self._guarded(query, self._policy().on_write_timeout(query, *args, **kwargs))

    def on_unavailable(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Nothing was written: as the user's policy says."""
        return self._counted(query, self._policy().on_unavailable(query, *args, **kwargs))

    def on_request_error(self, query: Any, consistency: Any, error: Any, retry_num: int) -> Any:
        """A broken connection, or a server's error; a server that is not ready, or refuses, has written nothing."""
        decision = self._policy().on_request_error(query, consistency, error=error, retry_num=retry_num)
        if isinstance(error, (messages.IsBootstrappingErrorMessage, messages.OverloadedErrorMessage)):
            return self._counted(query, decision)
        return self._guarded(query, decision)

    def _counted(self, query: Any, decision: Any) -> Any:
        if decision[0] in (self.RETRY, self.RETRY_NEXT_HOST):
            query.moves += 1
        return decision

    def _guarded(self, query: Any, decision: Any) -> Any:
        if decision[0] not in (self.RETRY, self.RETRY_NEXT_HOST):
            return decision
        if not query.is_idempotent:
            return self.RETHROW, None
        query.unsure = True
        return self._counted(query, decision)
