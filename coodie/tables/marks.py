"""The bind marks of a text that was made for a table, which they know.

A driver needs the marks alone. What stands in for a cluster in a test tells by the table what a cluster would refuse.
"""

from __future__ import annotations

from coodie.cql.message import Mark, Statement
from coodie.cql.rendering.statements import Text
from coodie.tables.table import Table


class TableMarks(tuple[Mark, ...]):
    """The marks of a text, and the table that it is about; equal to any tuple of the same marks."""

    table: Table


def table_marks(text: Text, table: Table) -> tuple[Mark, ...]:
    """The marks of ``text``, with the types of the table's columns. Made once per text."""
    marks = TableMarks(text.marks(table.types))
    marks.table = table
    return marks


def table_of(statement: Statement) -> Table | None:
    """The table that the statement was made for; None if it was not made for one, as what a user wrote."""
    return statement.marks.table if isinstance(statement.marks, TableMarks) else None
