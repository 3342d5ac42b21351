"""The engine takes and refuses the changes of a schema that the server does: a short run of statements that are changed
at random.

``COODIE_DEFINITIONS`` makes it longer.
"""

from __future__ import annotations

import os

import pytest

from tests_integration.memory.chance import drawn_seed
from tests_integration.memory.definitions import run
from tests_integration.memory.line import Line
from tests_integration.server import Found

pytestmark = pytest.mark.needs_server("the engine is compared with it")

COUNT = int(os.environ.get("COODIE_DEFINITIONS", "1500"))


@pytest.mark.parametrize("seed", [21, None], ids=["fixed", "drawn"])
def test_changes_of_a_schema_that_are_changed_at_random_are_taken_alike(cluster: Found, seed: int | None) -> None:
    with Line(cluster) as line:
        counts, differences = run(line, COUNT, drawn_seed() if seed is None else seed)
    told = "\n".join(f"{each.text}\n    server: {each.server}\n    engine: {each.engine}" for each in differences)
    assert not differences, told
    assert counts["agree, taken"] > COUNT / 30
