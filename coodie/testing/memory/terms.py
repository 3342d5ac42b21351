"""The entry point of this rank: turns the nodes of values, and of terms in a SELECT list, into functions for bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from coodie.cql.message import Mark
from coodie.cql.terms import Term
from coodie.cql.types import CqlType
from coodie.testing.memory.errors.terms import MARK_OF_NOTHING
from coodie.testing.memory.functions import all as functions
from coodie.testing.memory.functions.arithmetic import sum_of_type
from coodie.testing.memory.selected_terms import look_up as look_up
from coodie.testing.memory.selected_terms import selected_term as selected_term
from coodie.testing.memory.typed import Aggregate as Aggregate
from coodie.testing.memory.typed import Gathered as Gathered
from coodie.testing.memory.typed import Group as Group
from coodie.testing.memory.typed import Marks as Marks
from coodie.testing.memory.typed import Receiver as Receiver
from coodie.testing.memory.typed import Run as Run
from coodie.testing.memory.typed import Scope as Scope
from coodie.testing.memory.typed import Typed as Typed
from coodie.testing.memory.typed import Value as Value
from coodie.testing.memory.value_terms import raw_term
from coodie.testing.memory.value_terms import value_term as value_term

FUNCTIONS = functions.MODULES
"""The families of functions, which this import has put into their table."""


def arithmetic(left: CqlType, operator: str, right: CqlType) -> Callable[[bytes, bytes], bytes | None]:
    """The function for ``column = column + value``; the result has the type of the column."""
    return sum_of_type(left, operator, right)


def text_of(term: Term, scope: Scope) -> str:
    """A value as the server prints it in a message."""
    at = scope.marks.at
    text = raw_term(term, scope).text
    scope.marks.at = at
    return text


def marks_of(scope: Scope) -> tuple[Mark, ...]:
    """The bind marks of a statement. One that is given to nothing, as of a field that is named twice, makes a server
    fail.
    """
    known = tuple(mark for mark in scope.marks.marks if mark is not None)
    if len(known) < len(scope.marks.marks):
        raise MARK_OF_NOTHING()
    return known


def unread_text(term: Term, scope: Scope) -> str:
    """A value as the server prints it before it has looked up its types, which have no keyspace then."""
    return text_of(term, replace(scope, keyspace=None))
