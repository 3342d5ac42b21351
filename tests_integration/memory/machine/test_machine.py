"""A short run of the machine: one statement to the engine and to the server, equal answers.

``COODIE_MACHINE_STEPS`` makes it longer; `soak.py` runs without Hypothesis, and as long as it is told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from cassandra.cluster import Session
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests_integration.conftest import connected
from tests_integration.memory.machine.both import Both, own_second
from tests_integration.memory.machine.run import Machine, made
from tests_integration.memory.machine.shapes import TABLES

pytestmark = pytest.mark.needs_server("the engine is compared with it")

STEPS = int(os.environ.get("COODIE_MACHINE_STEPS", "300"))
_bases = count(0, 3)


@pytest.fixture(scope="module")
def both(vendor: Session, keyspace: str) -> Iterator[Both]:
    with own_second():
        yield made(vendor, keyspace)


@pytest.fixture(scope="module")
def vendor(cluster: Any) -> Iterator[Session]:
    with connected(cluster) as session:
        yield session


@pytest.mark.parametrize("table", TABLES)
def test_the_engine_answers_as_the_server_does(both: Both, table: str) -> None:
    class Steps(RuleBasedStateMachine):
        @initialize()
        def start(self) -> None:
            self.machine = Machine(both, lambda items: items[0], table, next(_bases))

        @rule(data=st.data())
        def step(self, data: st.DataObject) -> None:
            self.machine.pick = lambda items: data.draw(st.sampled_from(list(items)))
            self.machine.step()

        def teardown(self) -> None:
            self.machine.check()

    run_state_machine_as_test(
        Steps,
        settings=settings(
            max_examples=max(1, STEPS // len(TABLES) // 15),
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )
