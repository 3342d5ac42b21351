"""CQL statements as data, one class per statement.

A node holds no values: each place for one holds `BIND`. So a node is the shape of a statement, and equal shapes have
the same text. The grammar is that of the CQL reference,
https://cassandra.apache.org/doc/latest/cassandra/developing/cql/. Expressions are made of `Term`. Whatever only users
write, such as literals and ``:name``, goes into fields that coodie's own statements leave at their defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from coodie.cql.message import BatchKind
from coodie.cql.terms import BIND as BIND
from coodie.cql.terms import NULL as NULL
from coodie.cql.terms import Arithmetic as Arithmetic
from coodie.cql.terms import Bind as Bind
from coodie.cql.terms import Call as Call
from coodie.cql.terms import Cast as Cast
from coodie.cql.terms import Element as Element
from coodie.cql.terms import Entries as Entries
from coodie.cql.terms import FieldOf as FieldOf
from coodie.cql.terms import Fields as Fields
from coodie.cql.terms import Hint as Hint
from coodie.cql.terms import Items as Items
from coodie.cql.terms import Literal as Literal
from coodie.cql.terms import Negative as Negative
from coodie.cql.terms import NestedElement as NestedElement
from coodie.cql.terms import Range as Range
from coodie.cql.terms import Ref as Ref
from coodie.cql.terms import Star as Star
from coodie.cql.terms import Term as Term
from coodie.cql.terms import TokenCall as TokenCall
from coodie.cql.types import CqlType


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a table, view or type; without ``keyspace`` it is in the keyspace of the session."""

    name: str
    keyspace: str | None = None


Bound: TypeAlias = bool | Bind | Literal
"""The value of a clause that takes one: False if the clause is absent, True for a ``?``, the only form that coodie
itself writes."""


@dataclass(frozen=True, slots=True)
class Selector:
    """One column of a SELECT list, with an alias or without."""

    term: Term
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """``left operator right`` in WHERE or IF; ``operator`` is spelled as in CQL, such as ``=`` or ``CONTAINS KEY``.

    ``a IS NOT NULL`` has the operator ``IS NOT``; ``a BETWEEN ? AND ?`` has a `Range` as its right side;
    ``expr(index, ?)`` has the operator ``expr`` and the index, a `Ref`, as its left side.
    """

    left: Term
    operator: str = "="
    right: Term = BIND


@dataclass(frozen=True, slots=True)
class Using:
    """``USING TTL ? AND TIMESTAMP ?``; ``timestamp_first`` is the opposite order, of the text and of the values."""

    ttl: Bound = False
    timestamp: Bound = False
    timestamp_first: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """One assignment of SET. ``operator`` is ``=``, ``+`` (append, add, merge), ``-`` (remove) or ``prepend``."""

    target: Ref | Element | FieldOf
    operator: str = "="
    value: Term = BIND


@dataclass(frozen=True, slots=True)
class OrderBy:
    """One column of ORDER BY; ``ann`` orders by distance from a vector, which is bound if it is True."""

    column: str
    descending: bool = False
    ann: bool | Term = False


@dataclass(frozen=True, slots=True)
class Select:
    """``SELECT ... FROM ... WHERE ...``. ``group_by`` holds columns or functions of columns."""

    table: Name
    selectors: tuple[Selector, ...]
    where: tuple[Relation, ...] = ()
    group_by: tuple[str | Term, ...] = ()
    order_by: tuple[OrderBy, ...] = ()
    per_partition_limit: Bound = False
    limit: Bound = False
    allow_filtering: bool = False
    distinct: bool = False
    json: bool = False


@dataclass(frozen=True, slots=True)
class Insert:
    """``INSERT INTO ... VALUES ...``. Without ``values``, each value is a ``?``."""

    table: Name
    columns: tuple[str, ...]
    if_not_exists: bool = False
    using: Using = Using()
    values: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class InsertJson:
    """``INSERT INTO ... JSON ...``. Columns that the JSON omits become null, or keep their value with DEFAULT UNSET."""

    table: Name
    value: Bind | Literal = BIND
    default_unset: bool = False
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
    """``DELETE ... FROM ... WHERE ... IF ...``: whole rows, or only ``targets`` of each row."""

    table: Name
    where: tuple[Relation, ...]
    targets: tuple[Ref | Element | FieldOf, ...] = ()
    conditions: tuple[Relation, ...] = ()
    if_exists: bool = False
    using: Using = Using()


@dataclass(frozen=True, slots=True)
class BeginBatch:
    """``BEGIN BATCH ... APPLY BATCH`` written as text; the batches that coodie sends are `coodie.cql.message.Batch`."""

    statements: tuple[Insert | InsertJson | Update | Delete, ...]
    kind: BatchKind = BatchKind.LOGGED
    using: Using = Using()


@dataclass(frozen=True, slots=True)
class Use:
    """``USE keyspace``."""

    keyspace: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A statement that is kept as its text: functions, aggregates, triggers, roles, permissions, DESCRIBE, and rare
    DDL.

    ``about`` is the first table, view, type, function ... that it names, if any.
    """

    text: str
    about: Name | None = None


@dataclass(frozen=True, slots=True)
class Truncate:
    """``TRUNCATE TABLE ...``."""

    table: Name


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column in CREATE TABLE or ALTER TABLE ... ADD; ``mask`` is the text of its mask, as in ``mask_inner(1, 2)``."""

    name: str
    type: CqlType
    static: bool = False
    mask: str | None = None


@dataclass(frozen=True, slots=True)
class CreateTable:
    """``CREATE TABLE ...``; the value of an option is a string, number, boolean or a map of those."""

    table: Name
    columns: tuple[ColumnDefinition, ...]
    partition_key: tuple[str, ...]
    clustering_key: tuple[str, ...] = ()
    clustering_order: tuple[OrderBy, ...] = ()
    options: tuple[tuple[str, Any], ...] = field(default=())
    if_not_exists: bool = True


@dataclass(frozen=True, slots=True)
class AddColumns:
    """``ALTER TABLE [IF EXISTS] ... ADD [IF NOT EXISTS] ...``; the server requires brackets around several columns."""

    table: Name
    columns: tuple[ColumnDefinition, ...]
    if_exists: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropColumns:
    """``ALTER TABLE [IF EXISTS] ... DROP [IF EXISTS] ... USING TIMESTAMP ...``.

    ``columns_if_exist`` is the second IF EXISTS. ``timestamp``, in microseconds since 1970, is written into the text,
    since DDL has no bind marks. Values written after it survive if the column is added again.
    """

    table: Name
    columns: tuple[str, ...]
    if_exists: bool = False
    columns_if_exist: bool = False
    timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class RenameColumns:
    """``ALTER TABLE [IF EXISTS] ... RENAME [IF EXISTS] a TO b AND ...``: pairs of old and new names."""

    table: Name
    names: tuple[tuple[str, str], ...]
    if_exists: bool = False
    columns_if_exist: bool = False


@dataclass(frozen=True, slots=True)
class MaskColumn:
    """``ALTER TABLE [IF EXISTS] ... ALTER [IF EXISTS] a MASKED WITH ...``; without a mask, ``DROP MASKED``."""

    table: Name
    column: str
    mask: str | None = None
    if_exists: bool = False
    column_if_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterOptions:
    """``ALTER TABLE [IF EXISTS] ... WITH ...``; ``what`` is TABLE or MATERIALIZED VIEW."""

    table: Name
    options: tuple[tuple[str, Any], ...]
    what: str = "TABLE"
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """``CREATE INDEX ... ON ... (column)``.

    ``target`` is the part of a collection that is indexed: ``keys``, ``values``, ``entries`` or ``full``. With
    ``using``, the class of the index, the statement is ``CREATE CUSTOM INDEX ... USING '...' WITH OPTIONS = {...}``.
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
    """``ALTER TYPE [IF EXISTS] ... ADD [IF NOT EXISTS] field type``; the server accepts one field at a time."""

    type: Name
    field: str
    field_type: CqlType
    if_exists: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class RenameFields:
    """``ALTER TYPE [IF EXISTS] ... RENAME [IF EXISTS] a TO b AND ...``: pairs of old and new names."""

    type: Name
    names: tuple[tuple[str, str], ...]
    if_exists: bool = False
    fields_if_exist: bool = False


@dataclass(frozen=True, slots=True)
class CreateView:
    """``CREATE MATERIALIZED VIEW ... AS SELECT ... FROM ... WHERE ...``; no ``columns`` means all those of the table.

    ``where`` holds each restriction as text, since DDL has no bind marks.
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
    """``DROP <what> ...``, where ``what`` is TABLE, INDEX, TYPE or MATERIALIZED VIEW."""

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
    """``ALTER KEYSPACE [IF EXISTS] ... WITH replication = {...} AND durable_writes = ...``.

    None leaves that property unchanged.
    """

    name: str
    replication: tuple[tuple[str, str], ...] | None = None
    durable_writes: bool | None = None
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropKeyspace:
    """``DROP KEYSPACE ...``."""

    name: str
    if_exists: bool = True


DataStatement: TypeAlias = Select | Insert | InsertJson | Update | Delete
SchemaStatement: TypeAlias = (
    Truncate
    | CreateTable
    | AddColumns
    | DropColumns
    | RenameColumns
    | MaskColumn
    | AlterOptions
    | CreateIndex
    | CreateType
    | AddField
    | RenameFields
    | CreateView
    | Drop
    | CreateKeyspace
    | AlterKeyspace
    | DropKeyspace
)
Node: TypeAlias = DataStatement | BeginBatch | SchemaStatement | Use | Opaque
