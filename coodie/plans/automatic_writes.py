"""Saving and inserting documents with fields that coodie sets itself.

A row with a version is saved by an UPDATE, since an INSERT takes no condition but ``IF NOT EXISTS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from coodie._errors import InvalidQueryError
from coodie.connections import connection_names
from coodie.cql.message import UNSET, Kind, Mark, Options, Statement
from coodie.mapping.automatic import AutomaticWriter, Present, after
from coodie.mapping.columns import Field
from coodie.mapping.datetimes import utc
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.state import Home, home_in, state_of
from coodie.plans.answers import lwt_reader
from coodie.plans.arguments import split_key, together
from coodie.plans.changes import AssignmentShape
from coodie.plans.conditions import check_condition
from coodie.plans.plan import Write, nothing, place_of
from coodie.plans.texts import insertion, update_text
from coodie.plans.using import using_values
from coodie.plans.versions import VersionedWrite, condition_on, conflict_in, reader
from coodie.results import LWTResult

M = TypeVar("M", bound=Model)


def save(
    writer: AutomaticWriter[Any],
    document: Model,
    options: Options,
    *,
    full: bool,
    ttl: int | None,
    timestamp: int | datetime | None,
) -> Write[None]:
    """``INSERT INTO ... IF NOT EXISTS`` of a new row, ``UPDATE ... IF version = ?`` of one that exists."""
    mapper, state = mapper_of(type(document)), state_of(document)
    check_condition(mapper, False, (), timestamp, versioned=mapper.version is not None)
    home = home_in(state)
    saving = writer.saving(document, state, _present(mapper, home), full=full or ttl is not None or mapper.expires)
    if saving is None:
        keyspace, connection = place_of(mapper, home)
        return Write(None, nothing, connection, mapper, (), keyspace)
    keyspace, connection, cql, marks, places = mapper.cached(
        _text, home, connection_names.version, saving.version is not UNSET, ttl is not None, timestamp is not None
    )
    using = using_values(ttl, timestamp)
    bound = tuple(map(saving.values.__getitem__, places))
    kind = Kind.WRITE if mapper.version is None else Kind.CONDITIONAL
    values = bound + using if saving.version is UNSET else (*using, *bound, saving.version)
    statement = Statement(cql, values, marks, kind, kind is Kind.WRITE, options, mapper.model)
    settle = partial(writer.settle, document, saving)
    if mapper.version is None:
        return Write(statement, settle, connection, mapper, mapper.data_columns, keyspace, settle)
    key = dict(zip(mapper.table.primary_key, map(saving.values.__getitem__, writer.key_places), strict=True))
    conflict = conflict_in(mapper, key, home, saving.version)
    read: Callable[..., None] = reader(lwt_reader(mapper, key, home, settle), conflict, silent=True)
    return VersionedWrite(statement, read, connection, mapper, mapper.data_columns, keyspace, settle, home, conflict)


def insert(writer: AutomaticWriter[Any], document: M, options: Options, *, ttl: int | None) -> Write[LWTResult[M]]:
    """``INSERT INTO ... IF NOT EXISTS``, whose answer tells whether it was applied."""
    mapper, state = mapper_of(type(document)), state_of(document)
    home = home_in(state)
    saving = writer.saving(document, state, _present(mapper, home), full=True, inserted=True)
    assert saving is not None
    keyspace, connection, cql, marks = mapper.cached(
        insertion, home, connection_names.version, True, ttl is not None, False
    )
    statement = Statement(
        cql, saving.values + using_values(ttl, None), marks, Kind.CONDITIONAL, False, options, mapper.model
    )
    settle = partial(writer.settle, document, saving)
    read = lwt_reader(mapper, {}, home, settle)
    return Write(statement, read, connection, mapper, mapper.data_columns, keyspace, settle, home)


def own_sets(
    mapper: Mapper[Any],
    values: Mapping[str, Any] | None,
    sets: dict[str, Any] | None,
    home: Home | None,
    version: Any = UNSET,
) -> dict[str, Any]:
    """The arguments of ``update()`` with the fields that coodie sets; ``version`` is that of the row before.

    Raises `InvalidQueryError` if the user's own arguments name one of them.
    """
    assert mapper.automatic is not None
    fields, given = mapper.automatic.fields, together(values, sets or {})
    named = [split_key(mapper, key)[0] for key in given]
    for field in named:
        if field is fields.version or field is fields.updated:
            raise InvalidQueryError(
                f"{mapper.model.__name__}.{field.name} is set by coodie with each update; leave it out"
            )
    own: dict[str, Any] = {}
    if fields.version is not None:
        own[fields.version.name] = after(version)
    # What changes only static columns of a partition writes no row.
    if fields.updated is not None and (own or not all(field.is_static for field in named)):
        own[fields.updated.name] = _present(mapper, home)(fields.updated)[0]
    return {**given, **own} if given else given


def _present(mapper: Mapper[Any], home: Home | None) -> Present:
    moment = utc(connection_names.now(place_of(mapper, home)[1]))

    def present(field: Field) -> tuple[Any, Any]:
        value = mapper.from_bound(field, moment)
        return value, mapper.bound(field, value)

    return present


def _text(
    mapper: Mapper[Any], home: Home | None, connections: int, exists: bool, ttl: bool, timestamp: bool
) -> tuple[str | None, str | None, str, tuple[Mark, ...], tuple[int, ...]]:
    """What `insertion` returns, or the same for an UPDATE, and where in a row each of the bound values is."""
    if not exists:
        places = tuple(range(len(mapper.columns)))
        return *insertion(mapper, home, connections, mapper.version is not None, ttl, timestamp), places
    keyspace, connection = place_of(mapper, home)
    data = [place for place, field in enumerate(mapper.fields) if not field.is_key]
    assigned = tuple(AssignmentShape(mapper.columns[place]) for place in data)
    conditions = (condition_on(mapper, None).relation,)
    cql, marks = mapper.cached(update_text, keyspace, assigned, mapper.key_names, conditions, False, ttl, timestamp)
    return keyspace, connection, cql, marks, (*data, *mapper.writer.key_places)
