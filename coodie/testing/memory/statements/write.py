"""Makes plans from INSERT, UPDATE and DELETE.

The checks have the server's order, which decides the error: first the table, then USING, then conditions; then for an
INSERT its columns and values, the key columns last, for an UPDATE its assignments, for a DELETE its targets; then
WHERE, and finally combinations that conditions do not allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from coodie.cql.message import Mark
from coodie.cql.nodes import (
    BIND,
    Bind,
    Delete,
    Element,
    FieldOf,
    Insert,
    InsertJson,
    Items,
    Ref,
    Relation,
    Term,
    Update,
)
from coodie.cql.parsing.facts import ClauseItem, clause_items
from coodie.tables.table import ColumnKind
from coodie.testing.memory.analysis.conditions import Condition, condition_of
from coodie.testing.memory.analysis.deletions import deletion_of
from coodie.testing.memory.analysis.finding import ends_of, keys_of, prefixes_of, slices_of
from coodie.testing.memory.analysis.merging import is_slice
from coodie.testing.memory.analysis.operations import operation_of, set_value
from coodie.testing.memory.analysis.patches import Operations
from coodie.testing.memory.analysis.relations import Between, Equal, column_of, is_open
from coodie.testing.memory.analysis.restrictions import Where, check_write, prefix_of, relations_of
from coodie.testing.memory.analysis.using import Times, times_of
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.json_terms import json_columns
from coodie.testing.memory.schema import Schema, Table
from coodie.testing.memory.statements.modification import Modification, Verb
from coodie.testing.memory.system import SYSTEM
from coodie.testing.memory.terms import Scope, marks_of


class _Parts:
    """A statement, and the positions of the bind marks of each clause."""

    def __init__(self, node: Insert | InsertJson | Update | Delete, schema: Schema, keyspace: str | None) -> None:
        self.node = node
        self.table: Table = schema.table(node.table, keyspace)
        if self.table.keyspace in SYSTEM:
            raise gaps.SYSTEM_WRITES()
        self.scope = Scope(schema, self.table.keyspace, self.table)
        self.items: tuple[ClauseItem, ...] = clause_items(node)

    def marks(self, clause: str) -> list[int]:
        """The numbers of the first bind marks of the items in that clause."""
        return [each.mark for each in self.items if each.clause == clause]

    def times(self) -> Times:
        """USING."""
        marks = {each.operator: each.mark for each in self.items if each.clause == "using"}
        return times_of(self.node.using, marks, self.table, self.scope)

    def conditions(self) -> list[Condition]:
        """IF."""
        node = self.node
        relations: tuple[Relation, ...] = () if isinstance(node, (Insert, InsertJson)) else node.conditions
        if relations and node.using.timestamp is not False:
            raise errors.CONDITIONAL_TIMESTAMP()
        found: list[Condition] = []
        for relation, mark in zip(relations, self.marks("if"), strict=True):
            self.scope.marks.at = mark
            found.append(condition_of(relation, self.table, self.scope))
        return found

    def all_marks(self) -> tuple[Mark, ...]:
        """All bind marks with their names and types."""
        return marks_of(self.scope)


def insert(node: Insert, schema: Schema, keyspace: str | None) -> Modification:
    """``INSERT INTO ... VALUES``."""
    table = schema.table(node.table, keyspace)
    if table.is_counter:
        raise errors.INSERT_INTO_COUNTERS()
    values = node.values or (BIND,) * len(node.columns)
    if len(values) != len(node.columns):
        raise errors.UNMATCHED_VALUES()
    parts = _Parts(node, schema, keyspace)
    times = parts.times()
    if len(set(node.columns)) != len(node.columns):
        raise errors.TWICE_IN_COLUMNS()
    exists = False if node.if_not_exists else None
    return _inserted(parts, zip(node.columns, values, parts.marks("set"), strict=True), times, exists)


def insert_json(node: InsertJson, schema: Schema, keyspace: str | None) -> Modification:
    """``INSERT INTO ... JSON``: all columns are written, or with DEFAULT UNSET those that the text names."""
    parts = _Parts(node, schema, keyspace)
    times = parts.times()
    if parts.table.is_counter:
        raise errors.INSERT_INTO_COUNTERS()
    (parts.scope.marks.at,) = parts.marks("json")
    columns = json_columns(node, parts.table, parts.scope)
    values: Any = ((name, value, 0) for name, value in columns)
    return _inserted(parts, values, times, False if node.if_not_exists else None)


def _inserted(
    parts: _Parts, values: Iterable[tuple[str, Term, int]], times: Times, exists: bool | None
) -> Modification:
    table = parts.table
    keys: list[tuple[str, Term, int]] = []
    operations: list[Operations] = []
    for name, value, mark in values:
        column = column_of(table, name)
        if name in table.primary_key:
            keys.append((name, value, mark))
        else:
            parts.scope.marks.at = mark
            operations.append(set_value(column, value, parts.scope))
    relations = [Relation(Ref(name), "=", value) for name, value, _ in keys]
    has_clustering = any(name in table.clustering_key for name, _, _ in keys)
    where = relations_of(relations, [mark for _, _, mark in keys], table, parts.scope)
    check_write(where, "INSERT", not has_clustering and _statics_only(operations, ()), is_range=False)
    return _made("INSERT", parts, where, operations, times, (), exists)


def update(node: Update, schema: Schema, keyspace: str | None) -> Modification:
    """``UPDATE ... SET``."""
    _check_twice(node)
    parts = _Parts(node, schema, keyspace)
    table = parts.table
    times, conditions = parts.times(), parts.conditions()
    conditional = bool(conditions) or node.if_exists
    operations: list[Operations] = []
    for assignment, mark in zip(node.assignments, parts.marks("set"), strict=True):
        column = column_of(table, assignment.target.column)
        if column.name in table.primary_key:
            raise errors.KEY_IN_SET(column.name)
        parts.scope.marks.at = mark
        operations.append(operation_of(assignment, table, column, parts.scope, conditional))
    where = relations_of(node.where, parts.marks("where"), table, parts.scope)
    check_write(where, "UPDATE", _statics_only(operations, conditions), is_range=False)
    return _made("UPDATE", parts, where, operations, times, conditions, node.if_exists or None)


def _check_twice(node: Update) -> None:
    """Refuse a column that is assigned twice in different ways, as the server's parser does."""
    whole: set[str] = set()
    parts: set[str] = set()
    for assignment in node.assignments:
        name = assignment.target.column
        plain = isinstance(assignment.target, Ref) and assignment.operator == "="
        if name in whole or (plain and name in parts):
            raise errors.SET_TWICE(name)
        (whole if plain else parts).add(name)


def delete(node: Delete, schema: Schema, keyspace: str | None) -> Modification:
    """``DELETE ... FROM``."""
    parts = _Parts(node, schema, keyspace)
    table = parts.table
    times, conditions = parts.times(), parts.conditions()
    operations: list[Operations] = []
    for target, mark in zip(node.targets, parts.marks("delete"), strict=True):
        column = column_of(table, target.column)
        if column.name in table.primary_key:
            raise errors.KEY_DELETED(column.name)
        parts.scope.marks.at = mark
        operations.append(_deletion(target, table, parts.scope))
    where = relations_of(node.where, parts.marks("where"), table, parts.scope)
    check_write(where, "DELETE", bool(operations) and _statics_only(operations, conditions), is_range=True)
    made = _made("DELETE", parts, where, operations, times, conditions, node.if_exists or None)
    if made.conditional and not _is_whole_key(where):
        if not operations or made.regular:
            raise errors.CONDITIONAL_RANGE()
        if any(each.column.kind is ColumnKind.REGULAR for each in conditions):
            raise errors.CONDITIONAL_RANGE_IF()
    return made


def _deletion(target: Ref | Element | FieldOf, table: Table, scope: Scope) -> Operations:
    return deletion_of(target, column_of(table, target.column), scope)


def _is_whole_key(where: Where) -> bool:
    """Whether every key column is restricted by = or IN."""
    held = where.partition.all() + where.clustering.all()
    names = {column.name for each in held if isinstance(each, Equal) for column in each.columns}
    return names == set(where.table.primary_key)


def _statics_only(operations: Sequence[Operations], conditions: Sequence[Condition]) -> bool:
    columns = [each.column for each in operations] + [each.column for each in conditions]
    return bool(columns) and all(column.kind is ColumnKind.STATIC for column in columns)


def _made(
    verb: Verb,
    parts: _Parts,
    where: Where,
    operations: Sequence[Operations],
    times: Times,
    conditions: Sequence[Condition],
    exists: bool | None,
) -> Modification:
    table = parts.table
    conditional = bool(conditions) or exists is not None
    if conditional and table.is_counter:
        raise errors.CONDITIONS_ON_COUNTERS()
    if conditional and times.timestamp is not None:
        raise errors.CONDITIONAL_TIMESTAMP()
    prefix = prefix_of(where)
    width = sum(len(each.columns) for each in prefix)
    ranges = bool(where.clustering) and (width < len(table.clustering) or any(map(is_slice, prefix)))
    marks = parts.all_marks()
    return Modification(
        verb,
        table,
        marks,
        key_marks(table, parts.items),
        keys_of(table, where.partition.in_order(table)),
        prefixes_of(table, prefix) if where.clustering and not ranges else None,
        slices_of(table, prefix) if ranges else None,
        operations,
        times,
        lambda run: any(isinstance(each, Between) and is_open(each, run) for each in prefix),
        conditions,
        exists,
        parts.node.using.timestamp is not False,
        not isinstance(parts.node, Delete) and parts.node.using.ttl is not False,
        bool(where.clustering),
        where.has_in,
        any(isinstance(each, Equal) and each.is_in for each in where.clustering.all()),
        ends_of(table, prefix) if ranges else None,
    )


def key_marks(table: Table, items: Sequence[ClauseItem]) -> dict[str, int]:
    """The numbers of the last marks that stand for columns of the partition key, by column."""
    found: dict[str, int] = {}
    for each in items:
        if (
            each.clause in ("where", "set")
            and isinstance(each.target, Ref)
            and each.target.column in table.partition_key
        ):
            mark = _last_mark(each)
            if mark is not None:
                found[each.target.column] = mark
    return found


def _last_mark(piece: ClauseItem) -> int | None:
    """The number of the last bind mark that is the value of the column itself."""
    if piece.operator == "=" and isinstance(piece.term, Bind):
        return piece.mark
    if piece.operator != "IN" or not isinstance(piece.term, Items):
        return None
    marks = [at for at, item in enumerate(piece.term.items) if isinstance(item, Bind)]
    return piece.mark + len(marks) - 1 if marks else None
