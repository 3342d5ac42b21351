"""A real Cassandra for the tests and the demo, on any machine with a JDK 17 and Maven.

`find_cluster` is the way in. `Node` and `cluster` are for tests that stop, kill or pause servers.
`python -m tests_integration.server -- CMD ...` runs a command with a server.
"""

from __future__ import annotations

from .cluster import cluster, start_together
from .errors import NoCluster, NodeFailed
from .find import Found, find_cluster, prepare_server
from .node import Node

__all__ = [
    "Found",
    "NoCluster",
    "Node",
    "NodeFailed",
    "cluster",
    "find_cluster",
    "prepare_server",
    "start_together",
]
