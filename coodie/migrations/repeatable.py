"""Whether a statement on data may be sent twice: whether doing it once more changes nothing."""

from __future__ import annotations

from typing import Final

from coodie.cql.nodes import (
    Assignment,
    BeginBatch,
    Call,
    Delete,
    Element,
    Entries,
    Insert,
    InsertJson,
    Items,
    Literal,
    Node,
    Relation,
    Term,
    Update,
)
from coodie.cql.parsing.facts import inside

_CHANGING: Final = frozenset(
    "now uuid currenttimeuuid currenttimestamp currentdate currenttime "
    "current_timeuuid current_timestamp current_date current_time".split()
)
"""Functions that give another value each time."""


def idempotent(node: Node) -> bool:
    """Whether sending the statement twice has the effect of sending it once. False for what is no write of data."""
    match node:
        case BeginBatch(statements):
            return all(map(idempotent, statements))
        case Insert():
            # With IF NOT EXISTS the second one finds the row of the first.
            return not any(map(_changing, node.values))
        case InsertJson():
            return True
        case Update():
            plain = not node.conditions and not node.if_exists
            return plain and all(map(_repeatable, node.assignments)) and not _changes_where(node.where)
        case Delete():
            # A position in a list is another element once the first one is gone.
            return not node.conditions and not _changes_where(node.where) and not any(map(_position, node.targets))
        case _:
            return False


def _repeatable(assignment: Assignment) -> bool:
    match assignment:
        case Assignment(_, "=", value):
            return not _changing(value)
        case Assignment(_, "+" | "-" as operator, Items() | Entries() as value) if not _changing(value):
            # Sets and maps take an element but once; a list takes it each time, but loses it only once.
            return operator == "-" or isinstance(value, Entries) or value.opening == "{"
        case _:
            return False  # a counter, or a list that grows


def _position(target: object) -> bool:
    return isinstance(target, Element) and isinstance(target.key, Literal) and target.key.kind == "integer"


def _changes_where(relations: tuple[Relation, ...]) -> bool:
    return any(_changing(each.right) for each in relations)


def _changing(term: Term) -> bool:
    if isinstance(term, Call) and term.keyspace in (None, "system") and term.function.lower() in _CHANGING:
        return True
    return any(map(_changing, inside(term)))
