"""Opens a driver session to a cluster, as an application would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cassandra.cluster import (
    EXEC_PROFILE_DEFAULT,
    Cluster,
    ExecutionProfile,
    NoHostAvailable,
    Session,
    default_lbp_factory,
)

from .client import NO_DELAY, PATIENT
from .find import Found


@contextmanager
def connected(cluster: Found) -> Iterator[Session]:
    """Connect to the cluster with version 5 of the protocol, and close all when the block ends."""
    profile = ExecutionProfile(load_balancing_policy=default_lbp_factory(), request_timeout=300)
    session = _connect(cluster, {"execution_profiles": {EXEC_PROFILE_DEFAULT: profile}, **PATIENT, **NO_DELAY})
    try:
        yield session
    finally:
        session.cluster.shutdown()


def _connect(cluster: Found, options: dict[str, Any]) -> Session:
    """In version 5 of the protocol, the vendor may lose the bytes of a read, and so the connection, and the cluster."""
    for _ in range(3):
        vendor = Cluster(cluster.hosts, cluster.port, protocol_version=5, **options)
        try:
            return vendor.connect()
        except NoHostAvailable as error:
            vendor.shutdown()
            if "CRC mismatch" not in str(error):
                raise
            refused = error
    raise refused
