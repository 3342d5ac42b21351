"""What a change of the schema takes: one node that hears of all of them, and all nodes that agree in the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import Any, Final, TypeAlias

Ask: TypeAlias = Callable[[str, float], Sequence[tuple[Any, ...]]]
"""Sends a text to the node that hears of the schema, with a timeout in seconds; gives the rows."""

_PAUSE: Final = 0.2
_OWN: Final = "SELECT schema_version FROM system.local"
_OTHERS: Final = "SELECT host_id, schema_version FROM system.peers"
_MAY_DO_NOTHING: Final = re.compile(r"\s*(CREATE|ALTER|DROP)\s.*\bIF\s+(NOT\s+)?EXISTS\b", re.IGNORECASE | re.DOTALL)


def schema_host(session: Any) -> Any:
    """The node for a request that changes the schema or asks for it; None if none is up.

    Cassandra orders the changes of a schema only when they come by one node. Workers that send them to different nodes
    at once can leave the cluster with two schemas that it never reconciles; so all workers choose alike, by the nodes'
    ids, and look at the schema where they change it.
    """
    up = [host for host in session.get_pool_state() if host.is_up is not False]
    return min(up, key=lambda host: str(host.host_id), default=None)


def may_do_nothing(cql: str) -> bool:
    """Whether it has an ``IF NOT EXISTS`` or ``IF EXISTS``.

    The vendor waits for agreement after a change only. Where another client made that change a moment ago, this
    statement changes nothing, and the nodes may not agree yet all the same.
    """
    return _MAY_DO_NOTHING.match(cql) is not None


def wait_for_agreement(cluster: Any, ask: Ask, until: float) -> None:
    """Return when all nodes have one schema; raise what kept them from it when ``until`` has passed. Blocks.

    The vendor waits ``max_schema_agreement_wait`` seconds, and only where it keeps metadata of the schema; so this goes
    on where it stopped. With 0 its user wants no waiting at all.
    """
    if cluster.max_schema_agreement_wait <= 0:
        return
    error: Exception = TimeoutError()
    while not cluster.is_shutdown:
        left = until - monotonic()
        try:
            if _agree(cluster, ask, max(left, _PAUSE)):
                return
        except Exception as reason:  # noqa: BLE001 - the node is lost, and another takes its place while this waits
            error = reason
        if left <= 0:
            break
        sleep(min(_PAUSE, left))
    raise error


def _agree(cluster: Any, ask: Ask, timeout: float) -> bool:
    """Whether the nodes that are up have one schema, as the node sees it that hears of the schema."""
    up = {host.host_id for host in cluster.metadata.all_hosts() if host.is_up is not False}
    versions = {version for (version,) in ask(_OWN, timeout)}
    versions |= {version for host_id, version in ask(_OTHERS, timeout) if host_id in up}
    return len(versions) == 1
