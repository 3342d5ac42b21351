"""Which node hears of the schema: always the same one.

Cassandra orders the changes of a schema only when they come by one node. Workers that send them to different nodes at
once can leave the cluster with two schemas that it never reconciles; so all workers choose alike, by the nodes' ids,
and look at the schema where they change it.
"""

from __future__ import annotations

from typing import Any


def schema_host(session: Any) -> Any:
    """The node for a request that changes the schema or asks for it; None if none is up."""
    up = [host for host in session.get_pool_state() if host.is_up is not False]
    return min(up, key=lambda host: str(host.host_id), default=None)
