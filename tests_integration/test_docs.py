"""The snippets of the documentation that open a connection, as printed there, on a real cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session
from cassandra.connection import DefaultEndPoint
from snippets import run, with_cluster

from coodie.drivers.acsylla import cluster as acsylla_cluster
from coodie.drivers.acsylla.vendor import create_cluster
from coodie.drivers.registry import names, register_driver, unregister_driver
from coodie.sync import close
from coodie.testing import RecordingDriver

from .server import Found

ROOT = Path(__file__).parent.parent
PAGES = with_cluster([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


@pytest.fixture
def keyspaces(session: Session) -> Iterator[None]:
    """Those that the pages name. What was there before is left alone; no snippet for a cluster makes a table."""
    there = {row.keyspace_name for row in session.execute("SELECT keyspace_name FROM system_schema.keyspaces")}
    made = {"shop", "stats"} - there
    for name in made:
        session.execute(
            f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        )
    yield
    for name in made:
        session.execute(f"DROP KEYSPACE {name}")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_what_a_page_opens_is_opened(
    cluster: Found, keyspaces: None, monkeypatch: pytest.MonkeyPatch, page: Path
) -> None:
    # Whatever address a page names, the cluster is there.
    monkeypatch.setattr(DefaultEndPoint, "resolve", lambda endpoint: (cluster.hosts[0], cluster.port))
    there = {"contact_points": cluster.hosts, "port": cluster.port}
    monkeypatch.setattr(acsylla_cluster, "create_cluster", lambda **options: create_cluster(**{**options, **there}))

    @contextmanager
    def connections(found: dict[str, Any]) -> Iterator[None]:
        double, before = unregister_driver("default"), names()
        try:
            yield
        finally:
            for name in set(names()) - set(before):
                close(name)
            register_driver("default", double, default=True)
        for session in [value for value in found.values() if isinstance(value, Session)]:
            session.cluster.shutdown()

    with RecordingDriver(strict=False) as recorder:
        run(page, recorder, connections)
