"""The adapter for cassandra-driver: the only package that imports the vendor, loaded when a connection is opened."""

from __future__ import annotations

from typing import Final

from coodie.drivers.adapters import Adapter
from coodie.drivers.cassandra import cluster
from coodie.drivers.cassandra.driver import CassandraDriver

# The vendor connects in a blocking call, so there is no aconnect, and the async API connects in a thread.
ADAPTER: Final = Adapter(connect=cluster.connect, check=cluster.check, over=cluster.over)

__all__ = ["ADAPTER", "CassandraDriver"]
