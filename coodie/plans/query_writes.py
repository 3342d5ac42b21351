"""Updates, deletes and creates by a query: the filters select the rows, which are not read first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from coodie._errors import InvalidQueryError
from coodie.cql.message import UNSET, Kind, Statement
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model
from coodie.mapping.state import settled
from coodie.plans import writes
from coodie.plans.answers import lwt_reader
from coodie.plans.arguments import RAW, Key
from coodie.plans.automatic_writes import own_sets
from coodie.plans.changes import read_changes
from coodie.plans.conditions import Conditions, check_condition, parts_of, read_conditions
from coodie.plans.deletions import clear
from coodie.plans.lookups import lookup
from coodie.plans.plan import Write, nothing
from coodie.plans.spec import Filters, Spec
from coodie.plans.texts import refuse_view
from coodie.plans.verbs import CREATE, DELETE, UPDATE, check
from coodie.plans.versions import check_named
from coodie.plans.writes import RowTarget, deleting, updating
from coodie.results import LWTResult

M = TypeVar("M", bound=Model)


def update(
    spec: Spec[M],
    values: dict[str, Any] | None,
    sets: dict[str, Any],
    if_conditions: Conditions | None = None,
) -> Write[LWTResult[M] | None]:
    """``UPDATE ... SET ... WHERE ...`` of the rows whose full key the filters give."""
    mapper = spec.mapper
    refuse_view(mapper)
    if mapper.counters:
        raise InvalidQueryError(f"{mapper.model.__name__} holds counters; use increment() or decrement()")
    check(spec, UPDATE)
    w = spec.writing
    conditions = read_conditions(mapper, if_conditions)
    if mapper.automatic is not None:
        version = UNSET if mapper.version is None else check_named(mapper, conditions, "update")
        values, sets = None, own_sets(mapper, values, sets, spec.home, version)
    changes = read_changes(mapper, values, sets)
    static = changes.shape.static and all(each.static for each in conditions)
    keys, bound = spec.filters(writes=True)
    _check_key(spec, keys, mapper.table.partition_key if static else mapper.table.primary_key, "update")
    if static:
        _refuse_clustering(mapper, keys)
    conditional = check_condition(mapper, w.if_exists, conditions, w.timestamp)
    row = RowTarget(keys, _flat(bound), *parts_of(conditions), conditional)
    statement = updating(mapper, row, changes, spec.destination, w.if_exists, w.ttl, w.timestamp)
    return _write(spec, (keys, bound), statement, changes.shape.columns)


def delete(spec: Spec[M], if_conditions: Conditions | None = None) -> Write[LWTResult[M] | None]:
    """``DELETE FROM ... WHERE ...``, which deletes rows, ranges or whole partitions."""
    mapper, w = spec.mapper, spec.writing
    refuse_view(mapper)
    check(spec, DELETE)
    conditions = read_conditions(mapper, if_conditions)
    if mapper.version is not None:
        check_named(mapper, conditions, "delete")
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
    refuse_view(spec.mapper)
    check(spec, CREATE)
    w = spec.writing
    document, warn = settled(spec.mapper.model(**fields), spec.home), None if spec.warns else False
    if not w.if_not_exists:
        return document, writes.save(document, ttl=w.ttl, timestamp=w.timestamp, warn=warn, options=spec.options)
    check_condition(spec.mapper, True, (), w.timestamp)
    plan = writes.insert(document, ttl=w.ttl, warn=warn, options=spec.options)
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
    given = [(mapper.cached(lookup, key), bound) for key, bound in zip(*filters, strict=True)]
    equal = [zip(found.columns, bound, strict=False) for found, bound in given if found.relation.operator == "="]
    return {column: value for pairs in equal for column, value in pairs}


def _refuse_clustering(mapper: Mapper[Any], keys: tuple[Key, ...]) -> None:
    for key in keys:
        if not set(mapper.table.clustering_key).isdisjoint(mapper.cached(lookup, key).columns):
            raise InvalidQueryError(
                f"update() of {mapper.model.__name__} writes only static columns, which the rows of a partition share, "
                f"so it is about no single row: leave {str(key)!r} out of filter()"
            )


def _check_key(spec: Spec[Any], keys: tuple[Key, ...], needed: tuple[str, ...], what: str) -> None:
    mapper = spec.mapper
    asked = [mapper.cached(lookup, key) for key in keys]
    fixed = {column for found in asked if found.relation.operator in ("=", "IN") for column in found.columns}
    missing = [column for column in needed if column not in fixed]
    if missing:
        raise InvalidQueryError(
            f"{what}() of {mapper.model.__name__} needs the key column {missing[0]!r} in filter(), as = or __in"
        )
    whole = set(mapper.table.primary_key)
    strange = [str(key) for key, found in zip(keys, asked, strict=True) if not set(found.columns or ("",)) <= whole]
    if strange:
        raise InvalidQueryError(
            f"{what}() of {mapper.model.__name__} takes key columns in filter(), not {strange[0].removesuffix(RAW)!r}; "
            "a condition on another column goes into if_conditions"
        )
