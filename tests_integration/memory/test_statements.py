"""The engine refuses and takes what the server does: a short run of statements that are changed at random.

``COODIE_STATEMENTS`` makes it longer.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests_integration.conftest import connected
from tests_integration.memory import raw
from tests_integration.memory.statements import run

pytestmark = pytest.mark.needs_server("the engine is compared with it")

COUNT = int(os.environ.get("COODIE_STATEMENTS", "1500"))
ALLOWED = 0.01
"""A share that may differ: statements with several faults, which the two find in other orders."""


def test_statements_changed_at_random_are_prepared_alike(cluster: Any) -> None:
    with connected(cluster) as session:
        raw.set_up(session)
        session.cluster.schema_metadata_enabled = False
        counts, differences = run(session, COUNT, seed=11)
    told = "\n".join(f"{each.text}\n    server: {each.server}\n    engine: {each.engine}" for each in differences)
    assert len(differences) <= COUNT * ALLOWED, told
    assert counts["agree, taken"] > COUNT / 100
    assert counts["agree on 0x2200"] > COUNT / 10
