"""Statements that read and write data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.kinds import is_batch
from coodie.cql.message import Batch, BatchKind, Kind
from coodie.cql.nodes import (
    Assignment,
    Call,
    DataStatement,
    Delete,
    Insert,
    InsertJson,
    OrderBy,
    Ref,
    Select,
    Selector,
    Star,
    Update,
)
from coodie.cql.options import check_flag
from coodie.cql.rendering.statements import render
from coodie.cql.show import batch_text
from coodie.cql_builder.arguments import (
    assignments_of,
    conditions_of,
    mapping_of,
    names_of,
    pairs_of,
    relations_of,
    some,
    table_of,
    targets_of,
    using_of,
)
from coodie.plans.batches import batch_kind
from coodie.plans.raw import Params, raw_statement
from coodie.plans.spec import number_of_rows
from coodie.plans.using import timestamp_value

Built: TypeAlias = tuple[str, list[Any]]


def build_insert(
    table: str,
    keyspace: str | None,
    values: Mapping[str, Any],
    *,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    if_not_exists: bool = False,
) -> Built:
    """``INSERT INTO keyspace.table (...) VALUES (...)``; ``ttl`` in seconds, ``timestamp`` in microseconds.

    A condition (``if_not_exists``) together with a timestamp is an `InvalidQueryError`.
    """
    given = some(mapping_of("values", values), "build_insert() needs at least one value")
    _check_condition(check_flag("if_not_exists", if_not_exists), timestamp)
    using, bound = using_of(ttl, timestamp)
    node = Insert(table_of(table, keyspace), tuple(given), if_not_exists, using)
    return _built(node, [*given.values(), *bound])


def build_insert_json(
    table: str,
    keyspace: str | None,
    json: str,
    *,
    default_unset: bool = False,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    if_not_exists: bool = False,
) -> Built:
    """``INSERT INTO keyspace.table JSON ?``: the columns and values come from the text of a JSON object.

    Columns that it omits become null, or keep their values with ``default_unset``. Otherwise it is like
    ``build_insert()``.
    """
    if not isinstance(json, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidQueryError(f"json must be a str, as json.dumps() returns it, not {a_type(json)}")
    _check_condition(check_flag("if_not_exists", if_not_exists), timestamp)
    using, bound = using_of(ttl, timestamp)
    unset = check_flag("default_unset", default_unset)
    node = InsertJson(table_of(table, keyspace), default_unset=unset, if_not_exists=if_not_exists, using=using)
    return _built(node, [json, *bound])


def build_update(
    table: str,
    keyspace: str | None,
    sets: Mapping[str, Any],
    where: Mapping[str, Any],
    *,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    if_exists: bool = False,
    if_conditions: Mapping[str, Any] | None = None,
) -> Built:
    """``UPDATE keyspace.table SET ... WHERE ... IF ...``; ``ttl`` in seconds, ``timestamp`` in microseconds.

    Keys such as ``tags__add`` in ``{"tags__add": {"a"}}`` change a part of a collection. A condition together with a
    timestamp is an `InvalidQueryError`.
    """
    assignments, assigned = assignments_of("sets", some(sets, "build_update() needs at least one column to set"))
    relations, found = relations_of("where", some(where, "build_update() needs a WHERE"))
    conditions, compared = conditions_of(if_conditions)
    _check_condition(check_flag("if_exists", if_exists), timestamp, bool(conditions))
    using, bound = using_of(ttl, timestamp)
    node = Update(table_of(table, keyspace), assignments, relations, conditions, if_exists, using)
    return _built(node, [*bound, *assigned, *found, *compared])


def build_counter_update(
    table: str, keyspace: str | None, counters: Mapping[str, int], where: Mapping[str, Any]
) -> Built:
    """``UPDATE keyspace.table SET views = views + ? WHERE ...``; a negative number decrements the counter.

    It can only go into a counter batch.
    """
    given = some(mapping_of("counters", counters), "build_counter_update() needs at least one counter")
    for name, amount in given.items():
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise InvalidQueryError(f"counter {name} changes by an int, not by {a_type(amount)}")
    relations, found = relations_of("where", some(where, "build_counter_update() needs a WHERE"))
    node = Update(table_of(table, keyspace), tuple(Assignment(Ref(name), "+") for name in given), relations)
    return _built(node, [*given.values(), *found])


def build_delete(
    table: str,
    keyspace: str | None,
    where: Mapping[str, Any],
    *,
    columns: Sequence[str | tuple[str, Any]] = (),
    timestamp: int | datetime | None = None,
    if_exists: bool = False,
    if_conditions: Mapping[str, Any] | None = None,
) -> Built:
    """``DELETE ... FROM keyspace.table WHERE ... IF ...``: rows, or only ``columns`` of them.

    ``("attrs", "k")`` among ``columns`` is one entry of a map, ``("items", 0)`` one element of a list: ``attrs[?]``.
    ``timestamp`` is in microseconds; together with a condition it is an `InvalidQueryError`.
    """
    relations, found = relations_of("where", some(where, "build_delete() needs a WHERE"))
    targets, keys = targets_of("columns", columns)
    conditions, compared = conditions_of(if_conditions)
    _check_condition(check_flag("if_exists", if_exists), timestamp, bool(conditions))
    using, bound = using_of(None, timestamp)
    node = Delete(table_of(table, keyspace), relations, targets, conditions, if_exists, using)
    return _built(node, [*keys, *bound, *found, *compared])


def build_select(
    table: str,
    keyspace: str | None,
    columns: Sequence[str],
    where: Mapping[str, Any] | None = None,
    *,
    writetime: Sequence[str] = (),
    ttl: Sequence[str] = (),
    json: bool = False,
    order_by: Sequence[str] = (),
    limit: int | None = None,
    per_partition_limit: int | None = None,
    allow_filtering: bool = False,
) -> Built:
    """``SELECT ... FROM keyspace.table WHERE ...`` with named columns; ``-ts`` in ``order_by`` is descending.

    ``writetime`` and ``ttl`` name columns whose ``writetime(name)``, in microseconds since 1970, and ``ttl(name)``, in
    seconds, are selected after the others. ``json`` gives each row as one JSON text: ``SELECT JSON ...``.
    """
    selectors = [Selector(Ref(name)) for name in names_of("columns", columns)]
    for function, given in (("writetime", writetime), ("ttl", ttl)):
        selectors += [Selector(Call(function, (Ref(name),))) for name in names_of(function, given)]
    relations, found = relations_of("where", where)
    node = Select(
        table_of(table, keyspace),
        some(tuple(selectors), "build_select() needs the names of the columns"),
        relations,
        order_by=orders(names_of("order_by", order_by)),
        per_partition_limit=per_partition_limit is not None,
        limit=limit is not None,
        allow_filtering=check_flag("allow_filtering", allow_filtering),
        json=check_flag("json", json),
    )
    limits = [number_of_rows("a limit", rows) for rows in (per_partition_limit, limit) if rows is not None]
    return _built(node, [*found, *limits])


def orders(names: Sequence[str]) -> tuple[OrderBy, ...]:
    """Columns with their directions; ``-ts`` is descending."""
    return tuple(OrderBy(name.removeprefix("-"), name.startswith("-")) for name in names)


def build_count(
    table: str, keyspace: str | None, where: Mapping[str, Any] | None = None, *, allow_filtering: bool = False
) -> Built:
    """``SELECT count(*) FROM keyspace.table WHERE ...``."""
    count = (Selector(Call("count", (Star(),))),)
    relations, found = relations_of("where", where)
    filtering = check_flag("allow_filtering", allow_filtering)
    return _built(Select(table_of(table, keyspace), count, relations, allow_filtering=filtering), found)


def build_batch(
    statements: Sequence[tuple[str, Params]],
    *,
    logged: bool = True,
    batch_type: str | None = None,
    timestamp: int | datetime | None = None,
) -> Built:
    """The text form of a batch and the values of all its statements.

    ``batch_type`` (LOGGED, UNLOGGED, COUNTER) overrides ``logged``; ``timestamp`` is in microseconds. To send a batch,
    use `BatchQuery`, which sends a protocol-level batch of prepared statements and not this single text.
    """
    kind = batch_kind(logged, batch_type)
    some(statements, "build_batch() needs at least one statement")
    pairs = pairs_of("build_batch()", statements)
    at = None if timestamp is None else timestamp_value(timestamp)
    if at is not None and kind is BatchKind.COUNTER:
        raise InvalidQueryError("a counter batch takes no timestamp: counters have none that a client could set")
    batch = Batch(tuple(raw_statement(cql, params) for cql, params in pairs), kind, at)
    for statement in batch.statements:
        if statement.kind in (Kind.READ, Kind.SCHEMA) or is_batch(statement.cql):
            raise InvalidQueryError(f"only INSERT, UPDATE and DELETE may be in a batch: {statement.cql}")
    values = [value for statement in batch.statements for value in statement.values]
    return batch_text(batch), values if at is None else [at, *values]


def _built(node: DataStatement, values: list[Any]) -> Built:
    return render(node).cql, values


def _check_condition(exists: bool, timestamp: object, conditions: bool = False) -> None:
    if exists and conditions:
        raise InvalidQueryError(
            "if_exists and if_conditions exclude each other; a condition implies that the row exists"
        )
    if (exists or conditions) and timestamp is not None:
        raise InvalidQueryError("a conditional statement takes no timestamp: the server gives it one of its own")
