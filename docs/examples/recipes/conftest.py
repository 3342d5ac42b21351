"""The Cassandra of the recipes: the one in memory, on a port, as other processes see it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The programs import the modules beside them.
sys.path.insert(0, str(Path(__file__).parent))

from models import PATIENT, Visit
from programs import started

from coodie.sync import close, init_coodie


@pytest.fixture(scope="session")
def hosts() -> Iterator[str]:
    with started("-m", "coodie.testing.memory", "--port=0", "--keyspace=shop", limit=3600) as server:
        hosts = server.line("listening on (.*)").group(1)
        init_coodie(hosts, keyspace="shop", **PATIENT)
        Visit.sync_table()
        close()
        yield hosts


@pytest.fixture(autouse=True)
def settings(hosts: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings of the recipes, and no connection left."""
    monkeypatch.setenv("COODIE_HOSTS", hosts)
    yield
    close()
