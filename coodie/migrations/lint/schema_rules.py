"""Rules about changes of the schema: C001 to C004, C009, C010 and C012."""

from __future__ import annotations

from typing import Final

from coodie.cql.names import quote
from coodie.cql.nodes import (
    AddColumns,
    AddField,
    AlterOptions,
    CreateIndex,
    CreateKeyspace,
    CreateTable,
    CreateType,
    CreateView,
    Drop,
    DropColumns,
    DropKeyspace,
    Name,
    Opaque,
    RenameColumns,
    Truncate,
)
from coodie.migrations.happened import happened
from coodie.migrations.lint.context import Context, Found
from coodie.migrations.lint.finding import Severity
from coodie.migrations.qualify import names_in
from coodie.tables.table import Table
from coodie.tables.user_types import in_partition_key, types_of

_CREATES: Final = (CreateTable, CreateType, CreateView, CreateIndex, CreateKeyspace)


def destroys(context: Context) -> Found:
    """C001: what destroys data for good. On the way down it is meant."""
    if context.down:
        return
    match context.node:
        case Drop("TABLE", name):
            yield Severity.ERROR, f"the table {quote(name.name)} goes with all of its rows"
        case Drop("TYPE", name) if _uses(context, name):
            yield Severity.ERROR, f"the type {quote(name.name)} is in use"
        case DropKeyspace(name):
            yield Severity.ERROR, f"the keyspace {quote(name)} goes with everything in it"
        case Truncate(table):
            yield Severity.ERROR, f"all rows of {quote(table.name)} go"
        case DropColumns(table, columns):
            for column in columns:
                yield Severity.ERROR, f"the values of {quote(table.name)}.{quote(column)} are gone in all rows"
        case _:
            pass


def _uses(context: Context, name: Name) -> bool:
    held = [column.type for table in context.schema.tables for column in table.columns]
    held += [cql_type for each in context.schema.types if each.name != name.name for _, cql_type in each.fields]
    return any(each.name == name.name for each in types_of(held))


def impossible(context: Context) -> Found:
    """C002: changes that no server makes, or that do nothing although they look as if they did."""
    match context.node:
        case Opaque(text, about) if about is not None and text.upper().split()[0] == "ALTER":
            # Of the statements that are kept as text, these two ALTER a column or a field.
            yield Severity.ERROR, f"no server changes the type of a column or field of {quote(about.name)}"
        case DropColumns(table, names) if (has := context.table(table)) is not None:
            for name in set(names).intersection(has.primary_key):
                yield Severity.ERROR, f"{quote(has.name)}.{quote(name)} is in the key, and cannot be dropped"
        case RenameColumns(table, names) if (has := context.table(table)) is not None:
            for name in {old for old, _ in names}.intersection(has.by_name).difference(has.primary_key):
                yield Severity.ERROR, f"{quote(has.name)}.{quote(name)} is not in the key, and cannot be renamed"
        case AddColumns(table, columns) if (has := context.table(table)) is not None:
            for column in columns:
                old = has.by_name.get(column.name)
                if old is not None and str(old.type) != str(column.type):
                    where = f"{quote(has.name)}.{quote(column.name)}"
                    yield Severity.ERROR, f"{where} is {old.type}, and no server makes it {column.type}"
        case CreateTable(table) if (has := context.table(table)) is not None and _is_other(context, has):
            yield Severity.ERROR, f"{quote(has.name)} is there with other columns or another key, and stays as it is"
        case _:
            pass


def _is_other(context: Context, has: Table) -> bool:
    return context.node.if_not_exists and not happened(context.schema, context.node)


def reused(context: Context) -> Found:
    """C003: a name that a dropped column had, and a column that is dropped while models still have it."""
    match context.node:
        case AddColumns(table, columns) if (has := context.table(table)) is not None:
            dropped = {each.name: each for each in has.dropped}
            for column in columns:
                old = dropped.get(column.name)
                if column.name not in has.by_name and old is not None and str(old.type) != str(column.type):
                    where = f"{quote(has.name)}.{quote(column.name)}"
                    yield Severity.ERROR, f"{where} was {old.type} before it was dropped, and would be {column.type}"
        case DropColumns(table, names) if not context.down and (wanted := context.wanted(table)) is not None:
            for name in set(names).intersection(wanted.by_name):
                yield Severity.ERROR, f"a model still has {quote(table.name)}.{quote(name)}"
        case _:
            pass


def unrepeatable(context: Context) -> Found:
    """C004: statements that fail when they are sent again."""
    node = context.node
    if isinstance(node, _CREATES) and not node.if_not_exists:
        yield Severity.WARNING, "a CREATE without IF NOT EXISTS fails when it is sent again"
    if isinstance(node, (Drop, DropKeyspace)) and not node.if_exists:
        yield Severity.WARNING, "a DROP without IF EXISTS fails when it is sent again"
    if isinstance(node, (AddColumns, AddField)) and not node.if_not_exists:
        yield Severity.HINT, "an ADD without IF NOT EXISTS fails when it is sent again"
    if isinstance(node, DropColumns) and not node.columns_if_exist:
        yield Severity.HINT, "a DROP of a column without IF EXISTS fails when it is sent again"


def piecemeal(context: Context) -> Found:
    """C009: several statements on one table that one could do."""
    node, last = context.node, context.before[-1] if context.before else None
    if not isinstance(node, (AddColumns, DropColumns, AlterOptions)) or last is None:
        return
    if type(last) is type(node) and names_in(last) == names_in(node):
        yield Severity.HINT, f"this statement and the one before it change {quote(node.table.name)} in the same way"
        return
    created = {each.table for each in context.before if isinstance(each, CreateTable)}
    if isinstance(node, AddColumns) and node.table in created:
        yield Severity.HINT, f"{quote(node.table.name)} is created in the same file, and could have this column at once"


def awkward_names(context: Context) -> Found:
    """C010: names that tie a file to one keyspace, and names that need quotes for ever."""
    for each in names_in(context.node):
        if each.keyspace is not None:
            where = f"{quote(each.keyspace)}.{quote(each.name)}"
            yield Severity.WARNING, f"{where} names its keyspace, so the file serves only that one"
    for name in _new_names(context.node):
        if quote(name) != name:
            yield Severity.WARNING, f"the name {quote(name)} needs quotes in every statement, for ever"


def _new_names(node: object) -> tuple[str, ...]:
    match node:
        case CreateTable(table, columns):
            return (table.name, *(each.name for each in columns))
        case AddColumns(_, columns):
            return tuple(each.name for each in columns)
        case CreateType(name, fields):
            return (name.name, *(field for field, _ in fields))
        case AddField(_, field):
            return (field,)
        case CreateView(view):
            return (view.name,)
        case CreateIndex() if node.name is not None:
            return (node.name,)
        case RenameColumns(_, names):
            return tuple(new for _, new in names)
        case _:
            return ()


def growing_types(context: Context) -> Found:
    """C012: a field added to a type that is in a key or in another frozen value."""
    node = context.node
    if not isinstance(node, AddField):
        return
    name = node.type.name
    for table in context.schema.tables:
        if in_partition_key(table, name):
            yield Severity.ERROR, f"{quote(name)} is in the partition key of {quote(table.name)}; the server refuses it"
        elif any(each.name == name for each in types_of(table.types[key] for key in table.clustering_key)):
            yield (
                Severity.WARNING,
                f"{quote(name)} is in the clustering key of {quote(table.name)}, and changes its order",
            )
    for other in context.schema.types:
        inner = types_of(cql_type for _, cql_type in other.fields)
        if other.name != name and any(each.name == name for each in inner):
            yield Severity.WARNING, f"{quote(name)} is in {quote(other.name)}, whose values are rewritten as a whole"
