"""The interface between plans and the engine: the store that a plan uses, and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias

from coodie.cql.types import CqlType
from coodie.testing.memory.schema import Table
from coodie.testing.memory.storage.tables import TableData

ResultColumn: TypeAlias = "tuple[str, CqlType]"
ResultRow: TypeAlias = "tuple[bytes | None, ...]"


class Change(NamedTuple):
    """What a statement did to the schema, in the words of the protocol."""

    what: Literal["CREATED", "UPDATED", "DROPPED"]
    target: Literal["KEYSPACE", "TABLE", "TYPE"]
    keyspace: str
    name: str = ""


class Store(Protocol):
    """The data of an engine."""

    def data(self, table: Table) -> TableData:
        """The data of a table."""
        ...

    def visible(self, table: Table, now: int) -> TableData:
        """What a query reads: the data of a table, or for a view what follows from its base table at that second."""
        ...


@dataclass(frozen=True, slots=True)
class Paging:
    """The number of rows per page (0: all rows), and the position at which to continue."""

    size: int = 0
    state: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows as bytes, with their columns; the answer to a write has no columns."""

    columns: Sequence[ResultColumn] = ()
    rows: Sequence[ResultRow] = ()
    paging_state: bytes | None = None
    warnings: tuple[str, ...] = ()
    change: Change | None = None
    """What a statement did to the schema."""


VOID = Answer()
