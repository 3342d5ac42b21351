"""The driver for acsylla: the async API only.

A request becomes a statement of the vendor (``binding``), whose types follow from the text and the table
(``text_types``, ``columns``); rows come back as values of the border (``rows``), and errors as those of coodie
(``errors``). The vendor's session lives on a loop of its own (``loop_thread``).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from typing import Any, Final

from coodie._errors import CoodieError, InvalidQueryError
from coodie.cql.message import Batch, Page, Request, Statement
from coodie.drivers.acsylla.errors import sort_of, translate
from coodie.drivers.acsylla.loop_thread import LoopThread
from coodie.drivers.acsylla.prepared import Prepared, Preparer
from coodie.drivers.acsylla.rows import NewerSchemaError, RowReader
from coodie.drivers.acsylla.schema_agreement import SchemaChange
from coodie.drivers.acsylla.statements import (
    batch_of,
    changes_schema,
    plain_statement,
    set_timeout,
    statement_of,
    used_keyspace,
)
from coodie.drivers.acsylla.vendor import NoHostsAvailable
from coodie.drivers.shared import forks
from coodie.drivers.shared.budget import Budget
from coodie.drivers.shared.closed import closed, forked
from coodie.drivers.shared.loop_wakeup import LoopWakeups
from coodie.drivers.shared.outcomes import Failure
from coodie.drivers.shared.prepared_cache import PreparedCache, check_text, is_prepared, texts_of
from coodie.drivers.shared.running_loop import running_loop

_CLOSED: Final = "the connection was closed"
_of_parents: Final[list[Any]] = []
"""What was open when this process was forked: freeing it would wait for threads that do not exist here."""


class _Closed:
    """Stands for what was closed while another thread was about to use it."""

    def __getattr__(self, name: str) -> Any:
        raise closed()


class AcsyllaDriver:
    """A driver for the async API over a session of acsylla, which it owns; made by ``init_coodie(driver="acsylla")``.

    It may be used from several event loops and threads. ``schema_timeout`` is the number of seconds that a schema
    change may take, agreement of all nodes included; ``request_timeout`` what any other request may take if it does not
    say. ``port`` is that of all nodes; None if they are reached in another way.
    """

    def __init__(
        self,
        cluster: Any,
        session: Any,
        thread: LoopThread,
        *,
        request_timeout: float,
        port: int | None = None,
        prepared_size: int = 1000,
        log_values: bool = False,
        schema_timeout: float = 120,
    ) -> None:
        self._cluster = cluster
        self._session = session
        self._thread = thread
        self._request_timeout = request_timeout
        self._port = port
        self._schema_timeout = schema_timeout
        self.log_values: bool = log_values
        self._cache = PreparedCache[Prepared](prepared_size)
        self._preparer: Preparer = Preparer(thread, session, self._cache)
        self._schema_version: int = self._snapshot()
        self._wakeups = LoopWakeups()
        self._closed = False
        self._fork = forks.count
        forks.tell(self._forked)

    async def use_keyspace(self, keyspace: str, quoted: str) -> None:
        """Make it the keyspace of texts that name none. Runs on the session's loop."""
        await self._session.set_keyspace(quoted)
        self._preparer.keyspace = keyspace

    async def aexecute(self, request: Request, /) -> Page:
        """Send one request and return its answer; for a query, one page of it. Never blocks the event loop."""
        self._check_open()
        running_loop()
        budget = Budget(request.options.timeout)
        if self._snapshot() != self._schema_version:
            self._preparer.forget()
            self._schema_version = self._snapshot()
        found = self._known(request)
        if found is None and isinstance(request, Statement) and not is_prepared(request):
            return await self._plain(request, budget)
        statement = None
        if found is not None:
            try:
                statement = _made(request, found)
            except InvalidQueryError:
                # a table that was made anew may have other types
                self._preparer.forget(found)
        if statement is None:
            found = dict[str, Prepared]()
            for cql in texts_of(request):
                check_text(cql)
                found[cql] = await self._obtain(cql, request, budget)
            self._check_open()
            statement = _made(request, found)
        result = await self._send(statement, request, budget)
        try:
            return self._page(result, request, found or {}, budget)
        except NewerSchemaError:
            return await self._newer_page(result, request, found or {}, budget)

    async def aclose(self) -> None:
        """Close the connection; calls in flight fail at once. Calling it again does nothing."""
        if self._closed:
            return
        running_loop()
        self._closed = True
        if self._fork != forks.count:
            return
        self._cache.abandon(ConnectionAbortedError("the connection was closed meanwhile"))
        await self._wakeups.outcome(self._thread.run(self._shut_down()))

    async def shut_down(self) -> None:
        """Close everything. Runs on the session's loop."""
        self._closed = True
        await self._shut_down()

    async def _shut_down(self) -> None:
        self._thread.abandon(ConnectionAbortedError(_CLOSED))
        session, cluster = self._session, self._cluster
        self._cache.clear()
        self._session = self._cluster = self._preparer = _Closed()  # type: ignore[assignment]
        await session.close()
        del session  # its threads and sockets end with it
        cluster.destroy()
        self._thread.stop()

    def _forked(self) -> None:
        _of_parents.append((self.__dict__.copy(),))

    def _check_open(self) -> None:
        if self._closed:
            raise closed()
        if self._fork != forks.count:
            raise forked()

    def _snapshot(self) -> int:
        version: int = self._session.get_metadata().get_snapshot_version()
        return version

    def _known(self, request: Request) -> dict[str, Prepared] | None:
        """What is known about each text; None if one is not prepared."""
        found: dict[str, Prepared] = {}
        for cql in texts_of(request):
            prepared = self._cache.get(cql)
            if prepared is None:
                return None
            found[cql] = prepared
        return found

    async def _obtain(self, cql: str, request: Request, budget: Budget) -> Prepared:
        while True:
            left = budget.left()
            if left is not None and left <= 0:
                raise translate(TimeoutError(), request, _not_sent(budget))
            future, first = self._preparer.ask(cql)
            budget.prepared += first
            try:
                return await self._wakeups.outcome(future, left)
            except Exception as error:
                if not future.done():
                    raise translate(TimeoutError(), request, _not_sent(budget)) from None
                if isinstance(error, CoodieError):
                    raise copy(error) from None  # all who wait for the text have the same object
                left = budget.left()
                if sort_of(error) != "client timeout" or left is None or left <= 0:
                    raise self._of(error, request, _not_sent(budget)) from error

    def _of(self, error: BaseException, request: Request, failure: Failure) -> CoodieError:
        if isinstance(error, ConnectionAbortedError):
            failure = Failure(failure.sent, closed=True, attempts=failure.attempts, prepared=failure.prepared)
        return translate(error, request, failure, log_values=self.log_values)

    async def _plain(self, request: Statement, budget: Budget) -> Page:
        if request.values:
            raise InvalidQueryError(f"a schema statement takes no values\n  {request.cql}")
        check_text(request.cql)
        changes = changes_schema(request.cql)
        if changes and budget.seconds is None:
            budget.seconds = self._schema_timeout
        statement, change = plain_statement(request), SchemaChange(self._session, self._port, budget)
        if changes:
            place = await self._wakeups.outcome(self._thread.run(change.choose()))
            if place is not None:
                statement.set_host(*place)
        result = await self._send(statement, request, budget)
        self._preparer.forget()
        if (keyspace := used_keyspace(request.cql)) is not None:
            self._preparer.keyspace = keyspace
        if changes:
            try:
                await self._wakeups.outcome(self._thread.run(change.settle()))
            except TimeoutError as error:
                raise translate(error, request, Failure(agreed=False)) from error
        return self._page(result, request, {}, budget)

    async def _send(self, statement: Any, request: Request, budget: Budget) -> Any:
        left = budget.left()
        if left is not None:
            if left <= 0:
                raise translate(TimeoutError(), request, _not_sent(budget))
            set_timeout(statement, request, left)
        execute = self._session.execute_batch if isinstance(request, Batch) else self._session.execute
        try:
            return await execute(statement)
        except Exception as error:  # noqa: BLE001 - the vendor raises what it likes
            if self._closed and type(error) is RuntimeError:  # so it calls a session that was closed a moment ago
                error = ConnectionAbortedError(_CLOSED)
            if isinstance(error, NoHostsAvailable):
                # So it says as well that no host prepares a text any more: the next call asks, and is told why not.
                for cql in texts_of(request):
                    self._cache.drop(cql)
            failure = Failure(partial=_may_be_partial(request), prepared=budget.prepared)
            raise self._of(error, request, failure) from error.with_traceback(None)

    async def _newer_page(self, result: Any, request: Request, found: dict[str, Prepared], budget: Budget) -> Page:
        """The page of an answer for which the types must be read anew; whether that succeeds or not, there is one."""
        with suppress(CoodieError):
            self._preparer.forget(found)
            found = {cql: await self._obtain(cql, request, budget) for cql in found}
        return self._page(result, request, found, budget, strict=False)

    def _page(
        self, result: Any, request: Request, found: dict[str, Prepared], budget: Budget, *, strict: bool = True
    ) -> Page:
        names: Sequence[str] = result.columns_names()
        if not names:
            return Page(prepared=budget.prepared)
        reader = _reader(request, names, found)
        state = result.page_state() if result.has_more_pages() else None
        return Page(tuple(names), reader.rows(result, strict=strict), state, prepared=budget.prepared)


def _made(request: Request, found: dict[str, Prepared]) -> Any:
    if isinstance(request, Statement):
        return statement_of(request, found[request.cql])
    return batch_of(request, found)


def _reader(request: Request, names: Sequence[str], found: dict[str, Prepared]) -> RowReader:
    if isinstance(request, Statement):
        prepared = found.get(request.cql)
        return RowReader([None] * len(names)) if prepared is None else prepared.reader(names)
    # the answer of a conditional batch, whose statements are all about one table
    return found[request.statements[0].cql].reader(names)


def _may_be_partial(request: Request) -> bool:
    """Whether the server may execute one part and refuse another; of an unlogged batch that is not known."""
    return isinstance(request, Batch) and request.kind.value != "logged" and len(request.statements) > 1


def _not_sent(budget: Budget) -> Failure:
    return Failure(sent=False, attempts=0, prepared=budget.prepared)
