"""CREATE, ALTER and DROP KEYSPACE."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from coodie.cql.nodes import AlterKeyspace, CreateKeyspace, DropKeyspace
from coodie.testing.memory.answers import Change
from coodie.testing.memory.ddl.change import Changed, Context, with_space
from coodie.testing.memory.ddl.option_values import as_int
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors.schema import (
    KEYSPACE_EXISTS,
    LOCAL_STRATEGY,
    NEGATIVE_FACTOR,
    NO_DATACENTER,
    NO_FACTOR,
    NO_REPLICATION,
    NO_STRATEGY_CLASS,
    NO_STRATEGY_OPTION,
    NO_SUCH_KEYSPACE,
    NO_TRANSIENT,
    SYSTEM_KEYSPACE,
)
from coodie.testing.memory.schema import Keyspace, Schema
from coodie.testing.memory.system import SYSTEM

_PACKAGE: Final = "org.apache.cassandra.locator."
_STRATEGIES: Final = frozenset({"SimpleStrategy", "NetworkTopologyStrategy", "LocalStrategy"})


def create_keyspace(schema: Schema, node: CreateKeyspace, context: Context) -> Changed:
    """``CREATE KEYSPACE``."""
    if node.name in SYSTEM:
        raise SYSTEM_KEYSPACE(node.name)
    if node.name in schema.keyspaces:
        if node.if_not_exists:
            return schema, None
        raise KEYSPACE_EXISTS(node.name, keyspace=node.name, table="")
    made = Keyspace(node.name, _replication(node.name, node.replication), node.durable_writes)
    return with_space(schema, made), Change("CREATED", "KEYSPACE", node.name)


def alter_keyspace(schema: Schema, node: AlterKeyspace, context: Context) -> Changed:
    """``ALTER KEYSPACE``; options that it does not name keep their values."""
    if node.name in SYSTEM:
        raise SYSTEM_KEYSPACE(node.name)
    space = schema.keyspaces.get(node.name)
    if space is None:
        if node.if_exists:
            return schema, None
        raise NO_SUCH_KEYSPACE(node.name)
    if node.replication is not None:
        space = replace(space, replication=_replication(node.name, node.replication))
    if node.durable_writes is not None:
        space = replace(space, durable_writes=node.durable_writes)
    return with_space(schema, space), Change("UPDATED", "KEYSPACE", node.name)


def drop_keyspace(schema: Schema, node: DropKeyspace, context: Context) -> Changed:
    """``DROP KEYSPACE``, with its whole content."""
    if node.name in SYSTEM:
        raise SYSTEM_KEYSPACE(node.name)
    if node.name not in schema.keyspaces:
        if node.if_exists:
            return schema, None
        raise NO_SUCH_KEYSPACE(node.name)
    kept = {name: space for name, space in schema.keyspaces.items() if name != node.name}
    return Schema(kept, schema.version + 1), Change("DROPPED", "KEYSPACE", node.name)


def _replication(keyspace: str, given: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The replication as it is kept. Any name is one of a datacenter, as in the cluster that the schema is for."""
    options = dict(given)
    name = options.pop("class", None)
    if name is None:
        raise gaps.NO_STRATEGY() if not given else NO_STRATEGY_CLASS()
    short = name.removeprefix(_PACKAGE)
    if short not in _STRATEGIES:
        raise NO_REPLICATION(short)
    if short == "LocalStrategy":
        raise LOCAL_STRATEGY()
    if short == "SimpleStrategy":
        options.setdefault("replication_factor", "1")
    factors = {each: _factor(text) for each, text in options.items()}
    other = [each for each in options if each != "replication_factor"]
    if short == "SimpleStrategy" and other:
        raise NO_STRATEGY_OPTION(other[0], short, keyspace)
    if short != "SimpleStrategy" and factors and not any(factors.values()):
        raise NO_DATACENTER()
    return ("class", _PACKAGE + short), *[(each, str(factor)) for each, factor in factors.items()]


def _factor(text: str) -> int:
    factor, *transient = [as_int(part, NO_FACTOR(part)) for part in text.split("/", 1)]
    if transient:
        raise NO_TRANSIENT()
    if factor < 0:
        raise NEGATIVE_FACTOR(factor)
    return factor
