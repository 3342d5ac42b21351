"""A keyspace and what is in it, as frozen values. Models are turned into these, and so is what the cluster has.

Which of two spellings mean the same is said in ``options.py``, ``indexes.py`` and ``views.py``; ``diff.py`` compares.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Literal, TypeAlias

from coodie.cql.types import CqlType

OptionPairs: TypeAlias = tuple[tuple[str, Any], ...]
"""Options by name, in the order in which they were given; a map among the values is a tuple of pairs too."""

Target: TypeAlias = Literal["keys", "values", "entries", "full"]


class ColumnKind(Enum):
    """What a column is to its table, in the words of ``system_schema.columns``."""

    PARTITION_KEY = "partition_key"
    CLUSTERING = "clustering"
    STATIC = "static"
    REGULAR = "regular"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, CQL type and kind; ``descending`` counts for clustering columns only."""

    name: str
    type: CqlType
    kind: ColumnKind = ColumnKind.REGULAR
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """An index on one column; without a name the server makes one (``<table>_<column>_idx``).

    ``target`` is the part of a collection that is indexed. ``using`` is ``sai``, or the class of another index, or
    None for the one that the server makes by itself; ``options`` are those of such a class.
    """

    column: str
    name: str | None = None
    target: Target | None = None
    using: str | None = None
    options: OptionPairs = ()


@dataclass(frozen=True)
class Table:
    """A table: columns in the order of declaration, its keys in theirs, its options and indexes.

    ``dropped`` are columns that the cluster's table had once; they limit what can be added, and are never compared.
    """

    name: str
    columns: tuple[Column, ...]
    partition_key: tuple[str, ...]
    clustering_key: tuple[str, ...] = ()
    keyspace: str | None = None
    indexes: tuple[Index, ...] = ()
    options: OptionPairs = ()
    dropped: tuple[Column, ...] = field(default=(), compare=False)

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
        """Key columns first, in the order of the key, then the others as declared."""
        key = self.primary_key
        return (
            *(self.by_name[name] for name in key),
            *(column for column in self.columns if column.name not in key),
        )


@dataclass(frozen=True)
class View:
    """A materialized view: its own columns, key and options as a table, the table it is made from, and which rows.

    ``where`` holds one restriction of the WHERE clause a piece; ``all_columns`` says ``SELECT *``.
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
    """A keyspace: where its copies lie, and whether writes go through the commit log."""

    name: str
    replication: tuple[tuple[str, str], ...]
    durable_writes: bool = True


@dataclass(frozen=True)
class Schema:
    """What is in one keyspace, or what is wanted in it: types in order of dependency, tables, views.

    ``index_names`` are those of a cluster's keyspace, each with its table, since a keyspace has each name but once.
    They count where one is wanted, and are never compared.
    """

    keyspace: str | None
    types: tuple[UserType, ...] = ()
    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()
    index_names: tuple[tuple[str, str], ...] = field(default=(), compare=False)
