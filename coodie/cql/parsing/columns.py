"""The names of the columns of an answer, which follow from the SELECT list alone unless it is ``*``."""

from __future__ import annotations

from typing import Final

from coodie.cql.nodes import (
    NULL,
    Arithmetic,
    Bind,
    Call,
    Cast,
    Element,
    Entries,
    FieldOf,
    Fields,
    Hint,
    Items,
    Literal,
    Negative,
    NestedElement,
    Node,
    Range,
    Ref,
    Select,
    Star,
    Term,
    TokenCall,
)
from coodie.cql.rendering.terms import CLOSING


def columns(node: Node) -> tuple[str, ...] | None:
    """The column names of a SELECT's answer; None for ``*``, where only the server knows them."""
    if not isinstance(node, Select):
        return ()
    if node.json:
        return ("[json]",)
    if isinstance(node.selectors[0].term, Star):
        return None
    return tuple(each.alias if each.alias is not None else column_name(each.term) for each in node.selectors)


def column_name(term: Term) -> str:
    """The server's column name for a selected term without an alias. Names inside it are never quoted."""
    match term:
        case Ref(column):
            return column
        case Call("count", (Star() | Literal() as counted,), None | "system") if counted != NULL:
            return "count"
        case _:
            return _told(term)


def _told(term: Term) -> str:
    match term:
        case Bind():
            return "?"
        case Ref(column):
            return column
        case Element(column, key):
            return f"{column}[{_told(key)}]"
        case FieldOf(column, field):
            return f"{column}.{field}"
        case NestedElement(of, step):
            return f"{_told(of)}.{step}" if isinstance(step, str) else f"{_told(of)}[{_told(step)}]"
        case Range(first, last):
            return "..".join("" if end is None else _told(end) for end in (first, last))
        case TokenCall(arguments):
            return f"system.token({_listed(arguments)})"
        case Call(function, arguments, keyspace):
            prefix = "" if keyspace is None and function in _UNQUALIFIED else f"{keyspace or 'system'}."
            return f"{prefix}{function}({_listed(arguments)})"
        case Star():
            return "*"
        case Literal(literal_kind, text):
            return f"'{text}'" if literal_kind == "string" else "NULL" if literal_kind == "null" else term.shown
        case _:
            return _composed(term)


_UNQUALIFIED: Final = frozenset({"writetime", "maxwritetime", "ttl"})


def _composed(term: Items | Entries | Fields | Cast | Hint | Arithmetic | Negative) -> str:
    match term:
        case Items(opening, items):
            return f"{opening}{_listed(items)}{CLOSING[opening]}"
        case Entries(entries):
            return f"{{{', '.join(f'{_told(key)}: {_told(value)}' for key, value in entries)}}}"
        case Fields(fields):
            return f"{{{', '.join(f'{name}: {_told(value)}' for name, value in fields)}}}"
        case Cast(inner, cql_type):
            return f"cast({_told(inner)} as {cql_type})"
        case Hint(cql_type, inner):
            return f"({cql_type}){_told(inner)}"
        case Arithmetic(left, operator, right, (before, after)):
            return f"{_operand(left, before)} {operator} {_operand(right, after)}"
        case Negative(inner, around):
            return f"-{_operand(inner, around)}"


def _operand(term: Term, parentheses: int) -> str:
    return f"{'(' * parentheses}{_told(term)}{')' * parentheses}"


def _listed(terms: tuple[Term, ...]) -> str:
    return ", ".join(map(_told, terms))
