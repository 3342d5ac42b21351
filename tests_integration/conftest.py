"""The tests' cluster, a keyspace for each module, and a look at tables that coodie has no part in."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session, default_lbp_factory
from cassandra.query import tuple_factory

from coodie.drivers import get_driver
from coodie.testing import RecordingDriver

from .server import Found, NoCluster, find_cluster

Look = Callable[..., list[tuple[Any, ...]]]


def pytest_report_header() -> str:
    hosts = os.environ.get("COODIE_HOSTS")
    return f"cluster: {hosts} (from COODIE_HOSTS)" if hosts else "cluster: a Cassandra that is started for this run"


def require(error: NoCluster) -> None:
    """Skip for want of a cluster, or fail where there must be one."""
    if os.environ.get("COODIE_REQUIRE_CLUSTER") == "1":
        raise error
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Found]:
    """The cluster of the run."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(find_cluster())
        except NoCluster as error:
            require(error)
        yield found


@pytest.fixture(scope="session")
def session(cluster: Found) -> Iterator[Session]:
    """The vendor's own session: what tests look with, and what coodie is given."""
    profile = ExecutionProfile(load_balancing_policy=default_lbp_factory(), request_timeout=30)
    vendor = Cluster(cluster.hosts, cluster.port, execution_profiles={EXEC_PROFILE_DEFAULT: profile})
    try:
        yield vendor.connect()
    finally:
        vendor.shutdown()


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


class new_keyspace:  # noqa: N801 - used like a function
    """A keyspace for the length of a block."""

    def __init__(self, cluster: Found, session: Session) -> None:
        self._session = session
        # A server that ends with the run need not drop anything, and dropping takes it a second.
        self._drop = cluster.node is None
        self._name = f"coodie_test_{secrets.token_hex(4)}"

    def __enter__(self) -> str:
        replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
        self._session.execute(f"CREATE KEYSPACE {self._name} WITH replication = {replication}")
        return self._name

    def __exit__(self, *_: object) -> None:
        if self._drop:
            self._session.execute(f"DROP KEYSPACE {self._name}")


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
