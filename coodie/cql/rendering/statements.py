"""The text of statements that read or write data, and the names of their bind marks. Texts are cached by node.

The marks have the names that the server gives them in the metadata of a prepared statement: the name of a column,
``in(id)``, ``[ttl]``, ``[timestamp]``, ``[limit]``, ``key(attrs)``, ``value(tags)`` ... The type of each follows from
its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from coodie.cql.message import BatchKind, Mark
from coodie.cql.names import check_name, qualified, quote
from coodie.cql.nodes import (
    BIND,
    Assignment,
    BeginBatch,
    Bound,
    DataStatement,
    Delete,
    Element,
    FieldOf,
    Insert,
    InsertJson,
    Items,
    Name,
    Opaque,
    OrderBy,
    Range,
    Ref,
    Relation,
    Select,
    Selector,
    Term,
    TokenCall,
    Update,
    Use,
    Using,
)
from coodie.cql.operators import BY_CQL, Takes
from coodie.cql.rendering.terms import SELECTION, render_term
from coodie.cql.types import BIGINT, INT, NATIVE, TEXT, CqlType, List, Map, Set, Tuple, Udt, Vector


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a statement, and the name of each ``?`` in it from left to right."""

    cql: str
    names: tuple[str, ...]

    def marks(self, types: Mapping[str, CqlType]) -> tuple[Mark, ...]:
        """The marks with their CQL types, which follow from the types of the columns."""
        return tuple(Mark(_REMOVED.sub(r"\1", name), mark_type(name, types)) for name in self.names)


@lru_cache(maxsize=2048)
def render(node: DataStatement | BeginBatch | Use | Opaque) -> Text:
    """The text of a DML statement, a batch, a USE, or a statement that is kept as its text."""
    names: list[str] = []
    match node:
        case BeginBatch():
            return Text(_batch(node, names), tuple(names))
        case Use(keyspace):
            return Text(f"USE {quote(check_name(keyspace, 'keyspace'))}", ())
        case Opaque(text):
            return Text(text, ())
        case _:
            return Text(_data(node, names), tuple(names))


def _data(node: DataStatement, names: list[str]) -> str:
    match node:
        case Select():
            return _select(node, names)
        case Insert():
            return _insert(node, names)
        case InsertJson():
            return _insert_json(node, names)
        case Update():
            return _update(node, names)
        case Delete():
            return _delete(node, names)


_REMOVED: Final = re.compile(r"removed\((.*)\)")
"""The server names the mark of a removal after the column. But a map has keys removed, so the mark has another type."""

_SPECIAL: Final[dict[str, CqlType]] = {
    "[ttl]": INT,
    "[timestamp]": BIGINT,
    "[limit]": INT,
    "[per_partition_limit]": INT,
    "[json]": TEXT,
    "partition key token": BIGINT,
    **{f"arg0(system.{each})": NATIVE["timestamp"] for each in ("mintimeuuid", "maxtimeuuid")},
    **{f"arg0(system.{each})": NATIVE["timestamp"] for each in ("min_timeuuid", "max_timeuuid")},
}


def mark_type(name: str, types: Mapping[str, CqlType]) -> CqlType | None:
    """The CQL type of the mark with this name, in a table with these column types; None if it is unknown."""
    if name in types:
        return types[name]
    if name in _SPECIAL:
        return _SPECIAL[name]
    if name.startswith("in("):
        listed = _listed_type(name[len("in(") : -1], types)
        return None if listed is None else List(listed)
    if name.startswith("("):
        return _listed_type(name[1:-1], types)
    role, part, inner = name.removesuffix(")").partition("(")
    if part and (whole := mark_type(inner, types)) is not None:
        return _part_type(role, whole)
    inner, part, place = name.removesuffix("]").rpartition("[")
    if part and place.isdecimal() and isinstance(whole := mark_type(inner, types), Tuple):
        return whole.elements[int(place)] if int(place) < len(whole.elements) else None
    column, _, field = name.partition(".")
    whole = types.get(column)
    return mark_type(field, dict(whole.fields)) if isinstance(whole, Udt) else None


def _listed_type(name: str, types: Mapping[str, CqlType]) -> CqlType | None:
    """The type of each value in the list of an IN, which for several columns is a tuple."""
    found = mark_type(name, types)
    if found is not None or "," not in name:
        return found
    parts = [types.get(column) for column in name.split(",")]
    return Tuple(tuple(part for part in parts if part is not None)) if all(parts) else None


def _part_type(role: str, whole: CqlType) -> CqlType | None:
    match role, whole:
        case "removed", Map(key):
            return Set(key)
        case "removed", _:
            return whole
        case "key", List():
            return INT
        case "key", Map(key) | Set(key):
            return key
        case "value", Map(_, element) | List(element) | Set(element) | Vector(element):
            return element
        case _:
            return None


_LEADING: Final = re.compile(r"\A(json|distinct)(?=[\[(]| (?!AS ))")
"""A column or function called json or distinct, followed by more of its expression: the server would take an unquoted
one for the keyword."""


def _select(node: Select, names: list[str]) -> str:
    parts = ["SELECT"]
    if node.json:
        parts.append("JSON")
    if node.distinct:
        parts.append("DISTINCT")
    selected = ", ".join(_selector(selector, names) for selector in node.selectors)
    parts += [
        _LEADING.sub(r'"\1"', selected),
        "FROM",
        _name(node.table),
    ]
    parts += _relations("WHERE", node.where, names)
    if node.group_by:
        groups = (
            quote(each) if isinstance(each, str) else render_term(each, names, SELECTION) for each in node.group_by
        )
        parts += ["GROUP BY", ", ".join(groups)]
    if node.order_by:
        parts += ["ORDER BY", ", ".join(_order(order, names) for order in node.order_by)]
    parts += _bound("PER PARTITION LIMIT", node.per_partition_limit, "[per_partition_limit]", names)
    parts += _bound("LIMIT", node.limit, "[limit]", names)
    if node.allow_filtering:
        parts.append("ALLOW FILTERING")
    return " ".join(parts)


def _insert(node: Insert, names: list[str]) -> str:
    columns = ", ".join(map(quote, node.columns))
    parts = [f"INSERT INTO {_name(node.table)} ({columns}) VALUES ({_values(node, names)})"]
    if node.if_not_exists:
        parts.append("IF NOT EXISTS")
    return " ".join(parts + _using(node.using, names))


def _values(node: Insert, names: list[str]) -> str:
    if not node.values:
        names += node.columns
        return ", ".join("?" * len(node.columns))
    pairs = zip(node.columns, node.values, strict=True)
    return ", ".join(render_term(value, names, column) for column, value in pairs)


def _insert_json(node: InsertJson, names: list[str]) -> str:
    parts = [f"INSERT INTO {_name(node.table)} JSON {render_term(node.value, names, '[json]')}"]
    if node.default_unset:
        parts.append("DEFAULT UNSET")
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
        parts.append(", ".join(render_term(target, names, "") for target in node.targets))
    parts += ["FROM", _name(node.table), *_using(node.using, names)]
    parts += _relations("WHERE", node.where, names)
    return " ".join(parts + _if(node.if_exists, node.conditions, names))


def _name(name: Name) -> str:
    return qualified(name.keyspace, name.name)


def _using(using: Using, names: list[str]) -> list[str]:
    given = [("TTL", using.ttl, "[ttl]"), ("TIMESTAMP", using.timestamp, "[timestamp]")]
    if using.timestamp_first:
        given.reverse()
    parts = [part for word, bound, name in given for part in _bound(word, bound, name, names)]
    return ["USING " + " AND ".join(parts)] if parts else []


def _bound(word: str, bound: Bound, name: str, names: list[str]) -> list[str]:
    if bound is False:
        return []
    return [f"{word} {render_term(BIND if bound is True else bound, names, name)}"]


OPENERS: Final = {
    BatchKind.LOGGED: "BEGIN BATCH",
    BatchKind.UNLOGGED: "BEGIN UNLOGGED BATCH",
    BatchKind.COUNTER: "BEGIN COUNTER BATCH",
}
"""The first words of a batch text."""


def _batch(node: BeginBatch, names: list[str]) -> str:
    opener = " ".join([OPENERS[node.kind], *_using(node.using, names)])
    members = "".join(f"  {_data(statement, names)};\n" for statement in node.statements)
    return f"{opener}\n{members}APPLY BATCH"


def _if(exists: bool, conditions: tuple[Relation, ...], names: list[str]) -> list[str]:
    return ["IF EXISTS"] if exists else _relations("IF", conditions, names)


def _relations(word: str, relations: tuple[Relation, ...], names: list[str]) -> list[str]:
    return [f"{word} " + " AND ".join(render_relation(relation, names) for relation in relations)] if relations else []


def render_relation(relation: Relation, names: list[str]) -> str:
    """The text of one relation; the name of each bind mark in it is appended to ``names``."""
    left, operator, right = relation.left, relation.operator, relation.right
    if operator == "expr":
        return f"expr({render_term(left, names, '')}, {render_term(right, names, 'custom index expression')})"
    return f"{render_term(left, names, '')} {operator} {_compared(left, operator, right, names)}"


def _compared(left: Term, operator: str, right: Term, names: list[str]) -> str:
    bound = _bound_name(left)
    match left, operator, right:
        case TokenCall(columns), _, TokenCall(arguments):
            return f"token({_each(arguments, columns, names)})"
        case _, "IS NOT", _:
            return "NULL"
        case _, "BETWEEN", Range(first, last) if first is not None and last is not None:
            return f"{render_term(first, names, bound)} AND {render_term(last, names, bound)}"
        case Items(_, columns), "IN", Items("(", rows):
            listed = (_compared(left, "=", row, names) for row in rows)
            return f"({', '.join(listed)})"
        case Items(_, columns), _, Items("(", items):
            return f"({_each(items, columns, names)})"
        case _, "IN", Items("(", items):
            return f"({_each(items, (left,) * len(items), names)})"
        case Items(), "IN", _:
            return render_term(right, names, f"in{bound}")
        case _:
            return render_term(right, names, _ROLES.get(BY_CQL[operator].takes, "{}").format(bound))


_ROLES: Final = {Takes.LIST: "in({})", Takes.ELEMENT: "value({})", Takes.KEY: "key({})"}


def _each(items: tuple[Term, ...], columns: tuple[Term, ...], names: list[str]) -> str:
    """Values separated by commas, each mark named after its column; surplus values are left for the server to
    refuse.
    """
    called = [*map(_bound_name, columns), *("?" for _ in items[len(columns) :])]
    return ", ".join(render_term(item, names, name) for item, name in zip(items, called, strict=False))


def _assignment(assignment: Assignment, names: list[str]) -> str:
    target = render_term(assignment.target, names, "")
    bound = _bound_name(assignment.target)
    value = render_term(assignment.value, names, f"removed({bound})" if assignment.operator == "-" else bound)
    match assignment.operator:
        case "=":
            return f"{target} = {value}"
        case "prepend":
            return f"{target} = {value} + {target}"
        case operator:
            return f"{target} = {target} {operator} {value}"


def _order(order: OrderBy, names: list[str]) -> str:
    ann = BIND if order.ann is True else order.ann
    if ann is False:
        return f"{quote(order.column)} {'DESC' if order.descending else 'ASC'}"
    return f"{quote(order.column)} ANN OF {render_term(ann, names, order.column)}"


def _selector(selector: Selector, names: list[str]) -> str:
    text = render_term(selector.term, names, SELECTION)
    return text if selector.alias is None else f"{text} AS {quote(selector.alias)}"


def _bound_name(left: Term) -> str:
    match left:
        case Ref(column):
            return column
        case Element(column):
            return f"value({column})"
        case FieldOf(column, field):
            return f"{column}.{field}"
        case TokenCall():
            return "partition key token"
        case Items(_, columns):
            return f"({','.join(map(_bound_name, columns))})"
        case _:
            return "?"
