"""Makes plans from texts: everything that is known about a statement before it runs, its errors included."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from coodie._errors import InvalidQueryError
from coodie.cql.message import BatchKind, Mark
from coodie.cql.nodes import (
    BeginBatch,
    Bind,
    Delete,
    Insert,
    InsertJson,
    Node,
    Opaque,
    Ref,
    Select,
    Truncate,
    Update,
    Use,
)
from coodie.cql.parsing.facts import clause_items
from coodie.cql.parsing.statements import parse, parse_grammar
from coodie.testing.memory.analysis.using import timestamp_of, ttl_of
from coodie.testing.memory.answers import ResultColumn
from coodie.testing.memory.ddl.registry import DDL
from coodie.testing.memory.describe import Description, describe
from coodie.testing.memory.errors import gaps, views
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.errors.schema import NO_KEY, NO_REPLICATION_GIVEN, NO_TYPE_CHANGE, TWO_KEYS, USE_MISSING
from coodie.testing.memory.schema import Schema, Table
from coodie.testing.memory.statements.batch import check_batch
from coodie.testing.memory.statements.modification import Modification, indexes_of
from coodie.testing.memory.statements.select import Reading, select
from coodie.testing.memory.statements.write import delete, insert, insert_json, update
from coodie.testing.memory.system import SYSTEM
from coodie.testing.memory.terms import Run, Scope, marks_of
from coodie.testing.memory.written_types import check_parsed


@dataclass(frozen=True, slots=True)
class Batching:
    """``BEGIN BATCH`` as a text: its statements, each with the number of its first mark."""

    kind: BatchKind
    statements: Sequence[tuple[Modification, int]]
    timestamp: Callable[[Run], int | None] | None
    marks: tuple[Mark, ...]
    key_indexes: tuple[int, ...] | None
    columns: Sequence[ResultColumn] = ()


@dataclass(frozen=True, slots=True)
class Altering:
    """A statement that changes the schema."""

    text: str
    node: Node
    keyspace: str | None
    marks: tuple[Mark, ...] = ()
    columns: Sequence[ResultColumn] = ()
    key_indexes: None = None


@dataclass(frozen=True, slots=True)
class Truncating:
    """``TRUNCATE``."""

    table: Table
    marks: tuple[Mark, ...] = ()
    columns: Sequence[ResultColumn] = ()
    key_indexes: None = None


@dataclass(frozen=True, slots=True)
class Switching:
    """``USE``."""

    keyspace: str
    marks: tuple[Mark, ...] = ()
    columns: Sequence[ResultColumn] = ()
    key_indexes: None = None


@dataclass(frozen=True, slots=True)
class Describing:
    """``DESCRIBE``. What it answers stays as long as the schema, and with it the plan."""

    description: Description
    marks: tuple[Mark, ...] = ()
    columns: Sequence[ResultColumn] = ()
    key_indexes: None = None


Plan: TypeAlias = Modification | Reading | Batching | Altering | Truncating | Switching | Describing


def plan_of(text: str, schema: Schema, keyspace: str | None) -> Plan:
    """The plan of a statement. Raises `CqlError` for what the server refuses to prepare."""
    try:
        node = parse_grammar(text)
    except InvalidQueryError as error:
        raise _unread_view(text) or _late(text, str(error)) or _syntax(text, str(error)) from None
    if _SUSPECT.search(text) is not None:
        check_parsed(text)
    match node:
        case Select():
            return select(node, schema, keyspace)
        case Insert() | InsertJson() | Update() | Delete():
            made = modification_of(node, schema, keyspace)
            made.check()
            return made
        case BeginBatch():
            return _batch(node, schema, keyspace)
        case Truncate(name):
            table = schema.table(name, keyspace)
            if table.keyspace in SYSTEM:
                raise gaps.SYSTEM_WRITES()
            if table.view is not None:
                raise errors.TRUNCATE_VIEW()
            return Truncating(table)
        case Use(name):
            if name not in schema.keyspaces:
                raise USE_MISSING(name)
            return Switching(name)
        case Opaque(words) if words.split(None, 1)[0].upper() in ("DESCRIBE", "DESC"):
            return Describing(describe(text, schema, keyspace))
        case Opaque(words):
            raise _opaque(words)
        case _:
            if type(node) not in DDL:
                raise gaps.STATEMENT(type(node).__name__)
            return Altering(text, node, keyspace)


_SUSPECT: Final = re.compile(r"frozen\s*<|[0-9.]e[+-]?[0-9]{3}|[0-9]{300}", re.I)
"""What only a text may have that a server refuses to parse."""


def modification_of(node: Insert | InsertJson | Update | Delete, schema: Schema, keyspace: str | None) -> Modification:
    """The plan of a statement that writes."""
    match node:
        case Insert():
            return insert(node, schema, keyspace)
        case Update():
            return update(node, schema, keyspace)
        case Delete():
            return delete(node, schema, keyspace)
        case InsertJson():
            return insert_json(node, schema, keyspace)


def _batch(node: BeginBatch, schema: Schema, keyspace: str | None) -> Batching:
    made = [modification_of(each, schema, keyspace) for each in node.statements]
    scope = Scope(schema, keyspace, None)
    if node.using.ttl is not False:
        ttl_of(node.using.ttl, 0, 0, scope)
        raise errors.BATCH_TTL()
    has_timestamp = node.using.timestamp is not False
    timestamp = timestamp_of(node.using.timestamp, 0, scope) if has_timestamp else None
    marks = list(marks_of(scope))
    statements: list[tuple[Modification, int]] = []
    for each in made:
        statements.append((each, len(marks)))
        marks += each.marks
    check_batch(node.kind, made, has_timestamp)
    for each in made:
        each.check()
    return Batching(
        node.kind, statements, timestamp, tuple(marks), None if scope.marks.marks else _key_indexes(statements)
    )


def _key_indexes(statements: Sequence[tuple[Modification, int]]) -> tuple[int, ...] | None:
    """The marks of the partition key: the last in the whole batch, if it is of one table."""
    if len({each.table.id for each, _ in statements}) != 1:
        return None
    found = {name: at + mark for each, at in statements for name, mark in each.key_marks.items()}
    return indexes_of(found, statements[0][0].table)


_FEATURES: Final = {
    "FUNCTION": gaps.FUNCTIONS,
    "AGGREGATE": gaps.AGGREGATES,
    "TRIGGER": gaps.TRIGGERS,
}


def _opaque(text: str) -> Exception:
    words = text.upper().split()
    if words[:2] == ["ALTER", "TABLE"] and "TYPE" in words:
        return NO_TYPE_CHANGE()
    for word, feature in _FEATURES.items():
        if word in words[:4]:
            return feature()
    if words[0] in ("GRANT", "REVOKE", "LIST", "ADD") or words[1] in ("ROLE", "USER", "IDENTITY"):
        return errors.LOGIN()
    return gaps.FORM(" ".join(words[:2]))


_VIEW: Final = re.compile(r"\s*CREATE\s+MATERIALIZED\s+VIEW\b.*?\bAS\s+(SELECT\b.*?)\s+PRIMARY\s+KEY\b", re.I | re.S)


def _unread_view(text: str) -> Exception | None:
    """What the server says of a view's SELECT that is one, but not for a view; None for what is none."""
    found = _VIEW.match(text)
    if found is None:
        return None
    try:
        node = parse(found[1])
    except InvalidQueryError:
        return None
    if not isinstance(node, Select) or node.distinct or node.json:
        return None
    if any(isinstance(each.term, Bind) for each in clause_items(node)):
        return views.MARKS()
    if any(each.alias for each in node.selectors):
        return views.ALIAS()
    if any(not isinstance(each.term, Ref) for each in node.selectors):
        return views.SELECTOR("org.apache.cassandra.cql3.selection.Selectable")
    return None


_TABLE: Final = re.compile(r"\s*CREATE\s+(?:TABLE|COLUMNFAMILY)\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\w+\s*\.\s*)?(\w+)", re.I)


def _late(text: str, told: str) -> Exception | None:
    """What the server refuses only when it has read the whole statement; None for what it cannot read."""
    if "the type name" in told:
        return gaps.TYPE_NAME()
    if (java := _JAVA.search(told)) and _CLASS.fullmatch(java[1]):
        return gaps.CUSTOM_TYPE()
    if re.search(r"\d+ columns are given \d+ values$", told):
        return errors.UNMATCHED_VALUES()
    if told.endswith("a keyspace needs WITH replication = {...}") and re.search(r"\bWITH\b", text, re.I):
        return NO_REPLICATION_GIVEN()
    keys = re.search(r"a table has one PRIMARY KEY, and this one (none|\d+)", told)
    table = _TABLE.match(text)
    if keys is None or table is None:
        return None
    return (NO_KEY if keys[1] == "none" else TWO_KEYS)(table[1].lower())


_JAVA: Final = re.compile(r"the Java class '\s*([\w.+&-]*).*' makes", re.ASCII | re.DOTALL)
_CLASS: Final = re.compile(r"|[\w.]+Type", re.ASCII)
"""Blank names are of a class, too."""
_PLACE: Final = re.compile(r"line (\d+), column (\d+): ")


def _syntax(text: str, told: str) -> Exception:
    found = _PLACE.match(told)
    if found is None:
        return errors.NO_VIABLE(0, -1, "<EOF>")
    line, column = int(found[1]), int(found[2]) - 1
    lines = text.split("\n")
    rest = lines[line - 1][column:] if line <= len(lines) else ""
    word = re.match(r"\w+|\S", rest)
    return errors.NO_VIABLE(line, column, word[0]) if word is not None else errors.NO_VIABLE(0, -1, "<EOF>")
