"""Opens a driver session to a cluster, as an application would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session, default_lbp_factory

from .client import NO_DELAY, PATIENT
from .find import Found


@contextmanager
def connected(cluster: Found) -> Iterator[Session]:
    """Connect to the cluster, and close all when the block ends."""
    profile = ExecutionProfile(load_balancing_policy=default_lbp_factory(), request_timeout=300)
    options = {"execution_profiles": {EXEC_PROFILE_DEFAULT: profile}, **PATIENT, **NO_DELAY}
    vendor = Cluster(cluster.hosts, cluster.port, **options)
    try:
        yield vendor.connect()
    finally:
        vendor.shutdown()
