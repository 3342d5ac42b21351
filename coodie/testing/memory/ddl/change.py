"""The classes and helpers that all schema statements share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar
from uuid import UUID

from coodie.cql.nodes import Name
from coodie.cql.types import CqlType
from coodie.testing.memory.answers import Change
from coodie.testing.memory.errors.schema import NO_SUCH_KEYSPACE, SYSTEM_KEYSPACE
from coodie.testing.memory.errors.statements import NO_KEYSPACE
from coodie.testing.memory.schema import Keyspace, Schema, Table
from coodie.testing.memory.system import SYSTEM
from coodie.testing.memory.written_types import known_type, types_in

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """The text of the statement, the session's keyspace, the id for a new table, and the time in microseconds since
    1970.
    """

    text: str
    keyspace: str | None
    id: UUID
    micros: int


Changed: TypeAlias = "tuple[Schema, Change | None]"


def space_of(schema: Schema, name: Name, context: Context) -> Keyspace:
    """The keyspace of a table, type or index that a statement names."""
    space = name.keyspace or context.keyspace
    if space is None:
        raise NO_KEYSPACE()
    if space in SYSTEM:
        raise SYSTEM_KEYSPACE(space)
    if space not in schema.keyspaces:
        raise NO_SUCH_KEYSPACE(space)
    return schema.keyspaces[space]


def with_space(schema: Schema, space: Keyspace) -> Schema:
    """The schema with a new version of a keyspace."""
    return Schema({**schema.keyspaces, space.name: space}, schema.version + 1)


def with_table(space: Keyspace, table: Table) -> Keyspace:
    """The keyspace with a new version of a table."""
    return replace(space, tables={**space.tables, table.name: table})


def without(held: Mapping[str, T], name: str) -> dict[str, T]:
    """A copy without that name."""
    return {key: value for key, value in held.items() if key != name}


def type_of(space: Keyspace, cql_type: CqlType) -> CqlType:
    """A type as written, with the fields of its user-defined types. Raises `CqlError` for one that does not exist."""
    return known_type(cql_type, space.name, space.types)


def check_types(space: Keyspace, context: Context) -> None:
    """Refuse the types in the text of a statement that the server would refuse."""
    for each in types_in(context.text):
        each.check(space.name, space.types)
