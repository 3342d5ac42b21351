"""Makes the content of `cassandra.yaml`, as a dict: JSON is YAML, so it needs no YAML library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

FEATURES = {
    "materialized_views_enabled": True,
    "user_defined_functions_enabled": True,
    "sasi_indexes_enabled": True,
    # The default, CASSANDRA_4, refuses vectors and SAI.
    "storage_compatibility_mode": "NONE",
}

# Generous: a test machine may run three nodes on two cores, and a timeout that is not the test's own is noise.
TIMEOUTS = {
    "read_request_timeout": "20s",
    "range_request_timeout": "20s",
    "write_request_timeout": "20s",
    "counter_write_request_timeout": "20s",
    "cas_contention_timeout": "20s",
    "truncate_request_timeout": "60s",
    "request_timeout": "20s",
}

LIMITS = {
    "batch_size_warn_threshold": "64KiB",
    "batch_size_fail_threshold": "640KiB",
    "commitlog_segment_size": "16MiB",
    "commitlog_total_space": "128MiB",
    "key_cache_size": "8MiB",
    # Tests prepare thousands of texts; a server whose cache is full may forget a new one at once.
    "prepared_statements_cache_size": "64MiB",
    # DROP TABLE would keep a copy.
    "auto_snapshot": False,
}

# A killed process can lose what it acknowledged in its last ten seconds, unless it syncs before it answers.
COMMITLOG = {"commitlog_sync": "periodic", "commitlog_sync_period": "10s"}
DURABLE_COMMITLOG = {"commitlog_sync": "batch"}

AUTHENTICATION = {
    "authenticator": "PasswordAuthenticator",
    "authorizer": "CassandraAuthorizer",
    "role_manager": "CassandraRoleManager",
    # A permission test wants to see a GRANT at once.
    "permissions_validity": "0ms",
    "roles_validity": "0ms",
    "credentials_validity": "0ms",
}


def cassandra_yaml(
    *,
    directory: Path,
    address: str,
    native_port: int,
    storage_port: int,
    seeds: Sequence[str],
    initial_token: int,
    authentication: bool,
    durable: bool,
    changes: Mapping[str, object],
) -> dict[str, object]:
    """Return the settings of one node that lives in `directory`. In `changes`, a `None` removes a setting."""
    seed_provider = {
        "class_name": "org.apache.cassandra.locator.SimpleSeedProvider",
        "parameters": [{"seeds": ",".join(f"{seed}:{storage_port}" for seed in seeds)}],
    }
    settings: dict[str, object] = {
        "cluster_name": "coodie",
        "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
        "endpoint_snitch": "SimpleSnitch",
        "listen_address": address,
        "rpc_address": address,
        "native_transport_port": native_port,
        "storage_port": storage_port,
        "seed_provider": [seed_provider],
        # Given tokens and no bootstrap: the nodes of a new cluster can all start at the same time.
        "num_tokens": 1,
        "initial_token": str(initial_token),
        "auto_bootstrap": False,
        "data_file_directories": [str(directory / "data")],
        **{f"{name}_directory": str(directory / name) for name in ("commitlog", "saved_caches", "hints", "cdc_raw")},
        **FEATURES,
        **TIMEOUTS,
        **LIMITS,
        **(DURABLE_COMMITLOG if durable else COMMITLOG),
        **(AUTHENTICATION if authentication else {}),
        **changes,
    }
    return {name: value for name, value in settings.items() if value is not None}
