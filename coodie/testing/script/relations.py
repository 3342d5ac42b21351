"""Evaluates relations on rows as the server would; the result is None if only the server can know it.

A row has its values by column, without those that a test omits. Values are compared as on the server, by their bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any, Final, TypeAlias

from coodie.cql.encode import encoder_of
from coodie.cql.murmur3 import START, partition_key, token
from coodie.cql.nodes import Element, Items, Ref, TokenCall
from coodie.cql.order import sort_key
from coodie.cql.rendering.ddl import index_class
from coodie.cql.types import DURATION, NATIVE, CqlType, List, Map, Set
from coodie.cql.values import Token
from coodie.tables.table import Index, Table
from coodie.testing.arguments import is_a
from coodie.testing.reading import ValueSource

PartialRow: TypeAlias = Mapping[str, Any]
"""The known values of a row by column."""


class Unknowable(Exception):
    """Raised if only the server can know the result."""


@lru_cache(maxsize=256)
def _comparable(cql_type: CqlType) -> Callable[[Any], Any]:
    encode, key = encoder_of(cql_type, True), sort_key(cql_type)
    return lambda value: key(encode(value))


def comparable(cql_type: CqlType, value: Any) -> Any:
    """A key for comparing a value with others of its type. Raises `Unknowable` for a value that does not fit the
    type.
    """
    try:
        return _comparable(cql_type)(value)
    except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        raise Unknowable from error


def place_of(table: Table, row: PartialRow) -> int:
    """The token of a row's partition. Raises `Unknowable`."""
    return token(partition_bytes(table, row))


def partition_bytes(table: Table, row: PartialRow) -> bytes:
    """The serialized partition key of a row. Raises `Unknowable`."""
    try:
        return partition_key([encoder_of(table.types[name], True)(row[name]) for name in table.partition_key])
    except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        raise Unknowable from error


def holds(source: ValueSource, values: Sequence[Any], row: PartialRow, table: Table) -> bool | None:
    """Whether ``row`` matches this relation of WHERE in a request with these bound values."""
    target, operator = source.item.target, source.item.operator
    try:
        asked = source.value(values)
        match target:
            case Ref(name):
                return _of_column(table, row, name, operator, asked)
            case Element(name):
                return _of_entry(table, row, name, operator, asked)
            case Items("(", terms):
                return _of_columns(table, row, [t.column for t in terms if isinstance(t, Ref)], operator, asked)
            case TokenCall(terms) if tuple(t.column for t in terms if isinstance(t, Ref)) == table.partition_key:
                return _of_token(table, row, operator, asked)
            case _:
                return None
    except Unknowable:
        return None


def is_met(source: ValueSource, values: Sequence[Any], row: PartialRow, table: Table) -> bool | None:
    """Whether ``row`` meets this condition of IF, which may compare with null."""
    target, operator = source.item.target, source.item.operator
    asked = source.value(values)
    if not isinstance(target, Ref) or target.column not in row or target.column not in table.types:
        return None
    found, cql_type = row[target.column], table.types[target.column]
    if any(_is_no_value(cql_type, value) for value in (found, asked)):
        return None  # an empty collection may be null
    if found is None or asked is None:
        return {"=": found is asked, "!=": found is not asked}.get(operator)
    try:
        if operator == "!=":
            return bool(comparable(cql_type, found) != comparable(cql_type, asked))
        return _compared(cql_type, found, operator, asked)
    except Unknowable:
        return None


def _is_no_value(cql_type: CqlType, value: Any) -> bool:
    return isinstance(cql_type, (List, Set, Map)) and not value


_SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _of_column(table: Table, row: PartialRow, name: str, operator: str, asked: Any) -> bool | None:
    column = table.by_name.get(name)
    if column is None or name not in row or any(_is_loose(index, name, column.type) for index in table.indexes):
        return None
    if row[name] is None:
        return _of_null(operator)
    return _compared(column.type, row[name], operator, asked)


def _of_null(operator: str) -> bool | None:
    """Whether a null matches: never, except that a null read may be the empty value, which sorts before all others."""
    return False if operator in ("=", "IN", ">", ">=", "CONTAINS", "CONTAINS KEY") else None


def _is_loose(index: Index, name: str, cql_type: CqlType) -> bool:
    """Whether a column has an index that may match unequal values or has its own order.

    That is so for an index that folds case, for a class of the user's own, and for a storage-attached index on
    addresses, which identifies an IPv4 address with its IPv6 form, or on numbers of any length, which it truncates.
    """
    if index.column != name:
        return False
    using = index_class(index.using)
    return bool(index.options) or using not in (None, "sai") or (using == "sai" and cql_type in _CUT)


_CUT: Final = frozenset({NATIVE["inet"], NATIVE["decimal"], NATIVE["varint"]})


def _compared(cql_type: CqlType, found: Any, operator: str, asked: Any) -> bool | None:
    if operator in ("CONTAINS", "CONTAINS KEY"):
        return _contains(cql_type, found, operator, asked)
    own = comparable(cql_type, found)
    if operator == "IN":
        return own in [comparable(cql_type, each) for each in _several(asked)]
    if operator == "=":
        return bool(own == comparable(cql_type, asked))
    if operator in _SIGNS and cql_type != DURATION:
        return _SIGNS[operator](own, comparable(cql_type, asked))
    return None


def _several(asked: Any) -> Collection[Any]:
    if not is_a(asked, list, tuple, set, frozenset):
        raise Unknowable
    return asked  # type: ignore[no-any-return]


def _contains(cql_type: CqlType, found: Any, operator: str, asked: Any) -> bool | None:
    match cql_type:
        case Map(key, value):
            inside, kind = (found, key) if operator == "CONTAINS KEY" else (found.values(), value)
        case List(kind) | Set(kind):
            inside = found
        case _:
            return None
    wanted = comparable(kind, asked)
    return any(comparable(kind, each) == wanted for each in inside)


def _of_entry(table: Table, row: PartialRow, name: str, operator: str, asked: Any) -> bool | None:
    cql_type = table.types.get(name)
    if not isinstance(cql_type, Map) or name not in row or operator != "=":
        return None
    key, value = asked
    wanted, content = comparable(cql_type.key, key), comparable(cql_type.value, value)
    held: dict[Any, Any] = row[name] or {}
    found = ((comparable(cql_type.key, each), comparable(cql_type.value, held[each])) for each in held)
    return (wanted, content) in found


def _of_columns(table: Table, row: PartialRow, names: Sequence[str], operator: str, asked: Any) -> bool | None:
    if not all(name in row and name in table.types for name in names):
        return None
    found = [row[name] for name in names]
    if None in found:
        return _of_null(operator) if set(found) == {None} else None
    own = _together(table, names, found)
    if operator == "IN":
        return own in [_together(table, names, each) for each in _several(asked)]
    wanted = _together(table, names, asked)
    return own == wanted if operator == "=" else _SIGNS[operator](own, wanted) if operator in _SIGNS else None


def _together(table: Table, names: Sequence[str], values: Any) -> tuple[Any, ...]:
    if not is_a(values, list, tuple) or len(values) != len(names):
        raise Unknowable
    return tuple(comparable(table.types[name], value) for name, value in zip(names, values, strict=True))


def _of_token(table: Table, row: PartialRow, operator: str, asked: Any) -> bool | None:
    if isinstance(asked, Token):
        place = asked.value
    else:
        key = _several(asked) if len(table.partition_key) > 1 else (asked,)
        place = place_of(table, dict(zip(table.partition_key, key, strict=False)))
    if place == START:
        return None
    own = place_of(table, row)
    return own == place if operator == "=" else _SIGNS[operator](own, place) if operator in _SIGNS else None
