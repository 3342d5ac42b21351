"""Waits until all nodes agree on the schema."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from coodie.drivers.acsylla.vendor import CassException, create_statement
from coodie.drivers.shared.budget import Budget

_PAUSE: Final = 0.2
_ASKED: Final = ("SELECT schema_version FROM system.local", "SELECT schema_version FROM system.peers")


async def wait_for_agreement(session: Any, budget: Budget) -> None:
    """Return when all nodes have the same schema; raise TimeoutError if they still differ when the time is over.

    The vendor waits as well, but goes on silently if its time is over, and not at all if the statement changed nothing,
    as after the same change by another client. It does not tell which nodes are up, so all count.
    """
    while True:
        versions: set[str] = set()
        try:
            for cql in _ASKED:
                result = await session.execute(create_statement(cql))
                versions.update(row.as_tuple()[0] for row in result)
        except CassException:
            versions.clear()  # the node is lost, and another takes its place while this waits
        if len(versions) == 1:
            return
        left = budget.left()
        if left is not None and left <= 0:
            raise TimeoutError
        await asyncio.sleep(_PAUSE)
