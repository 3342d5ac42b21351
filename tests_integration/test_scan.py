"""On a real cluster: whole tables while they are written to, by processes that are killed, with rows that do not fit.

It is the short form of `python -m tests_integration.benchmarks.scan --rows 1000000`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cassandra.cluster import Session

from coodie.sync import close, init_coodie

from .benchmarks import scan
from .server import Found

ROWS = 3000


@pytest.fixture(scope="module")
def filled(session: Session, keyspace: str) -> Iterator[None]:
    init_coodie(session=session, keyspace=keyspace)
    scan.fill(ROWS)
    yield
    close()


@pytest.mark.parametrize("splits", [1, 8, 32])
def test_each_row_is_in_one_split_while_others_are_written(filled: None, splits: int) -> None:
    assert scan.in_splits(ROWS, splits) > 0


def test_a_process_that_is_killed_goes_on_from_its_state(filled: None, cluster: Found, keyspace: str) -> None:
    hosts = ",".join(f"{host}:{cluster.port}" for host in cluster.hosts)
    assert scan.killed(ROWS, hosts, keyspace, times=2) >= 2


def test_rows_that_do_not_fit_are_passed_over_once(filled: None) -> None:
    assert scan.unfit(ROWS) == scan.UNFIT
