"""Prepared statements: which texts are prepared, and a cache that never prepares a text twice concurrently."""

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
    """Whether a text is prepared: one with values, and DML without; never DDL, ``USE``, ``TRUNCATE`` or ``GRANT``."""
    if request.kind is Kind.SCHEMA:
        return False
    return bool(request.values) or request.cql[:12].lstrip()[:6].upper() in _DML


def texts_of(request: Request) -> Iterable[str]:
    """The texts of a request that must be prepared, without duplicates."""
    if isinstance(request, Statement):
        return (request.cql,)
    return dict.fromkeys(statement.cql for statement in request.statements)


def check_text(cql: str) -> None:
    """Raise `InvalidQueryError` for a text that cannot be encoded as UTF-8."""
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

    However many threads and event loops want a text, it is prepared only once at a time. A failure is given to all
    waiters and not cached.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._ready: OrderedDict[str, T] = OrderedDict()
        self._pending: dict[str, Future[T]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._ready)

    def get(self, cql: str) -> T | None:
        """The prepared statement if it is in the cache; never waits."""
        try:
            self._ready.move_to_end(cql)
            return self._ready[cql]
        except KeyError:
            return None

    def drop(self, cql: str) -> None:
        """Remove a text, so that the next call prepares it again."""
        with self._lock:  # otherwise `keep`, when it evicts an entry, could find none
            self._ready.pop(cql, None)

    def clear(self) -> None:
        """Remove all texts."""
        with self._lock:
            self._ready.clear()

    def join(self, cql: str) -> tuple[Future[T], bool]:
        """The future of a text, and whether this caller must settle it with `keep` or `fail`."""
        with self._lock:
            if (pending := self._pending.get(cql)) is not None:
                return pending, False
            future: Future[T] = Future()
            # so that no waiter can cancel it for the others
            future.set_running_or_notify_cancel()
            if (ready := self._ready.get(cql)) is not None:
                future.set_result(ready)
                return future, False
            self._pending[cql] = future
            return future, True

    def keep(self, cql: str, future: Future[T], ready: T) -> None:
        """Keep the prepared statement and give it to all waiters."""
        with self._lock:
            if not self._settles(cql, future):
                return
            self._ready[cql] = ready
            while len(self._ready) > self._size:
                self._ready.popitem(last=False)
        future.set_result(ready)

    def fail(self, cql: str, future: Future[T], error: BaseException) -> None:
        """Give the error to all waiters; the next caller tries again."""
        with self._lock:
            if not self._settles(cql, future):
                return
        future.set_exception(error)

    def abandon(self, error: Exception) -> None:
        """Give the error to the waiters of all texts; answers that arrive later are ignored."""
        with self._lock:
            pending, self._pending = self._pending, {}
        for future in pending.values():
            future.set_exception(error)

    def _settles(self, cql: str, future: Future[T]) -> bool:
        """Whether the caller may settle ``future``: not if it was abandoned."""
        if self._pending.get(cql) is not future:
            return False
        del self._pending[cql]
        return True
