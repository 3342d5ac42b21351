"""CQL from plain names and values: pure functions that give ``(cql, params)``, or a text for DDL.

Names are quoted where they must be, values are always bound. What they give fits ``batch.add(*...)`` and
``execute_raw(*...)``.

.. code-block:: python

    from coodie.cql_builder import build_select

    cql, params = build_select("users", "shop", ["id", "email"], {"id": 7, "age__gte": 18}, limit=10)
    assert cql == "SELECT id, email FROM shop.users WHERE id = ? AND age >= ? LIMIT ?"
    assert params == [7, 18, 10]

In ``where`` and ``if_conditions``, a name may end in ``__gt``, ``__gte``, ``__lt``, ``__lte``, ``__ne``, ``__in``,
``__contains``, ``__contains_key`` or ``__like``; ``__in`` takes a list, and any other name is a column as it
stands. Each function raises `InvalidQueryError` for a name that no table or column can have, and for a statement
that would lack a part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from coodie._words import a_type
from coodie.cql.kinds import is_batch
from coodie.cql.message import Batch, BatchKind, Kind
from coodie.cql.nodes import (
    Assignment,
    Call,
    ColumnDefinition,
    CreateTable,
    DataStatement,
    Delete,
    Insert,
    Name,
    OrderBy,
    Ref,
    Relation,
    Select,
    Selector,
    Star,
    Update,
    Using,
)
from coodie.cql.render import render
from coodie.cql.render_ddl import render_ddl
from coodie.cql.show import batch_text
from coodie.cql.types import CqlType, parse_type
from coodie.exceptions import InvalidQueryError
from coodie.plans.batches import batch_kind
from coodie.plans.given import are_elements, is_tuple
from coodie.plans.lookups import OPERATORS
from coodie.plans.query import number_of_rows
from coodie.plans.raw import raw_statement
from coodie.plans.writes import timestamp_value, using_values

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
    _some(values, "build_insert() needs at least one value")
    _check_condition(if_not_exists, None, timestamp)
    using = Using(ttl is not None, timestamp is not None)
    node = Insert(Name(table, keyspace), tuple(values), if_not_exists, using)
    return _built(node, [*values.values(), *using_values(ttl, timestamp)])


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

    A condition together with a timestamp is an `InvalidQueryError`.
    """
    _some(sets, "build_update() needs at least one column to set")
    _some(where, "build_update() needs a WHERE")
    _check_condition(if_exists, if_conditions, timestamp)
    assignments = tuple(Assignment(Ref(name)) for name in sets)
    using = Using(ttl is not None, timestamp is not None)
    conditions = _relations(if_conditions or {})
    node = Update(Name(table, keyspace), assignments, _relations(where), conditions, if_exists, using)
    values = [*using_values(ttl, timestamp), *sets.values(), *_values(where), *_values(if_conditions or {})]
    return _built(node, values)


def build_delete(
    table: str,
    keyspace: str | None,
    where: Mapping[str, Any],
    *,
    columns: Sequence[str] = (),
    timestamp: int | datetime | None = None,
    if_exists: bool = False,
    if_conditions: Mapping[str, Any] | None = None,
) -> Built:
    """``DELETE ... FROM keyspace.table WHERE ... IF ...``: rows, or only ``columns`` of them.

    ``timestamp`` is in microseconds; together with a condition it is an `InvalidQueryError`.
    """
    _some(where, "build_delete() needs a WHERE")
    _check_names("build_delete()", columns)
    _check_condition(if_exists, if_conditions, timestamp)
    node = Delete(
        Name(table, keyspace),
        _relations(where),
        tuple(map(Ref, columns)),
        _relations(if_conditions or {}),
        if_exists,
        Using(False, timestamp is not None),
    )
    return _built(node, [*using_values(None, timestamp), *_values(where), *_values(if_conditions or {})])


def build_select(
    table: str,
    keyspace: str | None,
    columns: Sequence[str],
    where: Mapping[str, Any] | None = None,
    *,
    order_by: Sequence[str] = (),
    limit: int | None = None,
    per_partition_limit: int | None = None,
    allow_filtering: bool = False,
) -> Built:
    """``SELECT ... FROM keyspace.table WHERE ...``, its columns named; ``-ts`` in ``order_by`` is descending."""
    _check_names("build_select()", columns)
    _check_names("build_select()", order_by)
    _some(columns, "build_select() needs the names of the columns")
    node = Select(
        Name(table, keyspace),
        tuple(Selector(Ref(column)) for column in columns),
        _relations(where or {}),
        (),
        tuple(OrderBy(name.removeprefix("-"), name.startswith("-")) for name in order_by),
        per_partition_limit is not None,
        limit is not None,
        allow_filtering,
    )
    limits = [number_of_rows("a limit", rows) for rows in (per_partition_limit, limit) if rows is not None]
    return _built(node, [*_values(where or {}), *limits])


def build_count(
    table: str, keyspace: str | None, where: Mapping[str, Any] | None = None, *, allow_filtering: bool = False
) -> Built:
    """``SELECT count(*) FROM keyspace.table WHERE ...``."""
    count = (Selector(Call("count", (Star(),))),)
    node = Select(Name(table, keyspace), count, _relations(where or {}), allow_filtering=allow_filtering)
    return _built(node, _values(where or {}))


def build_batch(
    statements: Sequence[tuple[str, Sequence[Any]]],
    *,
    logged: bool = True,
    batch_type: str | None = None,
    timestamp: int | datetime | None = None,
) -> Built:
    """The text form of a batch and the values of all its statements.

    ``batch_type`` (LOGGED, UNLOGGED, COUNTER) wins over ``logged``; ``timestamp`` is in microseconds. A `BatchQuery`
    is what sends batches: as a protocol-level batch of prepared statements, never as this one text.
    """
    kind = batch_kind(logged, batch_type)
    _some(statements, "build_batch() needs at least one statement")
    for each in statements:
        if not is_tuple(each, 2):
            raise InvalidQueryError("build_batch() takes pairs of CQL and values, as the other builders give them")
    at = None if timestamp is None else timestamp_value(timestamp)
    if at is not None and kind is BatchKind.COUNTER:
        raise InvalidQueryError("a counter batch takes no timestamp: counters have none that a client could set")
    batch = Batch(tuple(raw_statement(cql, params) for cql, params in statements), kind, at)
    for statement in batch.statements:
        if statement.kind in (Kind.READ, Kind.SCHEMA) or is_batch(statement.cql):
            raise InvalidQueryError(f"only INSERT, UPDATE and DELETE may be in a batch: {statement.cql}")
    values = [value for statement in batch.statements for value in statement.values]
    return batch_text(batch), values if at is None else [at, *values]


def build_create_table(
    table: str,
    keyspace: str | None,
    columns: Mapping[str, str | CqlType],
    partition_key: Sequence[str],
    clustering_key: Sequence[str] = (),
    *,
    static: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    if_not_exists: bool = True,
) -> str:
    """``CREATE TABLE IF NOT EXISTS keyspace.table (...)``; ``-ts`` in ``clustering_key`` is descending.

    A type is CQL, as in ``"set<text>"``, or a `CqlType`. A type that is none, and a key that is no column, is an
    `InvalidQueryError`.
    """
    types = {name: _type(name, cql_type) for name, cql_type in columns.items()}
    for names in (partition_key, clustering_key, static):
        _check_names("build_create_table()", names)
    order = tuple(OrderBy(name.removeprefix("-"), name.startswith("-")) for name in clustering_key)
    for name in [*partition_key, *(each.column for each in order), *static]:
        if name not in types:
            raise InvalidQueryError(f"{name!r} is no column of {table}; it has: {', '.join(types)}")
    _some(partition_key, "build_create_table() needs a partition key")
    definitions = tuple(ColumnDefinition(name, cql_type, name in static) for name, cql_type in types.items())
    clustering = tuple(each.column for each in order)
    given = tuple((options or {}).items())
    node = CreateTable(
        Name(table, keyspace), definitions, tuple(partition_key), clustering, order, given, if_not_exists
    )
    return render_ddl(node)


def _built(node: DataStatement, values: list[Any]) -> Built:
    return render(node).cql, values


def _some(given: Mapping[str, Any] | Sequence[Any], message: str) -> None:
    if not given:
        raise InvalidQueryError(message)


def _check_condition(exists: bool, conditions: Mapping[str, Any] | None, timestamp: int | datetime | None) -> None:
    if exists and conditions:
        raise InvalidQueryError("if_exists and if_conditions cannot stand together; a condition implies that it exists")
    if (exists or conditions) and timestamp is not None:
        raise InvalidQueryError("a conditional statement takes no timestamp: the server gives it one of its own")


def _relations(where: Mapping[str, Any]) -> tuple[Relation, ...]:
    return tuple(_relation(key) for key in where)


def _relation(key: str) -> Relation:
    column, _, suffix = key.rpartition("__")
    operator = _OPERATORS.get(suffix) if column else None
    return Relation(Ref(column), operator) if operator else Relation(Ref(key))


_OPERATORS: Final = {**OPERATORS, "ne": "!="}


def _values(where: Mapping[str, Any]) -> list[Any]:
    return [_list(key, value) if _relation(key).operator == "IN" else value for key, value in where.items()]


def _list(key: str, value: Any) -> list[Any]:
    if not are_elements(value):
        raise InvalidQueryError(f"{key} takes a list of values, not {a_type(value)}")
    return list(value)


def _type(name: str, cql_type: Any) -> CqlType:
    if isinstance(cql_type, CqlType):
        return cql_type
    if not isinstance(cql_type, str):
        raise InvalidQueryError(f"the type of column {name!r} is a CqlType or its text, not {a_type(cql_type)}")
    try:
        return parse_type(cql_type)
    except InvalidQueryError as error:
        raise InvalidQueryError(f"column {name!r}: {error}") from None


def _check_names(what: str, names: Sequence[str]) -> None:
    if isinstance(names, str):
        raise InvalidQueryError(f"{what} takes the names of columns as a list, not as one text")
