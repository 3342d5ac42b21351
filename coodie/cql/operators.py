"""The operators of WHERE and IF, each in one row: how users spell it, how CQL does, what it takes, where it may stand.

Lookups, conditions, the builders, and the rules of the recording driver are made from this table.
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
    """Several of them, bound as one list."""

    ELEMENT = auto()
    """A value inside a collection."""

    KEY = auto()
    """A key of a map."""

    PATTERN = auto()
    """A text with ``%`` at an end."""

    RANGE = auto()
    """Two values of the column's type."""

    NAME = auto()
    """No value: NULL, or an index with a text for it."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator.

    ``suffix`` is what follows a column and ``__``, and is empty for equality. ``where`` is whether filters have it,
    ``condition`` whether ``if_conditions`` has it; texts, and rules of the recorder, may have each one.
    """

    suffix: str
    cql: str
    takes: Takes = Takes.VALUE
    where: bool = False
    condition: bool = False

    @property
    def is_order(self) -> bool:
        """Whether it compares by order, as tokens are compared and bounds are given."""
        return self.cql[0] in "<>"

    @property
    def rounds_up(self) -> bool:
        """Whether a bound that is finer than what columns hold means the next one that they can hold."""
        return self.cql in ("<", ">=")


OPERATORS: Final = (
    Operator("", "=", where=True, condition=True),
    Operator("ne", "!=", condition=True),
    Operator("gt", ">", where=True, condition=True),
    Operator("gte", ">=", where=True, condition=True),
    Operator("lt", "<", where=True, condition=True),
    Operator("lte", "<=", where=True, condition=True),
    Operator("in", "IN", Takes.LIST, where=True, condition=True),
    Operator("contains", "CONTAINS", Takes.ELEMENT, where=True),
    Operator("contains_key", "CONTAINS KEY", Takes.KEY, where=True),
    Operator("like", "LIKE", Takes.PATTERN, where=True),
    Operator("between", "BETWEEN", Takes.RANGE),
    Operator("is_not", "IS NOT", Takes.NAME),
    Operator("expr", "expr", Takes.NAME),
)

BY_CQL: Final = {operator.cql: operator for operator in OPERATORS}
LOOKUPS: Final = {operator.suffix: operator for operator in OPERATORS if operator.where}
"""What filters have, by suffix."""
CONDITIONS: Final = {operator.suffix: operator for operator in OPERATORS if operator.condition}
"""What ``if_conditions`` has, by suffix."""
ORDERS: Final = {suffix: operator for suffix, operator in LOOKUPS.items() if operator.is_order}
"""What tokens are compared by, by suffix."""

ENTRY: Final = "entry"
"""The suffix for an entry of a map, ``attrs[?] = ?``: equality, of a part of the column."""
