"""The driver for cassandra-driver and scylla-driver, which has the same API: sync and async over one session.

A request becomes a statement of the vendor with encoded values (``statements``), rows come back as values of the border
(``rows``), and errors as those of coodie (``errors``). The driver keeps no state of a query between calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Final
from weakref import WeakValueDictionary

from coodie._errors import ConfigurationError, CoodieError
from coodie._words import a_type
from coodie.cql.message import Kind, Options, Page, Request, Statement
from coodie.drivers.cassandra.answers import Answer, attempts_of, coordinator_of, page_of
from coodie.drivers.cassandra.binding import StatementBinder
from coodie.drivers.cassandra.checks import check_profile, check_protocol, has_delays, warn_of_delay
from coodie.drivers.cassandra.closing import shut_down
from coodie.drivers.cassandra.errors import translate
from coodie.drivers.cassandra.prepared import Prepared
from coodie.drivers.cassandra.preparing import Preparer
from coodie.drivers.cassandra.retries import CarefulRetries, Retries
from coodie.drivers.cassandra.rows import protocol_handler
from coodie.drivers.cassandra.schema_agreement import may_do_nothing, schema_host, wait_for_agreement
from coodie.drivers.cassandra.statements import (
    Batched,
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
from coodie.drivers.errors import RequestRejected, SchemaDisagreement
from coodie.drivers.protocol import Finish, Ready, finished
from coodie.drivers.shared import forks
from coodie.drivers.shared.budget import Budget
from coodie.drivers.shared.closed import closed, closed_meanwhile, forked
from coodie.drivers.shared.error_text import shown
from coodie.drivers.shared.loop_wakeup import LoopWakeups, Waiter
from coodie.drivers.shared.outcomes import Failure
from coodie.drivers.shared.prepared_cache import PreparedCache, texts_of
from coodie.drivers.shared.running_loop import running_loop
from coodie.drivers.shared.threads import in_thread

_ANEW: Final = 2
"""How often one call prepares its texts again because a server reports other types than the previous one."""


class CassandraDriver:
    """A driver for the sync and the async API over a session of cassandra-driver.

    The session is not modified: its row factory, profiles, keyspace and timeouts keep serving its other users.
    ``keyspace`` is sent with each request if the protocol supports that (v5). If ``owned``, closing this driver shuts
    the cluster of the session down. ``execution_profile`` is one of the cluster's profiles, or its name.
    ``schema_timeout`` is the number of seconds that a schema change may take, agreement of all nodes included.
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
            check_profile(session, execution_profile)
        self.session = session
        self._cluster = session.cluster
        self._owned = owned
        self.log_values: bool = log_values
        self._schema_timeout = schema_timeout
        self._delays = has_delays(session.cluster)
        self._profile = execution_profile
        self._keyspace = keyspace if ProtocolVersion.uses_keyspace_flag(self._cluster.protocol_version) else None
        self._cache = PreparedCache[Prepared](prepared_size)
        self._wakeups = LoopWakeups()
        known: WeakValueDictionary[bytes, Prepared] = WeakValueDictionary()
        encryption_policy = getattr(self._cluster, "column_encryption_policy", None)
        self._policy = policy = RequestPolicy(
            protocol_handler(known, self._cluster, encryption_policy),
            protocol_handler(WeakValueDictionary(), self._cluster, encryption_policy),
            reads=Retries(session, self._user_policy),
            writes=CarefulRetries(session, self._user_policy),
        )
        self._binder = StatementBinder(session, self._cache, self._keyspace, policy)
        self._preparer = Preparer(session, self._cache, self._keyspace, execution_profile, known, policy)
        install(session)
        self._fork = forks.count
        self._closed = False

    def __repr__(self) -> str:
        """The cluster, the keyspace and the version of the protocol."""
        cluster = self._cluster
        name, keyspace = getattr(cluster.metadata, "cluster_name", None), self._keyspace or self.session.keyspace
        facts = [
            f"cluster {name!r}" if name is not None else "a cluster",
            *([f"keyspace {keyspace}"] if keyspace is not None else []),
            f"protocol {cluster.protocol_version}",
            *(["closed"] if self._closed or self.session.is_shutdown else []),
        ]
        return f"<CassandraDriver of {', '.join(facts)}>"

    def execute(self, request: Request, /) -> Page:
        """Send one request and return its answer; for a query, one page of it."""
        self._check_open()
        statement = self._binder.at_once(request)
        budget: Budget | None = None
        answer: Answer = None
        while True:
            if statement is None:
                budget = budget or self._budget(request)
                found = {cql: self._obtain(cql, request, budget) for cql in self._binder.to_prepare(request)}
                self._check_open()
                statement = self._binder.make(request, found)
            response = self._send(request, statement, budget)
            try:
                answer = response.result().current_rows
            except Exception as error:  # noqa: BLE001 - whatever the vendor raises becomes an error of coodie's
                if not is_stale(statement, error):
                    raise self._failure(error, request, statement, response, budget) from error.with_traceback(None)
                budget, statement = self._anew(request, budget, response, error), None
            else:
                break
        if isinstance(statement, Simple):
            self._cache.clear()
            if not response.is_schema_agreed or may_do_nothing(statement.query_string):
                self._settle_schema(request, statement)
        return page_of(response, answer, request, budget)

    def start(self, request: Request, ready: Ready, /) -> Finish:
        """Send one request without waiting for its answer. A text that is not prepared yet is executed at once."""
        self._check_open()
        statement = self._binder.at_once(request)
        if statement is None or isinstance(statement, Simple):
            return finished(self.execute(request), ready)
        response = self._send(request, statement, None)
        response.add_callback(_answered, ready)
        response.add_errback(_answered, ready)
        return partial(self._finish, request, statement, response)

    def _finish(self, request: Request, statement: Any, response: Any) -> Page:
        try:
            answer = response.result().current_rows
        except Exception as error:  # noqa: BLE001 - whatever the vendor raises becomes an error of coodie's
            if not is_stale(statement, error):
                raise self._failure(error, request, statement, response, None) from error.with_traceback(None)
            self._forget(request)
            return self.execute(request)
        return page_of(response, answer, request, None)

    async def aexecute(self, request: Request, /) -> Page:
        """Send one request and return its answer; for a query, one page of it. Never blocks the event loop."""
        self._check_open()
        loop = running_loop()
        statement = self._binder.at_once(request)
        budget: Budget | None = None
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
            answer = await waiter
            if not isinstance(answer, Exception):
                break
            if not is_stale(statement, answer):
                raise self._failure(answer, request, statement, response, budget) from answer.with_traceback(None)
            budget, statement = self._anew(request, budget, response, answer), None
        if isinstance(statement, Simple):
            self._cache.clear()
            if not response.is_schema_agreed or may_do_nothing(statement.query_string):
                work = in_thread(partial(self._settle_schema, request, statement), "coodie-schema")
                await self._wakeups.outcome(work)
        return page_of(response, answer, request, budget)

    def close(self) -> None:
        """Release the session, and shut its cluster down if coodie opened it. Calling it again does nothing.

        When the cluster is shut down, calls in flight fail at once. On the user's own session they continue, except
        those whose text is still being prepared: those fail, with nothing sent.
        """
        if self._closed:
            return
        self._closed = True
        # after a fork, the sockets are shared with the parent, and the threads exist only there
        if self._fork != forks.count:
            return
        uninstall(self.session)
        self._cache.abandon(ConnectionAbortedError("the connection was closed meanwhile"))
        if self._owned:
            shut_down(self._cluster, self.session)

    async def aclose(self) -> None:
        """`close` without blocking the event loop. Raises `ConfigurationError` without a running asyncio loop."""
        if not self._closed:
            running_loop()
            await asyncio.to_thread(self.close)

    def _check_open(self) -> None:
        if self._closed or self.session.is_shutdown:
            raise closed()
        if self._fork != forks.count:
            raise forked()

    def _user_policy(self) -> Any:
        profile = self._profile
        if profile is EXEC_PROFILE_DEFAULT and type(policy := self._cluster.default_retry_policy) is not RetryPolicy:
            # set on the session, the legacy way without profiles
            return policy
        if not isinstance(profile, ExecutionProfile):
            profile = self.session.get_execution_profile(profile)
        return profile.retry_policy

    def _budget(self, request: Request) -> Budget:
        seconds = request.options.timeout
        if seconds is None and any("system_schema." in cql for cql in texts_of(request)):
            seconds = self._schema_timeout
        return Budget(seconds)

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
            raise self._late(request, budget)
        future, first = self._preparer.ask(cql, left)
        budget.prepared += first
        return future

    def _obtained(self, prepared: Prepared, budget: Budget) -> Prepared:
        if budget.seconds is None:
            budget.seconds = self._preparer.usual
        return prepared

    def _check_obtaining(self, future: Future[Prepared], error: Exception, request: Request, budget: Budget) -> None:
        """Raise the error of a failed preparation, unless it timed out for the first caller and this one has time
        left.
        """
        if not future.done():
            raise self._late(request, budget) from None
        left = budget.left()
        if not isinstance(error, OperationTimedOut) or left is None or left <= 0:
            raise self._translated(error, request, _not_sent(budget)) from error

    def _late(self, request: Request, budget: Budget) -> CoodieError:
        return self._translated(OperationTimedOut(), request, _not_sent(budget))

    def _anew(self, request: Request, budget: Budget | None, response: Any, error: Exception) -> Budget:
        """Drop the prepared statements of a request that turned out to be stale, before anything was executed."""
        self._forget(request)
        budget = budget or self._budget(request)
        budget.anew += 1
        budget.attempts += len(response.attempted_hosts)
        if budget.anew > _ANEW:
            disagreement = SchemaDisagreement(
                f"{budget.anew} times a node reported other types for this statement than the one that prepared it, so "
                "the nodes do not agree on the schema, or it keeps changing; nothing was carried out, try again when "
                f"it is stable\n{shown(request)}",
                request=request,
            )
            disagreement.attempts, disagreement.prepared = budget.attempts, budget.prepared
            raise disagreement from error.with_traceback(None)
        return budget

    def _send(self, request: Request, statement: Any, budget: Budget | None) -> Any:
        options = request.options
        if self._delays and isinstance(statement, Batched) and warn_of_delay(len(statement), statement.size()):
            self._delays = False  # once is enough
        timeout, host = options.timeout, None
        if budget is not None and (left := budget.left()) is not None:
            if left <= 0:
                raise self._late(request, budget)
            timeout = left
        if statement.of_schema:
            host = schema_host(self.session)
            if timeout is None:
                timeout = self._schema_timeout
        try:
            if timeout is None:
                return self.session.execute_async(
                    statement,
                    trace=options.trace,
                    execution_profile=self._profile,
                    paging_state=options.paging_state,
                    host=host,
                )
            return self.session.execute_async(
                statement,
                trace=options.trace,
                timeout=timeout,
                execution_profile=self._profile,
                paging_state=options.paging_state,
                host=host,
            )
        except Exception as error:
            raise self._translated(error, request, _not_sent(budget)) from error

    def _failure(
        self, error: Exception, request: Request, statement: Any, response: Any, budget: Budget | None
    ) -> CoodieError:
        hosts = len(set(response.attempted_hosts))
        failure = Failure(
            sent=hosts > 0,
            # more hosts than the retry policy chose, so a speculative execution is still running
            unsure=statement.unsure or hosts > 1 + statement.moves,
            partial=may_be_partial(statement, request),
            agreed=response.is_schema_agreed,
            closed=self.session.is_shutdown,
            attempts=attempts_of(response, budget),
            prepared=0 if budget is None else budget.prepared,
            coordinator=coordinator_of(response),
        )
        found = self._translated(error, request, failure)
        if isinstance(found, RequestRejected):
            # the schema may have changed, so the next call prepares the text again
            self._forget(request)
        return found

    def _translated(self, error: Exception, request: Request, failure: Failure) -> CoodieError:
        if not failure.sent and (self._closed or self.session.is_shutdown):
            return closed_meanwhile()
        return translate(error, request, failure, log_values=self.log_values)

    def _forget(self, request: Request) -> None:
        for cql in texts_of(request):
            self._cache.drop(cql)

    def _settle_schema(self, request: Request, statement: Simple) -> None:
        """Wait for schema agreement in the cases where the vendor does not. Raises `SchemaDisagreement`."""
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
        names_and_rows = self._send(question, statement, None).result().current_rows
        rows: Sequence[tuple[Any, ...]] = names_and_rows[1]
        return rows


def _answered(_: object, ready: Ready) -> None:
    ready()


def _not_sent(budget: Budget | None) -> Failure:
    """That a request was not sent, or was sent in vain before: it was not carried out."""
    if budget is None:
        return Failure(sent=False, attempts=0)
    return Failure(sent=False, attempts=budget.attempts, prepared=budget.prepared)
