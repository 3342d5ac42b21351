"""Statements at random: most of them make sense, some do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from coodie.cql.encode import encoder_of
from coodie.cql.literals import literal
from coodie.cql.message import UNSET
from coodie.cql.types import BIGINT, COUNTER, INT, CqlType, List, Map, Set, Udt, is_collection, is_multicell
from coodie.testing.memory.schema import Column, ColumnKind, Table
from coodie.testing.memory.typed import Value
from tests_integration.memory.machine.shapes import Keys, pool

T = TypeVar("T")
Pick = Callable[[Sequence[Any]], Any]


class Draw:
    """Writes one statement. ``pick`` chooses one of several things."""

    def __init__(self, pick: Pick, table: Table, keys: Keys) -> None:
        self.pick, self.table, self.keys = pick, table, keys
        self.values: list[Value] = []
        self.timed = True

    def chance(self, percent: int) -> bool:
        """True that often."""
        return self.pick(range(100)) >= 100 - percent

    def some(self, items: Sequence[T], percent: int = 50) -> list[T]:
        """A part of the items."""
        return [item for item in items if self.chance(percent)]

    # Values

    def given(self, cql_type: CqlType, value: Any) -> str:
        """A value as a bind mark, or written into the text."""
        if self.chance(60):
            self.values.append(encoder_of(cql_type, sort_sets=True)(value))
            return "?"
        text = literal(value)
        return text if not isinstance(cql_type, Udt) else _udt(cql_type, value)

    def value(self, cql_type: CqlType) -> str:
        """A value of the type; sometimes null, unset, empty, or of another type."""
        odd = self.pick(range(40))
        if odd in (0, 1, 2):
            return self.bind(None) if self.chance(50) else "null"
        if odd in (3, 4):
            return self.bind(UNSET)
        if odd == 5:
            return self.bind(b"")
        if odd == 6 and self.chance(30):
            return self.pick(["'x'", "1", "1.5", "0x00", "true", "[1]", "{1}", "{'a': 1}", "(1, 'a')", "7 + 1"])
        return self.given(cql_type, self.pick(pool(cql_type)))

    def bind(self, value: Value) -> str:
        """A bind mark."""
        self.values.append(value)
        return "?"

    def key(self, column: Column) -> str:
        """A value of a key column; sometimes one that cannot be."""
        odd = self.pick(range(60))
        if odd == 0:
            return self.bind(None)
        if odd == 1:
            return "null"
        if odd == 2 and column.kind is not ColumnKind.PARTITION_KEY:
            return self.bind(UNSET)
        if odd == 3:
            return self.bind(b"")
        return self.given(column.type, self.pick(self.keys.of(column.name, column.type)))

    # Clauses

    def using(self, ttl: bool = True, always: bool = True) -> str:
        """A time of its own, and perhaps a TTL."""
        parts = []
        if (always or self.chance(20)) and self.timed:
            at = self.pick([1, 2, 3])
            parts.append(f"TIMESTAMP {self.given(BIGINT, at)}")
        if ttl and self.chance(35):
            odd = self.chance(10)
            ttl_of = self.bind(self.pick([None, UNSET])) if odd else self.given(INT, self.pick([0, 1, 5, 10]))
            parts.append(f"TTL {ttl_of}")
        return f" USING {' AND '.join(parts)}" if parts else ""

    def where(self, columns: Sequence[Column], in_percent: int = 8) -> str:
        """Each of the columns by = or IN."""
        parts = []
        for column in columns:
            if self.chance(in_percent):
                items = [self.key(column) for _ in range(self.pick([0, 1, 2, 3]))]
                parts.append(f"{column.name} IN ({', '.join(items)})")
            else:
                parts.append(f"{column.name} = {self.key(column)}")
        return " AND ".join(parts)

    def batch(self) -> str:
        """BEGIN BATCH: of one partition mostly, so that conditions may stand in it."""
        kind = self.pick(
            ["", "", "UNLOGGED ", "COUNTER "] if self.chance(20) else ["COUNTER " if self.table.is_counter else ""]
        )
        timed = self.chance(30) and not self.table.is_counter
        using = f" USING TIMESTAMP {self.given(BIGINT, self.pick([1, 2, 3]))}" if timed else ""
        if self.chance(70):
            self.keys = Keys(self.keys.base, only=self.pick([0, 1, 2]))
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
        values = ", ".join(self.key(c) if c.name in table.primary_key else self.value(c.type) for c in columns)
        names = ", ".join(c.name for c in columns)
        using = self.using(always=not conditional)
        return f"INSERT INTO {table.name} ({names}) VALUES ({values}){' IF NOT EXISTS' if conditional else ''}{using}"

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
                    return f"{name}[{self.given(INT, self.pick([0, 1, 2, -1]))}] = {self.value(element)}"
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
                    return f"{name}[{self.given(INT, self.pick([0, 1]))}]"
                case Set(element):
                    return f"{name}[{self.value(element)}]"
                case Map(key, _):
                    return f"{name}[{self.value(key)}]"
                case Udt(_, fields):
                    return f"{name}.{self.pick(fields)[0]}"
                case _:
                    pass
        return name

    def slice_of(self, column: Column) -> list[str]:
        """A range of a column."""
        parts = []
        if self.chance(70):
            parts.append(f"{column.name} {self.pick(['>', '>='])} {self.key(column)}")
        if self.chance(60) or not parts:
            parts.append(f"{column.name} {self.pick(['<', '<='])} {self.key(column)}")
        return parts

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
        operator = self.pick(["=", "=", "!=", "<", "<=", ">", ">="])
        if is_multicell(cql_type) and self.chance(50):
            match cql_type:
                case List(element):
                    return f"{name}[{self.given(INT, self.pick([0, 1]))}] {operator} {self.value(element)}"
                case Map(key, value):
                    return f"{name}[{self.given(key, self.pick(pool(key)))}] {operator} {self.value(value)}"
                case Udt(_, fields):
                    part, kind = self.pick(fields)
                    return f"{name}.{part} {operator} {self.value(kind)}"
                case Set(element):
                    return f"{name} CONTAINS {self.value(element)}"
                case _:
                    pass
        if self.chance(15):
            return f"{name} IN ({', '.join(self.value(cql_type) for _ in range(self.pick([0, 1, 2])))})"
        return f"{name} {operator} {self.value(cql_type)}"

    # Reads

    def select(self) -> str:
        """SELECT, with all its clauses."""
        table = self.table
        group = self.chance(12)
        distinct = not group and self.chance(8)
        listed = self.selectors(group, distinct)
        where, filtering = self.restrictions()
        text = f"SELECT {'DISTINCT ' if distinct else ''}{listed} FROM {table.name}{where}"
        if group:
            width = self.pick(range(len(table.primary_key))) + 1
            text += f" GROUP BY {', '.join(table.primary_key[:width])}"
        if table.clustering and self.chance(20):
            text += f" ORDER BY {self.ordering()}"
        if not distinct and self.chance(15):
            text += f" PER PARTITION LIMIT {self.given(INT, self.pick([1, 2, 3]))}"
        if self.chance(25):
            text += f" LIMIT {self.given(INT, self.pick([1, 2, 3, 5]))}"
        return text + (" ALLOW FILTERING" if filtering or self.chance(10) else "")

    def selectors(self, group: bool, distinct: bool) -> str:
        """The SELECT list."""
        table = self.table
        if distinct:
            columns = [*table.partition, *self.some(table.statics)]
            return ", ".join(column.name for column in columns[: None if self.chance(90) else -1])
        if group or self.chance(8):
            found = [self.aggregate() for _ in range(self.pick([1, 2]))]
            return ", ".join(found + [self.pick(list(table.columns)) for _ in range(self.pick([0, 1]))])
        if self.chance(40):
            return "*"
        found = [self.selector(column) for column in table.columns.values() if self.chance(50)]
        return ", ".join(found or ["*"])

    def aggregate(self) -> str:
        """One aggregate."""
        column = self.pick([each for each in self.table.columns.values() if not is_collection(each.type)])
        return self.pick(["count(*)", f"count({column.name})", f"max({column.name})", f"min({column.name})"])

    def selector(self, column: Column) -> str:
        """A column, or something about it."""
        name = column.name
        if column.name not in self.table.primary_key:
            which = self.pick(range(8))
            if which == 0 and column.type != COUNTER:
                return f"writetime({name})" if not is_multicell(column.type) else f"maxwritetime({name})"
            if which == 1 and not is_multicell(column.type) and column.type != COUNTER:
                return f"ttl({name})"
            if which == 2 and isinstance(column.type, Udt):
                return f"{name}.a"
            if which == 2 and isinstance(column.type, Map):
                key = column.type.key
                return f"{name}[{self.given(key, self.pick(pool(key)))}]"
        return name

    def restrictions(self) -> tuple[str, bool]:
        """WHERE, and whether it needs ALLOW FILTERING."""
        table = self.table
        parts: list[str] = []
        filtering = False
        partition = self.where(table.partition, 25)
        parts.append(partition)
        rest = list(table.clustering)
        if rest and self.chance(50):
            width = self.pick(range(len(rest))) + 1
            head, last = rest[: width - 1], rest[width - 1]
            if len(rest) > 1 and self.chance(25):
                parts += self.multi(rest[:width])
            else:
                if head:
                    parts.append(self.where(head, 20))
                parts += self.slice_of(last) if self.chance(50) else [self.where([last], 30)]
        if self.chance(20):
            columns = [*table.regulars, *table.statics, *table.clustering]
            parts.append(self.filter(self.pick(columns)))
            filtering = self.chance(85)
        if self.chance(3) and "?" not in (again := self.pick(parts)):
            parts.append(again)
        return (f" WHERE {' AND '.join(parts)}" if parts else ""), filtering

    def multi(self, columns: Sequence[Column]) -> list[str]:
        """Several clustering columns at once."""
        names = f"({', '.join(column.name for column in columns)})"

        def row() -> str:
            return f"({', '.join(self.key(column) for column in columns)})"

        which = self.pick(range(4))
        if which == 0:
            return [f"{names} = {row()}"]
        if which == 1:
            return [f"{names} IN ({', '.join(row() for _ in range(self.pick([1, 2])))})"]
        return [f"{names} {self.pick(['>', '>='])} {row()}"] + (
            [f"{names} {self.pick(['<', '<='])} {row()}"] if which == 2 else []
        )

    def filter(self, column: Column) -> str:
        """A restriction of any column."""
        name, cql_type = column.name, column.type
        if is_collection(cql_type) and (is_multicell(cql_type) or self.chance(50)):
            match cql_type:
                case Map(key, value):
                    which = self.pick(range(3))
                    if which == 0:
                        return f"{name} CONTAINS KEY {self.value(key)}"
                    if which == 1:
                        return f"{name}[{self.given(key, self.pick(pool(key)))}] = {self.value(value)}"
                    return f"{name} CONTAINS {self.value(value)}"
                case List(element) | Set(element):
                    return f"{name} CONTAINS {self.value(element)}"
                case _:
                    pass
        operator = self.pick(["=", "=", "<", "<=", ">", ">="])
        if self.chance(10):
            return f"{name} IN ({', '.join(self.value(cql_type) for _ in range(self.pick([1, 2])))})"
        return f"{name} {operator} {self.value(cql_type)}"

    def ordering(self) -> str:
        """ORDER BY."""
        columns = self.table.clustering[: self.pick(range(len(self.table.clustering))) + 1]
        flip = self.chance(50)
        return ", ".join(
            f"{column.name} {'DESC' if (column.descending != flip) != self.chance(5) else 'ASC'}" for column in columns
        )


def _udt(cql_type: Udt, value: dict[str, Any]) -> str:
    kinds = dict(cql_type.fields)
    return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items() if name in kinds) + "}"


WRITES: Final = ("insert", "insert", "update", "update", "delete")


def a_write(pick: Pick, table: Table, keys: Keys) -> tuple[str, list[Value]]:
    """A statement that writes, and its values."""
    draw = Draw(pick, table, keys)
    kinds = [kind for kind in WRITES if kind != "insert" or not table.is_counter or draw.chance(1)]
    text: str = draw.batch() if draw.chance(12) else getattr(draw, pick(kinds))()
    return text, draw.values


def a_read(pick: Pick, table: Table, keys: Keys) -> tuple[str, list[Value]]:
    """A statement that reads, and its values."""
    draw = Draw(pick, table, keys)
    return draw.select(), draw.values
