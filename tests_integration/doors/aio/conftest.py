"""The default connection of a test: the run's session or engine, and the module's keyspace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from coodie.aio import close, init_coodie


@pytest.fixture
async def connection(connection_options: dict[str, Any], keyspace: str) -> AsyncIterator[None]:
    await init_coodie(**connection_options, keyspace=keyspace)
    yield
    await close()
