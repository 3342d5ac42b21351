"""The tests' cluster, a keyspace for each module, and a look at tables that coodie has no part in."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Session
from cassandra.query import tuple_factory
from freezing import pytest_collection_finish as pytest_collection_finish
from testing.memory.wire.open_port import opened

from coodie.drivers import get_driver
from coodie.drivers.connect import aconnect
from coodie.drivers.protocol import AsyncDriver
from coodie.testing import MemoryDriver, RecordingDriver

from .server import Found, NoCluster, find_cluster
from .server.client import PATIENT as PATIENT
from .server.vendor import connected as connected

HERE = Path(__file__).parent

ON_MEMORY = os.environ.get("COODIE_ENGINE") == "memory"
"""Whether the run is on the engine, the Cassandra in memory, instead of a cluster."""

ON_ACSYLLA = os.environ.get("COODIE_DRIVER") == "acsylla"
"""Whether coodie's connections in the tests of the async API are opened with acsylla instead of cassandra-driver."""

REFUSED = {
    *(f"CREATE {what} in this form" for what in ("CUSTOM", "INDEX", "TABLE")),
    "indexes of the class org.apache.cassandra.index.sasi.SASIIndex",
    "the table system.prepared_statements",
    "a vector that its index cannot hold (zeros, NaN, infinity, beyond 1e17), which makes a server fail",
    "triggers",
    "user-defined functions",
}
"""Every feature that a test needs and the engine refuses. Another refusal fails."""

IGNORED = (
    # Hypothesis looks whether the state of `random` changed while it drew, and a thread of the vendor may have done it.
    "ignore:Do not use the `random` module inside strategies",
    # The tables of these tests are small.
    *(f"ignore::coodie.warnings.{what}Warning" for what in ("WholeTable", "IndexRead", "Aggregate")),
)
"""The warnings that are no failure here."""

Look = Callable[..., list[tuple[Any, ...]]]


def pytest_report_header() -> str:
    if ON_MEMORY:
        return "cluster: the Cassandra in memory (COODIE_ENGINE=memory)"
    hosts = os.environ.get("COODIE_HOSTS")
    return f"cluster: {hosts} (from COODIE_HOSTS)" if hosts else "cluster: a Cassandra that is started for this run"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs_server(why): the engine, which is one node in memory, cannot run the test"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark = pytest.mark.filterwarnings(*IGNORED)
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(mark)
        if ON_MEMORY and (needs := item.get_closest_marker("needs_server")):
            item.add_marker(pytest.mark.skip(reason=f"needs a server: {needs.args[0]}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    """Count what the engine refuses by name as refused, and only that: an expected failure, with the name."""
    report = yield
    if ON_ACSYLLA and report.failed and (feature := refused(call.excinfo, _BY_ACSYLLA)) is not None:
        report.outcome = "skipped"
        report.wasxfail = f"acsylla: {feature}"
    if ON_MEMORY and report.failed and (feature := refused(call.excinfo)) in REFUSED:
        report.outcome = "skipped"
        report.wasxfail = f"the engine refuses {feature}"
    return report


_BY_ENGINE = re.compile(r"MemoryDriver does not support (.+?); run this test on a real server")
_BY_ACSYLLA = re.compile(
    r"'acsylla' does not support (reading .+?decimal.+?|reading .+?into a set or a key of a map"
    r"|the function .+?|an expression .+?); use another one"
    r"|(acsylla reads timestamps to the millisecond from .+? only"
    r"|acsylla cannot read what lies outside the years \d+ to \d+)"
)
"""What acsylla cannot do, as its refusals and its unreadable cells say it; any other refusal fails."""


def refused(caught: pytest.ExceptionInfo[BaseException] | None, pattern: re.Pattern[str] = _BY_ENGINE) -> str | None:
    """The name of the feature, if a test or fixture failed because the engine, or the driver, has not got it."""
    error = caught.value if caught else None
    while error is not None:
        if found := pattern.search(str(error)):
            return str(next(filter(None, found.groups())))
        error = error.__cause__ or error.__context__
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was left out for want of a cluster, and write it into the file of $COODIE_LEFT_OUT."""
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())]
    missed = [reason.removeprefix("Skipped: ") for reason in reasons if "no Cassandra: " in reason]
    if missed:
        told = f"{len(missed)} tests were left out: {missed[0]}"
        terminalreporter.write_line(told)
        if path := os.environ.get("COODIE_LEFT_OUT"):
            Path(path).write_text(told, encoding="utf-8")


def require(error: NoCluster) -> None:
    """Skip for want of a cluster, or fail where there must be one."""
    if os.environ.get("COODIE_REQUIRE_CLUSTER") == "1":
        raise error
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def engine() -> MemoryDriver | None:
    """The engine of the run, if it is one on the engine."""
    return MemoryDriver() if ON_MEMORY else None


@pytest.fixture(scope="session")
def cluster(engine: MemoryDriver | None) -> Iterator[Found]:
    """The cluster of the run, or the engine on a port, which is one to all clients."""
    if engine is not None:
        with opened(engine) as port:
            yield Found(["127.0.0.1"], port, f"Cassandra in memory, at 127.0.0.1:{port}")
        return
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


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of 127.0.0.1 that nobody listens on, and that nobody else is given meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture(scope="module")
def keyspace(cluster: Found, session: Session) -> Iterator[str]:
    """An empty keyspace for the tests of a module."""
    with new_keyspace(cluster, session) as name:
        yield name


@pytest.fixture(scope="module")
def other_keyspace(cluster: Found, session: Session) -> Iterator[str]:
    """One more."""
    with new_keyspace(cluster, session) as name:
        yield name


@pytest.fixture(scope="module")
def acsylla_driver(cluster: Found, keyspace: str) -> Iterator[AsyncDriver | None]:
    """The driver of a module in a run on acsylla."""
    if not ON_ACSYLLA:
        yield None
        return
    driver = asyncio.run(aconnect(cluster.hosts, port=cluster.port, driver="acsylla", keyspace=keyspace))
    assert isinstance(driver, AsyncDriver)
    yield driver
    asyncio.run(driver.aclose())


@pytest.fixture
def connection_options(
    session: Session, engine: MemoryDriver | None, keyspace: str, acsylla_driver: AsyncDriver | None
) -> dict[str, Any]:
    """What `init_coodie` is told: the session of the run, acsylla, or the engine without a driver in between."""
    if acsylla_driver is not None:
        return {"driver": acsylla_driver}
    if engine is None:
        return {"session": session}
    return {"driver": MemoryDriver(keyspace=keyspace, engine=engine.engine)}


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
def look(session: Session, keyspace: str) -> Look:
    """Ask the cluster without coodie: `look("SELECT a FROM {}.t WHERE b = %s", b)`, where {} is the keyspace."""
    profile = session.execution_profile_clone_update(EXEC_PROFILE_DEFAULT, row_factory=tuple_factory)

    def ask(cql: str, *values: Any) -> list[tuple[Any, ...]]:
        return list(session.execute(cql.format(keyspace), values or None, execution_profile=profile))

    return ask


@pytest.fixture
def prepared(look: Look, keyspace: str) -> Callable[[], list[str]]:
    """The different texts on tables of the keyspace that the server holds prepared."""

    def ask() -> list[str]:
        texts = {text for (text,) in look("SELECT query_string FROM system.prepared_statements")}
        return sorted(text for text in texts if keyspace in text)

    return ask


@pytest.fixture
def spy(connection: None, keyspace: str) -> Iterator[RecordingDriver]:
    """A recorder between the door and the real driver of the default connection."""
    with RecordingDriver(get_driver(), keyspace=keyspace) as recorder:
        yield recorder
