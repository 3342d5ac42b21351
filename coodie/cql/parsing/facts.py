"""Facts about a parsed statement: its kind, its table, and each of its clauses with the values.

A value is the same whether it is bound or written into the text. An expression such as ``now()`` is returned as its
node: nothing is evaluated here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, Final, TypeAlias
from typing import Literal as OneOf

from coodie.cql.message import BatchKind, Kind
from coodie.cql.nodes import (
    BIND,
    NULL,
    AddField,
    AlterKeyspace,
    Arithmetic,
    BeginBatch,
    Bind,
    Bound,
    Call,
    Cast,
    CreateKeyspace,
    CreateType,
    CreateView,
    Delete,
    Drop,
    DropKeyspace,
    Element,
    Entries,
    FieldOf,
    Fields,
    Hint,
    Insert,
    InsertJson,
    Items,
    Literal,
    Name,
    Negative,
    NestedElement,
    Node,
    Opaque,
    OrderBy,
    Range,
    Ref,
    Relation,
    RenameFields,
    Select,
    Star,
    Term,
    TokenCall,
    Update,
    Use,
    Using,
)
from coodie.cql.parsing.values import literal_value
from coodie.cql.rendering.ddl import render_ddl
from coodie.cql.rendering.statements import render
from coodie.cql.values import UdtValue

Clause: TypeAlias = OneOf[
    "select", "where", "group", "order", "per_partition_limit", "limit", "set", "json", "delete", "using", "if"
]


@dataclass(frozen=True, slots=True)
class ClauseItem:
    """One item of a clause, such as ``id = ?`` in a WHERE.

    ``target`` is the column, or part of one, or None in clauses that have none; for USING the operator is TTL or
    TIMESTAMP. ``mark`` is the number of bind marks before the item in the text.
    """

    clause: Clause
    target: Term | None
    operator: str
    term: Term
    mark: int

    def value(self, values: Sequence[Any]) -> Any:
        """The value, given the bound values of a request: a list for IN, a pair for BETWEEN, a node for an
        expression.
        """
        start = self.mark + (_count(self.target) if self.target is not None else 0)
        marks = count(start)
        if self.operator == "IN" and isinstance(self.term, Items):
            return [_value(item, marks, values) for item in self.term.items]
        return _value(self.term, marks, values)


@lru_cache(maxsize=1024)
def clause_items(node: Node) -> tuple[ClauseItem, ...]:
    """The items of all clauses of a DML statement, in the order of its text; empty for other statements."""
    found: list[ClauseItem] = []
    mark = 0
    for clause, target, operator, term in _items_of(node):
        found.append(ClauseItem(clause, target, operator, term, mark))
        mark += _count(term) + (_count(target) if target is not None else 0)
    return tuple(found)


_ClauseItems: TypeAlias = Iterator[tuple[Clause, Term | None, str, Term]]


def _items_of(node: Node) -> _ClauseItems:
    match node:
        case Select():
            yield from _of_select(node)
        case Insert():
            for column, value in zip(node.columns, node.values or (BIND,) * len(node.columns), strict=True):
                yield "set", Ref(column), "=", value
            yield from _of_using(node.using)
        case InsertJson():
            yield "json", None, "=", node.value
            yield from _of_using(node.using)
        case Update():
            yield from _of_using(node.using)
            for assignment in node.assignments:
                yield "set", assignment.target, assignment.operator, assignment.value
            yield from _of_relations("where", node.where)
            yield from _of_relations("if", node.conditions)
        case Delete():
            for target in node.targets:
                yield "delete", target, "=", NULL
            yield from _of_using(node.using)
            yield from _of_relations("where", node.where)
            yield from _of_relations("if", node.conditions)
        case BeginBatch():
            yield from _of_using(node.using)
            for statement in node.statements:
                yield from _items_of(statement)
        case _:
            pass


def _of_select(node: Select) -> _ClauseItems:
    for selector in node.selectors:
        yield "select", None, "", selector.term
    yield from _of_relations("where", node.where)
    for group in node.group_by:
        yield "group", None, "", Ref(group) if isinstance(group, str) else group
    for order in node.order_by:
        if order.ann is not False:
            yield "order", Ref(order.column), "ANN OF", BIND if order.ann is True else order.ann
    yield from _of_bound("per_partition_limit", "", node.per_partition_limit)
    yield from _of_bound("limit", "", node.limit)


def _of_relations(clause: OneOf["where", "if"], relations: tuple[Relation, ...]) -> _ClauseItems:
    for relation in relations:
        yield clause, relation.left, relation.operator, relation.right


def _of_using(using: Using) -> _ClauseItems:
    given = [("TTL", using.ttl), ("TIMESTAMP", using.timestamp)]
    for word, bound in reversed(given) if using.timestamp_first else given:
        yield from _of_bound("using", word, bound)


def _of_bound(clause: Clause, word: str, bound: Bound) -> _ClauseItems:
    if bound is not False:
        yield clause, None, word, BIND if bound is True else bound


def _count(term: Term) -> int:
    return 1 if isinstance(term, Bind) else sum(map(_count, inside(term)))


def inside(term: Term) -> tuple[Term, ...]:
    """The terms directly inside a term, in the order of its text."""
    match term:
        case Element(_, only) | Cast(only) | Hint(_, only) | Negative(only):
            return (only,)
        case NestedElement(of, step):
            return (of,) if isinstance(step, str) else (of, step)
        case Range(first, last):
            return tuple(end for end in (first, last) if end is not None)
        case TokenCall(terms) | Call(_, terms) | Items(_, terms):
            return terms
        case Entries(entries):
            return tuple(each for entry in entries for each in entry)
        case Fields(fields):
            return tuple(value for _, value in fields)
        case Arithmetic(left, _, right):
            return (left, right)
        case Bind() | Ref() | FieldOf() | Star() | Literal():
            return ()


def orders(node: Select) -> tuple[OrderBy, ...]:
    """The effective ORDER BY: to the server, a column named twice has the first position and the last direction."""
    return tuple({order.column: order for order in node.order_by}.values())


def _value(term: Term, marks: Iterator[int], values: Sequence[Any]) -> Any:
    match term:
        case Bind():
            at = next(marks)
            return values[at] if at < len(values) else term
        case Literal():
            return literal_value(term)
        case Hint(_, inner):
            return _value(inner, marks, values)
        case Negative(Literal("integer" | "float" | "duration" as kind, text)):
            return literal_value(Literal(kind, f"-{text}"))
        case Items(opening, items):
            found = [_value(item, marks, values) for item in items]
            return found if opening == "[" else tuple(found) if opening == "(" else _set(found)
        case Entries(entries):
            return {_value(key, marks, values): _value(value, marks, values) for key, value in entries}
        case Fields(fields):
            return UdtValue({name: _value(value, marks, values) for name, value in fields})
        case Range(first, last) if first is not None and last is not None:
            return _value(first, marks, values), _value(last, marks, values)
        case _:
            for _ in range(_count(term)):
                next(marks)
            return term


def _set(items: list[Any]) -> Any:
    """A set, or the list itself if its values, such as lists, are unhashable."""
    try:
        return set(items)
    except TypeError:
        return items


def kind(node: Node) -> Kind:
    """The kind of a statement. A write to counters is recognised only inside a COUNTER batch."""
    match node:
        case Select():
            return Kind.READ
        case BeginBatch(statements, batch, _):
            conditional = any(kind(statement) is Kind.CONDITIONAL for statement in statements)
            return Kind.CONDITIONAL if conditional else Kind.COUNTER if batch is BatchKind.COUNTER else Kind.WRITE
        case Insert() | InsertJson():
            return Kind.CONDITIONAL if node.if_not_exists else Kind.WRITE
        case Update() | Delete():
            return Kind.CONDITIONAL if node.if_exists or node.conditions else Kind.WRITE
        case Opaque(text):
            return Kind.READ if text.split(None, 1)[0].upper() in _READS else Kind.SCHEMA
        case _:
            return Kind.SCHEMA


_READS: Final = frozenset({"LIST", "DESCRIBE", "DESC"})


def table(node: Node) -> Name | None:
    """The table that a statement reads, writes or changes; for a batch the first one, for other DDL the type or
    function.
    """
    match node:
        case BeginBatch(statements):
            return table(statements[0]) if statements else None
        case Opaque(_, about):
            return about
        case CreateView(view):
            return view
        case Drop(_, name):
            return name
        case CreateType(name) | AddField(name) | RenameFields(name):
            return name
        case CreateKeyspace() | AlterKeyspace() | DropKeyspace() | Use():
            return None
        case _:
            return node.table


def normal_form(node: Node) -> str:
    """The text of the node, which is the same for all texts with this meaning."""
    match node:
        case Select() | Insert() | InsertJson() | Update() | Delete() | BeginBatch() | Use() | Opaque():
            return render(node).cql
        case _:
            return render_ddl(node)


def marks(node: Node) -> tuple[str, ...]:
    """The names of the bind marks as the server gives them; empty for DDL, which takes no values."""
    if not isinstance(node, (Select, Insert, InsertJson, Update, Delete, BeginBatch)):
        return ()
    return tuple(_server_name(name) for name in render(node).names)


def _server_name(name: str) -> str:
    # ``removed(...)`` is coodie's own mark for an element that is removed, from which the type of the value follows.
    return name[len("removed(") : -1] if name.startswith("removed(") else name
