"""The table of operators of WHERE and IF: the suffix that users write, the CQL, what it takes, where it is allowed.

Lookups, conditions, the builders and the rules of the recording driver are made from this table.
https://cassandra.apache.org/doc/latest/cassandra/developing/cql/dml.html#where-clause
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Takes(Enum):
    """What an operator compares a column with."""

    VALUE = auto()
    """One value of the column's type."""

    LIST = auto()
    """Several values of the column's type, bound as one list."""

    ELEMENT = auto()
    """An element of a collection, or a value of a map."""

    KEY = auto()
    """A key of a map."""

    PATTERN = auto()
    """A pattern for LIKE: a text with ``%`` at its start or end."""

    RANGE = auto()
    """Two values of the column's type."""

    NAME = auto()
    """No value of the column: NULL, or the name of an index with a text for it."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator.

    ``suffix`` is what follows a column and ``__``; it is empty for equality. ``where`` is whether filters accept the
    operator, ``condition`` whether ``if_conditions`` does; CQL texts and rules of the recorder may use any.
    """

    suffix: str
    cql: str
    takes: Takes = Takes.VALUE
    where: bool = False
    condition: bool = False

    @property
    def is_order(self) -> bool:
        """Whether it is one of ``<``, ``<=``, ``>``, ``>=``, which also compare tokens."""
        return self.cql[0] in "<>"

    @property
    def rounds_up(self) -> bool:
        """Whether a bound more precise than the column is rounded up to the next value that the column can hold."""
        return self.cql in ("<", ">=")


OPERATORS: Final = (
    Operator("", "=", where=True, condition=True),
    Operator("ne", "!=", condition=True),
    Operator("gt", ">", where=True, condition=True),
    Operator("gte", ">=", where=True, condition=True),
    Operator("lt", "<", where=True, condition=True),
    Operator("lte", "<=", where=True, condition=True),
    Operator("in", "IN", Takes.LIST, where=True, condition=True),
    Operator("contains", "CONTAINS", Takes.ELEMENT, where=True, condition=True),
    Operator("contains_key", "CONTAINS KEY", Takes.KEY, where=True, condition=True),
    Operator("like", "LIKE", Takes.PATTERN, where=True),
    Operator("between", "BETWEEN", Takes.RANGE),
    Operator("is_not", "IS NOT", Takes.NAME),
    Operator("expr", "expr", Takes.NAME),
)

BY_CQL: Final = {operator.cql: operator for operator in OPERATORS}
LOOKUPS: Final = {operator.suffix: operator for operator in OPERATORS if operator.where}
"""The operators of filters by suffix."""
CONDITIONS: Final = {operator.suffix: operator for operator in OPERATORS if operator.condition}
"""The operators of ``if_conditions`` by suffix."""
ORDERS: Final = {suffix: operator for suffix, operator in LOOKUPS.items() if operator.is_order}
"""The operators that compare tokens, by suffix."""

ENTRY: Final = "entry"
"""The suffix for an entry of a map, ``attrs[?] = ?``."""
