"""Applies statements on user-defined types to a schema."""

from __future__ import annotations

from dataclasses import replace

from coodie.cql.names import quote
from coodie.cql.nodes import AddField, CreateType, RenameFields
from coodie.cql.types import CqlType
from coodie.tables.table import Schema, Table, UserType
from coodie.tables.user_types import types_of, with_fields
from coodie.tables.within import fields_in, is_missing, is_there, known_type, own_name, refuse, shown


def create_type(schema: Schema, node: CreateType) -> Schema:
    """``CREATE TYPE``."""
    if node.type.name in fields_in(schema):
        return is_there(schema, node.type, node.if_not_exists)
    fields = tuple((name, known_type(schema, each)) for name, each in node.fields)
    return replace(schema, types=(*schema.types, UserType(own_name(schema, node.type), fields, schema.keyspace)))


def add_field(schema: Schema, node: AddField) -> Schema:
    """``ALTER TYPE ... ADD``."""
    fields = fields_in(schema).get(own_name(schema, node.type))
    if fields is None:
        return is_missing(schema, node.type, node.if_exists)
    if node.field in dict(fields):
        if node.if_not_exists:
            return schema
        refuse(schema, f"{shown(schema, node.type.name)} has a field {quote(node.field)} already")
    field_type = known_type(schema, node.field_type)
    if any(each.name == node.type.name for each in types_of([field_type])):
        refuse(schema, f"{shown(schema, node.type.name)} cannot hold itself")
    return _with_type(schema, node.type.name, (*fields, (node.field, field_type)))


def rename_fields(schema: Schema, node: RenameFields) -> Schema:
    """``ALTER TYPE ... RENAME``."""
    fields = fields_in(schema).get(own_name(schema, node.type))
    if fields is None:
        return is_missing(schema, node.type, node.if_exists)
    # All at once, as the server does it: two fields can swap their names.
    names = dict(node.names)
    for old in names:
        if old not in dict(fields) and not node.fields_if_exist:
            refuse(schema, f"{shown(schema, node.type.name)} has no field {quote(old)}")
    renamed = tuple((names.get(name, name), field_type) for name, field_type in fields)
    if len(dict(renamed)) < len(renamed):
        refuse(schema, f"{shown(schema, node.type.name)} would have two fields of one name")
    return _with_type(schema, node.type.name, renamed)


def _with_type(schema: Schema, name: str, fields: tuple[tuple[str, CqlType], ...]) -> Schema:
    """The schema with new fields for one type, wherever the type is used."""
    # In order of dependency, so that types which contain this one get it with its new fields.
    known: dict[str, tuple[tuple[str, CqlType], ...]] = {}
    types: list[UserType] = []
    for each in schema.types:
        own = fields if each.name == name else each.fields
        types.append(replace(each, fields=tuple((field, with_fields(cql_type, known)) for field, cql_type in own)))
        known[each.name] = types[-1].fields

    def typed(table: Table) -> Table:
        columns = tuple(replace(column, type=with_fields(column.type, known)) for column in table.columns)
        return replace(table, columns=columns)

    views = tuple(replace(view, table=typed(view.table)) for view in schema.views)
    return replace(schema, types=tuple(types), tables=tuple(map(typed, schema.tables)), views=views)
