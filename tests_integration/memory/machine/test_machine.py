"""A short run of the machine: one statement to the engine and to the server, equal answers.

``COODIE_MACHINE_STEPS`` makes it longer; `soak.py` runs as long as it is told. The first run is the same each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests_integration.memory.chance import drawn_seed
from tests_integration.memory.line import Line
from tests_integration.memory.machine.both import Both
from tests_integration.memory.machine.run import made
from tests_integration.memory.machine.shapes import SCANNED, TABLES
from tests_integration.memory.machine.soak import Soak
from tests_integration.memory.machine.transcript import transcript
from tests_integration.server import Found

pytestmark = pytest.mark.needs_server("the engine is compared with it")

STEPS = int(os.environ.get("COODIE_MACHINE_STEPS", "3000"))
NAMES = [*TABLES, *SCANNED]


@pytest.fixture(scope="module")
def both(cluster: Found) -> Iterator[Both]:
    with Line(cluster) as line, made(line, NAMES) as found:
        yield found


@pytest.mark.parametrize(("seed", "share"), [(1, 1.0), (None, 0.4)], ids=["fixed", "drawn"])
def test_the_engine_answers_as_the_server_does(both: Both, seed: int | None, share: float) -> None:
    first = drawn_seed() if seed is None else seed
    soak = Soak(both, both.count + int(STEPS * share), first, NAMES)
    soak.run()
    told = [f"seed {number} on {soak.name(number)}: {difference}" for number, difference in soak.differences.items()]
    if soak.differences:
        number, difference = min(soak.differences.items())
        told += ["", *transcript(both, soak.name(number), soak.shrunk(number) or difference)]
    assert not soak.differences, "\n".join(told)
