"""Random sequences of all that writes, in both doors, against plain dictionaries: rules 3, 21, 22, 23, 24, 25 and 35.

``COODIE_STEPS`` is how many steps are taken.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest
from cassandra.cluster import Session
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from coodie import aio, sync

from .batches import Batches
from .reading import Reading
from .tables import AsyncItem, SyncItem
from .world import Look, World

STEPS = int(os.environ.get("COODIE_STEPS", "1500"))
"""In both doors together."""

EACH = 50
"""So many in a row, before all begins anew."""


@pytest.fixture
def of_sync(session: Session, keyspace: str, other_keyspace: str) -> Iterator[World]:
    sync.init_coodie(session=session, keyspace=keyspace)
    yield made(SyncItem, sync.BatchQuery, lambda call: call, session, keyspace, other_keyspace)
    sync.close()


@pytest.fixture
def of_aio(session: Session, keyspace: str, other_keyspace: str) -> Iterator[World]:
    loop = asyncio.new_event_loop()
    do = loop.run_until_complete
    do(aio.init_coodie(session=session, keyspace=keyspace))
    yield made(AsyncItem, aio.AsyncBatchQuery, do, session, keyspace, other_keyspace)
    do(aio.close())
    loop.close()


def made(item: Any, batch: Any, do: Any, session: Session, *keyspaces: str) -> World:
    for place in (item, item.using(keyspace=keyspaces[1])):
        do(place.sync_table())

    def leave(batch: Any) -> None:
        error = ValueError()
        leaves = batch.__exit__ if hasattr(batch, "__exit__") else batch.__aexit__
        assert not do(leaves(ValueError, error, None))

    return World(do, batch, leave, item, (keyspaces[0], keyspaces[1]), Look(session, (keyspaces[0], keyspaces[1])))


WEIGHTS = {
    "assign": 5,
    "save": 5,
    "update": 5,
    "batch": 4,
    "change_in_place": 4,
    "find": 4,
    "delete_columns": 3,
    "read": 3,
    "update_by_query": 3,
    "conditional_batch": 2,
    "copy": 2,
    "delete": 2,
    "insert": 2,
    "make": 2,
    "refresh": 2,
    "rollback": 2,
    "save_elsewhere": 2,
    "change_the_key": 1,
    "delete_by_query": 1,
    "delete_many": 1,
}


class EachStep(Batches, Reading):
    """One rule for all: of many, Hypothesis would leave out a part each time, and so few steps would do too little."""

    @rule(data=st.data(), name=st.sampled_from([name for name, weight in WEIGHTS.items() for _ in range(weight)]))
    def step(self, data: st.DataObject, name: str) -> None:
        getattr(self, name)(data)


@pytest.mark.parametrize("door", ["sync", "aio"])
def test_random_sequences_do_what_plain_dictionaries_do(door: str, request: pytest.FixtureRequest) -> None:
    class InThisDoor(EachStep):
        world = request.getfixturevalue(f"of_{door}")

    run_state_machine_as_test(
        InThisDoor,
        settings=settings(
            max_examples=max(1, STEPS // 2 // 40),
            stateful_step_count=EACH,
            deadline=None,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{InThisDoor.world.steps} steps in the {door} door")
