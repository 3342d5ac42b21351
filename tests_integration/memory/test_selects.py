"""The engine finds the rows that the server finds: a short run of SELECT statements that are changed at random.

``COODIE_SELECTS`` makes it longer.
"""

from __future__ import annotations

import os

import pytest

from tests_integration.memory.chance import drawn_seed
from tests_integration.memory.line import Line
from tests_integration.memory.selects import run
from tests_integration.server import Found

pytestmark = pytest.mark.needs_server("the engine is compared with it")

COUNT = int(os.environ.get("COODIE_SELECTS", "2000"))


@pytest.mark.parametrize("seed", [11, None], ids=["fixed", "drawn"])
def test_select_statements_changed_at_random_give_the_same_rows(cluster: Found, seed: int | None) -> None:
    with Line(cluster) as line:
        counts, differences = run(line, COUNT, drawn_seed() if seed is None else seed)
    told = "\n".join(f"{each.text}\n    server: {each.server}\n    engine: {each.engine}" for each in differences)
    assert not differences, told
    assert counts["agree, rows"] > COUNT / 50
