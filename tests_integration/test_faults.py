"""Faults beside the errors of a cluster: the same text, for a statement and for a batch, with values and without.

Two nodes of their own, of which one falls silent: the other then waits for it, as long as its settings say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from coodie.drivers import Batch, BatchKind, CassandraDriver, Kind, Options, Statement, get_driver
from coodie.exceptions import DriverError
from coodie.sync import close, init_coodie
from coodie.testing import RecordingDriver, faults
from coodie.testing.faults import Fault

from .conftest import require
from .server import NoCluster, Node, cluster, prepare_server

SHORT = {f"{what}_timeout": "1s" for what in ("read_request", "write_request", "cas_contention")}


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Node]]:
    try:
        prepare_server()
    except NoCluster as error:
        require(error)
    with cluster(2, authentication=True, changes={**SHORT, "tombstone_failure_threshold": 2}) as nodes:
        yield nodes


@pytest.fixture(scope="module", params=[False, True], ids=["masked", "shown"])
def driver(nodes: list[Node], request: pytest.FixtureRequest) -> Iterator[CassandraDriver]:
    yield from connected(nodes[0], nodes[0].login, log_values=request.param)
