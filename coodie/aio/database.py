"""Connections, keyspaces, schemas and statements of your own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

from coodie.aio._run import collect, drive, run
from coodie.cql.message import Consistency
from coodie.cql.options import check_flag
from coodie.drivers import lifecycle
from coodie.drivers.hooks import Hook
from coodie.drivers.protocol import AsyncDriver
from coodie.mapping.model import TableModel
from coodie.mapping.usertype import UserType
from coodie.plans import ddl_calls, raw, schema_flows
from coodie.plans.ddl_calls import Wanted
from coodie.plans.plan import Placed, placed
from coodie.plans.tracing import traced_page
from coodie.results import Trace
from coodie.tables.keyspaces import wanted_keyspace
from coodie.tables.table import Schema


async def init_coodie(
    hosts: str | Sequence[str] | None = None,
    *,
    session: Any = None,
    driver: AsyncDriver | str | None = None,
    keyspace: str | None = None,
    name: str = "default",
    lazy: bool = False,
    default: bool = False,
    hooks: Sequence[Hook] = (),
    slow: float | None = None,
    create_keyspace: bool | Mapping[str, Any] = False,
    **options: Any,
) -> None:
    """Connect, and register the connection as ``name``; the first connection is the default one.

    Give ``hosts`` (``"127.0.0.1"``, ``"db1:9042,db2"``, or a list), or a ``session`` of cassandra-driver, or a
    ``driver``; the last two are used as they are and never closed. With hosts, ``driver`` may be the name of an adapter
    (``register_adapter()``), which else is that for cassandra-driver. ``keyspace`` qualifies the tables of models that
    name none. ``lazy=True`` connects at first use. ``options`` go to the vendor's ``Cluster``. A connection that had
    this name is replaced, and closed if coodie had opened it. A double in the place of it (``coodie.testing``) stays,
    unless a driver itself is given.

    ``create_keyspace=True`` first sends ``CREATE KEYSPACE IF NOT EXISTS`` for ``keyspace``, with one copy of each row;
    it may also be a dictionary of options of `create_keyspace`, such as ``{"dc_replication_map": {"dc1": 3}}``.
    ``hooks`` are called for each request (see ``coodie.drivers.Hook``). A request of more than ``slow`` seconds is
    logged as a WARNING of the logger ``coodie``, which never contains a value.

    Raises `ConfigurationError` for invalid options, `Unavailable` if no host answers, and `RequestRejected` for wrong
    credentials, an unknown keyspace, or one that may not be created.
    """
    await lifecycle.aopen(
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


async def close(name: str | None = None) -> None:
    """Unregister the connection ``name``, or all of them without a name, and close those that coodie opened.

    Raises `ConfigurationError` for an unknown name.
    """
    await lifecycle.aclose(name)


@overload
async def execute_raw(
    cql: str,
    params: raw.Params = (),
    *,
    connection: str | None = None,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    fetch_size: int | None = None,
    trace: Literal[False] = False,
) -> list[dict[str, Any]]: ...


@overload
async def execute_raw(
    cql: str,
    params: raw.Params = (),
    *,
    connection: str | None = None,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    fetch_size: int | None = None,
    trace: Literal[True],
) -> Trace: ...


async def execute_raw(
    cql: str,
    params: raw.Params = (),
    *,
    connection: str | None = None,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    fetch_size: int | None = None,
    trace: bool = False,
) -> list[dict[str, Any]] | Trace:
    """Send a statement of your own, with one value for each ``?``, and return all rows as dictionaries.

    ``await execute_raw("SELECT name FROM shop.users WHERE id = ?", [uid])``, or with values by name, ``"... WHERE id =
    :id", {"id": uid}``. The text is sent unchanged. ``timeout`` is in seconds for each page, ``fetch_size`` in rows per
    page. With ``trace=True`` the server traces the statement, and the trace of its first page is returned instead of
    rows. Raises `InvalidQueryError` for an empty text, invalid options, a name without a value or a value without a
    name, and the errors of the driver. A write is never taken for idempotent.
    """
    pages = raw.execute_raw(
        cql, params, connection=connection, consistency=consistency, timeout=timeout, fetch_size=fetch_size
    )
    return await drive(traced_page(pages), connection) if check_flag("trace", trace) else await collect(pages)


async def create_keyspace(
    name: str,
    *,
    replication_factor: int = 1,
    strategy: str = "SimpleStrategy",
    dc_replication_map: dict[str, int] | None = None,
    durable_writes: bool = True,
    connection: str | None = None,
) -> None:
    """``CREATE KEYSPACE IF NOT EXISTS name WITH replication = {...}``.

    With ``dc_replication_map``, the number of copies by data centre such as ``{"dc1": 3}``, the strategy is
    ``NetworkTopologyStrategy``, and ``replication_factor`` and ``strategy`` are ignored. An existing keyspace is not
    changed; see `alter_keyspace`. Raises `InvalidQueryError` for an invalid name or number of copies.
    """
    await run(
        ddl_calls.create_keyspace(name, replication_factor, strategy, dc_replication_map, durable_writes, connection)
    )


async def alter_keyspace(
    name: str,
    *,
    replication_factor: int | None = None,
    strategy: str = "SimpleStrategy",
    dc_replication_map: dict[str, int] | None = None,
    durable_writes: bool | None = None,
    connection: str | None = None,
) -> None:
    """``ALTER KEYSPACE name WITH replication = {...} AND durable_writes = ...``; omitted properties are not changed.

    This does not move any copies of rows: run a full repair on every node, or reads can miss rows. Raises
    `InvalidQueryError` if there is nothing to alter, and `RequestRejected` for a keyspace that does not exist.
    """
    await run(
        ddl_calls.alter_keyspace(name, replication_factor, strategy, dc_replication_map, durable_writes, connection)
    )


async def verify_keyspace(
    name: str,
    *,
    replication_factor: int = 1,
    strategy: str = "SimpleStrategy",
    dc_replication_map: dict[str, int] | None = None,
    durable_writes: bool = True,
    connection: str | None = None,
) -> None:
    """Compare a keyspace with the one that `create_keyspace` would make; nothing is written.

    Raises `SchemaMismatch`, which shows both sides, if it is missing or its replication or durable writes differ.
    """
    wanted = wanted_keyspace(name, replication_factor, strategy, dc_replication_map, durable_writes)
    await drive(ddl_calls.verify_keyspace(wanted), connection)


async def drop_keyspace(name: str, *, connection: str | None = None) -> None:
    """``DROP KEYSPACE IF EXISTS name``, which also drops everything in it."""
    await run(ddl_calls.drop_keyspace(name, connection))


async def sync_all(*models: Wanted, dry_run: bool = False) -> list[str]:
    """Do what `sync_table()` and `sync_view()` do for all of these models: types first, then tables, then views.

    A model may have another keyspace or connection: ``sync_all(User, User.using(keyspace="t42"))``. The schema of each
    keyspace is read once, however many models it has, and everything is compared before anything is sent. Returns the
    statements sent; with ``dry_run=True`` they are only returned. Raises `SchemaMismatch`, which shows every difference
    that cannot be resolved by adding.
    """
    texts: list[str] = []
    for flow, connection in ddl_calls.sync_all(models, dry_run=dry_run):
        texts += await drive(flow, connection)
    return texts


async def verify_all(*models: Wanted, exact: bool = False) -> None:
    """Do what `verify_table()` and `verify_view()` do for all of these models; nothing is written.

    A model may have another keyspace or connection: ``User.using(keyspace="t42")``. Raises `SchemaMismatch`, which
    shows every difference in a keyspace. With ``exact=True``, anything in the keyspace that these models do not have
    counts as a difference, including other tables.
    """
    for flow, connection in ddl_calls.verify_all(models, exact=exact):
        await drive(flow, connection)


async def sync_table(model: Wanted, /, *, dry_run: bool = False) -> list[str]:
    """Create the table or view of a model of either API, or add what it lacks. See `Document.sync_table`."""
    return await drive(*ddl_calls.sync_table(*placed(model, "sync_table"), dry_run=dry_run))


async def verify_table(model: Wanted, /, *, exact: bool = False) -> None:
    """Compare the table or view with a model of either API; nothing is written. See `Document.verify_table`."""
    await drive(*ddl_calls.verify_table(*placed(model, "verify_table"), exact=exact))


async def drop_table(model: Wanted, /) -> None:
    """``DROP TABLE IF EXISTS ...`` for a model of either API, which also deletes all rows; drops a view as well."""
    await run(ddl_calls.drop(*placed(model, "drop_table")))


async def truncate(model: type[TableModel] | Placed[Any], /) -> None:
    """``TRUNCATE TABLE ...`` for a model of either API, which deletes all rows."""
    await run(ddl_calls.truncate(*placed(model, "truncate")))


async def sync_type(
    user_type: type[UserType], *, keyspace: str | None = None, connection: str | None = None, dry_run: bool = False
) -> list[str]:
    """Create a user-defined type and the types inside it, or add missing fields.

    It sends ``CREATE TYPE IF NOT EXISTS ...`` and ``ALTER TYPE ... ADD ...``, in the given keyspace or that of the
    connection. Returns the statements sent; with ``dry_run=True`` they are only returned. Raises `SchemaMismatch` if a
    field has another type, which cannot be altered. ``sync_table()`` creates the types of a table by itself, so this is
    only needed for types alone.
    """
    return await drive(ddl_calls.sync_type(user_type, keyspace, connection, dry_run=dry_run), connection)


async def read_schema(keyspace: str, *, connection: str | None = None) -> Schema | None:
    """The schema of a keyspace as a value: types, tables, views and options. None if the keyspace does not exist.

    ``coodie.schema.diff(wanted, found)`` compares two of them.
    """
    return await drive(schema_flows.read_all(keyspace), connection)
