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
from hypothesis.stateful import run_state_machine_as_test

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


@pytest.mark.parametrize("door", ["sync", "aio"])
def test_random_sequences_do_what_plain_dictionaries_do(door: str, request: pytest.FixtureRequest) -> None:
    class InThisDoor(Batches, Reading):
        world = request.getfixturevalue(f"of_{door}")

    run_state_machine_as_test(
        InThisDoor,
        settings=settings(
            max_examples=max(1, STEPS // 2 // 40),
            stateful_step_count=EACH,
            deadline=None,
            report_multiple_bugs=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{InThisDoor.world.steps} steps in the {door} door")
