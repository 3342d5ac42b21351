"""Saving, inserting, updating and deleting documents: the requests, and their effect on the documents.

The text of each statement depends on the model and on which options are given, never on values, so it is made once per
shape. https://cassandra.apache.org/doc/latest/cassandra/developing/cql/dml.html
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from coodie._errors import InvalidQueryError
from coodie._value import record
from coodie._words import a_type
from coodie.connections import connection_names
from coodie.cql.message import UNSET, Consistency, Kind, Options, SerialConsistency, Statement
from coodie.cql.nodes import Relation
from coodie.cql.options import check_flag
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.state import home_in, home_of, set_state, state_of
from coodie.plans import automatic_writes
from coodie.plans.answers import lwt_reader
from coodie.plans.arguments import Key
from coodie.plans.changes import AssignmentShape, Changes, read_changes
from coodie.plans.conditions import Condition, Conditions, check_condition, parts_of, read_conditions
from coodie.plans.deletions import DeletionTarget, clear
from coodie.plans.document_state import after_delete, after_update, check_elements
from coodie.plans.plan import Destination, Write, around_save, destination_of, nothing, options_of
from coodie.plans.texts import delete_text, insertion, refuse_counters, update_text
from coodie.plans.using import using_values
from coodie.plans.versions import Guard, VersionedWrite, conflict_in, guarded, reader
from coodie.plans.write_advice import advise_of_update
from coodie.results import LWTResult
from coodie.tables.table import ColumnKind

M = TypeVar("M", bound=Model)


def save(
    document: Model,
    *,
    full: bool = False,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
    options: Options | None = None,
    specially: bool = True,
) -> Write[None]:
    """An upsert of the row in which unchanged columns are unset: ``INSERT INTO ... VALUES (...)``.

    If nothing changed, there is no request. With a TTL all columns are sent, since each value has its own TTL. Calls
    the methods of the user's around it, unless ``specially`` is False.
    """
    mapper = mapper_of(type(document))
    if specially and (mapper.saves_specially or warn is not None):
        call = partial(save, document, full=full, ttl=ttl, timestamp=timestamp, consistency=consistency)
        return around_save(mapper, document, partial(call, timeout=timeout, options=options, specially=False), warn)
    state = state_of(document)
    if full is not False:
        check_flag("full", full)
    options = options or mapper.options
    if consistency is not None or timeout is not None:
        options = options_of(mapper, consistency, None, timeout)
    if not specially and mapper.automatic is not None:
        return automatic_writes.save(mapper.automatic, document, options, full=full, ttl=ttl, timestamp=timestamp)
    home, version = None if state is None else state[0].home, connection_names.version
    keyspace, connection, cql, marks = mapper.cached(
        insertion, home, version, False, ttl is not None, timestamp is not None
    )
    using = using_values(ttl, timestamp)
    sent = mapper.writer.outgoing(document, state, full or ttl is not None or mapper.expires)
    if sent is None:
        return Write(None, nothing, connection, mapper, (), keyspace)
    values, origin, known = sent
    statement = Statement(cql, values + using, marks, Kind.WRITE, True, options, mapper.model)
    # Creating a partial takes half the time of creating a closure.
    saved = (
        partial(mapper.writer.saved, document, values)
        if origin is None
        else partial(set_state, document, origin, known)
    )
    return Write(statement, saved, connection, mapper, mapper.data_columns, keyspace, saved)


def insert(
    document: M,
    *,
    ttl: int | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
    options: Options | None = None,
    specially: bool = True,
) -> Write[LWTResult[M]]:
    """Insert the row if it does not exist: ``INSERT INTO ... VALUES (...) IF NOT EXISTS``.

    Calls the methods of the user's around it, unless ``specially`` is False.
    """
    mapper = mapper_of(type(document))
    if specially and (mapper.saves_specially or warn is not None):
        call = partial(insert, document, ttl=ttl, consistency=consistency, serial_consistency=serial_consistency)
        plan = partial(call, timeout=timeout, options=options, specially=False)
        return around_save(mapper, document, plan, warn, insert=True)
    state = state_of(document)
    options = options or options_of(mapper, consistency, serial_consistency, timeout)
    if not specially and mapper.automatic is not None:
        return automatic_writes.insert(mapper.automatic, document, options, ttl=ttl)
    home, version = home_in(state), connection_names.version
    keyspace, connection, cql, marks = mapper.cached(insertion, home, version, True, ttl is not None, False)
    values, held = mapper.writer.row(document, state)
    mapper.writer.check(held, anew=True)
    statement = Statement(cql, values + using_values(ttl, None), marks, Kind.CONDITIONAL, False, options, mapper.model)
    known = mapper.writer.anew(state, values, held, inserted=True)
    inserted = partial(set_state, document, *known)
    read = lwt_reader(mapper, {}, home, inserted)
    return Write(statement, read, connection, mapper, mapper.data_columns, keyspace, inserted, home)


def update(
    document: M,
    values: dict[str, Any] | None = None,
    sets: dict[str, Any] | None = None,
    *,
    if_conditions: Conditions | None = None,
    if_exists: bool = False,
    ttl: int | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
    warn: bool | None = None,
) -> Write[LWTResult[M] | None]:
    """Update some columns of the row: ``UPDATE ... SET ... WHERE <key> IF ...``. Sends only the given changes."""
    mapper = mapper_of(type(document))
    refuse_counters(mapper)
    conditions, guard = _conditions(mapper, document, if_conditions)
    if mapper.automatic is not None:
        version = UNSET if guard is None else guard.version
        values, sets = None, automatic_writes.own_sets(mapper, values, sets, home_of(document), version)
    changes = read_changes(mapper, values, sets)
    if changes.shape.in_part and mapper.settings.validate_on_save:
        check_elements(mapper, document, changes)
    if warn is not None or mapper.settings.warn_overwrites:
        advise_of_update(mapper, state_of(document), changes.whole, warn)
    row = _row(mapper, document, changes, if_exists, conditions, timestamp)
    destination = destination_of(mapper, home_of(document), consistency, serial_consistency, timeout)
    statement = updating(mapper, row, changes, destination, if_exists, ttl, timestamp)
    return _finished(mapper, row, changes, destination, statement, document, guard)


def delete(
    document: M,
    parts: tuple[DeletionTarget, ...] | None = None,
    *,
    if_exists: bool = False,
    if_conditions: Conditions | None = None,
    timestamp: int | datetime | None = None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
) -> Write[LWTResult[M] | None]:
    """Delete the row, or only these columns of it: ``DELETE a, b FROM ... WHERE <key> IF ...``."""
    if parts is not None and not parts:
        raise InvalidQueryError("delete_columns() needs the names of columns; delete() deletes the row")
    mapper = mapper_of(type(document))
    if parts is None and mapper.hooks.before_delete is not None:
        mapper.hooks.before_delete(document)
    changes = clear(mapper, parts or ())
    conditions, guard = _conditions(mapper, document, if_conditions)
    if parts is not None and (own := mapper.own_of_updates):
        raise InvalidQueryError(
            f"delete_columns() cannot set {mapper.model.__name__}.{own[0].name}, which each change of the row sets; "
            "set the columns to None by update()"
        )
    row = _row(mapper, document, changes, if_exists, conditions, timestamp)
    destination = destination_of(mapper, home_of(document), consistency, serial_consistency, timeout)
    statement = deleting(mapper, row, changes, destination, if_exists, timestamp)
    return _finished(mapper, row, changes, destination, statement, document, guard)


def increment(
    document: Model,
    amounts: dict[str, Any],
    *,
    sign: int = 1,
    consistency: Consistency | None = None,
    timeout: float | None = None,
) -> Write[None]:
    """Change counters: ``UPDATE ... SET views = views + ? WHERE <key>``. Never idempotent."""
    mapper = mapper_of(type(document))
    if not amounts:
        raise InvalidQueryError("increment() and decrement() need a counter and an amount, as in increment(views=1)")
    names, key = _key(mapper, document, static=_only_static(mapper, amounts))
    operator = "+" if sign > 0 else "-"
    shape = tuple(AssignmentShape(_counter(mapper, name), operator) for name in amounts)
    keyspace, connection, options = destination_of(mapper, home_of(document), consistency, None, timeout)
    cql, marks = mapper.cached(update_text, keyspace, shape, names)
    bound = (*(_amount(name, amount) for name, amount in amounts.items()), *key)
    statement = Statement(cql, bound, marks, Kind.COUNTER, False, options, mapper.model)
    return Write(statement, nothing, connection, mapper, (), keyspace)


@record
class RowTarget:
    """The row or rows that a write affects, and its conditions."""

    keys: tuple[Key, ...]
    """The keys of the filters in WHERE."""

    values: tuple[Any, ...]
    """The values bound in WHERE."""

    conditions: tuple[Relation, ...]
    compared: tuple[Any, ...]
    """The values bound in IF."""

    conditional: bool


def updating(
    mapper: Mapper[Any],
    row: RowTarget,
    changes: Changes,
    destination: Destination,
    if_exists: bool,
    ttl: int | None,
    timestamp: int | datetime | None,
) -> Statement:
    """``UPDATE ... USING ... SET ... WHERE ... IF ...``."""
    using = ttl is not None, timestamp is not None
    assigned = changes.shape.changes
    cql, marks = mapper.cached(update_text, destination[0], assigned, row.keys, row.conditions, if_exists, *using)
    bound = using_values(ttl, timestamp) + changes.values + row.values + row.compared
    kind = Kind.CONDITIONAL if row.conditional else Kind.WRITE
    idempotent = not row.conditional and changes.shape.idempotent
    return Statement(cql, bound, marks, kind, idempotent, destination[2], mapper.model)


def deleting(
    mapper: Mapper[Any],
    row: RowTarget,
    changes: Changes,
    destination: Destination,
    if_exists: bool,
    timestamp: int | datetime | None,
) -> Statement:
    """``DELETE ... FROM ... USING TIMESTAMP ... WHERE ... IF ...``."""
    targets = changes.shape.changes
    cql, marks = mapper.cached(
        delete_text, destination[0], targets, row.keys, row.conditions, if_exists, timestamp is not None
    )
    bound = changes.values + using_values(None, timestamp) + row.values + row.compared
    kind = delete_kind(mapper, row.conditional)
    idempotent = kind is Kind.WRITE and changes.shape.idempotent
    return Statement(cql, bound, marks, kind, idempotent, destination[2], mapper.model)


def _conditions(
    mapper: Mapper[M], document: M, if_conditions: Conditions | None
) -> tuple[tuple[Condition, ...], Guard | None]:
    """The conditions of a write, to which that on the version belongs."""
    conditions = () if if_conditions is None else read_conditions(mapper, if_conditions)
    return (conditions, None) if mapper.version is None else guarded(mapper, document, conditions)


def _row(
    mapper: Mapper[M],
    document: M,
    changes: Changes,
    if_exists: bool,
    conditions: tuple[Condition, ...],
    timestamp: object,
) -> RowTarget:
    names, key = _key(mapper, document, static=changes.shape.static and all(each.static for each in conditions))
    conditional = check_condition(mapper, if_exists, conditions, timestamp)
    relations, compared = parts_of(conditions) if conditions else ((), ())
    return RowTarget(names, key, relations, compared, conditional)


def _key(mapper: Mapper[M], document: M, *, static: bool) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """The fields of the row's key with their values; only of the partition key if all written columns are static.

    The server refuses clustering columns in that case ("modifies only static columns").
    """
    if not static:
        return mapper.key_names, mapper.key_values(document)
    count = len(mapper.table.partition_key)
    return mapper.key_names[:count], mapper.key_values(document, count)


def _only_static(mapper: Mapper[Any], names: dict[str, Any]) -> bool:
    return all(mapper.field(name).column.kind is ColumnKind.STATIC for name in names)


def _finished(
    mapper: Mapper[M],
    row: RowTarget,
    changes: Changes,
    destination: Destination,
    statement: Statement,
    document: M,
    guard: Guard | None,
) -> Write[LWTResult[M] | None]:
    keyspace, connection, _ = destination
    key = row.values
    applied = after_update(mapper, document, changes, key) if changes.steps else after_delete(mapper, document, key)
    columns = changes.shape.columns if changes.steps else mapper.row_columns
    if row.conditional:
        named = dict(zip(mapper.table.primary_key, key, strict=False))  # the key may be only that of the partition
        home = home_of(document)
        read = lwt_reader(mapper, named, home, applied)
        if guard is None or guard.is_named:
            return Write(statement, read, connection, mapper, columns, keyspace, applied, home)
        conflict = conflict_in(mapper, named, home, guard.version)
        read = reader(read, conflict, silent=guard.is_alone)
        return VersionedWrite(statement, read, connection, mapper, columns, keyspace, applied, home, conflict)
    return Write(statement, applied, connection, mapper, columns, keyspace, applied)


def delete_kind(mapper: Mapper[Any], conditional: bool) -> Kind:
    """The kind of a deletion."""
    if conditional:
        return Kind.CONDITIONAL
    return Kind.COUNTER if mapper.counters else Kind.WRITE


def _counter(mapper: Mapper[Any], name: str) -> str:
    field = mapper.field(name)
    if not mapper.counters or field.is_key:
        raise InvalidQueryError(f"{mapper.model.__name__}.{name} is not a counter")
    return field.column.name


def _amount(name: str, amount: object) -> int:
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise InvalidQueryError(f"counter {name} changes by an int, not by {a_type(amount)}")
    return amount
