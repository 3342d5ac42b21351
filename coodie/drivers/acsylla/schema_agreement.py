"""Schema changes: sending them all to the same node, and waiting until all nodes agree."""

from __future__ import annotations

import asyncio
from typing import Any, Final, NamedTuple, TypeAlias

from coodie.drivers.acsylla.vendor import CassException, NoHostsAvailable, create_statement
from coodie.drivers.shared.budget import Budget

Place: TypeAlias = tuple[str, int]
"""The address and the port of a node, as the vendor knows it."""

_PAUSE: Final = 0.2
_ASKED_FOR: Final = 2.0
"""The seconds that a node may take to tell what it knows."""
_OWN: Final = "SELECT host_id, rpc_address, schema_version FROM system.local"
_OTHERS: Final = "SELECT host_id, rpc_address, schema_version FROM system.peers"


class _Node(NamedTuple):
    id: str
    address: str
    version: str


async def schema_place(session: Any, port: int | None) -> Place | None:
    """The node for requests that change the schema; None if it cannot be told, or none answers.

    Cassandra orders schema changes only if they are sent to the same node. All workers choose the same one, that with
    the first id, as they do with the other adapter. It is asked whether it answers, since the vendor does not tell.
    """
    if port is None:
        return None
    try:
        nodes = sorted(await _seen(session, port, None))
    except CassException:
        return None
    for node in nodes:
        if await _answers(session, (node.address, port)):
            return node.address, port
    return None


async def wait_for_agreement(session: Any, budget: Budget, port: int | None, place: Place | None) -> None:
    """Return when all nodes have the same schema, as seen by the node that made the change; raise TimeoutError if they
    still differ when the time is over.

    The vendor waits as well, but goes on silently if its time is over, and not at all if the statement changed nothing,
    as after the same change by another client.
    """
    while True:
        try:
            if await _agree(session, port, place):
                return
        except CassException:
            place = None  # the node is lost, and another takes its place while this waits
        left = budget.left()
        if left is not None and left <= 0:
            raise TimeoutError
        await asyncio.sleep(_PAUSE)


async def _agree(session: Any, port: int | None, place: Place | None) -> bool:
    own, *others = await _seen(session, port, place)
    for node in others:
        if node.version != own.version and (port is None or await _is_up(session, (node.address, port))):
            return False
    return True


async def _seen(session: Any, port: int | None, place: Place | None) -> list[_Node]:
    """All nodes, as one of them sees them: the one at ``place``, or any. That one comes first."""
    own = await _ask(session, _OWN, place)
    if place is None and port is not None:
        # Another node's peers would lack that node itself.
        place = own[0].address, port
    return own + await _ask(session, _OTHERS, place)


async def _ask(session: Any, cql: str, place: Place | None) -> list[_Node]:
    statement = create_statement(cql)
    statement.set_timeout(_ASKED_FOR)
    if place is not None:
        statement.set_host(*place)
    rows = [row.as_tuple() for row in await session.execute(statement)]
    return [_Node(*map(str, row)) for row in rows if None not in row]


async def _answers(session: Any, place: Place) -> bool:
    try:
        return bool(await _ask(session, _OWN, place))
    except CassException:
        return False


async def _is_up(session: Any, place: Place) -> bool:
    """Whether a node counts: one that is down keeps the version that it had."""
    try:
        return bool(await _ask(session, _OWN, place))
    except NoHostsAvailable:
        return False
    except CassException:
        return True
