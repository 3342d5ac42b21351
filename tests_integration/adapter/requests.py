"""Requests as plans make them, and connections as users open them."""

from __future__ import annotations

import warnings
from typing import Any

from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, default_lbp_factory

from coodie.cql.message import Kind, Statement

from ..server import Found  # noqa: TID252 - the checkout's root is not on the path
from ..server.client import NO_DELAY  # noqa: TID252 - as above


def read(cql: str, *values: Any, **changes: Any) -> Statement:
    return Statement(cql, values, kind=Kind.READ, idempotent=True, **changes)


def write(cql: str, *values: Any, **changes: Any) -> Statement:
    return Statement(cql, values, **changes)


def ddl(cql: str) -> Statement:
    return Statement(cql, kind=Kind.SCHEMA)


def opened(cluster: Found, **options: Any) -> Cluster:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Cluster(cluster.hosts, cluster.port, **NO_DELAY, **options)


def profiles() -> dict[Any, ExecutionProfile]:
    return {EXEC_PROFILE_DEFAULT: ExecutionProfile(load_balancing_policy=default_lbp_factory(), request_timeout=300)}
