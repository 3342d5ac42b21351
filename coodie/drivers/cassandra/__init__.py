"""The adapter for cassandra-driver; the only room that imports the vendor. It is loaded when a connection is made."""

from __future__ import annotations

from coodie.drivers.cassandra import cluster
from coodie.drivers.cassandra.driver import CassandraDriver

__all__ = ["CassandraDriver", "cluster"]
