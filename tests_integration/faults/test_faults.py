"""Some hundreds of operations under some faults of a fixed seed. `tox -e faults` is the same at length."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests_integration.conftest import ON_ACSYLLA, require
from tests_integration.server import NoCluster, prepare_server

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


def test_the_long_form_has_every_fault() -> None:
    assert set(SHORT) < set(FAULTS) == set(Order().faults)
