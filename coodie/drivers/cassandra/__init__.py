"""The adapter for cassandra-driver, the only package that imports the vendor; loaded when a connection is made."""

from __future__ import annotations

from typing import Final

from coodie.drivers.adapters import Adapter
from coodie.drivers.cassandra import cluster
from coodie.drivers.cassandra.driver import CassandraDriver

# The vendor's way to connect blocks, so the async door has it done in a thread.
ADAPTER: Final = Adapter(connect=cluster.connect, check=cluster.check, over=cluster.over)

__all__ = ["ADAPTER", "CassandraDriver"]
