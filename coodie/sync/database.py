# Derived by tests/derive.py: edit coodie/aio/database.py,
# then run `tox -e sync`.
"""Connections, keyspaces and statements of your own, in this door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coodie.sync._run import collect, drive, run
from coodie.sync.bound import BoundModel
from coodie.cql.message import Consistency
from coodie.drivers import lifecycle
from coodie.drivers.hooks import Hook
from coodie.drivers.protocol import SyncDriver
from coodie.mapping.model import Model
from coodie.mapping.usertype import UserType
from coodie.plans import ddl_calls, raw, schema_flows
from coodie.tables.keyspaces import wanted_keyspace
from coodie.tables.table import Schema


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
    slow: float | None = None,
    create_keyspace: bool | Mapping[str, Any] = False,
    **options: Any,
) -> None:
    """Connect, and make the connection known as ``name``; the first one is the default.

    Give ``hosts`` (``"127.0.0.1"``, ``"db1:9042,db2"``, or a list), or a ``session`` of cassandra-driver, or a
    ``driver``; the last two are used as they are and never closed. ``keyspace`` qualifies the tables of models that
    name none. ``lazy=True`` connects at first use. ``options`` go to the vendor's ``Cluster``. A connection that had
    this name is replaced, and closed if coodie had opened it. A double in the place of it (``coodie.testing``) stays,
    unless a ``driver`` is given.

    ``create_keyspace=True`` first sends ``CREATE KEYSPACE IF NOT EXISTS`` for ``keyspace``, with one copy of each row;
    a dictionary in its place has options of `create_keyspace`: ``{"dc_replication_map": {"dc1": 3}}``. ``hooks`` are
    told of each trip (see ``coodie.drivers.Hook``). A trip of more than ``slow`` seconds is a WARNING of the logger
    ``coodie``, which never has a value.

    Raises `ConfigurationError` for options that do not fit, `Unavailable` if no host answers, `RequestRejected` for
    wrong credentials, an unknown keyspace, or one that may not be created.
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
        slow=slow,
        create_keyspace=create_keyspace,
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

    ``execute_raw("SELECT name FROM shop.users WHERE id = ?", [uid])``. The text goes as it is. ``timeout`` is in
    seconds for each page, ``fetch_size`` in rows a page. Raises `InvalidQueryError` for an empty text or wrong
    options, and what the driver raises; a write of yours is never taken for idempotent.
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

    With ``dc_replication_map``, copies by data centre such as ``{"dc1": 3}``, it is a ``NetworkTopologyStrategy``, and
    ``replication_factor`` and ``strategy`` do not count. One that exists stays as it is: see `alter_keyspace`. Raises
    `InvalidQueryError` for a name or a number of copies that cannot be.
    """
    run(
        ddl_calls.create_keyspace(name, replication_factor, strategy, dc_replication_map, durable_writes, connection)
    )


def alter_keyspace(
    name: str,
    *,
    replication_factor: int | None = None,
    strategy: str = "SimpleStrategy",
    dc_replication_map: dict[str, int] | None = None,
    durable_writes: bool | None = None,
    connection: str | None = None,
) -> None:
    """``ALTER KEYSPACE name WITH replication = {...} AND durable_writes = ...``; what is not given stays as it is.

    Copies of rows are not moved by it: run a full repair on every node, else reads can miss rows. Raises
    `InvalidQueryError` if there is nothing to alter, `RequestRejected` for a keyspace that does not exist.
    """
    run(
        ddl_calls.alter_keyspace(name, replication_factor, strategy, dc_replication_map, durable_writes, connection)
    )


def verify_keyspace(
    name: str,
    *,
    replication_factor: int = 1,
    strategy: str = "SimpleStrategy",
    dc_replication_map: dict[str, int] | None = None,
    durable_writes: bool = True,
    connection: str | None = None,
) -> None:
    """Compare a keyspace with what `create_keyspace` would make, and write nothing.

    Raises `SchemaMismatch` that shows both sides if it is missing, or has other copies or another durability.
    """
    wanted = wanted_keyspace(name, replication_factor, strategy, dc_replication_map, durable_writes)
    drive(ddl_calls.verify_keyspace(wanted), connection)


def drop_keyspace(name: str, *, connection: str | None = None) -> None:
    """``DROP KEYSPACE IF EXISTS name``, with all that is in it."""
    run(ddl_calls.drop_keyspace(name, connection))


def sync_all(*models: type[Model] | BoundModel[Any], dry_run: bool = False) -> list[str]:
    """What `sync_table()` and `sync_view()` do, for all of these models: types first, then tables, views last.

    A model may be in another place than its own: ``sync_all(User, User.using(keyspace="t42"))``.
    Each keyspace is asked once for all that it has, however many models are in it, and everything is compared before
    anything is sent to it. Gives the statements sent; ``dry_run=True`` sends none of them. Raises `SchemaMismatch`
    that shows every difference which adding cannot mend.
    """
    texts: list[str] = []
    for flow, connection in ddl_calls.sync_all(models, dry_run=dry_run):
        texts += drive(flow, connection)
    return texts


def verify_all(*models: type[Model] | BoundModel[Any], exact: bool = False) -> None:
    """What `verify_table()` and `verify_view()` do, for all of these models; nothing is written.

    A model may be in another place than its own: ``User.using(keyspace="t42")``.
    Raises `SchemaMismatch` that shows every difference of a keyspace. With ``exact=True`` all that a keyspace has
    beyond these models is one too, other tables included.
    """
    for flow, connection in ddl_calls.verify_all(models, exact=exact):
        drive(flow, connection)


def sync_type(
    user_type: type[UserType], *, keyspace: str | None = None, connection: str | None = None, dry_run: bool = False
) -> list[str]:
    """Create a user-defined type and those that it holds, or add the fields that one lacks.

    It sends ``CREATE TYPE IF NOT EXISTS ...`` and ``ALTER TYPE ... ADD ...``, in the keyspace given or that of the
    connection. Gives the statements sent; ``dry_run=True`` sends none of them. Raises `SchemaMismatch` if a field has
    another type: it cannot be altered. Tables bring their types along, so this is for types alone.
    """
    return drive(ddl_calls.sync_type(user_type, keyspace, connection, dry_run=dry_run), connection)


def read_schema(keyspace: str, *, connection: str | None = None) -> Schema | None:
    """All that a keyspace has, as a value: types, tables, views, options. None if there is none of that name.

    ``coodie.schema.diff(wanted, found)`` compares two of them.
    """
    return drive(schema_flows.read_all(keyspace), connection)
