"""Turns ``if_conditions`` into the conditions of an IF clause.

A key is the name of a field, alone or with an operator: ``score__gt``. Each value is validated by the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from coodie._errors import InvalidQueryError
from coodie.cql.nodes import Ref, Relation
from coodie.cql.operators import CONDITIONS, Takes
from coodie.mapping.mapper import Mapper
from coodie.plans.arguments import bound_in, has_bounds, list_of, split_key, together
from coodie.tables.table import ColumnKind


class Condition(NamedTuple):
    """One condition of an IF clause with its values; ``static`` is whether its column is static."""

    relation: Relation
    values: tuple[Any, ...]
    static: bool


def read_conditions(mapper: Mapper[Any], given: Mapping[str, Any] | None) -> tuple[Condition, ...]:
    """The conditions of ``if_conditions``. Raises `InvalidQueryError` for an empty mapping or an unknown key."""
    if given is None:
        return ()
    given = together(given, {})
    if not given:
        raise InvalidQueryError("if_conditions is empty; leave it out, or use if_exists=True")
    return tuple(_condition(mapper, key, value) for key, value in given.items())


def parts_of(conditions: tuple[Condition, ...]) -> tuple[tuple[Relation, ...], tuple[Any, ...]]:
    """The relations of an IF clause, and its bound values."""
    if not conditions:
        return (), ()
    return (
        tuple(condition.relation for condition in conditions),
        tuple(value for condition in conditions for value in condition.values),
    )


def _condition(mapper: Mapper[Any], key: str, value: Any) -> Condition:
    field, name = split_key(mapper, key)
    operator = CONDITIONS.get(name or "")
    if operator is None or name == "":
        known = ", ".join(f"__{suffix}" for suffix in CONDITIONS if suffix)
        raise InvalidQueryError(f"a condition has no operator __{name}; it has: {known}")
    if field.is_key:
        raise InvalidQueryError(f"{field.name} belongs to the primary key and cannot be used in a condition")
    if operator.takes is Takes.LIST:
        bound: Any = list_of(mapper, field, key, value)
    elif value is None:
        if operator.is_order:
            raise InvalidQueryError(f"{key}=None: null has no order; a condition compares it by = and __ne only")
        bound = None
    elif has_bounds(field, operator):
        bound = bound_in(mapper, field, operator, value)
    else:
        bound = mapper.validated(field, value)
    static = field.column.kind is ColumnKind.STATIC
    return Condition(Relation(Ref(field.column.name), operator.cql), (bound,), static)
