"""The plans and flows behind the methods that create, compare and drop tables, views, types and keyspaces.

``schema_flows.py`` compares and updates schemas; this module defines what each method passes to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.connections import connection_names
from coodie.cql.names import check_name
from coodie.cql.nodes import AlterKeyspace, Drop, DropKeyspace, Name, Truncate
from coodie.cql.options import check_flag
from coodie.cql.rendering.ddl import render_ddl
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.schema import schema_of, types_in
from coodie.mapping.state import Home
from coodie.mapping.usertype import UserType
from coodie.plans.arguments import check_connection
from coodie.plans.plan import Flow, Placed, Plan, nothing, place_of
from coodie.plans.schema_flows import ddl, rows, sync, verify
from coodie.plans.texts import refuse_view
from coodie.tables.change import SchemaMismatch, described
from coodie.tables.ddl import create_keyspace as creation
from coodie.tables.diff import keyspace_changes
from coodie.tables.introspect import found_keyspace
from coodie.tables.keyspaces import replication as replication_of
from coodie.tables.keyspaces import wanted_keyspace
from coodie.tables.table import Keyspace, Schema


def wanted(model: type[Model], home: Home | None = None) -> Schema:
    """The schema that one model wants, in the keyspace of ``home`` or else of the model or its connection."""
    return schema_of([model], place_of(mapper_of(model), home)[0])


def sync_table(
    model: type[Model], home: Home | None = None, *, dry_run: bool = False
) -> tuple[Flow[list[str]], str | None]:
    """Create the table or view if it is missing, else add missing columns and indexes; user-defined types come
    first.
    """
    check_flag("dry_run", dry_run)
    return sync(wanted(model, home), dry_run=dry_run), place_of(mapper_of(model), home)[1]


def verify_table(model: type[Model], home: Home | None = None, *, exact: bool = False) -> tuple[Flow[None], str | None]:
    """Raise `SchemaMismatch` if the table or view differs from the model; nothing is written."""
    check_flag("exact", exact)
    return verify(wanted(model, home), exact=exact), place_of(mapper_of(model), home)[1]


Wanted: TypeAlias = type[Model] | Placed[Any]
"""A model, or a model with another keyspace or connection (``Model.using()``)."""


def sync_all(models: Iterable[Wanted], *, dry_run: bool = False) -> list[tuple[Flow[list[str]], str | None]]:
    """One flow for each keyspace that these models are in, with its connection."""
    check_flag("dry_run", dry_run)
    return [(sync(schema, dry_run=dry_run), connection) for schema, connection in _by_keyspace(models)]


def verify_all(models: Iterable[Wanted], *, exact: bool = False) -> list[tuple[Flow[None], str | None]]:
    """One flow for each keyspace that these models are in, with its connection."""
    check_flag("exact", exact)
    return [(verify(schema, exact=exact, whole=exact), connection) for schema, connection in _by_keyspace(models)]


def _by_keyspace(models: Iterable[Wanted]) -> list[tuple[Schema, str | None]]:
    groups: dict[tuple[str | None, str | None], list[type[Model]]] = {}
    for each in models:
        model, home = (each.model, each.home) if isinstance(each, Placed) else (each, None)
        if not isinstance(model, type):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidQueryError(
                f"each model is an argument of its own, as in sync_all(*models), not {a_type(model)}"
            )
        groups.setdefault(place_of(mapper_of(model), home), []).append(model)
    return [(schema_of(group, keyspace), connection) for (keyspace, connection), group in groups.items()]


def sync_type(
    user_type: type[UserType], keyspace: str | None, connection: str | None, *, dry_run: bool = False
) -> Flow[list[str]]:
    """Create the type and the types inside it, or add missing fields."""
    check_flag("dry_run", dry_run)
    if keyspace is None:
        keyspace = connection_names.keyspace_of(check_connection(connection))
    return sync(types_in(user_type, keyspace), dry_run=dry_run)


def drop(model: type[Model], home: Home | None = None) -> Plan[None]:
    """``DROP TABLE IF EXISTS ...``, or ``DROP MATERIALIZED VIEW IF EXISTS ...``."""
    what = "MATERIALIZED VIEW" if mapper_of(model).is_view else "TABLE"
    return _schema(model, home, lambda name: Drop(what, name))


def truncate(model: type[Model], home: Home | None = None) -> Plan[None]:
    """``TRUNCATE TABLE ...``."""
    refuse_view(mapper_of(model))
    return _schema(model, home, Truncate)


def create_keyspace(
    name: str,
    replication_factor: int,
    strategy: str,
    dc_replication_map: dict[str, int] | None,
    durable_writes: bool,
    connection: str | None,
) -> Plan[None]:
    """``CREATE KEYSPACE IF NOT EXISTS ...``."""
    keyspace = wanted_keyspace(name, replication_factor, strategy, dc_replication_map, durable_writes)
    return Plan(ddl(render_ddl(creation(keyspace))), nothing, connection)


def alter_keyspace(
    name: str,
    replication_factor: int | None,
    strategy: str,
    dc_replication_map: dict[str, int] | None,
    durable_writes: bool | None,
    connection: str | None,
) -> Plan[None]:
    """``ALTER KEYSPACE ...``. Raises `InvalidQueryError` if nothing is to be altered."""
    node = altered_keyspace(name, replication_factor, strategy, dc_replication_map, durable_writes)
    return Plan(ddl(render_ddl(node)), nothing, connection)


def altered_keyspace(
    name: str,
    replication_factor: int | None,
    strategy: str,
    dc_replication_map: dict[str, int] | None,
    durable_writes: bool | None,
) -> AlterKeyspace:
    """The node of the ALTER KEYSPACE. Raises `InvalidQueryError` if nothing is to be altered."""
    check_name(name, "keyspace")
    if durable_writes is not None:
        check_flag("durable_writes", durable_writes)
    replication = None
    if dc_replication_map or replication_factor is not None:
        factor = replication_factor if replication_factor is not None else 0
        replication = replication_of(name, factor, strategy, dc_replication_map)
    if replication is None and durable_writes is None:
        raise InvalidQueryError(
            f"alter_keyspace({name!r}) needs a replication factor, a map of them, or durable_writes"
        )
    return AlterKeyspace(name, replication, durable_writes)


def drop_keyspace(name: str, connection: str | None) -> Plan[None]:
    """``DROP KEYSPACE IF EXISTS ...``."""
    return Plan(ddl(render_ddl(DropKeyspace(name))), nothing, connection)


def verify_keyspace(keyspace: Keyspace) -> Flow[None]:
    """Raise `SchemaMismatch` if the keyspace is missing, or if its replication or durable writes differ."""
    answers = {"keyspaces": (yield from rows(keyspace.name, "keyspaces"))}
    changes = keyspace_changes(keyspace, found_keyspace(answers))
    if changes:
        raise SchemaMismatch(f"keyspace {keyspace.name!r} differs:\n{described(changes)}", changes)


def _schema(model: type[Model], home: Home | None, node: Callable[[Name], Drop | Truncate]) -> Plan[None]:
    mapper = mapper_of(model)
    keyspace, connection = place_of(mapper, home)
    return Plan(ddl(render_ddl(node(Name(mapper.table.name, keyspace))), model), nothing, connection)
