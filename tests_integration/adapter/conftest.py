"""Sessions of users, of protocols 4 and 5, with profiles and in the old way; and the adapter over each."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Session, default_lbp_factory
from cassandra.query import dict_factory

from coodie.drivers.cassandra import CassandraDriver

from ..server import Found  # noqa: TID252 - the checkout's root is not on the path
from .requests import ddl, opened, profiles


@pytest.fixture(scope="module", params=["v4, profiles", "v5, profiles", "v5, legacy"])
def users_session(cluster: Found, request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session as a user may have it: dictionaries for rows."""
    version, mode = int(request.param[1]), request.param[4:]
    if mode == "legacy":
        vendor = opened(cluster, protocol_version=version, load_balancing_policy=default_lbp_factory())
        session = vendor.connect()
        session.row_factory = dict_factory
        session.default_timeout = 300
    else:
        chosen = profiles()
        chosen[EXEC_PROFILE_DEFAULT].row_factory = dict_factory
        vendor = opened(cluster, protocol_version=version, execution_profiles=chosen)
        session = vendor.connect()
    yield session
    vendor.shutdown()


@pytest.fixture
def driver(users_session: Session) -> Iterator[CassandraDriver]:
    driver = CassandraDriver(users_session)
    yield driver
    driver.close()


@pytest.fixture
def table(driver: CassandraDriver, keyspace: str) -> str:
    """A table of its own for each test."""
    name = f"{keyspace}.t_{uuid4().hex}"
    driver.execute(ddl(f"CREATE TABLE {name} (id int, n int, v text, PRIMARY KEY (id, n))"))
    return name
