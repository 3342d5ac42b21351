"""From a node to its text and the names of its bind marks. Equal nodes give the same text from a cache.

The marks are called as the server calls them in a prepared statement's metadata: a column's name, ``in(id)``,
``[ttl]``, ``[timestamp]``, ``[limit]``, ``key(attrs)``, ``value(tags)`` ... So the type of each follows from its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from coodie.cql.message import Mark
from coodie.cql.names import qualified, quote
from coodie.cql.nodes import (
    Assignment,
    Bind,
    Call,
    DataStatement,
    Delete,
    Element,
    FieldOf,
    Insert,
    Name,
    OrderBy,
    Ref,
    Relation,
    Select,
    Selector,
    Star,
    Term,
    Token,
    Update,
    Using,
)
from coodie.cql.types import BIGINT, INT, CqlType, List, Map, Set, Udt, Vector


@dataclass(frozen=True, slots=True)
class Text:
    """A statement's text, and the name of each ``?`` in it from left to right."""

    cql: str
    names: tuple[str, ...]

    def marks(self, types: Mapping[str, CqlType]) -> tuple[Mark, ...]:
        """The marks, with the types that follow from those of the columns."""
        return tuple(Mark(_REMOVED.sub(r"\1", name), mark_type(name, types)) for name in self.names)


@lru_cache(maxsize=2048)
def render(node: DataStatement) -> Text:
    """The text of a statement that reads or writes data."""
    names: list[str] = []
    match node:
        case Select():
            return Text(_select(node, names), tuple(names))
        case Insert():
            return Text(_insert(node, names), tuple(names))
        case Update():
            return Text(_update(node, names), tuple(names))
        case Delete():
            return Text(_delete(node, names), tuple(names))


_REMOVED: Final = re.compile(r"removed\((.*)\)")
"""What is taken from a column is called as the column is, but from a map keys are taken, so its type is another."""

_SPECIAL: Final[dict[str, CqlType]] = {
    "[ttl]": INT,
    "[timestamp]": BIGINT,
    "[limit]": INT,
    "[per_partition_limit]": INT,
    "partition key token": BIGINT,
}


def mark_type(name: str, types: Mapping[str, CqlType]) -> CqlType | None:
    """The CQL type of the mark called so, in a table with these columns; None where it cannot be told."""
    if name in types:
        return types[name]
    if name in _SPECIAL:
        return _SPECIAL[name]
    role, _, column = name.rstrip(")").partition("(")
    if column in types:
        return _part_type(role, types[column])
    column, _, field = name.partition(".")
    found = types.get(column)
    return dict(found.fields).get(field) if isinstance(found, Udt) else None


def _part_type(role: str, whole: CqlType) -> CqlType | None:
    match role, whole:
        case "in", _:
            return List(whole)
        case "removed", Map(key):
            return Set(key)
        case "removed", _:
            return whole
        case "key", List():
            return INT
        case "key", Map(key):
            return key
        case "value", Map(_, element) | List(element) | Set(element) | Vector(element):
            return element
        case _:
            return None


def _select(node: Select, names: list[str]) -> str:
    parts = ["SELECT"]
    if node.json:
        parts.append("JSON")
    if node.distinct:
        parts.append("DISTINCT")
    parts += [", ".join(_selector(selector, names) for selector in node.selectors), "FROM", _name(node.table)]
    parts += _relations("WHERE", node.where, names)
    if node.group_by:
        parts += ["GROUP BY", ", ".join(map(quote, node.group_by))]
    if node.order_by:
        parts += ["ORDER BY", ", ".join(_order(order, names) for order in node.order_by)]
    if node.per_partition_limit:
        parts += ["PER PARTITION LIMIT ?"]
        names.append("[per_partition_limit]")
    if node.limit:
        parts += ["LIMIT ?"]
        names.append("[limit]")
    if node.allow_filtering:
        parts.append("ALLOW FILTERING")
    return " ".join(parts)


def _insert(node: Insert, names: list[str]) -> str:
    names += node.columns
    columns = ", ".join(map(quote, node.columns))
    marks = ", ".join("?" * len(node.columns))
    parts = [f"INSERT INTO {_name(node.table)} ({columns}) VALUES ({marks})"]
    if node.if_not_exists:
        parts.append("IF NOT EXISTS")
    return " ".join(parts + _using(node.using, names))


def _update(node: Update, names: list[str]) -> str:
    parts = ["UPDATE", _name(node.table), *_using(node.using, names), "SET"]
    parts.append(", ".join(_assignment(assignment, names) for assignment in node.assignments))
    parts += _relations("WHERE", node.where, names)
    return " ".join(parts + _if(node.if_exists, node.conditions, names))


def _delete(node: Delete, names: list[str]) -> str:
    parts = ["DELETE"]
    if node.targets:
        parts.append(", ".join(_term(target, names, "") for target in node.targets))
    parts += ["FROM", _name(node.table), *_using(node.using, names)]
    parts += _relations("WHERE", node.where, names)
    return " ".join(parts + _if(node.if_exists, node.conditions, names))


def _name(name: Name) -> str:
    return qualified(name.keyspace, name.name)


def _using(using: Using, names: list[str]) -> list[str]:
    parts = []
    if using.ttl:
        parts.append("TTL ?")
        names.append("[ttl]")
    if using.timestamp:
        parts.append("TIMESTAMP ?")
        names.append("[timestamp]")
    return ["USING " + " AND ".join(parts)] if parts else []


def _if(exists: bool, conditions: tuple[Relation, ...], names: list[str]) -> list[str]:
    return ["IF EXISTS"] if exists else _relations("IF", conditions, names)


def _relations(word: str, relations: tuple[Relation, ...], names: list[str]) -> list[str]:
    return [f"{word} " + " AND ".join(_relation(relation, names) for relation in relations)] if relations else []


def _relation(relation: Relation, names: list[str]) -> str:
    left = _term(relation.left, names, "")
    bound = _bound_name(relation.left)
    if relation.operator == "IN":
        bound = f"in({bound})"
    elif relation.operator in ("CONTAINS", "CONTAINS KEY"):
        bound = f"{'key' if relation.operator == 'CONTAINS KEY' else 'value'}({bound})"
    if isinstance(relation.left, Token) and isinstance(relation.right, Token):
        names += [argument.column for argument in relation.left.arguments if isinstance(argument, Ref)]
        return f"{left} {relation.operator} token({', '.join('?' * len(relation.right.arguments))})"
    return f"{left} {relation.operator} {_term(relation.right, names, bound)}"


def _assignment(assignment: Assignment, names: list[str]) -> str:
    target = _term(assignment.target, names, "")
    bound = _bound_name(assignment.target)
    names.append(f"removed({bound})" if assignment.operator == "-" else bound)
    match assignment.operator:
        case "=":
            return f"{target} = ?"
        case "prepend":
            return f"{target} = ? + {target}"
        case operator:
            return f"{target} = {target} {operator} ?"


def _order(order: OrderBy, names: list[str]) -> str:
    if order.ann:
        names.append(order.column)
        return f"{quote(order.column)} ANN OF ?"
    return f"{quote(order.column)} {'DESC' if order.descending else 'ASC'}"


def _selector(selector: Selector, names: list[str]) -> str:
    text = _term(selector.term, names, "")
    return text if selector.alias is None else f"{text} AS {quote(selector.alias)}"


def _term(term: Term, names: list[str], bound: str) -> str:
    match term:
        case Bind():
            names.append(bound)
            return "?"
        case Ref(column):
            return quote(column)
        case Element(column, key):
            return f"{quote(column)}[{_term(key, names, f'key({column})')}]"
        case FieldOf(column, field):
            return f"{quote(column)}.{quote(field)}"
        case Token(arguments):
            return f"token({_arguments(arguments, names)})"
        case Call(function, arguments):
            return f"{function}({_arguments(arguments, names)})"
        case Star():
            return "*"


def _arguments(arguments: tuple[Term, ...], names: list[str]) -> str:
    return ", ".join(_term(argument, names, "") for argument in arguments)


def _bound_name(left: Term) -> str:
    match left:
        case Ref(column):
            return column
        case Element(column):
            return f"value({column})"
        case FieldOf(column, field):
            return f"{column}.{field}"
        case Token():
            return "partition key token"
        case _:
            return "?"
