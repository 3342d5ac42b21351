"""CREATE, ALTER and DROP TYPE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from coodie.cql.nodes import AddField, CreateType, Drop, RenameFields
from coodie.cql.types import COUNTER, CqlType, Udt, freeze, holds
from coodie.tables.user_types import with_fields
from coodie.testing.memory.answers import Change
from coodie.testing.memory.ddl.change import Changed, Context, check_types, space_of, type_of, with_space
from coodie.testing.memory.errors.schema import (
    ALTER_NO_TYPE,
    CIRCULAR,
    FIELD_COUNTER,
    FIELD_EXISTS,
    FIELD_TWICE,
    FIELD_UDT,
    NO_SUCH_FIELD,
    NO_SUCH_TYPE,
    RENAME_FIELD_EXISTS,
    TYPE_EXISTS,
    TYPE_IN_USE,
)
from coodie.testing.memory.schema import Keyspace, Schema, Table


def create_type(schema: Schema, node: CreateType, context: Context) -> Changed:
    """``CREATE TYPE``."""
    space = space_of(schema, node.type, context)
    name = node.type.name
    if name in space.types:
        if node.if_not_exists:
            return schema, None
        raise TYPE_EXISTS(name)
    fields: dict[str, CqlType] = {}
    for field, cql_type in node.fields:
        if field in fields:
            raise FIELD_TWICE(field, name)
        _check_field(cql_type)
        fields[field] = cql_type
    check_types(space, context)
    fields = {field: type_of(space, cql_type) for field, cql_type in fields.items()}
    made = replace(space, types={**space.types, name: Udt(name, tuple(fields.items()), False)})
    return with_space(schema, made), Change("CREATED", "TYPE", space.name, name)


def _check_field(cql_type: CqlType) -> None:
    if holds(cql_type, COUNTER):
        raise FIELD_COUNTER()
    if isinstance(cql_type, Udt) and not cql_type.frozen:
        raise FIELD_UDT()


def _found(schema: Schema, node: AddField | RenameFields, context: Context) -> tuple[Keyspace, Udt | None]:
    space = space_of(schema, node.type, context)
    found = space.types.get(node.type.name)
    if found is None and not node.if_exists:
        raise ALTER_NO_TYPE(space.name, node.type.name)
    return space, found


def add_field(schema: Schema, node: AddField, context: Context) -> Changed:
    """``ALTER TYPE ... ADD``."""
    space, found = _found(schema, node, context)
    if found is None:
        return schema, None
    if node.field in dict(found.fields):
        if node.if_not_exists:
            return schema, None
        raise FIELD_EXISTS(node.field, space.name, found.name, node.field)
    _check_field(node.field_type)
    check_types(space, context)
    added = type_of(space, node.field_type)
    if holds(freeze(added), replace(found, frozen=True)):
        raise CIRCULAR(node.field, f"frozen<{space.name}.{found.name}>", space.name, found.name)
    return _altered(schema, space, replace(found, fields=(*found.fields, (node.field, added))))


def rename_fields(schema: Schema, node: RenameFields, context: Context) -> Changed:
    """``ALTER TYPE ... RENAME``."""
    space, found = _found(schema, node, context)
    if found is None:
        return schema, None
    names = [name for name, _ in found.fields]
    for old, new in node.names:
        if old not in names:
            if node.fields_if_exist:
                continue
            raise NO_SUCH_FIELD(old, space.name, found.name)
        names[names.index(old)] = new
    for name in names:
        if names.count(name) > 1:
            raise RENAME_FIELD_EXISTS(name, space.name)
    types = [cql_type for _, cql_type in found.fields]
    return _altered(schema, space, replace(found, fields=tuple(zip(names, types, strict=True))))


def _altered(schema: Schema, space: Keyspace, changed: Udt) -> Changed:
    """The schema with the new fields wherever the type is used: in other types, and in the columns of tables."""
    known = {**{name: each.fields for name, each in space.types.items()}, changed.name: changed.fields}
    for _ in known:  # types may be nested several levels deep
        known = {
            name: tuple((field, with_fields(cql_type, known)) for field, cql_type in fields)
            for name, fields in known.items()
        }
    made = replace(
        space,
        types={name: Udt(name, fields, False) for name, fields in known.items()},
        tables={name: _with_types(table, known) for name, table in space.tables.items()},
        views={name: _with_types(view, known) for name, view in space.views.items()},
    )
    return with_space(schema, made), Change("UPDATED", "TYPE", space.name, changed.name)


def _with_types(table: Table, known: Mapping[str, tuple[tuple[str, CqlType], ...]]) -> Table:
    columns = {name: replace(each, type=with_fields(each.type, known)) for name, each in table.columns.items()}
    return replace(table, columns=columns)


def drop_type(schema: Schema, node: Drop, context: Context) -> Changed:
    """``DROP TYPE``; refused for a type that a table or another type still uses."""
    space = space_of(schema, node.name, context)
    name = node.name.name
    if name not in space.types:
        if node.if_exists:
            return schema, None
        raise NO_SUCH_TYPE(space.name, name)
    wanted = Udt(name)

    def has(cql_type: CqlType) -> bool:
        return holds(freeze(cql_type), wanted)

    users = [
        each.name for each in space.types.values() if each.name != name and any(has(kind) for _, kind in each.fields)
    ]
    if users:
        raise TYPE_IN_USE(space.name, name, f"user types {', '.join(users)}")
    users = [each.name for each in space.tables.values() if any(has(column.type) for column in each.columns.values())]
    if users:
        raise TYPE_IN_USE(space.name, name, f"tables {', '.join(users)}")
    made = replace(space, types={key: each for key, each in space.types.items() if key != name})
    return with_space(schema, made), Change("DROPPED", "TYPE", space.name, name)
