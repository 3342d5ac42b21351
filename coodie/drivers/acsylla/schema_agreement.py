"""Schema changes: sending them all to the same node, and waiting until all nodes agree."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any, Final, NamedTuple, TypeAlias

from coodie.drivers.acsylla.vendor import CassException, NoHostsAvailable, create_statement
from coodie.drivers.shared.budget import Budget

Place: TypeAlias = tuple[str, int]
"""The address and the port of a node, as the vendor knows it."""

_PAUSE: Final = 0.2
_UNREACHABLE_COUNT_FOR: Final = 5.0
"""The seconds after which a node that cannot be reached no longer counts: one that is down keeps its old version."""
_ASKED_FOR: Final = 2.0
"""The seconds that a node may take to tell what it knows."""
_LEAST: Final = 0.1
_OWN: Final = "SELECT host_id, rpc_address, schema_version FROM system.local"
_OTHERS: Final = "SELECT host_id, rpc_address, schema_version FROM system.peers"


class _Node(NamedTuple):
    id: str
    address: str
    version: str


class SchemaChange:
    """One change of the schema: the node that it is sent to, and the waiting until all nodes have made it.

    ``port`` is that of all nodes; None if they are reached in another way, and then any node is asked. ``budget`` is
    that of the whole call.
    """

    def __init__(self, session: Any, port: int | None, budget: Budget) -> None:
        self._session = session
        self._port = port
        self._budget = budget
        self.place: Place | None = None

    async def choose(self) -> Place | None:
        """The node for requests that change the schema; None if it cannot be told, or none answers.

        Cassandra orders schema changes only if they are sent to the same node. All workers choose the same one, that
        with the first id, as they do with the other adapter. It is asked whether it answers, since the vendor does not
        tell.
        """
        if self._port is None:
            return None
        try:
            nodes = sorted(await self._seen())
        except CassException:
            return None
        for node in nodes:
            if await self._answers((node.address, self._port)):
                self.place = node.address, self._port
                break
        return self.place

    async def settle(self) -> None:
        """Return when all nodes have the same schema, as seen by the node that made the change; raise TimeoutError if
        they still differ when the time is over.

        The vendor waits as well, but goes on silently if its time is over, and not at all if the statement changed
        nothing, as after the same change by another client.
        """
        started = monotonic()
        while True:
            try:
                if await self._agree(unreachable_count=monotonic() - started < _UNREACHABLE_COUNT_FOR):
                    return
            except CassException:
                self.place = None  # the node is lost, and another takes its place while this waits
            left = self._budget.left()
            if left is not None and left <= 0:
                raise TimeoutError
            await asyncio.sleep(_PAUSE)

    async def _agree(self, *, unreachable_count: bool) -> bool:
        own, *others = await self._seen()
        for node in others:
            if node.version == own.version:
                continue
            if unreachable_count or self._port is None or await self._is_up((node.address, self._port)):
                return False
        return True

    async def _seen(self) -> list[_Node]:
        """All nodes, as one of them sees them: the chosen one, or any. That one comes first."""
        own = await self._ask(_OWN, self.place)
        if self.place is not None or self._port is None:
            return own + await self._ask(_OTHERS, self.place)
        try:
            # Another node's peers would lack that node itself.
            return own + await self._ask(_OTHERS, (own[0].address, self._port))
        except NoHostsAvailable:
            # The vendor knows it by the address that it connected to, which a network in between may have changed.
            return own + await self._ask(_OTHERS, None)

    async def _answers(self, place: Place) -> bool:
        try:
            await self._ask(_OWN, place)
        except CassException:
            return False
        return True

    async def _is_up(self, place: Place) -> bool:
        try:
            await self._ask(_OWN, place)
        except NoHostsAvailable:
            return False
        except CassException:
            return True
        return True

    async def _ask(self, cql: str, place: Place | None) -> list[_Node]:
        statement = create_statement(cql)
        left = self._budget.left()
        statement.set_timeout(_ASKED_FOR if left is None else min(_ASKED_FOR, max(left, _LEAST)))
        if place is not None:
            statement.set_host(*place)
        rows = [row.as_tuple() for row in await self._session.execute(statement)]
        # A node that is joining or was removed may have a row without these.
        return [_Node(*map(str, row)) for row in rows if cql is _OWN or None not in row]
