"""``coodie doctor``: what helps in a report of a problem, without secrets."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib import metadata
from time import perf_counter
from typing import Any, Final

import typer

from coodie._errors import CoodieError
from coodie.cli.command import CLUSTER, FOLDER, KEYSPACE, MODELS, Call, command
from coodie.cli.connection import connected, use_keyspace
from coodie.cli.schema import changes_in
from coodie.cli.stop import DONE, FOUND, Stop, status_of
from coodie.migrations.status import Condition
from coodie.sync.database import execute_raw
from coodie.sync.migrations import Migrations

_PACKAGES: Final = ("coodie", "pydantic", "cassandra-driver", "scylla-driver", "typer", "rich")
_SERVER: Final = "SELECT release_version, cql_version, data_center, rack, schema_version FROM system.local"
_PEERS: Final = "SELECT data_center, release_version, schema_version FROM system.peers"
_TRIPS: Final = 5
# Typed as a plain class for pyright, which would otherwise narrow to a list of unknown types.
_LIST: Final[type[Any]] = list


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "doctor", CLUSTER, KEYSPACE, FOLDER, MODELS)(doctor)


def version(distribution: str) -> str | None:
    """The version of an installed distribution; None if it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def doctor(call: Call) -> int:
    """Show what helps in a report of a problem: versions, the cluster, and how schema and migrations stand.

    There are no secrets in it. The exit status is 1 if something is not as it should be. Nothing is written.
    """
    told: dict[str, Any] = dict(_versions())
    status = DONE
    try:
        with connected(call.settings, call.timeout):
            told |= _cluster()
            if call.settings.keyspaces:
                use_keyspace(call.settings.keyspace)
                told |= _keyspace(call)
    except (CoodieError, Stop) as error:
        told["problem"], status = str(error), status_of(error)
    if told.get("schema_agreement") == "no" or told.get("pending_migrations") or told.get("differing_from_models"):
        status = FOUND
    call.output.document(told)
    call.output.table(("what", "is"), [(name.replace("_", " "), _shown(value)) for name, value in told.items()])
    return status


def _shown(value: Any) -> str:
    return ", ".join(value) or "none" if isinstance(value, _LIST) else str(value)


def _versions() -> Iterator[tuple[str, str]]:
    yield "Python", f"{platform.python_implementation()} {platform.python_version()}, {platform.platform()}"
    for name in _PACKAGES:
        if (found := version(name)) is not None:
            yield name, found


def _cluster() -> dict[str, Any]:
    started = perf_counter()
    trips = [execute_raw(_SERVER) for _ in range(_TRIPS)]
    latency = (perf_counter() - started) / _TRIPS
    local, peers = trips[0][0], execute_raw(_PEERS)
    nodes = [local, *peers]
    centres = sorted({str(each["data_center"]) for each in nodes})
    return {
        "server": ", ".join(sorted({str(each["release_version"]) for each in nodes})),
        "CQL": local["cql_version"],
        "nodes": f"{len(nodes)} in {', '.join(centres)}",
        "schema_agreement": "yes" if len({each["schema_version"] for each in nodes}) == 1 else "no",
        "latency": f"{latency * 1000:.1f} ms",
    }


def _keyspace(call: Call) -> dict[str, Any]:
    told: dict[str, Any] = {"keyspace": call.settings.keyspace}
    if call.settings.migrations.is_dir():
        found = Migrations(call.settings.migrations).status()
        told["pending_migrations"] = [
            f"{each.revision} ({each.condition.value})" for each in found if each.condition is not Condition.APPLIED
        ]
    if call.settings.models:
        changes = changes_in(call.models(), exact=False)
        told["differing_from_models"] = sorted({each.name for each in changes})
    return told
