# Derived by tests/derive.py: edit tests_integration/doors/aio/conftest.py,
# then run `tox -e sync`.
"""The default connection of a test: the run's session, and the module's keyspace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cassandra.cluster import Session

from coodie.sync import close, init_coodie


@pytest.fixture
def connection(session: Session, keyspace: str) -> Iterator[None]:
    init_coodie(session=session, keyspace=keyspace)
    yield
    close()
