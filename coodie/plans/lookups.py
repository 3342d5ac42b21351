"""Turns filters such as ``ts__gte=...`` and ``Event.ts >= ...`` into relations of WHERE with their bound values."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import Any, Final, NamedTuple

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.nodes import BIND, Element, Items, Ref, Relation, TokenCall
from coodie.cql.operators import ENTRY, LOOKUPS, ORDERS, Operator, Takes
from coodie.cql.types import NATIVE, Map, is_collection, is_multicell
from coodie.cql.values import Token
from coodie.mapping.columns import Field
from coodie.mapping.expressions import Comparison
from coodie.mapping.mapper import Mapper
from coodie.mapping.natives import masked
from coodie.plans.arguments import RAW, Key, are_elements, bound_in, comparison, has_bounds, is_tuple, list_of, precise


class Lookup(NamedTuple):
    """The relation of one filter, and the function that gives its bound values."""

    relation: Relation
    bind: Callable[[Any], tuple[Any, ...]]
    columns: tuple[str, ...]
    """The columns that are compared; none for a token."""

    @property
    def column(self) -> str | None:
        """The column that is compared; None for a token, and for several columns."""
        return self.columns[0] if len(self.columns) == 1 else None

    @property
    def is_token(self) -> bool:
        """Whether it compares tokens."""
        return isinstance(self.relation.left, TokenCall)


class Lookups(NamedTuple):
    """The functions that bind the values of filters, the indexes of those with IN, and whether any compares tokens."""

    binds: tuple[Callable[[Any], tuple[Any, ...]], ...]
    lists: tuple[int, ...]
    tokens: bool


def lookup(mapper: Mapper[Any], key: Key) -> Lookup:
    """The lookup for the key of a filter. Raises `InvalidQueryError` for an unknown field or operator, with a hint."""
    asked = comparison(mapper, key)
    if asked.left == "token":
        return _token(mapper, key, asked)
    if asked.left == "tuple":
        return _tuple(mapper, key, asked)
    field = mapper.field(asked.names[0])
    if asked.left == "entry":
        return _entry(mapper, field, key, asked)
    operator = LOOKUPS.get(asked.suffix)
    if operator is None:
        raise InvalidQueryError(_unknown(mapper, field, asked.suffix))
    if asked.left == "part":
        raise InvalidQueryError(f"{key}: CQL compares a field of a user-defined type in if_conditions only")
    _check_type(mapper, field, operator)
    return Lookup(
        Relation(Ref(field.column.name), operator.cql), binder(mapper, field, key, operator), (field.column.name,)
    )


def lookups(mapper: Mapper[Any], keys: tuple[Key, ...]) -> Lookups:
    """`lookup` of each of these keys."""
    found = [mapper.cached(lookup, key) for key in keys]
    lists = tuple(place for place, each in enumerate(found) if each.relation.operator == "IN")
    return Lookups(tuple(each.bind for each in found), lists, any(each.is_token for each in found))


def raw(key: Key) -> Key:
    """The key of the same filter for a `Token`."""
    return f"{key}{RAW}" if isinstance(key, str) else key._replace(raw=True)


def binder(mapper: Mapper[Any], field: Field, key: Key, operator: Operator) -> Callable[[Any], tuple[Any, ...]]:
    """The function that validates what the operator compares a whole column with, and returns the bound value.

    Raises `InvalidQueryError` for an operator that the column does not support; the function, for what does not fit.
    """
    match operator.takes:
        case Takes.LIST:
            return lambda value: (list_of(mapper, field, key, value),)
        case Takes.ELEMENT | Takes.KEY:
            return _element_binder(mapper, field, operator)
        case Takes.PATTERN:
            return lambda value: (_pattern(field, key, value),)
        case _ if has_bounds(field, operator):
            return lambda value: (bound_in(mapper, field, operator, _not_none(key, value)),)
        case _:
            return _value_binder(mapper, field, key)


def _check_type(mapper: Mapper[Any], field: Field, operator: Operator) -> None:
    """Refuse what the server refuses: LIKE for anything but text, and comparing a whole that is many cells."""
    if operator.takes is Takes.PATTERN and field.column.type not in (NATIVE["text"], NATIVE["ascii"]):
        raise InvalidQueryError(
            f"{mapper.model.__name__}.{field.name} ({field.column.type}) cannot be filtered by LIKE, which is for text"
        )
    if operator.takes in (Takes.VALUE, Takes.LIST) and is_multicell(field.column.type):
        instead = "contains" if is_collection(field.column.type) else "if_conditions"
        raise InvalidQueryError(
            f"{mapper.model.__name__}.{field.name} ({field.column.type}) cannot be filtered by {operator.cql}, since "
            f"it is not frozen; use {instead}"
        )


def _value_binder(mapper: Mapper[Any], field: Field, key: Key) -> Callable[[Any], tuple[Any, ...]]:
    in_memory, bound, plain = mapper.in_memory, mapper.bound, field.codec.encode is None

    def bind(value: Any) -> tuple[Any, ...]:
        found = in_memory(field, _not_none(key, value) if value is None else value)
        return (found,) if plain else (bound(field, found),)

    return bind


def _element_binder(mapper: Mapper[Any], field: Field, operator: Operator) -> Callable[[Any], tuple[Any, ...]]:
    cql_type, of_key = field.column.type, operator.takes is Takes.KEY
    if not (isinstance(cql_type, Map) if of_key else is_collection(cql_type)):
        raise InvalidQueryError(f"{mapper.model.__name__}.{field.name} ({cql_type}) does not support {operator.cql}")
    part = "key" if of_key else "element"
    return lambda value: (mapper.element_codec(field, part).bound(value),)


def _entry(mapper: Mapper[Any], field: Field, key: Key, asked: Comparison) -> Lookup:
    if not isinstance(field.column.type, Map):
        raise InvalidQueryError(f"{key}: {mapper.model.__name__}.{field.name} ({field.column.type}) is not a map")
    if asked.suffix:
        raise InvalidQueryError(f"{key}: a filter compares the entry of a map by = only")

    def bind(value: Any) -> tuple[Any, ...]:
        if not is_tuple(value, 2):
            raise InvalidQueryError(f"{key} takes a pair, as in ('key', value)")
        return mapper.element_codec(field, "key").bound(value[0]), mapper.element_codec(field, "element").bound(
            value[1]
        )

    return Lookup(Relation(Element(field.column.name), "="), bind, (field.column.name,))


def _token(mapper: Mapper[Any], key: Key, asked: Comparison) -> Lookup:
    columns = mapper.table.partition_key
    fields = [mapper.by_column[column] for column in columns]
    if asked.names != tuple(field.name for field in fields):
        raise InvalidQueryError(
            f"{key}: a token is that of the whole partition key ({', '.join(columns)}); "
            "for several columns use token__gt=(a, b)"
        )
    operator = ORDERS.get(asked.suffix)
    if operator is None:
        raise InvalidQueryError(f"{key}: {_TOKENS}")
    left = TokenCall(tuple(Ref(column) for column in columns))
    if asked.raw:
        return Lookup(Relation(left, operator.cql), partial(_raw, key), ())

    # ``token__gt`` takes a tuple however many columns the key has, ``id__token__gt`` and ``token(Event.id)`` a value
    by_keyword = isinstance(key, str) and key.startswith("token__") and "token" not in mapper.by_name
    alone = len(fields) == 1 and not by_keyword

    def bind(value: Any) -> tuple[Any, ...]:
        if not alone and not is_tuple(value, len(fields)):
            raise InvalidQueryError(f"{key} takes a tuple of {len(fields)} values, one for each partition key column")
        parts = zip(fields, (value,) if alone else value, strict=True)
        return tuple(mapper.validated(field, _not_none(key, part)) for field, part in parts)

    return Lookup(Relation(left, operator.cql, TokenCall((BIND,) * len(columns))), bind, ())


def _raw(key: Key, token: Any) -> tuple[Any, ...]:
    if not isinstance(token, Token):  # a user wrote the suffix, which is internal
        raise InvalidQueryError(f"{key}: {_TOKENS}")
    return (_not_none("a TokenCall", token.value),)


_TOKENS: Final = f"tokens are compared by {', '.join('token__' + each for each in ORDERS)}"


def _tuple(mapper: Mapper[Any], key: Key, asked: Comparison) -> Lookup:
    """Several clustering columns compared as one tuple: ``(ts, n) > (?, ?)``, ``(ts, n) IN ?``."""
    fields = [mapper.field(name) for name in asked.names]
    columns, order = tuple(field.column.name for field in fields), mapper.table.clustering_key
    start = order.index(columns[0]) if columns[0] in order else len(order)
    if order[start : start + len(columns)] != columns:
        raise InvalidQueryError(
            f"{key}: tuple_() takes clustering columns that follow each other in the key ({', '.join(order)})"
        )
    operator = LOOKUPS.get(asked.suffix)
    if operator is None or operator.takes not in (Takes.VALUE, Takes.LIST):
        raise InvalidQueryError(f"{key}: a tuple of columns is compared by =, <, <=, >, >= and IN only")
    left = Items("(", tuple(map(Ref, columns)))

    def bind(value: Any) -> tuple[Any, ...]:
        if not is_tuple(value, len(fields)):
            raise InvalidQueryError(f"{key} takes a tuple of {len(fields)} values, one for each column")
        parts = zip(fields, value, strict=True)
        return tuple(precise(mapper, field, operator, _not_none(key, part)) for field, part in parts)

    def bind_all(values: Any) -> tuple[Any, ...]:
        if not are_elements(values):
            raise InvalidQueryError(f"{key} takes a list of tuples, not {a_type(values)}")
        return ([bind(value) for value in values],)

    if operator.takes is Takes.LIST:
        return Lookup(Relation(left, operator.cql), bind_all, columns)
    return Lookup(Relation(left, operator.cql, Items("(", (BIND,) * len(columns))), bind, columns)


def _not_none(key: Key, value: Any) -> Any:
    if value is None:
        raise InvalidQueryError(f"{key}=None: CQL cannot filter by null; leave the filter out, or store a value for it")
    return value


def _pattern(field: Field, key: Key, value: Any) -> Any:
    if not isinstance(value, str):
        raise InvalidQueryError(f"{key} takes a pattern such as 'ab%', not {a_type(value)}")
    return masked(value) if field.codec.encode is masked else value


def _unknown(mapper: Mapper[Any], field: Field, name: str) -> str:
    known = [*filter(None, LOOKUPS), ENTRY, "token__gt"]
    near = get_close_matches(name, known, n=1)
    if name in ("ne", "not", "not_in", "isnull"):
        hint = "CQL cannot filter by inequality, nor by null"
    elif near:
        hint = f"did you mean __{near[0]}?"
    else:
        hint = f"there are: {', '.join('__' + each for each in known)}"
    return f"{mapper.model.__name__}.{field.name} has no lookup __{name.strip('_')}; {hint}"
