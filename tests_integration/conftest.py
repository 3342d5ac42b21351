"""The tests' cluster, a keyspace for each module, and a look at tables that coodie has no part in."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session, default_lbp_factory
from cassandra.query import tuple_factory

from coodie.cql.message import Options, Statement
from coodie.drivers import get_driver
from coodie.testing import MemoryDriver, RecordingDriver

from .server import Found, NoCluster, find_cluster
from .server.client import PATIENT as PATIENT

HERE = Path(__file__).parent

ALL = Options(fetch_size=0)

Look = Callable[..., list[tuple[Any, ...]]]


def pytest_report_header() -> str:
    hosts = os.environ.get("COODIE_HOSTS")
    return f"cluster: {hosts} (from COODIE_HOSTS)" if hosts else "cluster: a Cassandra that is started for this run"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Hypothesis looks whether the state of `random` changed while it drew, and a thread of the vendor may have done it.
    mark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(mark)


def require(error: NoCluster) -> None:
    """Skip for want of a cluster, or fail where there must be one."""
    if os.environ.get("COODIE_REQUIRE_CLUSTER") == "1":
        raise error
    pytest.skip(str(error))


ON_MEMORY = os.environ.get("COODIE_ENGINE") == "memory"
"""Whether the run is to be on the engine in memory: then tests that need a server itself are left out."""


@pytest.fixture(scope="session")
def memory() -> MemoryDriver | None:
    """The engine of the run, if it is one on the engine."""
    return MemoryDriver() if ON_MEMORY else None


@pytest.fixture(scope="session")
def cluster() -> Iterator[Found]:
    """The cluster of the run."""
    if ON_MEMORY:
        pytest.skip("the test needs a server itself")
    with ExitStack() as stack:
        try:
            found = stack.enter_context(find_cluster())
        except NoCluster as error:
            require(error)
        yield found


@pytest.fixture(scope="session")
def session(cluster: Found) -> Iterator[Session]:
    """The vendor's own session: what tests look with, and what coodie is given."""
    with connected(cluster) as session:
        yield session


@pytest.fixture
def vendor_session(cluster: Found) -> Iterator[Session]:
    """A session that a test may do with as it likes."""
    with connected(cluster) as session:
        yield session


@contextmanager
def connected(cluster: Found) -> Iterator[Session]:
    profile = ExecutionProfile(load_balancing_policy=default_lbp_factory(), request_timeout=300)
    vendor = Cluster(cluster.hosts, cluster.port, execution_profiles={EXEC_PROFILE_DEFAULT: profile}, **PATIENT)
    try:
        yield vendor.connect()
    finally:
        vendor.shutdown()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of 127.0.0.1 that nobody listens on, and that nobody else is given meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture(scope="module")
def keyspace(request: pytest.FixtureRequest, memory: MemoryDriver | None) -> Iterator[str]:
    """An empty keyspace for the tests of a module."""
    with keyspace_of(request, memory) as name:
        yield name


@pytest.fixture(scope="module")
def other_keyspace(request: pytest.FixtureRequest, memory: MemoryDriver | None) -> Iterator[str]:
    """One more."""
    with keyspace_of(request, memory) as name:
        yield name


@contextmanager
def keyspace_of(request: pytest.FixtureRequest, memory: MemoryDriver | None) -> Iterator[str]:
    if memory is None:
        with new_keyspace(request.getfixturevalue("cluster"), request.getfixturevalue("session")) as name:
            yield name
        return
    name = f"coodie_test_{secrets.token_hex(4)}"
    memory.run(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    yield name
    memory.run(f"DROP KEYSPACE {name}")


@pytest.fixture
def connection_options(request: pytest.FixtureRequest, memory: MemoryDriver | None, keyspace: str) -> dict[str, Any]:
    """What `init_coodie` is told: the session of the run, or the engine."""
    if memory is None:
        return {"session": request.getfixturevalue("session")}
    return {"driver": MemoryDriver(keyspace=keyspace, engine=memory.engine)}


@contextmanager
def new_keyspace(cluster: Found, session: Session) -> Iterator[str]:
    name = f"coodie_test_{secrets.token_hex(4)}"
    session.execute(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    try:
        yield name
    finally:
        # A server that ends with the run need not drop anything, and dropping takes it a second.
        if cluster.node is None:
            session.execute(f"DROP KEYSPACE {name}")


@pytest.fixture
def look(request: pytest.FixtureRequest, memory: MemoryDriver | None, keyspace: str) -> Look:
    """Ask the cluster without coodie: `look("SELECT a FROM {}.t WHERE b = %s", b)`, where {} is the keyspace."""
    if memory is not None:
        return lambda cql, *values: list(
            memory.execute(Statement(cql.format(keyspace).replace("%s", "?"), values, options=ALL)).rows
        )
    session: Session = request.getfixturevalue("session")
    profile = session.execution_profile_clone_update(EXEC_PROFILE_DEFAULT, row_factory=tuple_factory)

    def ask(cql: str, *values: Any) -> list[tuple[Any, ...]]:
        return list(session.execute(cql.format(keyspace), values or None, execution_profile=profile))

    return ask


@pytest.fixture
def prepared(look: Look, keyspace: str) -> Callable[[], list[str]]:
    """The different texts on tables of the keyspace that the server holds prepared."""
    if ON_MEMORY:
        pytest.skip("the engine lists no prepared statements")

    def ask() -> list[str]:
        texts = {text for (text,) in look("SELECT query_string FROM system.prepared_statements")}
        return sorted(text for text in texts if keyspace in text)

    return ask


@pytest.fixture
def spy(connection: None, keyspace: str) -> Iterator[RecordingDriver]:
    """A recorder between the door and the real driver of the default connection."""
    with RecordingDriver(get_driver(), keyspace=keyspace) as recorder:
        yield recorder
