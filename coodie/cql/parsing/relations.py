"""Reads the relations of WHERE and the conditions of IF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from coodie.cql.nodes import NULL, Bind, Call, Element, FieldOf, Items, Negative, Range, Ref, Relation, Term, TokenCall
from coodie.cql.operators import OPERATORS, Takes
from coodie.cql.parsing.cursor import Cursor
from coodie.cql.parsing.terms import read_mark, read_term
from coodie.cql.rendering.statements import render_relation

_COMPARISONS: Final = frozenset(operator.cql for operator in OPERATORS if operator.takes is Takes.VALUE)


def read_relations(c: Cursor) -> tuple[Relation, ...]:
    """Relations joined by AND; brackets around a single relation are dropped."""
    found = [read_relation(c)]
    while c.accept("AND"):
        found.append(read_relation(c))
    return tuple(found)


def read_restrictions(c: Cursor) -> tuple[str, ...]:
    """The relations of a view's WHERE clause as text, each in its normal form. DDL takes no bind marks."""
    start = c.at
    marks: list[str] = []
    relations = (replace(each, right=_with_signs(each.right)) for each in read_relations(c))
    found = tuple(render_relation(relation, marks) for relation in relations)
    if marks:
        c.refuse("a view takes no bind marks: write the values into its WHERE clause", start)
    return found


def _with_signs(term: Term) -> Term:
    """A term with its minus as users write it: a server keeps that of a view as a call of ``system."_negate"``."""
    match term:
        case Call("_negate", (negated,), "system"):
            return Negative(_with_signs(negated))
        case Items(opening, items):
            return Items(opening, tuple(map(_with_signs, items)))
        case _:
            return term


def read_conditions(c: Cursor) -> tuple[Relation, ...]:
    """Conditions joined by AND, each on a column, an element or a field."""
    found = [_condition(c)]
    while c.accept("AND"):
        found.append(_condition(c))
    return tuple(found)


def read_column_part(c: Cursor) -> Ref | Element | FieldOf:
    """A column, an element or a field of it: what SET, DELETE and IF name."""
    column = c.name("the name of a column")
    if c.accept("["):
        key = read_term(c)
        c.expect("]")
        return Element(column, key)
    return FieldOf(column, c.name("the name of a field")) if c.accept(".") else Ref(column)


def _condition(c: Cursor) -> Relation:
    left = read_column_part(c)
    operator = c.word
    if operator in _COMPARISONS:
        c.at += 1
        return Relation(left, operator, read_term(c))
    if c.accept("IN"):
        return Relation(left, "IN", _listed(c, read_term))
    if operator == "CONTAINS" and isinstance(left, Ref):
        return _contains(c, left)
    c.fail("an operator")


def read_relation(c: Cursor) -> Relation:
    """One relation of WHERE."""
    if c.word == "TOKEN":
        return _token_relation(c)
    if c.word == "(":
        return _bracketed(c)
    if c.word == "EXPR" and c.ahead(1) == "(" and c.touches(c.at):
        return _custom(c)
    left = Ref(c.name("the name of a column"))
    if c.accept("["):
        key = read_term(c)
        c.expect("]")
        return _compared(c, Element(left.column, key))
    if c.words[c.at] in _COMPARISONS:
        return _compared(c, left)
    return _worded(c, left)


def _worded(c: Cursor, left: Ref) -> Relation:
    if c.accept("IN"):
        return Relation(left, "IN", _listed(c, read_term))
    if c.word == "CONTAINS":
        return _contains(c, left)
    if c.accept("LIKE"):
        return Relation(left, "LIKE", read_term(c))
    if c.option("IS", "NOT", "NULL"):
        return Relation(left, "IS NOT", NULL)
    if not c.grammar_only and c.accept("BETWEEN"):  # only servers from 5.1 on know it
        first = read_term(c)
        c.expect("AND")
        return Relation(left, "BETWEEN", Range(first, read_term(c)))
    c.fail("an operator")


def _compared(c: Cursor, left: Term) -> Relation:
    operator = c.word
    if operator not in _COMPARISONS:
        c.fail("one of = < <= > >= !=")
    c.at += 1
    return Relation(left, operator, read_term(c))


def _contains(c: Cursor, left: Term) -> Relation:
    c.expect("CONTAINS")
    operator = "CONTAINS KEY" if c.accept("KEY") else "CONTAINS"
    return Relation(left, operator, read_term(c))


def _listed(c: Cursor, read: Callable[[Cursor], Term]) -> Term:
    """The right side of IN: one bind mark for the whole list, or values in parentheses, possibly none."""
    if c.at_mark():
        return read_mark(c)
    return Items("(") if c.accepts("(", ")") else Items("(", c.bracketed(read))


def _token_relation(c: Cursor) -> Relation:
    c.expect("TOKEN")
    columns = c.bracketed(_column)
    return _compared(c, TokenCall(columns))


def _column(c: Cursor) -> Term:
    return Ref(c.name("the name of a column"))


def _bracketed(c: Cursor) -> Relation:
    """``(a, b) > (?, ?)``, or a relation in parentheses."""
    if c.ahead(2) not in (",", ")"):
        c.deeper()
        c.expect("(")
        found = read_relation(c)
        c.expect(")")
        return found
    left = Items("(", c.bracketed(_column))
    if c.accept("IN"):
        rows = _listed(c, _row)
        if isinstance(rows, Items) and len({isinstance(row, Bind) for row in rows.items}) > 1:
            c.refuse("the rows of an IN are all bind marks, or none is", c.at - 1)
        return Relation(left, "IN", rows)
    operator = c.word
    if operator not in _COMPARISONS:
        c.fail("IN, or one of = < <= > >= !=")
    c.at += 1
    return Relation(left, operator, _row(c))


def _row(c: Cursor) -> Term:
    return read_mark(c) if c.at_mark() else Items("(", c.bracketed(read_term))


def _custom(c: Cursor) -> Relation:
    c.expect("EXPR", "(")
    index = Ref(c.name("the name of an index"))
    c.expect(",")
    value = read_term(c)
    c.expect(")")
    return Relation(index, "expr", value)
