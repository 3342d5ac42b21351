"""Finding things in a schema by the names that a statement has, and refusing what cannot be."""

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
    """The type, its user-defined types with their fields. Raises `InvalidQueryError` for one that is not there."""
    known = fields_in(schema)
    for udt in types_of([cql_type]):
        if udt.name not in known:
            refuse(schema, f"there is no type {shown(schema, udt.name)}")
    return with_fields(cql_type, known)


def with_table(schema: Schema, table: Table) -> Schema:
    """The schema with this table in the place of the one of its name."""
    return replace(schema, tables=tuple(table if each.name == table.name else each for each in schema.tables))


def table_in(schema: Schema, name: Name) -> Table:
    """The table of that name. Raises `InvalidQueryError` if there is none."""
    found = found_table(schema, name, False)
    assert found is not None
    return found


def found_table(schema: Schema, name: Name, if_exists: bool) -> Table | None:
    """The table of that name, or None; without ``if_exists``, one that is missing is an `InvalidQueryError`."""
    own = own_name(schema, name)
    table = next((each for each in schema.tables if each.name == own), None)
    if table is None:
        is_missing(schema, name, if_exists)
    return table


def own_name(schema: Schema, name: Name) -> str:
    """A name without its keyspace, which must be the one of the schema: else `InvalidQueryError`."""
    if name.keyspace not in (None, schema.keyspace):
        refuse(schema, f"{path(name.keyspace, name.name)} is in another keyspace")
    return name.name


def is_taken(schema: Schema, name: Name, if_not_exists: bool) -> bool:
    """Whether a table or view has the name; without ``if_not_exists``, `InvalidQueryError` if so."""
    own = own_name(schema, name)
    taken = any(own == each.name for each in (*schema.tables, *(view.table for view in schema.views)))
    if taken:
        is_there(schema, name, if_not_exists)
    return taken


def is_there(schema: Schema, name: Name, if_not_exists: bool) -> Schema:
    """The schema as it is; without ``if_not_exists``, `InvalidQueryError`: the name is taken."""
    if not if_not_exists:
        refuse(schema, f"there is a {shown(schema, name.name)} already")
    return schema


def is_missing(schema: Schema, name: Name, if_exists: bool) -> Schema:
    """The schema as it is; without ``if_exists``, `InvalidQueryError`: there is nothing of that name."""
    if not if_exists:
        refuse(schema, f"there is no {shown(schema, name.name)}")
    return schema


def shown(schema: Schema, *names: str) -> str:
    """Names in the keyspace, for a message."""
    return path(schema.keyspace, *names)


def name_of_index(table: Table, index: Index) -> str:
    """The name of an index, given or made by the server."""
    return index.name if index.name is not None else default_name(table, index)


def refuse(schema: Schema, why: str) -> NoReturn:
    """Raise `InvalidQueryError`: the schema cannot become what the statement asks."""
    raise InvalidQueryError(f"the schema of {quote(schema.keyspace or 'the keyspace')} cannot become so: {why}")
