"""Rules about indexes, options, keyspaces, data and what the engine refuses: C005 to C008, and C011."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from coodie.cql.names import quote
from coodie.cql.nodes import (
    AddColumns,
    AlterKeyspace,
    AlterOptions,
    BeginBatch,
    CreateIndex,
    CreateKeyspace,
    CreateTable,
    CreateView,
    Delete,
    Insert,
    InsertJson,
    Name,
    Ref,
    Relation,
    Update,
)
from coodie.cql.types import COUNTER, NATIVE
from coodie.migrations.lint.context import Context, Found
from coodie.migrations.lint.finding import Severity
from coodie.migrations.repeatable import idempotent

_MANY_TYPES: Final = tuple(NATIVE[name] for name in ("uuid", "timeuuid", "timestamp"))
_MANY_NAMES: Final = ("email", "token", "hash", "phone", "url")
_DAY: Final = 24 * 3600
_WRITES: Final = (Insert, InsertJson, Update, Delete, BeginBatch)


def costly_indexes(context: Context) -> Found:
    """C005: indexes that ask every node for few rows, or for very many; materialized views."""
    match context.node:
        case CreateView(view):
            yield Severity.WARNING, f"the materialized view {quote(view.name)} is an experimental feature of the server"
        case CreateIndex(table, column, using=None) if (has := context.table(table)) is not None:
            cql_type = has.types.get(column)
            where = f"the index on {quote(has.name)}.{quote(column)}"
            if cql_type == NATIVE["boolean"]:
                yield Severity.WARNING, f"{where} has two values, and with each of them half of all rows"
            elif cql_type in _MANY_TYPES or any(each in column.lower() for each in _MANY_NAMES):
                yield Severity.WARNING, f"{where} has many values, and each query by it asks every node for few rows"
        case _:
            pass


def risky_options(context: Context) -> Found:
    """C006: tombstones that go too early, and a TTL with size-tiered compaction."""
    node = context.node
    if not isinstance(node, (CreateTable, CreateView, AlterOptions)):
        return
    given = dict(node.options)
    name = _about(node)
    has = context.table(name) if isinstance(node, AlterOptions) else None
    options = {**(dict(has.options) if has is not None else {}), **given}
    grace, ttl = given.get("gc_grace_seconds"), options.get("default_time_to_live", 0)
    if isinstance(grace, int) and grace < _DAY:
        yield Severity.WARNING, f"{quote(name.name)}: a node that is away for {grace} seconds brings deleted rows back"
    if {"default_time_to_live", "compaction"} & given.keys() and isinstance(ttl, int) and ttl > 0:
        compaction: Any = dict(options.get("compaction", ()))
        if str(compaction.get("class", "SizeTiered")).rpartition(".")[2].startswith("SizeTiered"):
            yield (
                Severity.WARNING,
                f"{quote(name.name)}: size-tiered compaction keeps expired rows on disk for long",
            )


def _about(node: CreateTable | CreateView | AlterOptions) -> Name:
    return node.view if isinstance(node, CreateView) else node.table


def thin_replication(context: Context) -> Found:
    """C007: a replication that does not fit a cluster of several data centres."""
    node = context.node
    if not isinstance(node, (CreateKeyspace, AlterKeyspace)) or not node.replication or len(context.datacenters) < 2:
        return
    replication = dict(node.replication)
    if replication.get("class", "").rpartition(".")[2] == "SimpleStrategy":
        yield Severity.WARNING, f"{quote(node.name)}: SimpleStrategy does not know the data centres of the cluster"
    elif "1" in [str(value) for key, value in replication.items() if key != "class"]:
        yield (
            Severity.WARNING,
            f"{quote(node.name)}: with one copy, a node that is down takes its rows away",
        )


def wide_writes(context: Context) -> Found:
    """C008: data of several partitions or of a whole table, and data that must not be written twice."""
    node = context.node
    if not isinstance(node, _WRITES):
        return
    for each in _each(node):
        if isinstance(each, (Update, Delete)) and (has := context.table(each.table)) is not None:
            given = {column for relation in each.where if (column := _single(relation)) is not None}
            if missing := [name for name in has.partition_key if name not in given]:
                where = f"{quote(has.name)}.{quote(missing[0])}"
                yield Severity.ERROR, f"the statement is about several partitions, since {where} has no single value"
    if not idempotent(node):
        yield Severity.ERROR, "after an interruption, nobody can know whether this must be sent again"


def _each(node: Any) -> Iterator[Any]:
    yield from node.statements if isinstance(node, BeginBatch) else (node,)


def _single(relation: Relation) -> str | None:
    """The column that the relation gives a single value."""
    return relation.left.column if isinstance(relation.left, Ref) and relation.operator == "=" else None


def refused(context: Context) -> Found:
    """C011: what the engine in memory would refuse as well, in words that help."""
    node = context.node
    if isinstance(node, CreateTable):
        keys = {*node.partition_key, *node.clustering_key}
        kinds = {each.type == COUNTER for each in node.columns if each.name not in keys}
        clusters = bool(node.clustering_key)
    elif isinstance(node, AddColumns) and (has := context.table(node.table)) is not None:
        others = [each.type for each in has.columns if each.name not in has.primary_key]
        kinds = {cql_type == COUNTER for cql_type in (*others, *(each.type for each in node.columns))}
        clusters = bool(has.clustering_key)
    else:
        return
    if any(each.static for each in node.columns) and not clusters:
        yield Severity.ERROR, f"{quote(node.table.name)} has no clustering key, so it has no static columns"
    if len(kinds) == 2:
        yield Severity.ERROR, f"{quote(node.table.name)} has counters only beside its key, or none"
