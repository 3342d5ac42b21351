"""The WHERE clause of materialized views, the only part of a view that is text.

The server writes it anew: other spaces, other cases, quotes only where they must be. So it is taken apart into its
restrictions, each in its normal form, and two clauses are the same if they hold the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from coodie.cql.lexer import tokens
from coodie.cql.names import quote
from coodie.cql.nodes import Element, Items, Ref
from coodie.cql.parsing.cursor import Cursor
from coodie.cql.parsing.relations import read_relation, read_restrictions


def restrictions(where: str) -> tuple[str, ...]:
    """The restrictions of a WHERE clause, without the WHERE: ``a IS NOT NULL``, ``b > 5`` ...

    Raises `InvalidQueryError`, with line and column, for text that is none, and for bind marks.
    """
    c = Cursor(where)
    c.accept("WHERE")
    found = read_restrictions(c)
    c.end()
    return found


def restricted(restriction: str) -> tuple[tuple[str, ...], str]:
    """The columns that a restriction is about, and its operator: ``a > 5`` gives ``(("a",), ">")``, a token none."""
    relation = read_relation(Cursor(restriction))
    left = relation.left
    columns = left.items if isinstance(left, Items) else (left,)
    return tuple(each.column for each in columns if isinstance(each, (Ref, Element))), relation.operator


def not_null(columns: Iterable[str]) -> tuple[str, ...]:
    """The restrictions that a view needs at the least: none of its key columns is null."""
    return tuple(f"{quote(column)} IS NOT NULL" for column in columns)


def renamed_restriction(restriction: str, old: str, new: str) -> str:
    """A restriction in its normal form, with another name for one of its columns; its values are no names."""
    found = tokens(restriction)
    pieces: list[str] = []
    end = 0
    for token in found:
        text = restriction[token.start : token.end]
        pieces += [restriction[end : token.start], quote(new) if text == quote(old) else text]
        end = token.end
    return "".join(pieces)
