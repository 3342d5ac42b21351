"""CQL statements as data. A value is never part of a node: where one goes stands `BIND`, so a node is the shape of a
statement, and equal shapes have one text.

The grammar is that of the CQL reference, https://cassandra.apache.org/doc/latest/cassandra/developing/cql/, one class
per statement. What may stand in an expression is a `Term`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from coodie.cql.types import CqlType


@dataclass(frozen=True, slots=True)
class Bind:
    """A ``?``. What it is called follows from where it stands, as on the server."""


BIND: Final = Bind()


@dataclass(frozen=True, slots=True)
class Name:
    """A table, view or type, in a keyspace or in the session's own."""

    name: str
    keyspace: str | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """A column."""

    column: str


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a collection: ``attrs[?]``."""

    column: str
    key: Term = BIND


@dataclass(frozen=True, slots=True)
class FieldOf:
    """One field of a user-defined type: ``address.zip``."""

    column: str
    field: str


@dataclass(frozen=True, slots=True)
class Token:
    """``token(a, b)``: where on the ring a partition key lies; an argument is a column or a bind."""

    arguments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function: ``count(*)``, ``writetime(name)``, ``max(score)``."""

    function: str
    arguments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Star:
    """The ``*`` of ``count(*)``."""


Term: TypeAlias = Bind | Ref | Element | FieldOf | Token | Call | Star


@dataclass(frozen=True, slots=True)
class Selector:
    """What a SELECT gives as one column, under its own name or an alias."""

    term: Term
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """``left operator right`` in WHERE or IF; ``operator`` is one of CQL's, such as ``=`` or ``CONTAINS KEY``."""

    left: Term
    operator: str = "="
    right: Term = BIND


@dataclass(frozen=True, slots=True)
class Using:
    """``USING TTL ? AND TIMESTAMP ?``."""

    ttl: bool = False
    timestamp: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """One part of SET. ``operator``: ``=``, ``+`` (append, add, merge), ``-`` (remove) or ``prepend``."""

    target: Ref | Element | FieldOf
    operator: str = "="


@dataclass(frozen=True, slots=True)
class OrderBy:
    """One part of ORDER BY; ``ann`` orders by distance from a bound vector."""

    column: str
    descending: bool = False
    ann: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """``SELECT ... FROM ... WHERE ...``. ``limit`` and ``per_partition_limit`` are bound."""

    table: Name
    selectors: tuple[Selector, ...]
    where: tuple[Relation, ...] = ()
    group_by: tuple[str, ...] = ()
    order_by: tuple[OrderBy, ...] = ()
    per_partition_limit: bool = False
    limit: bool = False
    allow_filtering: bool = False
    distinct: bool = False
    json: bool = False


@dataclass(frozen=True, slots=True)
class Insert:
    """``INSERT INTO ... VALUES ...``, each value bound."""

    table: Name
    columns: tuple[str, ...]
    if_not_exists: bool = False
    using: Using = Using()


@dataclass(frozen=True, slots=True)
class Update:
    """``UPDATE ... SET ... WHERE ... IF ...``."""

    table: Name
    assignments: tuple[Assignment, ...]
    where: tuple[Relation, ...]
    conditions: tuple[Relation, ...] = ()
    if_exists: bool = False
    using: Using = Using()


@dataclass(frozen=True, slots=True)
class Delete:
    """``DELETE ... FROM ... WHERE ... IF ...``: rows, or of each row the targets."""

    table: Name
    where: tuple[Relation, ...]
    targets: tuple[Ref | Element | FieldOf, ...] = ()
    conditions: tuple[Relation, ...] = ()
    if_exists: bool = False
    using: Using = Using()


@dataclass(frozen=True, slots=True)
class Truncate:
    """``TRUNCATE TABLE ...``."""

    table: Name


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column in CREATE TABLE or ALTER TABLE ... ADD."""

    name: str
    type: CqlType
    static: bool = False


@dataclass(frozen=True, slots=True)
class CreateTable:
    """``CREATE TABLE ...``; an option's value is a string, number, boolean or a map of those."""

    table: Name
    columns: tuple[ColumnDefinition, ...]
    partition_key: tuple[str, ...]
    clustering_key: tuple[str, ...] = ()
    clustering_order: tuple[OrderBy, ...] = ()
    options: tuple[tuple[str, Any], ...] = field(default=())
    if_not_exists: bool = True


@dataclass(frozen=True, slots=True)
class AddColumns:
    """``ALTER TABLE ... ADD ...``; several go in brackets, which the server demands."""

    table: Name
    columns: tuple[ColumnDefinition, ...]


@dataclass(frozen=True, slots=True)
class DropColumns:
    """``ALTER TABLE ... DROP ...``."""

    table: Name
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlterOptions:
    """``ALTER TABLE ... WITH ...``; ``what`` is TABLE or MATERIALIZED VIEW."""

    table: Name
    options: tuple[tuple[str, Any], ...]
    what: str = "TABLE"


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """``CREATE INDEX ... ON ... (column)``.

    ``target`` is the part of a collection that is indexed: ``keys``, ``values``, ``entries`` or ``full``. With
    ``using``, the class of an index, it is a ``CREATE CUSTOM INDEX ... USING '...' WITH OPTIONS = {...}``.
    """

    table: Name
    column: str
    name: str | None = None
    if_not_exists: bool = True
    target: str | None = None
    using: str | None = None
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class CreateType:
    """``CREATE TYPE ... (field type, ...)``."""

    type: Name
    fields: tuple[tuple[str, CqlType], ...]
    if_not_exists: bool = True


@dataclass(frozen=True, slots=True)
class AddField:
    """``ALTER TYPE ... ADD field type``: one field, since older servers take no more at once."""

    type: Name
    field: str
    field_type: CqlType


@dataclass(frozen=True, slots=True)
class CreateView:
    """``CREATE MATERIALIZED VIEW ... AS SELECT ... FROM ... WHERE ...``; no columns mean all of the table's.

    ``where`` is one restriction a piece, as text: there are no bind marks in DDL.
    """

    view: Name
    base: Name
    columns: tuple[str, ...]
    where: tuple[str, ...]
    partition_key: tuple[str, ...]
    clustering_key: tuple[str, ...] = ()
    clustering_order: tuple[OrderBy, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    if_not_exists: bool = True


@dataclass(frozen=True, slots=True)
class Drop:
    """``DROP TABLE ...`` and its like; ``what`` is TABLE, INDEX, TYPE or MATERIALIZED VIEW."""

    what: str
    name: Name
    if_exists: bool = True


@dataclass(frozen=True, slots=True)
class CreateKeyspace:
    """``CREATE KEYSPACE ... WITH replication = {...}``."""

    name: str
    replication: tuple[tuple[str, str], ...]
    durable_writes: bool = True
    if_not_exists: bool = True


@dataclass(frozen=True, slots=True)
class AlterKeyspace:
    """``ALTER KEYSPACE ... WITH replication = {...} AND durable_writes = ...``; None leaves a part as it is."""

    name: str
    replication: tuple[tuple[str, str], ...] | None = None
    durable_writes: bool | None = None


@dataclass(frozen=True, slots=True)
class DropKeyspace:
    """``DROP KEYSPACE ...``."""

    name: str
    if_exists: bool = True


DataStatement: TypeAlias = Select | Insert | Update | Delete
SchemaStatement: TypeAlias = (
    Truncate
    | CreateTable
    | AddColumns
    | DropColumns
    | AlterOptions
    | CreateIndex
    | CreateType
    | AddField
    | CreateView
    | Drop
    | CreateKeyspace
    | AlterKeyspace
    | DropKeyspace
)
