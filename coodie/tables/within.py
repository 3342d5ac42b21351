"""Looks up the names of a statement in a schema, and refuses statements that cannot be applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn

from coodie._errors import InvalidQueryError
from coodie.cql.names import quote
from coodie.cql.nodes import Name
from coodie.cql.types import CqlType
from coodie.tables.change import path
from coodie.tables.indexes import default_name
from coodie.tables.table import Index, Schema, Table
from coodie.tables.user_types import types_of, with_fields


def fields_in(schema: Schema) -> Mapping[str, tuple[tuple[str, CqlType], ...]]:
    """The fields of each user-defined type, by its name."""
    return {each.name: each.fields for each in schema.types}


def known_type(schema: Schema, cql_type: CqlType) -> CqlType:
    """The type with the fields of its user-defined types. Raises `InvalidQueryError` if one of them does not exist."""
    known = fields_in(schema)
    for udt in types_of([cql_type]):
        if udt.name not in known:
            refuse(schema, f"there is no type {shown(schema, udt.name)}")
    return with_fields(cql_type, known)


def with_table(schema: Schema, table: Table) -> Schema:
    """The schema with this table in place of the one with its name."""
    return replace(schema, tables=tuple(table if each.name == table.name else each for each in schema.tables))


def table_in(schema: Schema, name: Name) -> Table:
    """The table with that name. Raises `InvalidQueryError` if it does not exist."""
    found = found_table(schema, name, False)
    assert found is not None
    return found


def found_table(schema: Schema, name: Name, if_exists: bool) -> Table | None:
    """The table with that name, or None. Without ``if_exists``, raises `InvalidQueryError` if it does not exist."""
    own = own_name(schema, name)
    table = next((each for each in schema.tables if each.name == own), None)
    if table is None:
        is_missing(schema, name, if_exists)
    return table


def own_name(schema: Schema, name: Name) -> str:
    """The name without its keyspace. Raises `InvalidQueryError` unless that is the keyspace of the schema."""
    if name.keyspace not in (None, schema.keyspace):
        refuse(schema, f"{path(name.keyspace, name.name)} is in another keyspace")
    return name.name


def is_taken(schema: Schema, name: Name, if_not_exists: bool) -> bool:
    """Whether a table or view has the name. Without ``if_not_exists``, raises `InvalidQueryError` if one has."""
    own = own_name(schema, name)
    taken = any(own == each.name for each in (*schema.tables, *(view.table for view in schema.views)))
    if taken:
        is_there(schema, name, if_not_exists)
    return taken


def is_there(schema: Schema, name: Name, if_not_exists: bool) -> Schema:
    """The schema unchanged, since the name is taken. Raises `InvalidQueryError` without ``if_not_exists``."""
    if not if_not_exists:
        refuse(schema, f"there is a {shown(schema, name.name)} already")
    return schema


def is_missing(schema: Schema, name: Name, if_exists: bool) -> Schema:
    """The schema unchanged, since nothing has that name. Raises `InvalidQueryError` without ``if_exists``."""
    if not if_exists:
        refuse(schema, f"there is no {shown(schema, name.name)}")
    return schema


def shown(schema: Schema, *names: str) -> str:
    """A path in the keyspace, such as ``shop.users.age``, for a message."""
    return path(schema.keyspace, *names)


def name_of_index(table: Table, index: Index) -> str:
    """The name of an index, given or chosen by the server."""
    return index.name if index.name is not None else default_name(table, index)


def refuse(schema: Schema, why: str) -> NoReturn:
    """Raise `InvalidQueryError` for a statement that cannot be applied to the schema."""
    raise InvalidQueryError(f"the schema of {quote(schema.keyspace or 'the keyspace')} cannot become so: {why}")
