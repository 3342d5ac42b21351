"""The text of expressions; the name of each bind mark is appended to a list.

A mark inside a term is named as on the server, after the target of the whole term: an element of a list that is
assigned to ``tags`` is ``value(tags)``, a field ``address.zip``, an argument ``arg0(system.floor)``. A ``:name`` keeps
its name, and each ``?`` in a SELECT list is ``[selection]``.
"""

from __future__ import annotations

from typing import Final

from coodie.cql.codecs.texts import text_literal
from coodie.cql.names import check_name, quote
from coodie.cql.terms import (
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
    Range,
    Ref,
    Star,
    Term,
    TokenCall,
)


def render_term(term: Term, names: list[str], bound: str) -> str:
    """The text of ``term``; if the term is a ``?``, its name is ``bound``."""
    match term:
        case Bind(name):
            names.append(bound if name is None else name)
            return "?" if name is None else f":{quote(name)}"
        case Ref(column):
            return quote(column)
        case Element(column, key):
            return f"{quote(column)}[{render_term(key, names, f'key({column})')}]"
        case FieldOf(column, field):
            return f"{quote(column)}.{quote(field)}"
        case TokenCall(arguments):
            return f"token({_arguments(arguments, 'system.token', names, bound)})"
        case Call(function, arguments, keyspace):
            prefix = f"{quote(check_name(keyspace, 'keyspace'))}." if keyspace is not None else ""
            called = f"{keyspace or 'system'}.{function}"
            return f"{prefix}{quote(function)}({_arguments(arguments, called, names, bound)})"
        case Literal(kind, text):
            return text_literal(text) if kind == "string" else text
        case Star():
            return "*"
        case _:
            return _composed(term, names, bound)


def _composed(
    term: Items | Entries | Fields | NestedElement | Range | Cast | Hint | Arithmetic | Negative,
    names: list[str],
    bound: str,
) -> str:
    match term:
        case Items() | Entries() | Fields():
            return _collection(term, names, bound)
        case NestedElement(of, step):
            whole = render_term(of, names, bound) if isinstance(of, Hint) else _operand(of, names, bound, _TIGHTEST)
            return f"{whole}.{quote(step)}" if isinstance(step, str) else f"{whole}[{render_term(step, names, 'key')}]"
        case Range(first, last):
            return "..".join("" if end is None else render_term(end, names, bound) for end in (first, last))
        case Cast(inner, cql_type):
            return f"CAST({render_term(inner, names, bound)} AS {cql_type})"
        case Hint(cql_type, inner):
            text = _operand(inner, names, bound, _TIGHTEST)
            return f"({cql_type}) ({text})" if isinstance(inner, _STEPPED) else f"({cql_type}) {text}"
        case Arithmetic(left, operator, right):
            rank = RANKS[operator]
            before = _operand(left, names, _argument(0, _FUNCTIONS[operator], bound), rank)
            after = _operand(right, names, _argument(1, _FUNCTIONS[operator], bound), rank + 1)
            return f"{before} {operator} {after}"
        case Negative(inner):
            text = _operand(inner, names, _argument(0, "system._negate", bound), _TIGHTEST)
            # Two adjacent minus signs would begin a comment, and the server's lexer reads "-0" and "-n" as numbers.
            return f"-({text})" if text.startswith("-") else f"{'- ' if text[0] in _LIKE_NUMBERS else '-'}{text}"


def _collection(term: Items | Entries | Fields, names: list[str], bound: str) -> str:
    match term:
        case Items("(", items):
            parts = [render_term(item, names, f"{bound}[{at}]") for at, item in enumerate(items)]
            return f"({', '.join(parts)})"
        case Items(opening, items):
            parts = [render_term(item, names, f"value({bound})") for item in items]
            return f"{opening}{', '.join(parts)}{CLOSING[opening]}"
        case Entries(entries):
            pairs = (
                (render_term(k, names, f"key({bound})"), render_term(v, names, f"value({bound})")) for k, v in entries
            )
            return f"{{{', '.join(f'{key}: {value}' for key, value in pairs)}}}"
        case Fields(fields):
            named = (f"{quote(name)}: {render_term(value, names, f'{bound}.{name}')}" for name, value in fields)
            return f"{{{', '.join(named)}}}"


SELECTION: Final = "[selection]"
"""The name of a mark in a SELECT list."""

CLOSING: Final = {"[": "]", "{": "}", "(": ")"}
RANKS: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2}
"""How tightly an operator binds."""
_TIGHTEST: Final = 3
_STEPPED: Final = (Element, FieldOf, NestedElement)
"""A type binds tighter than these."""
_LIKE_NUMBERS: Final = frozenset("0123456789nNiI")
_FUNCTIONS: Final = {
    "+": "system._add",
    "-": "system._substract",
    "*": "system._multiply",
    "/": "system._divide",
    "%": "system._modulo",
}
"""The functions that the server uses for operators in the names of marks; one has the server's own spelling."""


def _operand(term: Term, names: list[str], bound: str, rank: int) -> str:
    """The text of an operand, in parentheses if it binds less tightly than the operator around it."""
    text = render_term(term, names, bound)
    return f"({text})" if _rank(term) < rank else text


def _rank(term: Term) -> int:
    match term:
        case Arithmetic(_, operator, _):
            return RANKS[operator]
        case Negative() | Hint():
            return 2
        case _:
            return _TIGHTEST


def _arguments(arguments: tuple[Term, ...], function: str, names: list[str], bound: str) -> str:
    parts = (render_term(each, names, _argument(at, function, bound)) for at, each in enumerate(arguments))
    return ", ".join(parts)


def _argument(at: int, function: str, bound: str) -> str:
    return bound if bound == SELECTION else f"arg{at}({function})"
