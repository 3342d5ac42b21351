"""The schema of the engine: keyspaces, tables, types and indexes as values, which DDL replaces as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from coodie.cql.nodes import Name
from coodie.cql.order import sort_key
from coodie.cql.types import COUNTER, CqlType, Udt, Vector, is_multicell
from coodie.tables.table import Column, ColumnKind, Index, OptionPairs
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors.statements import NO_KEYSPACE, NO_SUCH_KEYSPACE, NO_SUCH_TABLE
from coodie.testing.memory.storage.partitions import Descending, Place

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return _NONE


@dataclass(frozen=True, slots=True)
class Dropped:
    """A dropped column: its cells up to that time, in microseconds, are never visible again."""

    column: Column
    timestamp: int


@dataclass(frozen=True, slots=True)
class View:
    """What makes a table a materialized view: its base table, and the relations of its WHERE clause as text."""

    base: str
    where: tuple[str, ...]
    all_columns: bool
    """Whether it is a ``SELECT *``."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table, or a view. ``columns`` are in the order of ``SELECT *``; ``options`` are those that statements set."""

    keyspace: str
    name: str
    id: UUID
    columns: Mapping[str, Column]
    partition_key: tuple[str, ...]
    clustering_key: tuple[str, ...] = ()
    options: OptionPairs = ()
    indexes: tuple[Index, ...] = ()
    dropped: Mapping[str, Dropped] = field(default_factory=_nothing)
    view: View | None = None

    def __str__(self) -> str:
        return f"{self.keyspace}.{self.name}"

    @cached_property
    def partition(self) -> tuple[Column, ...]:
        """The columns of the partition key."""
        return tuple(self.columns[name] for name in self.partition_key)

    @cached_property
    def clustering(self) -> tuple[Column, ...]:
        """The clustering columns."""
        return tuple(self.columns[name] for name in self.clustering_key)

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """The names of all key columns."""
        return self.partition_key + self.clustering_key

    @cached_property
    def statics(self) -> tuple[Column, ...]:
        """The static columns."""
        return tuple(each for each in self.columns.values() if each.kind is ColumnKind.STATIC)

    @cached_property
    def regulars(self) -> tuple[Column, ...]:
        """The columns that are neither static nor in the key."""
        return tuple(each for each in self.columns.values() if each.kind is ColumnKind.REGULAR)

    @cached_property
    def is_counter(self) -> bool:
        """Whether it is a table of counters."""
        return any(column.type == COUNTER for column in self.columns.values())

    @cached_property
    def places(self) -> tuple[Callable[[bytes], Any], ...]:
        """The functions for the sort keys of clustering values, one for each column, in its direction."""
        return tuple(_place_of(column) for column in self.clustering)

    def place(self, values: tuple[bytes, ...]) -> Place:
        """The position in a partition of the row with these clustering values, or of the rows that begin with them."""
        return tuple([key(value) for key, value in zip(self.places, values, strict=False)])

    @cached_property
    def similarities(self) -> Mapping[str, str]:
        """The similarity functions of the columns with a vector index."""
        return {
            index.column: str(dict(index.options).get("similarity_function", "cosine")).lower()
            for index in self.indexes
            if index.using == "sai" and isinstance(self.columns[index.column].type, Vector)
        }

    @cached_property
    def default_ttl(self) -> int:
        """The default TTL in seconds; 0 for none."""
        return int(dict(self.options).get("default_time_to_live", 0))


def _place_of(column: Column) -> Callable[[bytes], Any]:
    key = sort_key(column.type)
    return (lambda value: Descending(key(value))) if column.descending else key


_RANKS: Final = {
    ColumnKind.PARTITION_KEY: 0,
    ColumnKind.CLUSTERING: 1,
    ColumnKind.STATIC: 2,
    ColumnKind.REGULAR: 3,
}


def in_order(
    columns: Mapping[str, Column], partition_key: tuple[str, ...], clustering_key: tuple[str, ...]
) -> Mapping[str, Column]:
    """The columns in the order of ``SELECT *``: keys, statics by name, then the others; simple ones before complex."""
    key = partition_key + clustering_key
    rest = [column for name, column in columns.items() if name not in key]
    rest.sort(key=lambda column: (_RANKS[column.kind], column.name.encode()))
    return MappingProxyType({name: columns[name] for name in key} | {column.name: column for column in rest})


@dataclass(frozen=True, eq=False)
class Keyspace:
    """A keyspace and its content."""

    name: str
    replication: tuple[tuple[str, str], ...] = ()
    durable_writes: bool = True
    tables: Mapping[str, Table] = field(default_factory=_nothing)
    types: Mapping[str, Udt] = field(default_factory=_nothing)
    partial: bool = False
    """Whether a server has more in it."""
    views: Mapping[str, Table] = field(default_factory=_nothing)

    def views_of(self, table: Table) -> list[Table]:
        """The materialized views of a table."""
        return [each for each in self.views.values() if each.view is not None and each.view.base == table.name]


@dataclass(frozen=True, eq=False)
class Schema:
    """All keyspaces. ``version`` changes with each schema change."""

    keyspaces: Mapping[str, Keyspace] = field(default_factory=_nothing)
    version: int = 0

    def table(self, name: Name, keyspace: str | None) -> Table:
        """The table that a statement names; ``keyspace`` is the session's."""
        space = name.keyspace or keyspace
        if space is None:
            raise NO_KEYSPACE()
        if space not in self.keyspaces:
            raise NO_SUCH_KEYSPACE(space)
        found = self.keyspaces[space].tables.get(name.name) or self.keyspaces[space].views.get(name.name)
        if found is None and self.keyspaces[space].partial:
            raise gaps.SYSTEM_TABLE(space, name.name)
        if found is None:
            raise NO_SUCH_TABLE(name.name)
        return found

    def types(self, keyspace: str | None) -> Mapping[str, Udt]:
        """The user-defined types of a keyspace by name, with their fields."""
        found = self.keyspaces.get(keyspace or "")
        return found.types if found is not None else _NONE


def is_complex(cql_type: CqlType) -> bool:
    """Whether each element of the column has a cell of its own."""
    return is_multicell(cql_type)
