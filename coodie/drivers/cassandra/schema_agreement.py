"""Schema changes: sending them all to the same node, and waiting until all nodes agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import Any, Final, TypeAlias

Ask: TypeAlias = Callable[[str, float], Sequence[tuple[Any, ...]]]
"""Sends a text to the node for schema changes, with a timeout in seconds, and returns the rows."""

_PAUSE: Final = 0.2
_OWN: Final = "SELECT schema_version FROM system.local"
_OTHERS: Final = "SELECT host_id, schema_version FROM system.peers"
_MAY_DO_NOTHING: Final = re.compile(r"\s*(CREATE|ALTER|DROP)\s.*\bIF\s+(NOT\s+)?EXISTS\b", re.IGNORECASE | re.DOTALL)


def schema_host(session: Any) -> Any:
    """The node for requests that change or read the schema; None if no node is up.

    Cassandra orders schema changes only if they are sent to the same node. Workers that send them to different nodes at
    the same time can leave the cluster with two schemas that it never reconciles. So all workers choose the same node,
    by the ids of the nodes, and read the schema from where they change it.
    """
    up = [host for host in session.get_pool_state() if host.is_up is not False]
    return min(up, key=lambda host: str(host.host_id), default=None)


def may_do_nothing(cql: str) -> bool:
    """Whether the text has an ``IF NOT EXISTS`` or ``IF EXISTS``.

    The vendor waits for agreement only if the statement changed something. If another client made the same change a
    moment ago, this statement changes nothing, but the nodes may still disagree.
    """
    return _MAY_DO_NOTHING.match(cql) is not None


def wait_for_agreement(cluster: Any, ask: Ask, until: float) -> None:
    """Return when all nodes have the same schema; raise the last error if they still differ at ``until``. Blocks.

    The vendor waits only ``max_schema_agreement_wait`` seconds, and only if it keeps schema metadata, so this continues
    where it stopped. If the user set that to 0, there is no waiting at all.
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
    """Whether the nodes that are up have the same schema, as seen by the node for schema changes."""
    up = {host.host_id for host in cluster.metadata.all_hosts() if host.is_up is not False}
    versions = {version for (version,) in ask(_OWN, timeout)}
    versions |= {version for host_id, version in ask(_OTHERS, timeout) if host_id in up}
    return len(versions) == 1
