# Derived from coodie/aio/database.py by tests/derive.py: edit that file, then run `tox -e sync`.
"""Connections, keyspaces and statements of your own, in this door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coodie.sync._run import collect, run
from coodie.cql.message import Consistency
from coodie.drivers import lifecycle
from coodie.drivers.hooks import Hook
from coodie.drivers.protocol import SyncDriver
from coodie.plans import evolve, raw


def init_coodie(
    hosts: str | Sequence[str] | None = None,
    *,
    session: Any = None,
    driver: SyncDriver | None = None,
    keyspace: str | None = None,
    name: str = "default",
    lazy: bool = False,
    default: bool = False,
    hooks: Sequence[Hook] = (),
    **options: Any,
) -> None:
    """Connect, and make the connection known as ``name``; the first one is the default.

    Give ``hosts`` (``"127.0.0.1"``, ``"db1:9042,db2"``, or a list), or a ``session`` of cassandra-driver, or a
    ``driver``; the last two are used as they are and never closed. ``keyspace`` qualifies the tables of models that
    name none. ``lazy=True`` connects at first use. ``hooks`` are told of each trip (see ``coodie.drivers.Hook``).
    ``options`` go to the vendor's ``Cluster``. A connection that had this name is replaced, and closed if coodie had
    opened it.

    Raises `ConfigurationError` for options that do not fit, `Unavailable` if no host answers, `RequestRejected` for
    wrong credentials or an unknown keyspace.
    """
    lifecycle.open(
        hosts,
        session=session,
        driver=driver,
        keyspace=keyspace,
        name=name,
        lazy=lazy,
        default=default,
        hooks=hooks,
        **options,
    )


def close(name: str | None = None) -> None:
    """Forget the connection ``name``, or without a name all of them, and close what coodie had opened.

    Raises `ConfigurationError` for an unknown name.
    """
    lifecycle.close(name)


def execute_raw(
    cql: str,
    params: Sequence[Any] = (),
    *,
    connection: str | None = None,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    fetch_size: int | None = None,
) -> list[dict[str, Any]]:
    """Send a statement of your own, with one value for each ``?``, and get all rows of all pages as dictionaries.

    The text goes as it is. ``timeout`` is in seconds for each page, ``fetch_size`` in rows a page.
    """
    return collect(
        raw.execute_raw(
            cql, params, connection=connection, consistency=consistency, timeout=timeout, fetch_size=fetch_size
        )
    )


def create_keyspace(
    name: str,
    *,
    replication_factor: int = 1,
    strategy: str = "SimpleStrategy",
    dc_replication_map: dict[str, int] | None = None,
    durable_writes: bool = True,
    connection: str | None = None,
) -> None:
    """``CREATE KEYSPACE IF NOT EXISTS name WITH replication = {...}``.

    With ``dc_replication_map``, such as ``{"dc1": 3}``, it is a ``NetworkTopologyStrategy``.
    """
    run(
        evolve.create_keyspace(name, replication_factor, strategy, dc_replication_map, durable_writes, connection)
    )


def drop_keyspace(name: str, *, connection: str | None = None) -> None:
    """``DROP KEYSPACE IF EXISTS name``, with all that is in it."""
    run(evolve.drop_keyspace(name, connection))
