"""The default connection of a test: the run's session, and the module's keyspace."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from cassandra.cluster import Session

from coodie.aio import close, init_coodie


@pytest.fixture
async def connection(session: Session, keyspace: str) -> AsyncIterator[None]:
    await init_coodie(session=session, keyspace=keyspace)
    yield
    await close()
