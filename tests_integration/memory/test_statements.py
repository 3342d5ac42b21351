"""The engine refuses and takes what the server does: a short run of statements that are changed at random.

``COODIE_STATEMENTS`` makes it longer.
"""

from __future__ import annotations

import os

import pytest

from tests_integration.memory.chance import drawn_seed
from tests_integration.memory.line import Line
from tests_integration.memory.statements import run
from tests_integration.server import Found

pytestmark = pytest.mark.needs_server("the engine is compared with it")

COUNT = int(os.environ.get("COODIE_STATEMENTS", "2500"))
ALLOWED = 0.01
"""A share that may differ: statements with several faults, which the two find in other orders."""


@pytest.mark.parametrize(("seed", "share"), [(11, 1.0), (None, 0.4)], ids=["fixed", "drawn"])
def test_statements_changed_at_random_are_prepared_alike(cluster: Found, seed: int | None, share: float) -> None:
    count = int(COUNT * share)
    with Line(cluster) as line:
        counts, differences = run(line, count, drawn_seed() if seed is None else seed)
    told = "\n".join(f"{each.text}\n    server: {each.server}\n    engine: {each.engine}" for each in differences)
    assert len(differences) <= count * ALLOWED, told
    assert counts["agree, taken"] > count / 100
    assert counts["agree on 0x2200"] > count / 10
