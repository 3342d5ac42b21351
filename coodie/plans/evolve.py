"""Creating tables and adding to them: different trips, one after another, so these are flows.

A table is only ever added to. What differs otherwise is reported as `SchemaMismatch`, which shows both sides.
"""

from __future__ import annotations

from typing import Any

from coodie.cql.message import Kind, Statement
from coodie.cql.nodes import CreateKeyspace, Drop, DropKeyspace, Name, Truncate
from coodie.cql.render_ddl import render_ddl
from coodie.mapping.mapper import Mapper
from coodie.plans.plan import Flow, Plan, keyspace_of, nothing
from coodie.tables.ddl import additions, creation
from coodie.tables.introspect import columns_question, found_columns


def sync_table(mapper: Mapper[Any], *, dry_run: bool = False) -> Flow[list[str]]:
    """Create the table if it is missing, else add the columns and indexes that it lacks.

    Gives the statements that were sent, or with ``dry_run`` would be. Without a keyspace the cluster cannot be asked
    what it has, so then only what creates is sent.
    """
    keyspace = keyspace_of(mapper)
    has = []
    if keyspace is not None:
        page = yield columns_question(keyspace, mapper.table.name)
        has = found_columns(page)
    wanted = additions(mapper.table, keyspace, has) if has else creation(mapper.table, keyspace)
    texts = [render_ddl(node) for node in wanted]
    if not dry_run:
        for text in texts:
            yield ddl(text)
    return texts


def drop_table(mapper: Mapper[Any]) -> Plan[None]:
    """``DROP TABLE IF EXISTS ...``."""
    return _schema(mapper, render_ddl(Drop("TABLE", Name(mapper.table.name, keyspace_of(mapper)))))


def truncate(mapper: Mapper[Any]) -> Plan[None]:
    """``TRUNCATE TABLE ...``."""
    return _schema(mapper, render_ddl(Truncate(Name(mapper.table.name, keyspace_of(mapper)))))


def create_keyspace(
    name: str,
    replication_factor: int,
    strategy: str,
    dc_replication_map: dict[str, int] | None,
    durable_writes: bool,
    connection: str | None,
) -> Plan[None]:
    """``CREATE KEYSPACE IF NOT EXISTS ...``."""
    if dc_replication_map:
        replication = {"class": "NetworkTopologyStrategy"} | {dc: str(n) for dc, n in dc_replication_map.items()}
    else:
        replication = {"class": strategy, "replication_factor": str(replication_factor)}
    text = render_ddl(CreateKeyspace(name, tuple(replication.items()), durable_writes))
    return Plan(ddl(text), nothing, connection)


def drop_keyspace(name: str, connection: str | None) -> Plan[None]:
    """``DROP KEYSPACE IF EXISTS ...``."""
    return Plan(ddl(render_ddl(DropKeyspace(name))), nothing, connection)


def ddl(text: str) -> Statement:
    """A statement that changes the schema: never prepared, and done when all nodes agree."""
    return Statement(text, (), (), Kind.SCHEMA)


def _schema(mapper: Mapper[Any], text: str) -> Plan[None]:
    return Plan(ddl(text), nothing, mapper.settings.connection)
