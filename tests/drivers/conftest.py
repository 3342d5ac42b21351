"""The fixtures of the adapter's tests. Where the vendor's driver is not installed, its adapter cannot be tested."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

if find_spec("acsylla") is None:
    collect_ignore = ["test_acsylla.py", "test_acsylla_schema.py"]
if find_spec("cassandra") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    from drivers.fake_cluster import cluster
    from drivers.fake_session import answer, driver, make_session, session

    __all__ = ["answer", "cluster", "driver", "make_session", "session"]


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say what is left out, and why."""
    return "no cassandra-driver: tests/drivers is left out" if find_spec("cassandra") is None else None
