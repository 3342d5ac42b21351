"""Terms beside what a real server answered: literals, functions, casts, arithmetic, JSON. No storage is needed."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from coodie.cql.nodes import CreateTable, CreateType, Insert, Node, Select, Update
from coodie.cql.parse import parse
from coodie.cql.terms import Literal
from coodie.cql.types import CqlType, Udt, is_multicell
from coodie.exceptions import InvalidQueryError
from coodie.tables.table import Column, ColumnKind
from coodie.testing.clock import Clock
from coodie.testing.memory.errors.base import CqlError, NotSupportedByMemoryDriver
from coodie.testing.memory.schema import Keyspace, Schema, Table
from coodie.testing.memory.terms import Aggregate, Receiver, Run, Scope, Value, selected_term, value_term
from coodie.testing.memory.value_terms import resolved

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(CORPUS.glob("*.jsonl"))
SYNTAX = 0x2000


class Row:
    def __init__(self, values: dict[str, Value]) -> None:
        self.values = values
        self.aggregates: list[bytes | None] = []

    def value(self, name: str) -> Value:
        return self.values.get(name)


class World:
    """A table of one row for each key, as the first lines of a file make it."""

    def __init__(self) -> None:
        self.schema = Schema({"corpus": Keyspace("corpus")})
        self.table: Table | None = None
        self.rows: dict[str, Row] = {}
        self.clock = Clock()

    def scope(self) -> Scope:
        return Scope(self.schema, "corpus", self.table)

    def play(self, node: Node) -> tuple[list[tuple[str, str]], list[list[bytes | None]]] | None:
        match node:
            case CreateType(name, fields):
                types = {name.name: Udt(name.name, fields, False)}
                self.schema = Schema({"corpus": Keyspace("corpus", types=types)})
            case CreateTable():
                self.table = self._table(node)
            case Insert(_, columns, _, _, values):
                run = self._run(())
                found = {name: self._value(name, term, run) for name, term in zip(columns, values, strict=True)}
                self.rows[str(int.from_bytes(found["k"], "big"))] = Row(found)  # type: ignore[arg-type]
            case Update():
                (assignment,) = node.assignments
                name = assignment.target.column
                value = self._value(name, assignment.value, self._run(()))
                assert isinstance(node.where[0].right, Literal)
                if value == bytes(4) and is_multicell(self._type(name)):
                    value = None  # a collection without elements is nothing
                self.rows[node.where[0].right.text] = Row({name: value})
            case Select():
                return self._select(node)
        return None

    def _table(self, node: CreateTable) -> Table:
        kinds = {name: ColumnKind.PARTITION_KEY for name in node.partition_key}
        scope = self.scope()
        columns = {
            each.name: Column(each.name, resolved(each.type, scope), kinds.get(each.name, ColumnKind.REGULAR))
            for each in node.columns
        }
        return Table("corpus", node.table.name, uuid4(), columns, node.partition_key)

    def _run(self, values: tuple[Value, ...]) -> Run:
        return Run(values, 1_800_000_000, self.clock)

    def _type(self, name: str) -> CqlType:
        assert self.table is not None
        return self.table.columns[name].type

    def _value(self, name: str, term: Any, run: Run) -> Value:
        return value_term(term, Receiver(name, self._type(name)), self.scope()).evaluate(run, None)

    def _select(self, node: Select) -> tuple[list[tuple[str, str]], list[list[bytes | None]]]:
        scope, aggregates = self.scope(), list[Aggregate]()
        terms = [selected_term(each.term, scope, aggregates) for each in node.selectors]
        assert isinstance(node.where[0].right, Literal)
        row = self.rows[node.where[0].right.text]
        run = self._run(())
        groups = [each.new() for each in aggregates]
        for group in groups:
            group.add(run, row)
        row.aggregates = [group.result() for group in groups]
        cells = [term.evaluate(run, row) for term in terms]  # type: ignore[arg-type]
        return [("", str(term.type)) for term in terms], [cells]  # type: ignore[list-item]


def settled(message: str) -> str:
    """What the server says differently after each start: the order of signatures, and where Java stood."""
    message = re.sub(r"(Unexpected receiver|Unsupported target) type.*|(java.lang.ClassCast).*", r"\1\2", message)
    message = re.sub(r"(com\.fasterxml|Error decoding JSON string).*", "", message, flags=re.DOTALL)
    return re.sub(r"( \(org\.apache.*| \(java\.lang.*)", "", message)


def outcome(world: World, line: dict[str, Any]) -> str:
    text = line["cql"]
    if line.get("message") == "Invalid amount of bind variables":
        return "left out"
    try:
        node = parse(text)
    except InvalidQueryError:
        return "agree" if line.get("code") == SYNTAX else "not parsed"
    if not isinstance(node, (CreateType, CreateTable, Insert, Update, Select)) or line.get("code") == SYNTAX:
        return "left out"
    try:
        found = world.play(node)
    except CqlError as error:
        if "code" not in line:
            return f"refused: {error.message}"
        if line["code"] != error.code:
            return f"code {error.code:04x}: {error.message}"
        return "agree" if settled(error.message) == settled(line["message"]) else f"says: {error.message}"
    except NotSupportedByMemoryDriver as error:
        return f"unsupported: {error.feature}"
    if "code" in line:
        return "taken"
    if found is None or "rows" not in line or not line["rows"]:
        return "agree"
    columns, rows = found
    types = [kind for _, kind in line["columns"]]
    if [kind for _, kind in columns] != types and not all(frozen(a) == frozen(b) for (_, a), b in zip(columns, types)):
        return f"type {columns}"
    cells = [[None if cell is None else cell.hex() for cell in row] for row in rows]
    return "agree" if cells == line["rows"] else f"value {cells}"


def frozen(text: str) -> str:
    return text.replace("frozen<", "").replace(">", "")


def test_print() -> None:
    import os

    only = os.environ.get("ONLY")
    for path in FILES:
        if only and path.stem != only:
            continue
        world = World()
        counts: Counter[str] = Counter()
        for text in path.read_text().splitlines():
            line = json.loads(text)
            if "cql" not in line or line["cql"].startswith(("SELECT JSON", "INSERT INTO ty JSON")):
                continue
            try:
                found = outcome(world, line)
            except Exception as error:  # noqa: BLE001
                found = f"crash {type(error).__name__}: {error}"
            counts[found.split(":")[0].split()[0]] += 1
            if found not in ("agree", "left out"):
                print(line["cql"].replace("UPDATE ty SET ", "").replace(" FROM ty WHERE k = 1", ""), "#", found[:150], "#", str(line.get("message") or line.get("rows"))[:150])
        print(path.stem, counts)
