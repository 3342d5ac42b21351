"""ORDER BY and GROUP BY."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coodie.cql.nodes import Call, OrderBy, Select
from coodie.cql.parsing.facts import orders
from coodie.tables.table import ColumnKind
from coodie.testing.memory.analysis.relations import Equal, column_of
from coodie.testing.memory.analysis.restrictions import Where
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.errors.base import NotSupportedByMemoryDriver
from coodie.testing.memory.schema import Table
from coodie.testing.memory.storage.partitions import Place
from coodie.testing.memory.view import RowView


def ordering_of(node: Select, table: Table) -> tuple[OrderBy, ...]:
    """The columns of ORDER BY, each of which the table has."""
    found = orders(node)
    for each in found:
        column_of(table, each.column)
    return found


def is_reversed(ordering: Sequence[OrderBy], where: Where) -> bool:
    """Whether rows are returned in reverse clustering order."""
    if where.uses_index:
        raise errors.ORDER_WITH_INDEX()
    if where.key_range:
        raise errors.ORDER_WITHOUT_KEY()
    table, at = where.table, 0
    found: list[bool] = []
    for each in ordering:
        column = table.columns[each.column]
        if column.kind is not ColumnKind.CLUSTERING:
            raise errors.ORDER_OF_OTHER(column.name)
        position = table.clustering_key.index(column.name)
        while at != position:
            if at >= len(table.clustering_key) or not _is_fixed(where, table.clustering_key[at]):
                raise errors.ORDER_NOT_AS_DECLARED()
            at += 1
        at += 1
        found.append(each.descending != column.descending)
    if any(each != found[0] for each in found):
        raise errors.ORDER_UNSUPPORTED()
    return found[0]


def _is_fixed(where: Where, name: str) -> bool:
    """Whether a column is restricted by =."""
    held = [*where.partition.by_column.get(name, ()), *where.clustering.by_column.get(name, ())]
    return any(isinstance(each, Equal) and not each.is_in for each in held)


def post_order(ordering: Sequence[OrderBy], table: Table) -> Callable[[RowView], Any]:
    """The sort key for the rows of several partitions together, in the direction of the columns: a row without
    clustering values, which has static ones alone, comes first.
    """
    positions = [table.clustering_key.index(each.column) for each in ordering]
    keys = [table.places[at] for at in positions]
    return lambda view: tuple(
        [
            (1, key(view.clustering[at])) if at < len(view.clustering) else (0,)
            for key, at in zip(keys, positions, strict=True)
        ]
    )


@dataclass(frozen=True, slots=True)
class Grouping:
    """GROUP BY: the number of clustering columns that form a group. A group never spans partitions."""

    width: int

    def key(self, view: RowView) -> tuple[bytes, Place]:
        """What the rows of a group have in common."""
        return view.partition.key, view.table.place(view.clustering[: self.width])


def grouping_of(node: Select, where: Where, table: Table) -> Grouping | None:
    """The groups of a SELECT; None without GROUP BY."""
    if not node.group_by:
        return None
    key, at = table.primary_key, 0
    for each in node.group_by:
        if not isinstance(each, str):
            if isinstance(each, Call):
                raise NotSupportedByMemoryDriver("functions in GROUP BY")
            raise NotSupportedByMemoryDriver("expressions in GROUP BY")
        column = column_of(table, each)
        if column.name not in key:
            raise errors.GROUP_OF_OTHER(column.name)
        while True:
            if at >= len(key):
                raise errors.GROUP_ORDER()
            at += 1
            if key[at - 1] == column.name:
                break
            if not _is_fixed(where, key[at - 1]):
                raise errors.GROUP_ORDER()
    width = at - len(table.partition_key)
    if width < 0:
        raise errors.GROUP_PART()
    if width > 0 and node.distinct:
        raise errors.GROUP_DISTINCT()
    return Grouping(width)
