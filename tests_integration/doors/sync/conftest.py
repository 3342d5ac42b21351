# Derived by tests/derive.py: edit tests_integration/doors/aio/conftest.py,
# then run `tox -e sync`.
"""The default connection of a test: the run's session or engine, and the module's keyspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from coodie.sync import close, init_coodie


@pytest.fixture
def connection(connection_options: dict[str, Any], keyspace: str) -> Iterator[None]:
    init_coodie(**connection_options, keyspace=keyspace)
    yield
    close()
