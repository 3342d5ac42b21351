"""Bind marks that know the table for which their text was made.

A driver uses only the marks. A test double for a cluster needs the table to tell what a cluster would refuse.
"""

from __future__ import annotations

from coodie.cql.message import Mark, Statement
from coodie.cql.rendering.statements import Text
from coodie.tables.table import Table


class TableMarks(tuple[Mark, ...]):
    """The marks of a text together with its table; equal to any tuple of the same marks."""

    table: Table


def table_marks(text: Text, table: Table) -> tuple[Mark, ...]:
    """The marks of ``text``, with the types of the table's columns. Made once per text."""
    marks = TableMarks(text.marks(table.types))
    marks.table = table
    return marks


def table_of(statement: Statement) -> Table | None:
    """The table that the statement was made for; None for a text that the user wrote."""
    return statement.marks.table if isinstance(statement.marks, TableMarks) else None
