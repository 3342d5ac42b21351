"""Prepared texts: which are prepared, and the cache that never prepares one text twice at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future
from threading import Lock
from typing import Final, Generic, TypeVar

from coodie._errors import InvalidQueryError
from coodie.cql.message import Kind, Request, Statement

T = TypeVar("T")

_DML: Final = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE"))


def is_prepared(request: Statement) -> bool:
    """Whether this text is prepared: one with values, and DML without; never DDL, ``USE``, ``TRUNCATE``, ``GRANT``."""
    if request.kind is Kind.SCHEMA:
        return False
    return bool(request.values) or request.cql[:12].lstrip()[:6].upper() in _DML


def texts_of(request: Request) -> Iterable[str]:
    """The texts that must be prepared, each once."""
    if isinstance(request, Statement):
        return (request.cql,)
    return dict.fromkeys(statement.cql for statement in request.statements)


def check_text(cql: str) -> None:
    """Raise `InvalidQueryError` for a text that has no bytes."""
    try:
        cql.encode()
    except UnicodeEncodeError as error:
        found = ascii(cql[error.start])
        shown = cql.encode(errors="backslashreplace").decode()
        raise InvalidQueryError(
            f"the statement cannot be sent: {found} at {error.start} is half of a character, a surrogate\n  {shown}"
        ) from None


class PreparedCache(Generic[T]):
    """The most recently used prepared statements, by text.

    Each text is prepared once at a time, however many threads and event loops want it; a failure is given to all who
    wait and then forgotten.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._ready: OrderedDict[str, T] = OrderedDict()
        self._pending: dict[str, Future[T]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._ready)

    def get(self, cql: str) -> T | None:
        """The prepared statement if there is one; never waits."""
        try:
            self._ready.move_to_end(cql)
            return self._ready[cql]
        except KeyError:
            return None

    def drop(self, cql: str) -> None:
        """Forget it, so that the next call prepares anew."""
        with self._lock:  # or else `keep`, making room, could find nothing to drop
            self._ready.pop(cql, None)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._ready.clear()

    def join(self, cql: str) -> tuple[Future[T], bool]:
        """The future of this text, and whether the caller is the one who must see to it: `keep`, or `fail`."""
        with self._lock:
            if (pending := self._pending.get(cql)) is not None:
                return pending, False
            future: Future[T] = Future()
            # so that nobody who waits can cancel it for the others
            future.set_running_or_notify_cancel()
            if (ready := self._ready.get(cql)) is not None:
                future.set_result(ready)
                return future, False
            self._pending[cql] = future
            return future, True

    def keep(self, cql: str, future: Future[T], ready: T) -> None:
        """Keep what the server said, and tell all who wait."""
        with self._lock:
            if not self._settles(cql, future):
                return
            self._ready[cql] = ready
            while len(self._ready) > self._size:
                self._ready.popitem(last=False)
        future.set_result(ready)

    def fail(self, cql: str, future: Future[T], error: BaseException) -> None:
        """Give the error to all who wait; the next who asks tries again."""
        with self._lock:
            if not self._settles(cql, future):
                return
        future.set_exception(error)

    def abandon(self, error: Exception) -> None:
        """Give the error to all who wait for anything; what the server may still say is let go."""
        with self._lock:
            pending, self._pending = self._pending, {}
        for future in pending.values():
            future.set_exception(error)

    def _settles(self, cql: str, future: Future[T]) -> bool:
        """Whether it falls to the caller to end ``future``: unless it was abandoned."""
        if self._pending.get(cql) is not future:
            return False
        del self._pending[cql]
        return True
