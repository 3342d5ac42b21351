"""Some hundreds of operations under some faults of a fixed seed. `tox -e faults` is the same at length."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from cassandra import ReadTimeout
from cassandra.cluster import Session

from coodie.cql.message import Kind, Statement
from coodie.drivers.connect import aconnect
from coodie.drivers.protocol import AsyncDriver
from tests_integration.conftest import ON_ACSYLLA, require
from tests_integration.server import NoCluster, prepare_server
from tests_integration.server.cluster import READ_FROM_ALL

from .hand import LONGEST
from .mischief import FAULTS
from .ring import Ring
from .ring import ring as start
from .run import Order, run
from .work import KINDS

pytestmark = [
    pytest.mark.needs_server("three nodes that are killed and cut off"),
    pytest.mark.filterwarnings("ignore::coodie.warnings.WholeTableWarning"),
]

CREATE = (
    "CREATE KEYSPACE while_down WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}",
    "CREATE TABLE while_down.t (id int PRIMARY KEY)",
)
SHORT = ("kill", "pause", "drop", "cut", "partition", "clock", "migrations")


@pytest.fixture(scope="module")
def ring() -> Iterator[Ring]:
    try:
        prepare_server()
        with start() as ring:
            yield ring
    except NoCluster as error:
        require(error)


async def test_every_answer_is_what_the_cluster_holds(ring: Ring) -> None:
    order = Order(operations=600, seed=7, hold=2, rate=30, faults=SHORT, driver="acsylla" if ON_ACSYLLA else None)
    result = await run(ring, order)
    print(result)
    assert result.wrong == []
    assert result.longest[0] <= LONGEST + result.late
    assert result.asked.keys() == KINDS.keys()
    assert result.faults.keys() == set(SHORT)
    assert result.told["acknowledged"] > 100


def test_a_node_that_is_cut_off_hears_no_other_and_is_reached_by_clients(ring: Ring) -> None:
    one, *others = ring.members
    one.lose(*others)
    with one.node.session() as session:
        with pytest.raises(ReadTimeout, match="received only 1"):
            session.execute(READ_FROM_ALL, timeout=30)
        assert session.execute("SELECT key FROM system.local").one()
    ring.heal()


def test_a_clock_that_jumps(ring: Ring) -> None:
    member = ring.members[1]
    member.set_clock(600_000)
    with member.node.session() as session:
        deadline = time.time() + 30
        while wrong(session) < 500:
            assert time.time() < deadline
    ring.heal()


def wrong(session: Session) -> float:
    """By how many seconds the clock of a node is wrong."""
    (now,) = session.execute("SELECT cast(totimestamp(now()) AS bigint) FROM system.local").one()
    return float(now / 1000 - time.time())


async def test_acsylla_changes_the_schema_while_a_node_is_down(ring: Ring) -> None:
    pytest.importorskip("acsylla")
    driver = await aconnect(ring.hosts, port=ring.port, driver="acsylla", schema_timeout=60)
    assert isinstance(driver, AsyncDriver)
    down, *others = ring.members
    down.node.kill()
    try:
        for cql in CREATE:
            await driver.aexecute(Statement(cql, kind=Kind.SCHEMA))
        for other in others:
            with other.node.session() as session:
                session.execute("SELECT id FROM while_down.t")
    finally:
        await driver.aclose()
        await asyncio.to_thread(ring.heal)


def test_the_long_form_has_every_fault() -> None:
    assert set(SHORT) < set(FAULTS) == set(Order().faults)
