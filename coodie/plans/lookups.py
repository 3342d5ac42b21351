"""Turns filters such as ``ts__gte=...`` into relations of WHERE with their bound values."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import Any, Final, NamedTuple

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.nodes import BIND, Element, Ref, Relation, TokenCall
from coodie.cql.operators import ENTRY, LOOKUPS, ORDERS, Operator, Takes
from coodie.cql.types import Map, is_collection
from coodie.cql.values import Token
from coodie.mapping.columns import Field
from coodie.mapping.mapper import Mapper
from coodie.mapping.natives import masked
from coodie.plans.arguments import bound_in, has_bounds, is_tuple, list_of, split_key


class Lookup(NamedTuple):
    """The relation of one filter, and the function that gives its bound values."""

    relation: Relation
    bind: Callable[[Any], tuple[Any, ...]]
    column: str | None
    """The column that is compared, None for a token."""


class Lookups(NamedTuple):
    """The functions that bind the values of filters, the indexes of those with IN, and whether any compares tokens."""

    binds: tuple[Callable[[Any], tuple[Any, ...]], ...]
    lists: tuple[int, ...]
    tokens: bool


RAW: Final = "__raw"
"""The suffix of the key of a filter whose value is a `Token`: its text has ``?`` where others have ``token(?)``."""


def lookup(mapper: Mapper[Any], key: str) -> Lookup:
    """The lookup for the key of a filter. Raises `InvalidQueryError` for an unknown field or operator, with a hint."""
    if not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidQueryError(f"the name of a filter must be a str, not {a_type(key)}")
    if key.startswith("token__") and "token" not in mapper.by_name:
        return _token_of_key(mapper, key)
    field, name = split_key(mapper, key)
    if name is not None and name.startswith("token__"):
        return _token_of_column(mapper, field, key, name)
    if name == ENTRY:
        return _entry(mapper, field, key)
    operator = LOOKUPS.get(name or "")
    if operator is None or name == "":
        raise InvalidQueryError(_unknown(mapper, field, str(name)))
    column = field.column.name
    return Lookup(Relation(Ref(column), operator.cql), _binder(mapper, field, key, operator), column)


def lookups(mapper: Mapper[Any], keys: tuple[str, ...]) -> Lookups:
    """`lookup` of each of these keys."""
    found = [mapper.cached(lookup, key) for key in keys]
    lists = tuple(place for place, each in enumerate(found) if each.relation.operator == "IN")
    return Lookups(tuple(each.bind for each in found), lists, any(each.column is None for each in found))


def _binder(mapper: Mapper[Any], field: Field, key: str, operator: Operator) -> Callable[[Any], tuple[Any, ...]]:
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


def _value_binder(mapper: Mapper[Any], field: Field, key: str) -> Callable[[Any], tuple[Any, ...]]:
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


def _entry(mapper: Mapper[Any], field: Field, key: str) -> Lookup:
    if not isinstance(field.column.type, Map):
        raise InvalidQueryError(f"{key}: {mapper.model.__name__}.{field.name} ({field.column.type}) is not a map")

    def bind(value: Any) -> tuple[Any, ...]:
        if not is_tuple(value, 2):
            raise InvalidQueryError(f"{key} takes a pair, as in ('key', value)")
        return mapper.element_codec(field, "key").bound(value[0]), mapper.element_codec(field, "element").bound(
            value[1]
        )

    return Lookup(Relation(Element(field.column.name), "="), bind, field.column.name)


def _token_of_column(mapper: Mapper[Any], field: Field, key: str, name: str) -> Lookup:
    if mapper.table.partition_key != (field.column.name,):
        raise InvalidQueryError(
            f"{key}: a token is that of the whole partition key ({', '.join(mapper.table.partition_key)}); "
            "for several columns use token__gt=(a, b)"
        )
    return _token(mapper, key, name.removeprefix("token__"), lambda value: (value,))


def _token_of_key(mapper: Mapper[Any], key: str) -> Lookup:
    count = len(mapper.table.partition_key)

    def split(value: Any) -> tuple[Any, ...]:
        if not is_tuple(value, count):
            raise InvalidQueryError(f"{key} takes a tuple of {count} values, one for each partition key column")
        return value

    return _token(mapper, key, key.removeprefix("token__"), split)


def _token(mapper: Mapper[Any], key: str, name: str, split: Callable[[Any], tuple[Any, ...]]) -> Lookup:
    columns = mapper.table.partition_key
    fields = [mapper.by_column[column] for column in columns]
    operator = ORDERS.get(name.removesuffix(RAW))
    if operator is None:
        raise InvalidQueryError(f"{key}: {_TOKENS}")
    left = TokenCall(tuple(Ref(column) for column in columns))
    if name.endswith(RAW):
        return Lookup(Relation(left, operator.cql), partial(_raw, key), None)

    def bind(value: Any) -> tuple[Any, ...]:
        parts = zip(fields, split(value), strict=True)
        return tuple(mapper.validated(field, _not_none(key, part)) for field, part in parts)

    return Lookup(Relation(left, operator.cql, TokenCall((BIND,) * len(columns))), bind, None)


def _raw(key: str, token: Any) -> tuple[Any, ...]:
    if not isinstance(token, Token):  # a user wrote the suffix, which is internal
        raise InvalidQueryError(f"{key}: {_TOKENS}")
    return (_not_none("a TokenCall", token.value),)


_TOKENS: Final = f"tokens are compared by {', '.join('token__' + each for each in ORDERS)}"


def _not_none(key: str, value: Any) -> Any:
    if value is None:
        raise InvalidQueryError(f"{key}=None: CQL cannot filter by null; leave the filter out, or store a value for it")
    return value


def _pattern(field: Field, key: str, value: Any) -> Any:
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
    return f"{mapper.model.__name__}.{field.name} has no lookup __{name}; {hint}"
