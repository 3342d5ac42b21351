"""Updates, deletes and creates by a query: the filters select the rows, which are not read first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from coodie._errors import InvalidQueryError
from coodie.cql.message import Kind, Statement
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model
from coodie.mapping.state import settled
from coodie.plans import writes
from coodie.plans.answers import lwt_reader
from coodie.plans.changes import read_changes
from coodie.plans.conditions import parts_of, read_conditions
from coodie.plans.deletions import clear
from coodie.plans.lookups import RAW, lookup
from coodie.plans.plan import Write, nothing
from coodie.plans.spec import Filters, Spec
from coodie.plans.verbs import CREATE, DELETE, UPDATE, check
from coodie.plans.writes import RowTarget, check_condition, deleting, updating
from coodie.results import LWTResult

M = TypeVar("M", bound=Model)


def update(
    spec: Spec[M],
    values: dict[str, Any] | None,
    sets: dict[str, Any],
    if_conditions: dict[str, Any] | None = None,
) -> Write[LWTResult[M] | None]:
    """``UPDATE ... SET ... WHERE ...`` of the rows whose full key the filters give."""
    mapper = spec.mapper
    if mapper.counters:
        raise InvalidQueryError(f"{mapper.model.__name__} holds counters; use increment() or decrement()")
    check(spec, UPDATE)
    changes = read_changes(mapper, values, sets)
    w = spec.writing
    conditions = read_conditions(mapper, if_conditions)
    static = changes.shape.static and all(each.static for each in conditions)
    keys, bound = spec.filters(writes=True)
    _check_key(spec, keys, mapper.table.partition_key if static else mapper.table.primary_key, "update")
    if static:
        _refuse_clustering(mapper, keys)
    conditional = check_condition(mapper, w.if_exists, conditions, w.timestamp)
    row = RowTarget(keys, _flat(bound), *parts_of(conditions), conditional)
    statement = updating(mapper, row, changes, spec.destination, w.if_exists, w.ttl, w.timestamp)
    return _write(spec, (keys, bound), statement, changes.shape.columns)


def delete(spec: Spec[M], if_conditions: dict[str, Any] | None = None) -> Write[LWTResult[M] | None]:
    """``DELETE FROM ... WHERE ...``, which deletes rows, ranges or whole partitions."""
    mapper, w = spec.mapper, spec.writing
    check(spec, DELETE)
    conditions = read_conditions(mapper, if_conditions)
    conditional = check_condition(mapper, w.if_exists, conditions, w.timestamp)
    keys, bound = spec.filters(writes=True)
    # A condition needs a single row. Without one a range is allowed, unless it may contain rows of other classes.
    needed = mapper.table.partition_key if mapper.family is None else mapper.family.needed_to_delete(mapper.member)
    _check_key(spec, keys, mapper.table.primary_key if conditional else needed, "delete")
    row = RowTarget(keys, _flat(bound), *parts_of(conditions), conditional)
    statement = deleting(mapper, row, clear(mapper, ()), spec.destination, w.if_exists, w.timestamp)
    return _write(spec, (keys, bound), statement, mapper.row_columns)


def create(spec: Spec[M], fields: dict[str, Any]) -> tuple[M, Write[Any]]:
    """A new document and the write that saves it; with ``if_not_exists()`` it fails if the row already exists."""
    check(spec, CREATE)
    w = spec.writing
    document = settled(spec.mapper.model(**fields), spec.home)
    if not w.if_not_exists:
        return document, writes.save(document, ttl=w.ttl, timestamp=w.timestamp, options=spec.options)
    check_condition(spec.mapper, True, (), w.timestamp)
    plan = writes.insert(document, ttl=w.ttl, options=spec.options)
    decode = plan.decode
    return document, Write(
        plan.request,
        lambda page: decode(page).raise_if_lost(),
        plan.connection,
        plan.mapper,
        plan.columns,
        plan.keyspace,
        plan.applied,
        plan.home,
    )


def _flat(bound: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple([value for each in bound for value in each])


def _write(
    spec: Spec[M], filters: Filters, statement: Statement, columns: tuple[str, ...]
) -> Write[LWTResult[M] | None]:
    mapper, home = spec.mapper, spec.home
    keyspace, connection, _ = spec.destination
    request = None if spec.nothing else statement
    if statement.kind is not Kind.CONDITIONAL:
        return Write(request, nothing, connection, mapper, columns, keyspace)
    asked = [mapper.cached(lookup, key) for key in filters[0]]
    if any(found.relation.operator == "IN" for found in asked):
        raise InvalidQueryError(f"a condition is about one row of {mapper.table.name}; give its key by =, not by __in")
    read = lwt_reader(mapper, _key_of(mapper, filters), home)
    return Write(request, read, connection, mapper, columns, keyspace, home=home)


def _key_of(mapper: Mapper[Any], filters: Filters) -> dict[str, Any]:
    given = zip(*filters, strict=True)
    return {mapper.by_name[key].column.name: bound[0] for key, bound in given if key in mapper.by_name}


def _refuse_clustering(mapper: Mapper[Any], keys: tuple[str, ...]) -> None:
    for key in keys:
        if mapper.cached(lookup, key).column in mapper.table.clustering_key:
            raise InvalidQueryError(
                f"update() of {mapper.model.__name__} writes only static columns, which the rows of a partition share, "
                f"so it is about no single row: leave {key!r} out of filter()"
            )


def _check_key(spec: Spec[Any], keys: tuple[str, ...], needed: tuple[str, ...], what: str) -> None:
    mapper = spec.mapper
    asked = [mapper.cached(lookup, key) for key in keys]
    fixed = {found.column for found in asked if found.relation.operator in ("=", "IN")}
    missing = [column for column in needed if column not in fixed]
    if missing:
        raise InvalidQueryError(
            f"{what}() of {mapper.model.__name__} needs the key column {missing[0]!r} in filter(), as = or __in"
        )
    strange = [key for key, found in zip(keys, asked, strict=True) if found.column not in mapper.table.primary_key]
    if strange:
        raise InvalidQueryError(
            f"{what}() of {mapper.model.__name__} takes key columns in filter(), not {strange[0].removesuffix(RAW)!r}; "
            "a condition on another column goes into if_conditions"
        )
