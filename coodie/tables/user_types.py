"""The user-defined types that tables need, in an order in which they can be created.

A type must exist before another type can contain it, so types are sorted by dependency.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from coodie._errors import InvalidQueryError
from coodie.cql.types import CqlType, List, Map, Set, Tuple, Udt, Vector, freeze, parts_of
from coodie.tables.table import Table, UserType


def needed_types(tables: Iterable[Table], keyspace: str | None = None) -> tuple[UserType, ...]:
    """The user-defined types in the columns of these tables, each once, sorted by dependency.

    Raises `InvalidQueryError` for two types with the same name and different fields.
    """
    return types_of((column.type for table in tables for column in table.columns), keyspace)


def types_of(cql_types: Iterable[CqlType], keyspace: str | None = None) -> tuple[UserType, ...]:
    """The user-defined types in these CQL types, as `needed_types` gives them."""
    found: dict[str, UserType] = {}
    for udt in (udt for cql_type in cql_types for udt in _udts(cql_type)):
        made = UserType(udt.name, tuple((name, freeze(field)) for name, field in udt.fields), keyspace)
        if found.setdefault(udt.name, made) != made:
            raise InvalidQueryError(f"two types are called {udt.name!r} and have different fields; rename one of them")
    return tuple(found.values())


def _udts(cql_type: CqlType) -> Iterator[Udt]:
    for part in parts_of(cql_type):
        yield from _udts(part)
    if isinstance(cql_type, Udt):
        yield cql_type


def in_partition_key(table: Table, name: str) -> bool:
    """Whether the partition key of a table contains the user-defined type of that name."""
    types = (table.types[column] for column in table.partition_key)
    return any(udt.name == name for cql_type in types for udt in _udts(cql_type))


def with_fields(cql_type: CqlType, known: Mapping[str, tuple[tuple[str, CqlType], ...]]) -> CqlType:
    """The type with the fields of the user-defined types in it filled in; ``known`` gives them by name."""

    def again(part: CqlType) -> CqlType:
        return with_fields(part, known)

    match cql_type:
        case List(element) | Set(element) | Vector(element):
            return replace(cql_type, element=again(element))
        case Map(key, value):
            return replace(cql_type, key=again(key), value=again(value))
        case Tuple(elements):
            return Tuple(tuple(map(again, elements)))
        case Udt(name, fields):
            return replace(cql_type, fields=known.get(name, fields))
        case _:
            return cql_type


def in_order(types: Iterable[UserType]) -> tuple[UserType, ...]:
    """The types that a cluster lists, sorted by dependency."""
    waiting = {user_type.name: user_type for user_type in types}
    ordered: dict[str, UserType] = {}

    def visit(user_type: UserType) -> None:
        for _, field in user_type.fields:
            for udt in _udts(field):
                if udt.name in waiting and udt.name not in ordered:
                    visit(waiting[udt.name])
        ordered.setdefault(user_type.name, user_type)

    for user_type in waiting.values():
        visit(user_type)
    return tuple(ordered.values())
