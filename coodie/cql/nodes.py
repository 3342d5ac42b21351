"""CQL statements as data. A value is never part of a node: where one goes stands `BIND`, so a node is the shape of a
statement, and equal shapes have one text.

The grammar is that of the CQL reference, https://cassandra.apache.org/doc/latest/cassandra/developing/cql/, one class
per statement. What may stand in an expression is a `Term`. What only a user writes, such as a literal or ``:name``,
is held by fields that coodie's own statements leave at their defaults.
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
    """A table, view or type, in a keyspace or in the session's own."""

    name: str
    keyspace: str | None = None


Bound: TypeAlias = bool | Bind | Literal
"""Whether a clause that takes one value is there: True is a ``?``, which is all that coodie writes itself."""


@dataclass(frozen=True, slots=True)
class Selector:
    """What a SELECT gives as one column, under its own name or an alias."""

    term: Term
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """``left operator right`` in WHERE or IF; ``operator`` is one of CQL's, such as ``=`` or ``CONTAINS KEY``.

    ``a IS NOT NULL`` has the operator ``IS NOT``, ``a BETWEEN ? AND ?`` a `Range` on its right, ``expr(index, ?)`` the
    operator ``expr`` and the index as a `Ref`.
    """

    left: Term
    operator: str = "="
    right: Term = BIND


@dataclass(frozen=True, slots=True)
class Using:
    """``USING TTL ? AND TIMESTAMP ?``; ``timestamp_first`` for the other order, which is that of the values too."""

    ttl: Bound = False
    timestamp: Bound = False
    timestamp_first: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """One part of SET. ``operator``: ``=``, ``+`` (append, add, merge), ``-`` (remove) or ``prepend``."""

    target: Ref | Element | FieldOf
    operator: str = "="
    value: Term = BIND


@dataclass(frozen=True, slots=True)
class OrderBy:
    """One part of ORDER BY; ``ann`` orders by distance from a vector, bound if it is True."""

    column: str
    descending: bool = False
    ann: bool | Term = False


@dataclass(frozen=True, slots=True)
class Select:
    """``SELECT ... FROM ... WHERE ...``. Rows are grouped by columns, or by functions of them."""

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
    """``INSERT INTO ... VALUES ...``. Without ``values`` each is a ``?``."""

    table: Name
    columns: tuple[str, ...]
    if_not_exists: bool = False
    using: Using = Using()
    values: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class InsertJson:
    """``INSERT INTO ... JSON ...``: columns that the text does not name become null, or stay with DEFAULT UNSET."""

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
    """``DELETE ... FROM ... WHERE ... IF ...``: rows, or of each row the targets."""

    table: Name
    where: tuple[Relation, ...]
    targets: tuple[Ref | Element | FieldOf, ...] = ()
    conditions: tuple[Relation, ...] = ()
    if_exists: bool = False
    using: Using = Using()


@dataclass(frozen=True, slots=True)
class BeginBatch:
    """``BEGIN BATCH ... APPLY BATCH`` as a text; what coodie sends as a batch is a `coodie.cql.message.Batch`."""

    statements: tuple[Insert | InsertJson | Update | Delete, ...]
    kind: BatchKind = BatchKind.LOGGED
    using: Using = Using()


@dataclass(frozen=True, slots=True)
class Use:
    """``USE keyspace``."""

    keyspace: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A statement that is kept as its text: functions, aggregates, triggers, roles, permissions, DESCRIBE, and DDL
    that only a user writes. ``about`` is the table, view, type, function ... that it names first, if it names one.
    """

    text: str
    about: Name | None = None


@dataclass(frozen=True, slots=True)
class Truncate:
    """``TRUNCATE TABLE ...``."""

    table: Name


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column in CREATE TABLE or ALTER TABLE ... ADD; ``mask`` is the text of what masks it: ``mask_inner(1, 2)``."""

    name: str
    type: CqlType
    static: bool = False
    mask: str | None = None


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
    """``ALTER TABLE [IF EXISTS] ... ADD [IF NOT EXISTS] ...``; several go in brackets, which the server demands."""

    table: Name
    columns: tuple[ColumnDefinition, ...]
    if_exists: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropColumns:
    """``ALTER TABLE [IF EXISTS] ... DROP [IF EXISTS] ... USING TIMESTAMP ...``.

    ``columns_if_exist`` is the second IF EXISTS. ``timestamp``, in microseconds since 1970, is a number in the text,
    since DDL has no bind marks: values that were written after it are kept if the column comes back.
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
    """``ALTER TYPE [IF EXISTS] ... ADD [IF NOT EXISTS] field type``: the server takes one field at a time."""

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
    """``ALTER KEYSPACE [IF EXISTS] ... WITH replication = {...} AND durable_writes = ...``.

    None leaves a part as it is.
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
