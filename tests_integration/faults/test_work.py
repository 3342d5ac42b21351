"""Both doors do all of the work without a fault, on the Cassandra in memory, and what they noted is what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from coodie import aio, sync
from coodie.testing import MemoryDriver

from .hand import Hand, acarry_out, carry_out
from .holds import KEYSPACE, contents
from .journal import Cluster, differences
from .models import MODELS
from .work import KINDS, drawing

pytestmark = pytest.mark.filterwarnings("ignore::coodie.warnings.WholeTableWarning")

STEPS = 150


@pytest.fixture
def memory() -> Iterator[MemoryDriver]:
    memory = MemoryDriver()
    memory.run(f"CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    sync.init_coodie(driver=memory, keyspace=KEYSPACE)
    sync.sync_all(*MODELS)
    yield memory
    sync.close()


def hands() -> list[Hand]:
    return [Hand(f"{door.__name__}{n}", door, Random(n)) for door in (aio, sync) for n in range(2)]


def held(memory: MemoryDriver) -> Cluster:
    return contents(lambda text: [_Named(row) for row in sync.execute_raw(text)])


class _Named:
    """A row with attributes, as the vendor's are."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.__dict__.update(row)


async def work(kinds: list[str]) -> list[Hand]:
    found, draw = hands(), drawing(kinds)

    async def by_tasks(hand: Hand) -> None:
        for _ in range(STEPS):
            await acarry_out(hand, *draw(hand))

    def by_thread(hand: Hand) -> None:
        for _ in range(STEPS):
            carry_out(hand, *draw(hand))

    await asyncio.gather(
        *(by_tasks(hand) if hand.door is aio else asyncio.to_thread(by_thread, hand) for hand in found)
    )
    return found


async def test_the_work_of_both_doors_is_what_the_cluster_holds(memory: MemoryDriver) -> None:
    found = await work(list(KINDS))
    assert sum((hand.asked for hand in found[1:]), found[0].asked).keys() == KINDS.keys()
    assert differences([hand.journal for hand in found], held(memory)) == []


TAMPERING = {
    "saves": "DELETE a FROM faults.fault_rows WHERE hand = 'coodie.aio0' AND number IN ({})",
    "operators": "TRUNCATE faults.fault_bags",
    "batches": "DELETE FROM faults.fault_parts WHERE \"batch\" = 'coodie.sync1-5' AND number = 2",
    "counters": "UPDATE faults.fault_pages SET views = views + 1 WHERE id = 3",
    "bulk": "DELETE FROM faults.fault_loads WHERE load = 'coodie.sync0-3' AND number = 7",
    "scans": "TRUNCATE faults.fault_marks",
    "conditions": "TRUNCATE faults.fault_totals",
}


@pytest.mark.parametrize("kind", TAMPERING)
async def test_what_somebody_else_did_is_found(memory: MemoryDriver, kind: str) -> None:
    found = await work([kind])
    assert differences([hand.journal for hand in found], held(memory)) == []
    await aio.execute_raw(TAMPERING[kind].format(", ".join(map(str, range(40)))))
    assert differences([hand.journal for hand in found], held(memory)) != []


async def test_a_read_that_is_not_what_was_saved_is_found(memory: MemoryDriver) -> None:
    hand = hands()[0]
    draw = drawing(["saves", "pages"])
    for _ in range(50):
        await acarry_out(hand, *draw(hand))
    assert hand.journal.wrong == []
    await aio.execute_raw("TRUNCATE faults.fault_rows")
    while hand.asked["pages"] < 20:
        await acarry_out(hand, *draw(hand))
    assert hand.journal.wrong
