"""Statements at random: most of them make sense, some do not. Here what all kinds are made of: values and WHERE.

A statement is drawn as a `Template`: its text, and how its values are drawn. So the same text can be said again and
again with other values, which costs both sides far less than a new text does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from coodie.cql.encode import encoder_of
from coodie.cql.literals import literal
from coodie.cql.message import UNSET
from coodie.cql.types import BIGINT, INT, CqlType, List, Udt
from coodie.testing.memory.schema import Column, ColumnKind, Table
from coodie.testing.memory.typed import Value
from tests_integration.memory.machine.shapes import TIMELESS, Keys, pool

T = TypeVar("T")
Pick = Callable[[Sequence[Any]], Any]
Maker = Callable[[Pick, Keys], Value]


class Template(NamedTuple):
    """A text, and how the values of its marks are drawn."""

    text: str
    makers: tuple[Maker, ...]

    def values(self, pick: Pick, keys: Keys) -> list[Value]:
        """Values for the marks."""
        return [make(pick, keys) for make in self.makers]


class Draw:
    """Writes one statement. ``pick`` chooses one of several things.

    Without ``keys``, the statement is one for any run: a key of its partition is always a mark.
    """

    def __init__(self, pick: Pick, table: Table, keys: Keys | None) -> None:
        self.pick, self.table, self.keys = pick, table, keys
        self.only: int | None = None
        """The partition that a batch is about."""
        self.makers: list[Maker] = []
        self.timed = True

    def template(self, text: str) -> Template:
        """What was drawn."""
        return Template(text, tuple(self.makers))

    def chance(self, percent: int) -> bool:
        """True that often."""
        return bool(self.pick(range(100)) >= 100 - percent)

    def some(self, items: Sequence[T], percent: int = 50) -> list[T]:
        """A part of the items."""
        return [item for item in items if self.chance(percent)]

    # Values

    def given(self, cql_type: CqlType, items: Sequence[Any]) -> str:
        """One of some values as a bind mark, or written into the text."""
        if self.chance(60):
            encode = encoder_of(cql_type, sort_sets=True)
            return self.mark(lambda pick, keys: encode(pick(items)))
        return written(cql_type, self.pick(items))

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
            return str(self.pick(["'x'", "1", "1.5", "true", "[1]", "{1}", "{'a': 1}", "(1, 'a')", "7 + 1"]))
        return self.given(cql_type, pool(cql_type))

    def bind(self, value: Value) -> str:
        """A bind mark with this value."""
        return self.mark(lambda pick, keys: value)

    def mark(self, maker: Maker) -> str:
        """A bind mark."""
        self.makers.append(maker)
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
        if column.name != "p":
            return self.given(column.type, pool(column.type)[:3])
        return self._partition(column)

    def _partition(self, column: Column) -> str:
        only = self.only
        if self.keys is not None and not self.chance(60):
            return written(column.type, self.pick(self.keys.of(only)))
        encode = encoder_of(column.type)
        return self.mark(lambda pick, keys: encode(pick(keys.of(only))))

    # Clauses

    def using(self, ttl: bool = True, always: bool = True) -> str:
        """A time of its own, and perhaps a TTL."""
        parts = []
        if (always or self.chance(20)) and self.timed:
            parts.append(f"TIMESTAMP {self.given(BIGINT, [1, 2, 3])}")
        if ttl and self.table.name not in TIMELESS and self.chance(35):
            odd = self.chance(10)
            parts.append(f"TTL {self.bind(self.pick([None, UNSET])) if odd else self.given(INT, [0, 1, 5, 10])}")
        return f" USING {' AND '.join(parts)}" if parts else ""

    def where(self, columns: Sequence[Column], in_percent: int = 8) -> str:
        """Each of the columns by = or IN."""
        parts = []
        for column in columns:
            if self.chance(in_percent):
                parts.append(f"{column.name} IN {self.several(column)}")
            else:
                parts.append(f"{column.name} = {self.key(column)}")
        return " AND ".join(parts)

    def several(self, column: Column) -> str:
        """What stands behind IN: values, or one mark for all of them."""
        if self.chance(20) and column.name != "p":
            encode = encoder_of(List(column.type))
            found = self.pick([[], pool(column.type)[:1], pool(column.type)[:2], pool(column.type)[1:3]])
            return self.bind(encode(list(found)))
        return f"({', '.join(self.key(column) for _ in range(self.pick([0, 1, 2, 3])))})"

    def slice_of(self, column: Column) -> list[str]:
        """A range of a column."""
        parts = []
        if self.chance(70):
            parts.append(f"{column.name} {self.pick(['>', '>='])} {self.key(column)}")
        if self.chance(60) or not parts:
            parts.append(f"{column.name} {self.pick(['<', '<='])} {self.key(column)}")
        return parts


def written(cql_type: CqlType, value: Any) -> str:
    """A value in the text."""
    if not isinstance(cql_type, Udt):
        return literal(value)
    kinds = dict(cql_type.fields)
    return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items() if name in kinds) + "}"
