"""Several nodes on one machine: 127.0.0.1, 127.0.0.2, and so on, one JVM each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from cassandra import ConsistencyLevel
from cassandra.query import SimpleStatement

from .node import FIRST_TOKEN, Node
from .ports import free_ports

# A read that every node has to answer, from a keyspace that has a copy on each. Less would not do: for seconds after
# its start, a node may answer queries and not have heard of the others.
REPLICATE = "ALTER KEYSPACE system_traces WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': {}}}"
READ_FROM_ALL = SimpleStatement(
    "SELECT duration FROM system_traces.sessions WHERE session_id = 00000000-0000-1000-8000-000000000000",
    consistency_level=ConsistencyLevel.ALL,
)


@contextmanager
def cluster(
    size: int = 3,
    *,
    authentication: bool = False,
    durable: bool = False,
    changes: Mapping[str, object] | None = None,
) -> Iterator[list[Node]]:
    """Start `size` nodes that share the ring in equal parts, and give them when each sees all others up."""
    addresses = [f"127.0.0.{number}" for number in range(1, size + 1)]
    native_port, storage_port = free_ports(2, addresses)
    with ExitStack() as stack:
        nodes = []
        for index, address in enumerate(addresses):
            node = Node(
                address,
                ports=(native_port, storage_port),
                seeds=addresses,
                initial_token=FIRST_TOKEN + index * 2**64 // size,
                authentication=authentication,
                durable=durable,
                changes=changes,
            )
            stack.callback(node.close)
            nodes.append(node)
        start_together(nodes)
        yield nodes


def start_together(nodes: list[Node]) -> None:
    """Start all at once, and return when each sees the others."""
    for node in nodes:
        node.start()
    for node in nodes:
        node.wait_ready()
    nodes[0].wait_for(REPLICATE.format(len(nodes)), timeout=600)
    for node in nodes:
        node.wait_for(READ_FROM_ALL, timeout=600)
