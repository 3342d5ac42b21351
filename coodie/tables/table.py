"""A keyspace and its content as frozen values, made both from models and from what a cluster has.

``diff.py`` compares them; ``options.py``, ``indexes.py`` and ``views.py`` decide which spellings mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Literal, TypeAlias

from coodie._html import html_paragraph, html_table
from coodie.cql.types import CqlType

OptionPairs: TypeAlias = tuple[tuple[str, Any], ...]
"""Options by name, in the order in which they were given; a value that is a map is a tuple of pairs as well."""

Target: TypeAlias = Literal["keys", "values", "entries", "full"]


class ColumnKind(Enum):
    """The role of a column in its table, in the words of ``system_schema.columns``."""

    PARTITION_KEY = "partition_key"
    CLUSTERING = "clustering"
    STATIC = "static"
    REGULAR = "regular"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, CQL type and kind; ``descending`` applies to clustering columns only."""

    name: str
    type: CqlType
    kind: ColumnKind = ColumnKind.REGULAR
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """An index on one column; without a name, the server chooses one (``<table>_<column>_idx``).

    ``target`` is the part of a collection that is indexed. ``using`` is ``sai``, the class of another index, or None
    for the server's default; ``options`` are those of the class.
    """

    column: str
    name: str | None = None
    target: Target | None = None
    using: str | None = None
    options: OptionPairs = ()


@dataclass(frozen=True)
class Table:
    """A table: its columns in order of declaration, its keys in their own order, its options and indexes.

    ``dropped`` are columns that the table once had in the cluster. They limit which columns can be added, and are never
    compared.
    """

    name: str
    columns: tuple[Column, ...]
    partition_key: tuple[str, ...]
    clustering_key: tuple[str, ...] = ()
    keyspace: str | None = None
    indexes: tuple[Index, ...] = ()
    options: OptionPairs = ()
    dropped: tuple[Column, ...] = field(default=(), compare=False)

    def _repr_html_(self) -> str:
        """The columns as a table, then indexes and options, for notebooks."""
        name = self.name if self.keyspace is None else f"{self.keyspace}.{self.name}"
        columns = [
            {
                "column": column.name,
                "type": column.type,
                "kind": f"{column.kind.value.replace('_', ' ')}{' DESC' if column.descending else ''}",
                "index": ", ".join(_index(index) for index in self.indexes if index.column == column.name),
            }
            for column in self.ordered_columns
        ]
        options = "".join(html_paragraph(f"{option} = {value}") for option, value in self.options)
        return html_paragraph(name) + html_table(columns) + options

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    @cached_property
    def types(self) -> dict[str, CqlType]:
        """The CQL types of the columns by their names."""
        return {column.name: column.type for column in self.columns}

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the whole key: partition key, then clustering key."""
        return self.partition_key + self.clustering_key

    @cached_property
    def ordered_columns(self) -> tuple[Column, ...]:
        """All columns: those of the key first, in its order, then the others in order of declaration."""
        key = self.primary_key
        return (
            *(self.by_name[name] for name in key),
            *(column for column in self.columns if column.name not in key),
        )


def _index(index: Index) -> str:
    return f"{index.name or 'index'}{f' using {index.using}' if index.using else ''}"


@dataclass(frozen=True)
class View:
    """A materialized view: its columns, key and options as a table, the base table, and the WHERE clause.

    ``where`` holds each restriction of the WHERE clause as text; ``all_columns`` is whether it is a ``SELECT *``.
    """

    table: Table
    base: str
    where: tuple[str, ...]
    all_columns: bool = False


@dataclass(frozen=True, slots=True)
class UserType:
    """A user-defined type: its fields in order, each with its CQL type."""

    name: str
    fields: tuple[tuple[str, CqlType], ...]
    keyspace: str | None = None


@dataclass(frozen=True, slots=True)
class Keyspace:
    """A keyspace: its replication, and whether writes go through the commit log."""

    name: str
    replication: tuple[tuple[str, str], ...]
    durable_writes: bool = True


@dataclass(frozen=True)
class Schema:
    """The content of one keyspace, actual or wanted: types in order of dependency, tables and views.

    ``index_names`` maps the names of all indexes in a cluster's keyspace to their tables, since index names are unique
    in a keyspace. It serves to detect clashes with wanted indexes and is never compared.
    """

    keyspace: str | None
    types: tuple[UserType, ...] = ()
    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()
    index_names: tuple[tuple[str, str], ...] = field(default=(), compare=False)
