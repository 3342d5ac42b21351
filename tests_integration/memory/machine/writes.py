"""Statements at random that write: INSERT, UPDATE, DELETE and batches of them, with conditions of all kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from coodie.cql.encode import encoder_of
from coodie.cql.types import BIGINT, COUNTER, INT, CqlType, List, Map, Set, Udt, is_collection, is_multicell
from coodie.testing.memory.functions.json_texts import json_text
from coodie.testing.memory.schema import Column, Table
from coodie.testing.memory.typed import Value
from tests_integration.memory.machine.draws import Draw, Pick, Template
from tests_integration.memory.machine.shapes import Keys, pool


class Writing(Draw):
    """Writes statements that write."""

    def batch(self) -> str:
        """BEGIN BATCH: of one partition mostly, so that conditions may stand in it."""
        kind = self.pick(
            ["", "", "UNLOGGED ", "COUNTER "] if self.chance(20) else ["COUNTER " if self.table.is_counter else ""]
        )
        timed = self.chance(30) and not self.table.is_counter
        using = f" USING TIMESTAMP {self.given(BIGINT, [1, 2, 3])}" if timed else ""
        if self.chance(70):
            self.only = self.pick([0, 1, 2])
        kinds = ["update", "update", "delete"] + (["insert"] if not self.table.is_counter else [])
        self.timed = not timed or self.chance(3)
        parts = [str(getattr(self, self.pick(kinds))()) for _ in range(self.pick([1, 2, 2, 3]))]
        return f"BEGIN {kind}BATCH{using} {'; '.join(parts)}; APPLY BATCH"

    def insert(self) -> str:
        """INSERT."""
        table = self.table
        conditional = self.chance(12)
        columns = list(table.partition)
        only_static = table.statics and self.chance(15)
        if not only_static or self.chance(5):
            columns += table.clustering
            columns += self.some(table.regulars, 60)
        columns += self.some(table.statics, 80 if only_static else 30)
        if self.chance(2):
            columns = columns[1:]
        if self.chance(8):
            json = f"{self.json(columns)}{' IF NOT EXISTS' if conditional else ''}"
            return f"INSERT INTO {table.name} {json}{self.using(always=not conditional)}"
        values = ", ".join(self.key(c) if c.name in table.primary_key else self.value(c.type) for c in columns)
        names = ", ".join(c.name for c in columns)
        using = self.using(always=not conditional)
        return f"INSERT INTO {table.name} ({names}) VALUES ({values}){' IF NOT EXISTS' if conditional else ''}{using}"

    def json(self, columns: Sequence[Column]) -> str:
        """JSON and a mark for it."""
        wanted = [each for each in columns if each.type != COUNTER]

        def make(pick: Pick, keys: Keys) -> Value:
            parts = []
            for column in wanted:
                items = keys.of() if column.name == "p" else pool(column.type)
                value = encoder_of(column.type, sort_sets=True)(pick(items))
                odd = pick(range(20)) == 0 and column.name != "p"
                parts.append(f'"{column.name}": {"null" if odd else json_text(column.type)(value)}')
            return f"{{{', '.join(parts)}}}".encode()

        return f"JSON {self.mark(make)}{self.pick(['', '', ' DEFAULT NULL', ' DEFAULT UNSET'])}"

    def update(self) -> str:
        """UPDATE."""
        table = self.table
        conditional = self.chance(20)
        counter = table.is_counter
        using = "" if counter and not self.chance(2) else self.using(always=not conditional)
        static = bool(table.statics) and self.chance(20)
        wanted = list(table.statics if static else table.regulars)
        columns = self.some(wanted, 40) or [self.pick(wanted)]
        if not static and table.statics and self.chance(20):
            columns += [self.pick(table.statics)]
        sets = ", ".join(self.assignment(column) for column in columns)
        keys = list(table.partition) + ([] if static and not self.chance(5) else list(table.clustering))
        if self.chance(2):
            keys = keys[:-1]
        return (
            f"UPDATE {table.name}{using} SET {sets} WHERE {self.where(keys)}{self.conditions() if conditional else ''}"
        )

    def assignment(self, column: Column) -> str:
        """One assignment of SET."""
        name, cql_type = column.name, column.type
        if cql_type == COUNTER:
            return f"{name} = {name} {self.pick(['+', '-'])} {self.value(COUNTER)}"
        if self.chance(4):
            return f"{name} = {name} {self.pick(['+', '-'])} {self.value(cql_type)}"
        match cql_type:
            case _ if not is_multicell(cql_type):
                return f"{name} = {self.value(cql_type)}"
            case List(element):
                which = self.pick(range(6))
                if which == 0:
                    return f"{name} = {self.value(cql_type)} + {name}"
                if which == 1:
                    return f"{name}[{self.given(INT, [0, 1, 2, -1])}] = {self.value(element)}"
            case Map(key, value):
                which = self.pick(range(6))
                if which == 0:
                    return f"{name}[{self.value(key)}] = {self.value(value)}"
                if which == 1:
                    return (
                        f"{name} = {name} - {self.value(Set(key))}"
                        if f"set<{key}>" in ("set<int>", "set<text>")
                        else f"{name} = null"
                    )
            case Udt(_, fields):
                if self.chance(50):
                    part, kind = self.pick(fields)
                    return f"{name}.{part} = {self.value(kind)}"
                return f"{name} = {self.value(cql_type)}"
            case _:
                pass
        which = self.pick(range(3))
        if which == 0:
            return f"{name} = {name} + {self.value(cql_type)}"
        if which == 1 and not isinstance(cql_type, Map):
            return f"{name} = {name} - {self.value(cql_type)}"
        return f"{name} = {self.value(cql_type)}"

    def delete(self) -> str:
        """DELETE."""
        table = self.table
        conditional = self.chance(12)
        targets: list[str] = []
        static = False
        if self.chance(40):
            static = bool(table.statics) and self.chance(30)
            columns = self.some(table.statics if static else table.regulars, 40)
            targets = [self.target(column) for column in columns]
        using = "" if table.is_counter and not self.chance(5) else self.using(ttl=False, always=not conditional)
        keys = [self.where(table.partition)]
        rest = list(table.clustering)
        if static and targets and not self.chance(5):
            rest = []
        elif not targets and self.chance(35):
            rest = rest[: self.pick(range(len(rest) + 1))] if rest else rest
            if rest and self.chance(60):
                last = rest.pop()
                keys += [self.where(rest)] if rest else []
                keys += [each for each in self.slice_of(last) if not each.endswith("null")] or [self.where([last])]
                rest = []
        if rest:
            keys.append(self.where(rest))
        listed = f" {', '.join(targets)}" if targets else ""
        where = " AND ".join(keys)
        return f"DELETE{listed} FROM {table.name}{using} WHERE {where}{self.conditions() if conditional else ''}"

    def target(self, column: Column) -> str:
        """What a DELETE names."""
        name, cql_type = column.name, column.type
        if is_multicell(cql_type) and self.chance(60):
            match cql_type:
                case List():
                    return f"{name}[{self.given(INT, [0, 1])}]"
                case Set(element):
                    return f"{name}[{self.value(element)}]"
                case Map(key, _):
                    return f"{name}[{self.value(key)}]"
                case Udt(_, fields):
                    return f"{name}.{self.pick(fields)[0]}"
                case _:
                    pass
        return name

    def conditions(self) -> str:
        """IF."""
        if self.chance(25):
            return " IF EXISTS"
        columns = [*self.table.regulars, *self.table.statics]
        wanted = [self.pick(columns) for _ in range(self.pick([1, 1, 2]))]
        return " IF " + " AND ".join(self.condition(column) for column in wanted)

    def condition(self, column: Column) -> str:
        """One condition."""
        name, cql_type = column.name, column.type
        if is_collection(cql_type) and self.chance(20):
            return f"{name} {self.contains(cql_type)}"
        if is_multicell(cql_type) and self.chance(50):
            match cql_type:
                case List(element):
                    return self.compared(f"{name}[{self.given(INT, [0, 1, -1])}]", element)
                case Map(key, value):
                    return self.compared(f"{name}[{self.value(key)}]", value)
                case Udt(_, fields):
                    part, kind = self.pick(fields)
                    return self.compared(f"{name}.{part}", kind)
                case _:
                    pass
        return self.compared(name, cql_type)

    def contains(self, cql_type: CqlType) -> str:
        """CONTAINS or CONTAINS KEY."""
        match cql_type:
            case Map(key, value):
                return f"CONTAINS KEY {self.value(key)}" if self.chance(50) else f"CONTAINS {self.value(value)}"
            case List(element) | Set(element):
                return f"CONTAINS {self.value(element)}"
            case _:
                raise TypeError(cql_type)

    def compared(self, what: str, cql_type: CqlType) -> str:
        """A comparison."""
        if self.chance(15):
            if self.chance(30):
                listed = self.pick([[], pool(cql_type)[:1], pool(cql_type)[:2]])
                return f"{what} IN {self.bind(encoder_of(List(cql_type), sort_sets=True)(list(listed)))}"
            return f"{what} IN ({', '.join(self.value(cql_type) for _ in range(self.pick([0, 1, 2])))})"
        return f"{what} {self.pick(['=', '=', '!=', '<', '<=', '>', '>='])} {self.value(cql_type)}"


WRITES: Final = ("insert", "insert", "update", "update", "delete")


def a_write(pick: Pick, table: Table, keys: Keys | None) -> Template:
    """A statement that writes."""
    draw = Writing(pick, table, keys)
    kinds = [kind for kind in WRITES if kind != "insert" or not table.is_counter or draw.chance(1)]
    text: str = draw.batch() if draw.chance(12) else getattr(draw, pick(kinds))()
    return draw.template(text)
