"""The schema that models want: tables, views, and the user-defined types of their columns.

A table that several classes share, distinguished by a discriminator, has the columns of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from coodie._errors import InvalidQueryError
from coodie._raise import check_class, check_list
from coodie.mapping.codecs import codec_of
from coodie.mapping.indexes import check_indexes
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.usertype import UserType
from coodie.mapping.views import ViewModel, view_of
from coodie.tables.table import Schema, Table, View
from coodie.tables.user_types import needed_types, types_of


def schema_of(models: Iterable[type[Model]], keyspace: str | None) -> Schema:
    """The schema that these models want in ``keyspace``. Raises `InvalidQueryError` if two models contradict each
    other.
    """
    check_list("schema_of()", models)
    models = list(models)
    for model in models:
        mapper_of(model)  # raises for anything that is not a model
    tables: dict[str, Table] = {}
    for model in models:
        if not issubclass(model, ViewModel):
            table = replace(table_of(model), keyspace=keyspace)
            tables[table.name] = _merged(tables[table.name], table) if table.name in tables else table
    views = tuple(_placed(view_of(model), keyspace) for model in models if issubclass(model, ViewModel))
    _check_names(tables, views)
    return Schema(keyspace, needed_types(tables.values(), keyspace), tuple(tables.values()), views)


def _check_names(tables: dict[str, Table], views: tuple[View, ...]) -> None:
    """Refuse duplicates: in a keyspace, the names of tables and views are unique, and so are those of indexes."""
    owners: dict[str, str] = {}
    for table in tables.values():
        check_indexes(table)
        for index in table.indexes:
            if index.name is not None and owners.setdefault(index.name, table.name) != table.name:
                raise InvalidQueryError(
                    f"the tables {owners[index.name]!r} and {table.name!r} both have an index called {index.name!r}, "
                    "and a keyspace has each index name but once; rename one of them"
                )
    known: dict[str, View] = {}
    for view in views:
        if view.table.name in tables or known.setdefault(view.table.name, view) != view:
            raise InvalidQueryError(f"two models have the name {view.table.name!r}, one of them a view; rename one")


def table_of(model: type[Model]) -> Table:
    """The table of a model, including the columns of derived classes that share it."""
    mapper = mapper_of(model)
    table = mapper.table
    if mapper.family is not None:
        for other in _derived(model):
            table = _merged(table, mapper_of(other).table)
    return table


def types_in(user_type: type[UserType], keyspace: str | None) -> Schema:
    """A user-defined type and those inside it. Raises `InvalidQueryError` for anything but a subclass of `UserType`."""
    check_class(user_type, UserType, "UserType")
    return Schema(keyspace, types_of([codec_of(user_type).type], keyspace))


def _derived(model: type[Model]) -> Iterator[type[Model]]:
    for other in model.__subclasses__():
        mapper: Mapper[Any] | None = other.__coodie_mapper__
        if mapper is not None and mapper.table.name == mapper_of(model).table.name:
            yield other
        yield from _derived(other)


def _placed(view: View, keyspace: str | None) -> View:
    return replace(view, table=replace(view.table, keyspace=keyspace))


def _merged(one: Table, other: Table) -> Table:
    if (one.partition_key, one.clustering_key) != (other.partition_key, other.clustering_key):
        raise InvalidQueryError(f"two models have the table {one.name!r} and different keys; rename one of the tables")
    for column in other.columns:
        if one.by_name.get(column.name, column) != column:
            raise InvalidQueryError(
                f"two models have the table {one.name!r}, and its column {column.name!r} is "
                f"{one.by_name[column.name].type} in one and {column.type} in the other"
            )
    return replace(
        one,
        columns=one.columns + tuple(column for column in other.columns if column.name not in one.by_name),
        indexes=one.indexes + tuple(index for index in other.indexes if index not in one.indexes),
        options=tuple((dict(other.options) | dict(one.options)).items()),
    )
