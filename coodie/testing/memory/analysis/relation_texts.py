"""Relations and their columns as the server prints them in its messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coodie.cql.nodes import Bind, Element, FieldOf, Items, Ref, Relation, Term, TokenCall
from coodie.tables.table import Column
from coodie.testing.memory.terms import Scope, unread_text
from coodie.testing.memory.type_names import column_text


def relation_text(relation: Relation, scope: Scope) -> str:
    """A relation as the server prints it in its messages."""
    left = target_text(relation.left, scope)
    match relation.right:
        case Bind():
            return f"{left} {relation.operator} ?"
        case _ if relation.operator == "IS NOT":
            return f"{left} IS NOT NULL"
        case right:
            return f"{left} {relation.operator} {unread_text(right, scope)}"


def target_text(term: Term, scope: Scope, name: Callable[[str], str] = column_text) -> str:
    """A column, or a part of one, or several, as the server prints them; ``name`` writes the name of each."""
    match term:
        case Ref(column):
            return name(column)
        case Element(column, key):
            return f"{name(column)}[{unread_text(key, scope)}]"
        case FieldOf(column, part):
            return f"{name(column)}.{part}"
        case Items(_, items):
            return f"({', '.join(target_text(item, scope) for item in items)})"
        case TokenCall(arguments):
            return f"token({', '.join(target_text(each, scope) for each in arguments)})"
        case _:
            return ""


def names_of(columns: Sequence[Column]) -> str:
    """Columns as messages list them."""
    return ", ".join(column.name for column in columns)
