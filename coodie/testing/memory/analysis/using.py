"""USING TTL and TIMESTAMP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coodie.cql.message import UNSET
from coodie.cql.nodes import BIND, Bind, Bound, Literal, Term, Using
from coodie.cql.types import BIGINT, INT
from coodie.tables.options import MAX_TTL
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.schema import Table
from coodie.testing.memory.terms import Receiver, Run, Scope, value_term


@dataclass(frozen=True, slots=True)
class Times:
    """The TTL and timestamp of a statement; each is None if the statement does not set it."""

    timestamp: Callable[[Run], int | None] | None
    ttl: Callable[[Run], int]


def times_of(using: Using, marks: dict[str, int], table: Table, scope: Scope) -> Times:
    """The times of a USING clause; ``marks`` are the numbers of its bind marks by TTL and TIMESTAMP."""
    timestamp = None
    if using.timestamp is not False:
        timestamp = timestamp_of(using.timestamp, marks["TIMESTAMP"], scope)
    default = table.default_ttl

    def by_default(run: Run) -> int:
        return default

    ttl = ttl_of(using.ttl, marks["TTL"], default, scope) if using.ttl is not False else by_default
    return Times(timestamp, ttl)


def term_of(bound: Bound) -> Term:
    """The value of an option that is set."""
    return bound if isinstance(bound, (Bind, Literal)) else BIND


def timestamp_of(bound: Bound, mark: int, scope: Scope) -> Callable[[Run], int | None]:
    """The function that returns the timestamp of ``USING TIMESTAMP``; None if its value is unset."""
    scope.marks.at = mark
    term = value_term(term_of(bound), Receiver("[timestamp]", BIGINT), scope)

    def timestamp(run: Run) -> int | None:
        value = term.evaluate(run, None)
        if value is UNSET:
            return None
        if not value:
            raise errors.NULL_TIMESTAMP()
        found = int.from_bytes(value, "big", signed=True)
        if found == -(1 << 63):
            raise errors.TIMESTAMP_MIN()
        return found

    return timestamp


def ttl_of(bound: Bound, mark: int, default: int, scope: Scope) -> Callable[[Run], int]:
    """The function that returns the seconds of ``USING TTL``; the table's default if its value is unset."""
    scope.marks.at = mark
    term = value_term(term_of(bound), Receiver("[ttl]", INT), scope)

    def ttl(run: Run) -> int:
        value = term.evaluate(run, None)
        if value is UNSET:
            return default
        if not value:
            return 0
        found = int.from_bytes(value, "big", signed=True)
        if found < 0:
            raise errors.TTL_NEGATIVE(found)
        if found > MAX_TTL:
            raise errors.TTL_TOO_LARGE(found, MAX_TTL)
        return found

    return ttl
