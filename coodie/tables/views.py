"""The WHERE clause of materialized views, the only part of a view that is kept as text.

The server rewrites the clause: with other whitespace and case, and quotes only where necessary. So it is split into its
restrictions, each in its normal form, and two clauses are equal if they have the same restrictions.
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

    Raises `InvalidQueryError`, with line and column, for anything that is not such a clause, and for bind marks.
    """
    c = Cursor(where)
    c.accept("WHERE")
    found = read_restrictions(c)
    c.end()
    return found


def restricted(restriction: str) -> tuple[tuple[str, ...], str]:
    """The columns of a restriction and its operator: ``a > 5`` gives ``(("a",), ">")``; a token has no columns."""
    relation = read_relation(Cursor(restriction))
    left = relation.left
    columns = left.items if isinstance(left, Items) else (left,)
    return tuple(each.column for each in columns if isinstance(each, (Ref, Element))), relation.operator


def not_null(columns: Iterable[str]) -> tuple[str, ...]:
    """The restrictions that every view needs: none of its key columns is null."""
    return tuple(f"{quote(column)} IS NOT NULL" for column in columns)


def renamed_restriction(restriction: str, old: str, new: str) -> str:
    """A restriction in its normal form with one column renamed; values that look like the name are left alone."""
    found = tokens(restriction)
    pieces: list[str] = []
    end = 0
    for token in found:
        text = restriction[token.start : token.end]
        pieces += [restriction[end : token.start], quote(new) if text == quote(old) else text]
        end = token.end
    return "".join(pieces)
