"""The adapter for cassandra-driver, and for scylla-driver, which has the same names: both doors over one session.

A request becomes a vendor's statement with its values already bytes (``statements``), its answer comes back as border
values (``rows``), an error as one of coodie's (``errors``). Nothing of a query is kept here between two calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Thread
from time import monotonic
from typing import Any, Final
from weakref import WeakValueDictionary

from coodie._errors import ConfigurationError, CoodieError
from coodie._words import a_type
from coodie.cql.message import Kind, Options, Page, Request, Statement
from coodie.drivers.cassandra import forks
from coodie.drivers.cassandra.binding import StatementBinder
from coodie.drivers.cassandra.closing import shut_down
from coodie.drivers.cassandra.errors import Failure, translate
from coodie.drivers.cassandra.loop_wakeup import LoopWakeups, Waiter
from coodie.drivers.cassandra.prepared import Prepared, PreparedCache
from coodie.drivers.cassandra.preparing import Budget, Preparer
from coodie.drivers.cassandra.retries import CarefulRetries, Retries
from coodie.drivers.cassandra.rows import protocol_handler
from coodie.drivers.cassandra.schema_agreement import may_do_nothing, schema_host, wait_for_agreement
from coodie.drivers.cassandra.statements import (
    RequestPolicy,
    Simple,
    install,
    is_stale,
    may_be_partial,
    simple_statement,
    uninstall,
)
from coodie.drivers.cassandra.vendor import (
    EXEC_PROFILE_DEFAULT,
    ExecutionProfile,
    OperationTimedOut,
    ProtocolVersion,
    RetryPolicy,
)
from coodie.drivers.error_text import mask_warnings, shown
from coodie.drivers.errors import RequestRejected, SchemaDisagreement
from coodie.drivers.loop import running_loop

_CLOSED_MEANWHILE: Final = "the connection was closed meanwhile"
_OPEN_ANOTHER: Final = "open another one with init_coodie()"
_NOT_SENT: Final = Failure(sent=False)
_ANEW: Final = 2
"""How often a call has its texts prepared anew because a server says other types than the one before."""


class CassandraDriver:
    """A driver for both doors over a session of cassandra-driver.

    The session stays as it was given: its row factory, profiles, keyspace and timeouts serve its other users as
    before. ``keyspace`` goes with each request where the protocol can carry it (v5); ``owned`` says that closing this
    driver shuts the session's cluster down. ``execution_profile`` is one of the cluster's profiles, or its name.
    ``schema_timeout`` is how many seconds a statement that changes the schema may take, until all nodes agree.
    """

    def __init__(
        self,
        session: Any,
        *,
        keyspace: str | None = None,
        owned: bool = False,
        prepared_size: int = 1000,
        log_values: bool = False,
        schema_timeout: float = 120,
        execution_profile: Any = EXEC_PROFILE_DEFAULT,
    ) -> None:
        if not hasattr(session, "execute_async"):
            raise ConfigurationError(f"session= takes a session of cassandra-driver, not {a_type(session)}")
        check_protocol(session.cluster.protocol_version)
        if execution_profile is not EXEC_PROFILE_DEFAULT:
            _check_profile(session, execution_profile)
        self.session = session
        self._cluster = session.cluster
        self._owned = owned
        self.log_values: bool = log_values
        self._schema_timeout = schema_timeout
        self._profile = execution_profile
        self._keyspace = keyspace if ProtocolVersion.uses_keyspace_flag(self._cluster.protocol_version) else None
        self._cache = PreparedCache(prepared_size)
        self._wakeups = LoopWakeups()
        known: WeakValueDictionary[bytes, Prepared] = WeakValueDictionary()
        encryption_policy = getattr(self._cluster, "column_encryption_policy", None)
        self._policy = policy = RequestPolicy(
            protocol_handler(known, encryption_policy),
            protocol_handler(WeakValueDictionary(), encryption_policy),
            reads=Retries(session, self._user_policy),
            writes=CarefulRetries(session, self._user_policy),
        )
        self._binder = StatementBinder(session, self._cache, self._keyspace, policy)
        self._preparer = Preparer(session, self._cache, self._keyspace, execution_profile, known, policy)
        install(session)
        self._fork = forks.count
        self._closed = False

    def execute(self, request: Request, /, since: float | None = None) -> Page:
        """Send one request and give its answer; for a query, one page of it.

        Its timeout counts from ``since``, by the clock of `monotonic`, or else from now on.
        """
        self._check_open()
        statement = self._binder.at_once(request)
        budget, result = None if since is None else self._budget(request, since), None
        while True:
            if statement is None:
                budget = budget or self._budget(request)
                found = {cql: self._obtain(cql, request, budget) for cql in self._binder.to_prepare(request)}
                self._check_open()
                statement = self._binder.make(request, found)
            response = self._send(request, statement, budget)
            try:
                result = response.result()
            except Exception as error:  # noqa: BLE001 - whatever the vendor raises becomes an error of coodie's
                if not is_stale(statement, error):
                    raise self._failure(error, request, statement, response) from error.with_traceback(None)
                budget, statement = self._anew(request, budget, error), None
            else:
                break
        if isinstance(statement, Simple):
            self._cache.clear()
            if not response.is_schema_agreed or may_do_nothing(statement.query_string):
                self._settle_schema(request, statement)
        return _page(response, result, request)

    async def aexecute(self, request: Request, /, since: float | None = None) -> Page:
        """Send one request and give its answer; for a query, one page of it. Never blocks the event loop.

        Its timeout counts from ``since``, by the clock of `monotonic`, or else from now on.
        """
        self._check_open()
        loop = running_loop()
        statement = self._binder.at_once(request)
        budget, result = None if since is None else self._budget(request, since), None
        while True:
            if statement is None:
                budget = budget or self._budget(request)
                found = {cql: await self._aobtain(cql, request, budget) for cql in self._binder.to_prepare(request)}
                self._check_open()
                statement = self._binder.make(request, found)
            response = self._send(request, statement, budget)
            waiter: Waiter = loop.create_future()
            post = self._wakeups.of(loop).post
            response.add_callback(post, waiter)
            response.add_errback(post, waiter)
            await waiter
            try:
                result = response.result()
            except Exception as error:  # noqa: BLE001 - whatever the vendor raises becomes an error of coodie's
                if not is_stale(statement, error):
                    raise self._failure(error, request, statement, response) from error.with_traceback(None)
                budget, statement = self._anew(request, budget, error), None
            else:
                break
        if isinstance(statement, Simple):
            self._cache.clear()
            if not response.is_schema_agreed or may_do_nothing(statement.query_string):
                await self._wakeups.outcome(_in_thread(partial(self._settle_schema, request, statement)))
        return _page(response, result, request)

    def close(self) -> None:
        """Let go of the session, and shut its cluster down if coodie opened it; harmless when called again.

        Calls under way on a cluster that is shut down end at once, with an error. On a session of the user's they go
        on, but for those whose text is being prepared: nothing of them was sent.
        """
        if self._closed:
            return
        self._closed = True
        if self._fork != forks.count:  # its sockets are the parent's as well, and its threads are there only
            return
        uninstall(self.session)
        self._cache.abandon(ConnectionAbortedError(_CLOSED_MEANWHILE))
        if self._owned:
            shut_down(self._cluster, self.session)

    async def aclose(self) -> None:
        """`close`, without blocking the event loop. Raises `ConfigurationError` where none of asyncio runs."""
        if not self._closed:
            running_loop()
            await asyncio.to_thread(self.close)

    def _check_open(self) -> None:
        if self._closed or self.session.is_shutdown:
            raise ConfigurationError(f"the connection is closed; {_OPEN_ANOTHER}")
        if self._fork != forks.count:
            raise ConfigurationError(
                "the connection was made before this process was forked, and cannot be used on both sides; call "
                "init_coodie() in the new process, or use init_coodie(..., lazy=True), which connects at first use"
            )

    def _user_policy(self) -> Any:
        profile = self._profile
        if profile is EXEC_PROFILE_DEFAULT and type(policy := self._cluster.default_retry_policy) is not RetryPolicy:
            # set the old way, without profiles
            return policy
        if not isinstance(profile, ExecutionProfile):
            profile = self.session.get_execution_profile(profile)
        return profile.retry_policy

    def _budget(self, request: Request, since: float | None = None) -> Budget:
        seconds = request.options.timeout
        if seconds is None and any("system_schema." in cql for cql in self._binder.texts(request)):
            seconds = self._schema_timeout
        return Budget(seconds, monotonic() if since is None else since)

    def _obtain(self, cql: str, request: Request, budget: Budget) -> Prepared:
        while True:
            future = self._asked(cql, request, budget)
            try:
                return self._obtained(future.result(budget.left()), budget)
            except Exception as error:  # noqa: BLE001 - raised there as one of coodie's
                self._check_obtaining(future, error, request, budget)

    async def _aobtain(self, cql: str, request: Request, budget: Budget) -> Prepared:
        while True:
            future = self._asked(cql, request, budget)
            try:
                return self._obtained(await self._wakeups.outcome(future, budget.left()), budget)
            except Exception as error:  # noqa: BLE001 - raised there as one of coodie's
                self._check_obtaining(future, error, request, budget)

    def _asked(self, cql: str, request: Request, budget: Budget) -> Future[Prepared]:
        left = budget.left()
        if left is not None and left <= 0:
            raise self._late(request)
        return self._preparer.ask(cql, left)

    def _obtained(self, prepared: Prepared, budget: Budget) -> Prepared:
        if budget.seconds is None:
            budget.seconds = self._preparer.usual
        return prepared

    def _check_obtaining(self, future: Future[Prepared], error: Exception, request: Request, budget: Budget) -> None:
        """Raise the error of a text that could not be prepared; unless only whoever asked first had less time."""
        if not future.done():
            raise self._late(request) from None
        left = budget.left()
        if not isinstance(error, OperationTimedOut) or left is None or left <= 0:
            raise self._translated(error, request, _NOT_SENT) from error

    def _late(self, request: Request) -> CoodieError:
        return self._translated(OperationTimedOut(), request, _NOT_SENT)

    def _anew(self, request: Request, budget: Budget | None, error: Exception) -> Budget:
        """Forget what was prepared for a request that could not be carried out with it, and was not."""
        self._forget(request)
        budget = budget or self._budget(request)
        budget.anew += 1
        if budget.anew > _ANEW:
            raise SchemaDisagreement(
                f"{budget.anew} times a node said other types for this statement than the one that had prepared it, so "
                "the nodes do not agree on the schema, or it keeps changing; nothing was carried out, try again when "
                f"it stands still\n{shown(request)}",
                request=request,
            ) from error.with_traceback(None)
        return budget

    def _send(self, request: Request, statement: Any, budget: Budget | None) -> Any:
        options = request.options
        for prepared in statement.found.values():
            # The vendor looks a batch's statements up by id when a server has forgotten them, in a dictionary that is
            # weak: where the user prepared the same text, and let go of it, there would be nothing.
            self._cluster.add_prepared(prepared.vendor.query_id, prepared.vendor)
        timeout, host = options.timeout, None
        if budget is not None and (left := budget.left()) is not None:
            if left <= 0:
                raise self._late(request)
            timeout = left
        if statement.of_schema:
            host = schema_host(self.session)
            if timeout is None:
                timeout = self._schema_timeout
        try:
            if timeout is None:
                return self.session.execute_async(
                    statement, execution_profile=self._profile, paging_state=options.paging_state, host=host
                )
            return self.session.execute_async(
                statement,
                timeout=timeout,
                execution_profile=self._profile,
                paging_state=options.paging_state,
                host=host,
            )
        except Exception as error:
            raise self._translated(error, request, _NOT_SENT) from error

    def _failure(self, error: Exception, request: Request, statement: Any, response: Any) -> CoodieError:
        hosts = len(set(response.attempted_hosts))
        failure = Failure(
            sent=hosts > 0,
            # more hosts than the retry policy chose: a speculative execution is still under way
            unsure=statement.unsure or hosts > 1 + statement.moves,
            partial=may_be_partial(statement, request),
            agreed=response.is_schema_agreed,
            closed=self.session.is_shutdown,
        )
        found = self._translated(error, request, failure)
        if isinstance(found, RequestRejected):
            # perhaps the schema is another one by now: let the next call prepare anew
            self._forget(request)
        return found

    def _translated(self, error: Exception, request: Request, failure: Failure) -> CoodieError:
        if not failure.sent and (self._closed or self.session.is_shutdown):
            return ConfigurationError(f"{_CLOSED_MEANWHILE}; {_OPEN_ANOTHER}")
        return translate(error, request, failure, log_values=self.log_values)

    def _forget(self, request: Request) -> None:
        for cql in self._binder.texts(request):
            self._cache.drop(cql)

    def _settle_schema(self, request: Request, statement: Simple) -> None:
        """Wait for agreement where the vendor has not. Raises `SchemaDisagreement`."""
        timeout = request.options.timeout
        until = statement.started + (self._schema_timeout if timeout is None else timeout)
        try:
            wait_for_agreement(self._cluster, self._ask, until)
        except Exception as error:
            raise translate(error, request, Failure(agreed=False)) from error

    def _ask(self, cql: str, timeout: float) -> Sequence[tuple[Any, ...]]:
        question = Statement(cql, kind=Kind.READ, idempotent=True, options=Options(consistency="ONE", timeout=timeout))
        statement = simple_statement(question, None, self._policy)
        statement.of_schema = True
        rows: list[tuple[Any, ...]] = self._send(question, statement, None).result().current_rows
        return rows


def _in_thread(work: Callable[[], None]) -> Future[None]:
    """Work that blocks, in a thread that no exit of the process waits for."""
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - it goes to whoever waits
            future.set_exception(error)
        else:
            future.set_result(None)

    try:
        Thread(target=run, name="coodie-schema", daemon=True).start()
    except RuntimeError:  # the interpreter is about to end, and starts no threads any more
        run()
    return future


def check_protocol(version: int) -> None:
    """Raise `ConfigurationError` for a version of the protocol that is too old."""
    if version < ProtocolVersion.V4:
        raise ConfigurationError(
            f"version {version} of the protocol does not know unset values: it would store null for each column that a "
            "write leaves alone, and so erase it; use version 4 or newer, which Cassandra has from 2.2 on"
        )


def _check_profile(session: Any, profile: Any) -> None:
    if isinstance(profile, ExecutionProfile):
        return
    try:
        session.get_execution_profile(profile)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def _page(response: Any, result: Any, request: Request) -> Page:
    columns, host = result.column_names, response.coordinator_host
    warnings = mask_warnings(response.warnings, request) if response.warnings else ()
    coordinator = None if host is None else str(host.endpoint)
    if columns is None:
        return Page(warnings=warnings, coordinator=coordinator)
    return Page(tuple(columns), result.current_rows, result.paging_state, warnings, coordinator)
