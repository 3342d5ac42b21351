"""The texts of writes. They depend on the model and the shape of the call, never on values, and `Mapper.cached` keeps
them.

The WHERE clause is given by the keys of filters (``user_id``, ``ts__gt``), as in a query; the key of a document is a
filter for each of its fields.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from coodie._errors import InvalidQueryError
from coodie.cql.message import Mark
from coodie.cql.nodes import DataStatement, Delete, Insert, Name, Relation, Update, Using
from coodie.cql.rendering.statements import render
from coodie.mapping.mapper import Mapper
from coodie.mapping.state import Home
from coodie.plans.arguments import Key
from coodie.plans.changes import AssignmentShape
from coodie.plans.lookups import lookup
from coodie.plans.plan import place_of
from coodie.tables.marks import table_marks

Text: TypeAlias = tuple[str, tuple[Mark, ...]]


def insert_text(mapper: Mapper[Any], keyspace: str | None, if_not_exists: bool, ttl: bool, timestamp: bool) -> Text:
    """``INSERT INTO ... VALUES ...`` of a whole row. Raises `InvalidQueryError` for counters."""
    refuse_counters(mapper)
    table = Name(mapper.table.name, keyspace)
    return _text(mapper, Insert(table, mapper.columns, if_not_exists, Using(ttl, timestamp)))


def insertion(
    mapper: Mapper[Any], home: Home | None, version: int, if_not_exists: bool, ttl: bool, timestamp: bool
) -> tuple[str | None, str | None, str, tuple[Mark, ...]]:
    """The keyspace and the connection of an INSERT, its text and marks; ``version`` is that of the connections."""
    keyspace, connection = place_of(mapper, home)
    return keyspace, connection, *mapper.cached(insert_text, keyspace, if_not_exists, ttl, timestamp)


def refuse_counters(mapper: Mapper[Any]) -> None:
    """Raise `InvalidQueryError` if the model holds counters, which cannot be set."""
    if mapper.counters:
        raise InvalidQueryError(
            f"{mapper.model.__name__} holds counters, which can only be changed; use increment() or decrement()"
        )


def refuse_view(mapper: Mapper[Any]) -> None:
    """Raise `InvalidQueryError` for a view, whose rows the server maintains."""
    if mapper.is_view:
        raise InvalidQueryError(f"{mapper.model.__name__} is a view, which takes its rows from its table; write there")


def update_text(
    mapper: Mapper[Any],
    keyspace: str | None,
    changes: tuple[AssignmentShape, ...],
    filters: tuple[Key, ...],
    conditions: tuple[Relation, ...] = (),
    if_exists: bool = False,
    ttl: bool = False,
    timestamp: bool = False,
) -> Text:
    """``UPDATE ... SET ... WHERE ... IF ...``."""
    table = Name(mapper.table.name, keyspace)
    assignments = tuple(change.assignment() for change in changes)
    using = Using(ttl, timestamp)
    return _text(mapper, Update(table, assignments, _where(mapper, filters), conditions, if_exists, using))


def delete_text(
    mapper: Mapper[Any],
    keyspace: str | None,
    changes: tuple[AssignmentShape, ...],
    filters: tuple[Key, ...],
    conditions: tuple[Relation, ...] = (),
    if_exists: bool = False,
    timestamp: bool = False,
) -> Text:
    """``DELETE ... FROM ... WHERE ... IF ...``; without ``changes`` it deletes whole rows."""
    table = Name(mapper.table.name, keyspace)
    targets, using = tuple(change.target for change in changes), Using(False, timestamp)
    return _text(mapper, Delete(table, _where(mapper, filters), targets, conditions, if_exists, using))


def _where(mapper: Mapper[Any], filters: tuple[Key, ...]) -> tuple[Relation, ...]:
    return tuple(mapper.cached(lookup, key).relation for key in filters)


def _text(mapper: Mapper[Any], node: DataStatement) -> Text:
    refuse_view(mapper)
    text = render(node)
    return text.cql, table_marks(text, mapper.table)
