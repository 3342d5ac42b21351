"""A table as a frozen value. Models are turned into these, and so is what the cluster has; they compare equal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from coodie.cql.types import CqlType


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
    """A secondary index on one column; without a name the server makes one (``<table>_<column>_idx``)."""

    column: str
    name: str | None = None


@dataclass(frozen=True)
class Table:
    """A table: columns in the order of declaration, its keys in theirs, its options and indexes."""

    name: str
    columns: tuple[Column, ...]
    partition_key: tuple[str, ...]
    clustering_key: tuple[str, ...] = ()
    keyspace: str | None = None
    indexes: tuple[Index, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

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
