"""What takes the place of the vendor's cluster while a connection is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coodie.drivers.cassandra import cluster as cluster_module


class FakeCluster:
    """Takes the vendor's place in `cluster`; ``made`` has all that were made."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.protocol_version = 66
        self.made: list[dict[str, Any]] = []
        self.errors: dict[str, BaseException] = {}
        self.shutdowns = 0
        self.connects = 0
        self.keyspaces: list[str] = []
        self.gate: Callable[[], object] = lambda: None
        session.set_keyspace = self.set_keyspace
        session.cluster.shutdown = self.shutdown

    def __call__(self, **options: Any) -> FakeCluster:
        self.made.append(options)
        self.fail("make")
        return self

    def fail(self, step: str) -> None:
        if step in self.errors:
            raise self.errors.pop(step)

    def connect(self) -> Any:
        self.connects += 1
        self.gate()
        self.fail("connect")
        return self.session

    def set_keyspace(self, keyspace: str) -> None:
        self.keyspaces.append(keyspace)
        self.fail("keyspace")

    def shutdown(self) -> None:
        self.session.cluster.is_shutdown = True
        self.shutdowns += 1


@pytest.fixture
def cluster(session: Any, monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    cluster = FakeCluster(session)
    monkeypatch.setattr(cluster_module, "Cluster", cluster)
    return cluster
