"""Which restrictions an index answers. No index is stored: it only makes some filters legal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from coodie.cql.types import Native
from coodie.tables.table import Column, ColumnKind, Index
from coodie.testing.memory.analysis.relations import Between, Contains, Equal, Restriction
from coodie.testing.memory.schema import Table

_NO_RANGES: Final = frozenset({"ascii", "blob", "boolean", "text", "uuid"})
_WITH_EMPTY: Final = frozenset({"ascii", "boolean", "text"})
"""The types whose empty values a storage-attached index has."""
PLAIN_ANALYSIS: Final = {"case_sensitive": "true", "normalize": "false", "ascii": "false"}
"""The options of a storage-attached index with which it compares texts as they are."""
_OF_CONTAINS: Final = {"CONTAINS": "values", "CONTAINS KEY": "keys", "[]": "entries"}


def answers(index: Index, restriction: Restriction) -> bool:
    """Whether this index finds rows by this restriction, or by a column of it."""
    return any(_answers(index, restriction, column) for column in restriction.columns)


def _answers(index: Index, restriction: Restriction, column: Column) -> bool:
    if index.column != column.name:
        return False
    match restriction:
        case Equal():
            return not restriction.is_in and index.target in (None, "full")
        case Contains(_, operator):
            return index.target == _OF_CONTAINS[operator]
        case Between():
            native = isinstance(column.type, Native) and column.type.name not in _NO_RANGES
            return index.using == "sai" and index.target is None and native


def analysis(table: Table, column: str) -> str | None:
    """The option with which an index compares the texts of a column otherwise than as they are; None without one."""
    given = {name: value for each in table.indexes if each.column == column for name, value in each.options}
    changed = (name for name, plain in PLAIN_ANALYSIS.items() if str(given.get(name, plain)).lower() != plain)
    return next(changed, None)


def supported(restriction: Restriction, table: Table) -> bool:
    """Whether some index of the table finds the rows of the restriction."""
    return any(answers(index, restriction) for index in table.indexes)


def by_static_index(restrictions: Iterable[Restriction], table: Table) -> bool:
    """Whether a server finds the rows by a plain index on a static column, since no other plain one answers any."""
    wanted = list(restrictions)
    used = [index for index in table.indexes if index.using is None and any(answers(index, each) for each in wanted)]
    return bool(used) and all(table.columns[index.column].kind is ColumnKind.STATIC for index in used)


def without_empty(restriction: Restriction, table: Table) -> list[Column]:
    """The columns of a restriction that are found by an index which has no empty values of them."""
    attached = [index for index in table.indexes if index.using == "sai"]
    return [
        column
        for column in restriction.columns
        if isinstance(column.type, Native)
        and column.type.name not in _WITH_EMPTY
        and any(_answers(index, restriction, column) for index in attached)
    ]


def supports_all(restrictions: Iterable[Restriction], table: Table, with_vector: bool = False) -> bool:
    """Whether one plain index, or all storage-attached ones together, find the rows of all restrictions.

    A plain index finds those of one restriction, and only the others find the nearest rows ``with_vector``. Of several
    CONTAINS on one column, a storage-attached index need answer only one.
    """
    wanted = list(restrictions)
    groups = [[index] for index in table.indexes if index.using is None and not with_vector and len(wanted) == 1]
    groups.append([index for index in table.indexes if index.using == "sai"])
    return any(_supports(group, wanted) for group in groups)


def _supports(group: Iterable[Index], wanted: Iterable[Restriction]) -> bool:
    answered = {column for each in wanted for column in each.columns if any(_answers(i, each, column) for i in group)}
    return all(column in answered for each in wanted for column in each.columns)
