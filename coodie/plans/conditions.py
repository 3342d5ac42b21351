"""Turns ``if_conditions`` into the conditions of an IF clause.

They are given in a mapping by name, ``{"score__gt": 3}``, or in a list of conditions, ``[User.score > 3]``. Each value
is validated by the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from coodie._errors import InvalidQueryError
from coodie._words import option
from coodie.cql.nodes import Element, FieldOf, Ref, Relation
from coodie.cql.operators import CONDITIONS, Operator, Takes
from coodie.cql.types import List, Map
from coodie.mapping.columns import Field
from coodie.mapping.elements import ElementCodec
from coodie.mapping.expressions import Comparison
from coodie.mapping.expressions import Condition as TypedCondition
from coodie.mapping.mapper import Mapper
from coodie.plans.arguments import Key, are_elements, comparison, is_mapping, is_tuple, pair_of, together
from coodie.plans.lookups import binder
from coodie.tables.table import ColumnKind

Conditions: TypeAlias = Mapping[str, Any] | Sequence[TypedCondition | bool]
"""What ``if_conditions`` takes; type checkers take conditions such as ``User.version == 3`` for bools."""


class Condition(NamedTuple):
    """One condition of an IF clause with its values; ``static`` is whether its column is static."""

    relation: Relation
    values: tuple[Any, ...]
    static: bool


def read_conditions(mapper: Mapper[Any], given: Any) -> tuple[Condition, ...]:
    """The conditions of ``if_conditions``. Raises `InvalidQueryError` for no conditions at all or an unknown key."""
    if given is None:
        return ()
    pairs: Iterable[tuple[Key, Any]]
    if are_elements(given):
        pairs = [pair_of(mapper, each) for each in given]
    elif is_mapping(given):
        pairs = together(given, {}).items()
    else:
        raise InvalidQueryError("if_conditions takes a mapping by the names of fields, or a list of conditions")
    found = tuple([_condition(mapper, key, value) for key, value in pairs])
    if not found:
        raise InvalidQueryError("if_conditions is empty; leave it out, or use if_exists=True")
    return found


def parts_of(conditions: tuple[Condition, ...]) -> tuple[tuple[Relation, ...], tuple[Any, ...]]:
    """The relations of an IF clause, and its bound values."""
    if not conditions:
        return (), ()
    return (
        tuple(condition.relation for condition in conditions),
        tuple(value for condition in conditions for value in condition.values),
    )


def check_condition(
    mapper: Mapper[Any],
    if_exists: Any,
    conditions: tuple[Condition, ...],
    timestamp: object,
    *,
    versioned: bool = False,
) -> bool:
    """Whether the write is conditional, as one of a row with a version is.

    Raises `InvalidQueryError` for options that exclude each other.
    """
    if not isinstance(if_exists, bool):
        raise InvalidQueryError(
            f"if_exists must be True or False, not {option(if_exists)}; a condition goes into if_conditions"
        )
    if if_exists and conditions:
        raise InvalidQueryError(
            "if_exists and if_conditions exclude each other; a condition implies that the row exists"
        )
    conditional = if_exists or bool(conditions) or versioned
    if conditional and timestamp is not None:
        raise InvalidQueryError(
            f"a conditional write of {mapper.table.name} takes no timestamp: the server gives it one of its own"
        )
    if conditional and mapper.counters:
        raise InvalidQueryError(f"{mapper.table.name} holds counters, which cannot be written under a condition")
    if timestamp is not None and mapper.counters:
        raise InvalidQueryError(f"{mapper.table.name} holds counters, which have no timestamp that a client could set")
    return conditional


def _condition(mapper: Mapper[Any], key: Key, value: Any) -> Condition:
    asked = comparison(mapper, key)
    operator = CONDITIONS.get(asked.suffix)
    if operator is None:
        known = ", ".join(f"__{suffix}" for suffix in CONDITIONS if suffix)
        raise InvalidQueryError(f"a condition has no operator __{asked.suffix.strip('_')}; it has: {known}")
    if asked.left in ("token", "tuple"):
        raise InvalidQueryError(f"{key}: a condition is about one column, or a part of it")
    field = mapper.field(asked.names[0])
    if field.is_key:
        raise InvalidQueryError(f"{field.name} belongs to the primary key and cannot be used in a condition")
    if value is None and operator.is_order:
        raise InvalidQueryError(f"{key}=None: null has no order; a condition compares it by = and __ne only")
    left, values = _sides(mapper, field, key, asked, operator, value)
    return Condition(Relation(left, operator.cql), values, field.column.kind is ColumnKind.STATIC)


def _sides(
    mapper: Mapper[Any], field: Field, key: Key, asked: Comparison, operator: Operator, value: Any
) -> tuple[Ref | FieldOf | Element, tuple[Any, ...]]:
    """The left side of a condition, and the values that are bound in it."""
    column = field.column
    if asked.left == "part" and asked.part is not None:
        codec = mapper.element_codec(field, asked.part)
        return FieldOf(column.name, mapper.udt_parts(field)[asked.part]), (_bound(codec, key, operator, value),)
    if asked.left == "entry":
        if not isinstance(column.type, (Map, List)):
            raise InvalidQueryError(f"{key}: {mapper.model.__name__}.{field.name} ({column.type}) is not a map or list")
        if not is_tuple(value, 2):
            raise InvalidQueryError(f"{key} takes a pair, as in ('key', value)")
        place = (
            _index(key, value[0])
            if isinstance(column.type, List)
            else mapper.element_codec(field, "key").bound(value[0])
        )
        return Element(column.name), (place, _bound(mapper.element_codec(field, "element"), key, operator, value[1]))
    if value is None and operator.takes is Takes.VALUE:
        return Ref(column.name), (None,)
    return Ref(column.name), binder(mapper, field, key, operator)(value)


def _bound(codec: ElementCodec, key: Key, operator: Operator, value: Any) -> Any:
    if operator.takes is Takes.VALUE:
        return None if value is None else codec.bound(value)
    if operator.takes is not Takes.LIST:
        raise InvalidQueryError(f"{key}: {operator.cql} is asked of a whole column, not of a part of it")
    if not are_elements(value):
        raise InvalidQueryError(f"{key} takes a list of values")
    return [codec.bound(each) for each in value]


def _index(key: Key, place: Any) -> int:
    if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < 2**31:
        raise InvalidQueryError(f"{key}: an index of a list must be a number of at least 0")
    return place
