"""Statements at random that read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from coodie.cql.types import BIGINT, COUNTER, INT, CqlType, List, Map, Native, Set, Udt, is_collection, is_multicell
from coodie.testing.memory.schema import Column, Table
from tests_integration.memory.machine.draws import Draw, Pick, Template
from tests_integration.memory.machine.shapes import Keys, pool

NUMBERS: Final = tuple(map(Native, ("int", "bigint", "smallint", "tinyint", "varint", "decimal", "float", "double")))


class ReadingDraw(Draw):
    """Writes SELECT statements. ``whole``: also of all partitions."""

    def __init__(self, pick: Pick, table: Table, keys: Keys | None, whole: bool) -> None:
        super().__init__(pick, table, keys)
        self.whole = whole
        self.indexed = bool(table.indexes)

    def select(self) -> str:
        """SELECT, with all its clauses."""
        table = self.table
        group = self.chance(12)
        distinct = not group and self.chance(8)
        listed = self.selectors(group, distinct)
        where, filtering = self.restrictions()
        json = "JSON " if self.chance(5) else ""
        text = f"SELECT {json}{'DISTINCT ' if distinct else ''}{listed} FROM {table.name}{where}"
        if group:
            width = self.pick(range(len(table.primary_key))) + 1
            text += f" GROUP BY {', '.join(table.primary_key[:width])}"
        if table.clustering and self.chance(20):
            text += f" ORDER BY {self.ordering()}"
        if not distinct and self.chance(15):
            text += f" PER PARTITION LIMIT {self.given(INT, [1, 2, 3])}"
        if self.chance(25):
            text += f" LIMIT {self.given(INT, [1, 2, 3, 5])}"
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
        column = self.pick(list(self.table.columns.values()))
        name = column.name
        found = ["count(*)", f"count({name})", f"max({name})", f"min({name})", f"max({name})"]
        if column.type in NUMBERS:
            found += [f"sum({name})", f"avg({name})", f"max({name}) + 1", f"sum({name} + 1)"]
        return str(self.pick(found))

    def selector(self, column: Column) -> str:
        """A column, or something about it."""
        if (marked := self.element(column)) is not None:
            return marked
        found = [column.name] * 4 + self.functions(column.name, column.type)
        if (column.name not in self.table.primary_key and column.type != COUNTER) or self.chance(2):
            found += [f"{each}({column.name})" for each in ("writetime", "maxwritetime", "ttl")]
        return str(self.pick(found))

    def element(self, column: Column) -> str | None:
        """An element of a map or a set, or a range of them, sometimes."""
        match column.type:
            case Map(key, _) | Set(key) if self.chance(25):
                if self.chance(70):
                    return f"{column.name}[{self.given(key, pool(key))}]"
                return f"{column.name}[{self.given(key, pool(key))}..{self.given(key, pool(key))}]"
            case _:
                return None

    def functions(self, name: str, cql_type: CqlType) -> list[str]:
        """What functions and operators make of a column."""
        found = [f"to_json({name})", f"cast({name} as text)"] if self.chance(30) else []
        match cql_type:
            case Udt(_, fields):
                found += [f"{name}.{field}" for field, _ in fields]
            case Map():
                found += [f"map_keys({name})", f"map_values({name})", f"collection_count({name})"]
            case Set():
                found += [f"collection_count({name})", f"collection_max({name})"]
            case List():
                found += [f"collection_count({name})", f"collection_min({name})"]
            case _ if cql_type in NUMBERS:
                found += [f"{name} + 1", f"- {name}", f"{name} * 2", f"abs({name})", f"cast({name} as double)"]
            case Native():
                found += [f"cast({name} as text)", f"{cql_type}_as_blob({name})"]
            case _:
                pass
        return found

    def restrictions(self) -> tuple[str, bool]:
        """WHERE, and whether it needs ALLOW FILTERING."""
        table = self.table
        parts: list[str] = []
        filtering = False
        if not self.whole or self.chance(30):
            parts.append(self.where(table.partition, 25))
        else:
            filtering = self.chance(50)
            if self.chance(50):
                parts += self.ring()
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
        for _ in range(self.pick([0, 0, 0, 0, 1, 1, 2]) if not self.indexed else self.pick([0, 1, 1, 2])):
            columns = [*table.regulars, *table.statics, *table.clustering]
            columns += table.partition[1:] if self.whole else ()
            parts.append(self.filter(self.pick(columns)))
            filtering = filtering or self.chance(40 if self.indexed else 85)
        if parts and self.chance(3) and "?" not in (again := self.pick(parts)):
            parts.append(again)
        return (f" WHERE {' AND '.join(parts)}" if parts else ""), filtering

    def ring(self) -> list[str]:
        """A part of the ring, from the token of a key, or to it."""
        names = ", ".join(column.name for column in self.table.partition)
        bounds = [[["=", ">", ">="]], [["<", "<="]], [[">", ">="], ["<", "<="]]]
        return [f"token({names}) {self.pick(operators)} {self.token()}" for operators in self.pick(bounds)]

    def token(self) -> str:
        """A place on the ring."""
        if self.chance(30):
            return self.given(BIGINT, [0, -(2**63), 2**63 - 1, -(2**62)])
        return f"token({', '.join(self.key(column) for column in self.table.partition)})"

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
                        return f"{name}[{self.given(key, pool(key))}] = {self.value(value)}"
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


def a_read(pick: Pick, table: Table, keys: Keys | None, whole: bool = False) -> Template:
    """A statement that reads. ``whole``: of all partitions, if it likes."""
    draw = ReadingDraw(pick, table, keys, whole)
    return draw.template(draw.select())
