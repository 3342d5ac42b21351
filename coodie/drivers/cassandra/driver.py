"""The adapter for cassandra-driver, and for scylla-driver, which has the same names: both doors over one session.

A request becomes a vendor's statement with its values already bytes (``statements``), its answer comes back as border
values (``rows``), an error as one of coodie's (``errors``). Nothing of a query is kept here between two calls.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from coodie._words import a_type
from coodie.cql.message import Page, Request
from coodie.drivers.cassandra import forks
from coodie.drivers.cassandra.closing import shut_down
from coodie.drivers.cassandra.errors import Failure, translate
from coodie.drivers.cassandra.making import Maker
from coodie.drivers.cassandra.prepared import Prepared, PreparedCache
from coodie.drivers.cassandra.retries import CarefulRetries, Retries
from coodie.drivers.cassandra.rows import own_columns, protocol_handler
from coodie.drivers.cassandra.schema import may_do_nothing, schema_host, wait_for_agreement
from coodie.drivers.cassandra.statements import Manner, Simple, install, is_stale, may_be_partial, uninstall
from coodie.drivers.cassandra.vendor import EXEC_PROFILE_DEFAULT, ExecutionProfile, ProtocolVersion, RetryPolicy
from coodie.drivers.cassandra.waking import Waiter, Wakers
from coodie.exceptions import ConfigurationError, CoodieError, RequestRejected

T = TypeVar("T")

_ALL_COLUMNS: Final = re.compile(r"\s*SELECT\s+(JSON\s+|DISTINCT\s+)*\*", re.IGNORECASE)
_CLOSED_MEANWHILE: Final = "the connection was closed meanwhile"
_OPEN_ANOTHER: Final = "open another one with init_coodie()"
_EMPTY: Final = Page()
_NOT_SENT: Final = Failure(sent=False)


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
        if execution_profile is not EXEC_PROFILE_DEFAULT:
            _check_profile(session, execution_profile)
        self.session = session
        self._cluster = session.cluster
        self._owned = owned
        self.log_values: bool = log_values
        self._schema_timeout = schema_timeout
        self._profile = execution_profile
        self._keyspace = keyspace if ProtocolVersion.uses_keyspace_flag(self._cluster.protocol_version) else None
        self._cache = PreparedCache(self._prepare, prepared_size)
        self._wakers = Wakers()
        # as many as there are texts to prepare at once, if need be: those of a server that hangs wait for the timeout
        self._threads = ThreadPoolExecutor(32, "coodie-cassandra")
        self._known: WeakValueDictionary[bytes, Prepared] = WeakValueDictionary()
        encryption_policy = getattr(self._cluster, "column_encryption_policy", None)
        manner = Manner(
            protocol_handler(self._known, encryption_policy),
            reads=Retries(session, self._user_policy),
            writes=CarefulRetries(session, self._user_policy),
        )
        self._maker = Maker(session, self._cache, self._keyspace, manner)
        install(session)
        self._fork = forks.count
        self._closed = False

    def execute(self, request: Request, /) -> Page:
        """Send one request and give its answer; for a query, one page of it."""
        self._check_open()
        statement = self._maker.at_once(request)
        if statement is None:
            found = {cql: self._obtain(cql, request) for cql in self._maker.to_prepare(request)}
            self._check_open()
            statement = self._maker.make(request, found)
        response = self._send(request, statement)
        try:
            result = response.result()
        except Exception as error:  # noqa: BLE001 - whatever the vendor raises becomes an error of coodie's
            if is_stale(statement, error):
                self._forget(request)
                return self.execute(request)
            raise self._failure(error, request, statement, response) from error.with_traceback(None)
        if isinstance(statement, Simple):
            self._cache.clear()
            if not response.is_schema_agreed or may_do_nothing(statement.query_string):
                self._settle_schema(request, statement)
        return _page(response, result)

    async def aexecute(self, request: Request, /) -> Page:
        """Send one request and give its answer; for a query, one page of it. Never blocks the event loop."""
        self._check_open()
        loop = asyncio.get_running_loop()
        statement = self._maker.at_once(request)
        if statement is None:
            found = {cql: await self._aobtain(cql, request) for cql in self._maker.to_prepare(request)}
            self._check_open()
            statement = self._maker.make(request, found)
        response = self._send(request, statement)
        waiter: Waiter = loop.create_future()
        post = self._wakers.of(loop).post
        response.add_callback(post, waiter)
        response.add_errback(post, waiter)
        await waiter
        try:
            result = response.result()
        except Exception as error:  # noqa: BLE001 - whatever the vendor raises becomes an error of coodie's
            if is_stale(statement, error):
                self._forget(request)
                return await self.aexecute(request)
            raise self._failure(error, request, statement, response) from error.with_traceback(None)
        if isinstance(statement, Simple):
            self._cache.clear()
            if not response.is_schema_agreed or may_do_nothing(statement.query_string):
                await self._wakers.outcome(self._in_thread(self._settle_schema, request, statement))
        return _page(response, result)

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
        self._threads.shutdown(wait=False)
        self._cache.abandon(ConnectionAbortedError(_CLOSED_MEANWHILE))
        if self._owned:
            shut_down(self._cluster, self.session)

    async def aclose(self) -> None:
        """The same as `close`, without blocking the event loop."""
        if not self._closed:
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

    def _prepare(self, cql: str) -> Prepared:
        made_in = self.session.keyspace
        if self._keyspace is None:
            vendor = self.session.prepare(cql)
        else:
            vendor = self.session.prepare(cql, keyspace=self._keyspace)
        if vendor.result_metadata:
            vendor.result_metadata = own_columns(vendor.result_metadata)
        if _ALL_COLUMNS.match(cql) and not ProtocolVersion.uses_prepared_metadata(self._cluster.protocol_version):
            # before v5 nobody tells when a column was added, and cells would be read as their neighbours
            vendor.result_metadata = None
        prepared = Prepared(vendor, made_in)
        self._known[vendor.query_id] = prepared
        return prepared

    def _obtain(self, cql: str, request: Request) -> Prepared:
        try:
            return self._asked(cql).result()
        except Exception as error:
            raise self._translated(error, request, _NOT_SENT) from error

    async def _aobtain(self, cql: str, request: Request) -> Prepared:
        try:
            return await self._wakers.outcome(self._asked(cql))
        except Exception as error:
            raise self._translated(error, request, _NOT_SENT) from error

    def _asked(self, cql: str) -> Future[Prepared]:
        future, first = self._cache.join(cql)
        if first:
            try:
                # never in this thread: it may be an event loop's, and closing ends no wait inside the vendor's driver
                self._threads.submit(self._cache.lead, cql, future)
            except RuntimeError as error:
                if self._closed:
                    self._cache.fail(cql, future, error)
                else:  # the interpreter is about to end, and starts no threads any more
                    self._cache.lead(cql, future)
        return future

    def _send(self, request: Request, statement: Any) -> Any:
        options = request.options
        for prepared in statement.found.values():
            # The vendor looks a batch's statements up by id when a server has forgotten them, in a dictionary that is
            # weak: where the user prepared the same text, and let go of it, there would be nothing.
            self._cluster.add_prepared(prepared.vendor.query_id, prepared.vendor)
        timeout, host = options.timeout, None
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
        for cql in self._maker.texts(request):
            self._cache.drop(cql)

    def _in_thread(self, work: Callable[..., T], *arguments: Any) -> Future[T]:
        try:
            return self._threads.submit(work, *arguments)
        except RuntimeError as error:
            raise ConfigurationError(f"{_CLOSED_MEANWHILE}; {_OPEN_ANOTHER}") from error

    def _settle_schema(self, request: Request, statement: Simple) -> None:
        """Wait for agreement where the vendor has not. Raises `SchemaDisagreement`."""
        timeout = request.options.timeout
        try:
            wait_for_agreement(
                self._cluster, statement.started + (self._schema_timeout if timeout is None else timeout)
            )
        except Exception as error:
            raise translate(error, request, Failure(agreed=False)) from error


def _check_profile(session: Any, profile: Any) -> None:
    if isinstance(profile, ExecutionProfile):
        return
    try:
        session.get_execution_profile(profile)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def _page(response: Any, result: Any) -> Page:
    columns, warnings = result.column_names, response.warnings
    if columns is None:
        return Page(warnings=tuple(warnings)) if warnings else _EMPTY
    return Page(tuple(columns), result.current_rows, result.paging_state, tuple(warnings) if warnings else ())
