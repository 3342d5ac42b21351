"""A session of cassandra-driver with no cluster behind it: the vendor's own classes up to the point of sending."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from cassandra import ConsistencyLevel
from cassandra import cqltypes as vendor
from cassandra.cluster import EXEC_PROFILE_DEFAULT, ExecutionProfile, ResultSet
from cassandra.connection import ConnectionShutdown, DefaultEndPoint
from cassandra.policies import RetryPolicy
from cassandra.protocol import BatchMessage, ColumnMetadata, PrepareMessage
from cassandra.query import BatchStatement, named_tuple_factory

from coodie.cql.message import Statement
from coodie.drivers.cassandra import CassandraDriver

Types = dict[str, Any]


class Answer:
    """What the next request gets: rows, or an error; at once, or when `release` is called."""

    def __init__(
        self,
        columns: list[str] | None = None,
        rows: Any = None,
        *,
        error: Exception | None = None,
        held: bool = False,
        hosts: tuple[str, ...] = ("a",),
        agreed: bool = True,
        paging_state: bytes | None = None,
        warnings: list[str] | None = None,
        coordinator: str | None = None,
        before: Callable[[Any], None] | None = None,
        traces: Any = None,
    ) -> None:
        self.columns, self.rows, self.error, self.held, self.hosts = columns, rows, error, held, hosts
        self.agreed, self.paging_state, self.warnings, self.before = agreed, paging_state, warnings, before
        self.coordinator, self.traces = coordinator, traces


def message_of(query: Any) -> Any:
    """The message that the vendor sends for a statement."""
    if isinstance(query, BatchStatement):
        return BatchMessage(query.batch_type, query._statements_and_parameters, ConsistencyLevel.LOCAL_ONE)
    return SimpleNamespace(timestamp=None, allow_beta_protocol_version=False)


class Future:
    """As much of the vendor's ``ResponseFuture`` as is public, or as its ``ResultSet`` reads."""

    def __init__(self, query: Any, answer: Answer) -> None:
        self.query = query
        self.answer(answer)
        self.message: Any = message_of(query)
        self.row_factory: Any = named_tuple_factory
        self.timeout: float | None = 10.0
        self._done, self._lock = threading.Event(), threading.Lock()
        self._callbacks: list[tuple[Any, tuple[Any, ...]]] = []
        self._errbacks: list[tuple[Any, tuple[Any, ...]]] = []

    def answer(self, answer: Answer) -> None:
        self.held = answer.held
        self.is_schema_agreed = answer.agreed
        self.attempted_hosts = list(answer.hosts)
        self.warnings = answer.warnings
        found = answer.coordinator
        self.coordinator_host = None if found is None else SimpleNamespace(endpoint=DefaultEndPoint(found))
        self.has_more_pages = answer.paging_state is not None
        self._col_names, self._col_types, self._paging_state = answer.columns, None, answer.paging_state
        self._answer = answer

    def get_query_trace_ids(self) -> list[Any]:
        return list(self._answer.traces)

    def add_callback(self, call: Any, *args: Any) -> None:
        self._add(self._callbacks, call, args, failed=False)

    def add_errback(self, call: Any, *args: Any) -> None:
        self._add(self._errbacks, call, args, failed=True)

    def _add(self, calls: list[Any], call: Any, args: tuple[Any, ...], *, failed: bool) -> None:
        with self._lock:
            calls.append((call, args))
            done = self._done.is_set()
        if done and (self._answer.error is not None) is failed:
            call(self._answer.error if failed else self._final(), *args)

    def _final(self) -> Any:
        """The rows as the vendor hands them out, made by the factory that the request has."""
        answer = self._answer
        return answer.rows if answer.columns is None else self.row_factory(answer.columns, answer.rows or [])

    def finish(self, answer: Answer) -> None:
        self.answer(answer)
        self.release()

    def release(self) -> None:
        answer = self._answer
        if answer.before is not None:
            answer.before(self.query)
        with self._lock:
            self._done.set()
            calls = list(self._callbacks if answer.error is None else self._errbacks)
        for call, args in calls:
            call(self._final() if answer.error is None else answer.error, *args)

    def lose(self, error: Exception) -> None:
        """The connection is gone. What the policy would send to another host stays under way: there is none."""
        if self._done.is_set():
            return
        decision, _ = self.query.retry_policy.on_request_error(self.query, None, error=error, retry_num=0)
        if decision == RetryPolicy.RETHROW:
            self.finish(Answer(error=error))

    def result(self) -> ResultSet:
        assert self._done.wait(60), "nobody released the answer"
        if self._answer.error is not None:
            raise self._answer.error
        return ResultSet(self, self._final())


class FakeCluster:
    def __init__(self, protocol_version: int) -> None:
        self.protocol_version = protocol_version
        self.column_encryption_policy: Any = None
        self.sockopts: Any = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
        self.schema_metadata_enabled = True
        self.prepare_on_all_hosts = False
        self.hosts: list[Any] = []
        self.metadata = SimpleNamespace(keyspaces={}, all_hosts=lambda: self.hosts)
        self.max_schema_agreement_wait = 10
        self.control_connection = SimpleNamespace(shutdown=lambda: self.shut.append("control connection"))
        self.default_retry_policy = RetryPolicy()
        self.registered: dict[bytes, Any] = {}
        self.is_shutdown = False
        self.shutdowns = 0
        self.shut: list[str] = []
        self.on_shutdown: Callable[[], object] = lambda: None

    def add_prepared(self, query_id: bytes, prepared: Any) -> None:
        self.registered[query_id] = prepared

    def shutdown(self) -> None:
        self.is_shutdown = True
        self.shutdowns += 1
        self.on_shutdown()


class FakeSession:
    """Give it the bind types of each text in `types`; it keeps what it is asked to prepare and to execute."""

    def __init__(self, protocol_version: int = 4) -> None:
        self.cluster = FakeCluster(protocol_version)
        self.keyspace: str | None = None
        self.is_shutdown = False
        self.row_factory = named_tuple_factory
        self.profile = ExecutionProfile()
        self.types: dict[str, Types] = {}
        self.keys: dict[str, list[int]] = {}
        self.results: dict[str, list[tuple[Any, ...]]] = {}
        self.prepared: list[tuple[str, str | None]] = []
        self.answers: deque[Answer] = deque()
        self.futures: list[Future] = []
        self.hosts: list[Any] = []
        self.options: list[dict[str, Any]] = []
        self.listeners: list[Any] = []
        self.schema: dict[str, Callable[[], Answer]] = {
            "SELECT schema_version FROM system.local": lambda: Answer(["schema_version"], [(1,)]),
            "SELECT host_id, schema_version FROM system.peers": lambda: Answer(
                ["host_id", "schema_version"], self.peers
            ),
        }
        self.peers: list[tuple[int, int]] = []
        self.looks: list[dict[str, Any]] = []
        self.preparing: list[tuple[Future, dict[str, Any]]] = []
        self.on_prepare: Callable[[str], object] | None = None
        self.hangs: Callable[[str], bool] = lambda cql: False
        self.on_execute: Callable[[Any], None] = lambda query: None

    @property
    def sent(self) -> list[Any]:
        return [future.query for future in self.futures]

    def get_execution_profile(self, name: Any) -> ExecutionProfile:
        if name is not EXEC_PROFILE_DEFAULT:
            raise ValueError(f"Invalid execution_profile: {name}")
        return self.profile

    def add_request_init_listener(self, listener: Any) -> None:
        self.listeners.append(listener)

    def remove_request_init_listener(self, listener: Any) -> None:
        self.listeners.remove(listener)

    def _prepare(self, future: Future, options: dict[str, Any]) -> None:
        """As the vendor answers a PREPARE; in a thread where `on_prepare` may wait or fail."""
        cql = future.message.query
        self.prepared.append((cql, future.message.keyspace))
        self.preparing.append((future, options))
        if self.hangs(cql):
            pass
        elif self.on_prepare is None:
            self._answer_prepare(cql, future)
        else:
            threading.Thread(target=self._answer_prepare, args=(cql, future), daemon=True).start()

    def _answer_prepare(self, cql: str, future: Future) -> None:
        try:
            if self.on_prepare is not None:
                self.on_prepare(cql)
        except Exception as error:  # noqa: BLE001 - it is the answer
            future.finish(Answer(error=error))
            return
        columns = [ColumnMetadata("shop", "events", name, kind) for name, kind in self.types.get(cql, {}).items()]
        found = SimpleNamespace(
            query_id=b"id of " + cql.encode(),
            bind_metadata=columns,
            pk_indexes=self.keys.get(cql),
            column_metadata=self.results.get(cql),
            result_metadata_id=None,
            is_lwt=False,
        )
        future.finish(Answer(rows=found))

    def shutdown(self) -> None:
        assert self.cluster.is_shutdown, "or the vendor takes its hosts to be down"
        self.is_shutdown = True
        self.cluster.shut.append("session")
        for future in self.futures:
            future.lose(ConnectionShutdown("Connection to a was closed"))

    def get_pool_state(self) -> dict[Any, Any]:
        return dict.fromkeys(self.hosts)

    def execute_async(self, query: Any, **options: Any) -> Future:
        future = Future(query, Answer())
        future.timeout = options.get("timeout", 10.0)
        for listener in self.listeners:
            listener(future)
        if isinstance(future.message, PrepareMessage):
            self._prepare(future, options)
            return future
        if (asked := getattr(query, "query_string", None)) in self.schema:
            self.looks.append(options)
            future.finish(self.schema[asked]())
            return future
        self.on_execute(query)
        if self.answers:
            future.answer(self.answers.popleft())
        self.futures.append(future)
        self.options.append(options)
        if not future.held:
            future.release()
        return future


INSERT = "INSERT INTO shop.events (id, name) VALUES (?, ?)"
SELECT = "SELECT id, name FROM shop.events WHERE id = ?"


def insert(*values: Any, **changes: Any) -> Statement:
    return Statement(INSERT, values or (1, "a"), **changes)


@pytest.fixture
def session() -> FakeSession:
    session = FakeSession()
    session.types = {
        INSERT: {"id": vendor.Int32Type, "name": vendor.UTF8Type},
        SELECT: {"id": vendor.Int32Type},
    }
    session.keys = {INSERT: [0], SELECT: [0]}
    return session


@pytest.fixture
def driver(session: FakeSession) -> Iterator[CassandraDriver]:
    driver = CassandraDriver(session)
    yield driver
    driver.close()


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def make_session() -> type[FakeSession]:
    return FakeSession
