"""Which restrictions an index answers. No index is stored: it only makes some filters legal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from coodie.cql.types import Native
from coodie.tables.table import Index
from coodie.testing.memory.analysis.relations import Between, Contains, Equal, Restriction
from coodie.testing.memory.schema import Table

_NO_RANGES: Final = frozenset({"ascii", "blob", "boolean", "text", "uuid"})
PLAIN_ANALYSIS: Final = {"case_sensitive": "true", "normalize": "false", "ascii": "false"}
"""The options of a storage-attached index with which it compares texts as they are."""
_OF_CONTAINS: Final = {"CONTAINS": "values", "CONTAINS KEY": "keys", "[]": "entries"}


def answers(index: Index, restriction: Restriction) -> bool:
    """Whether this index finds the rows of this restriction."""
    if restriction.multi or index.column != restriction.columns[0].name:
        return False
    match restriction:
        case Equal():
            return not restriction.is_in and index.target in (None, "full")
        case Contains(_, operator):
            return index.target == _OF_CONTAINS[operator]
        case Between(columns):
            cql_type = columns[0].type
            native = isinstance(cql_type, Native) and cql_type.name not in _NO_RANGES
            return index.using == "sai" and index.target is None and native


def analysis(table: Table, column: str) -> str | None:
    """The option with which an index compares the texts of a column otherwise than as they are; None without one."""
    given = {name: value for each in table.indexes if each.column == column for name, value in each.options}
    changed = (name for name, plain in PLAIN_ANALYSIS.items() if str(given.get(name, plain)).lower() != plain)
    return next(changed, None)


def supported(restriction: Restriction, table: Table) -> bool:
    """Whether some index of the table finds the rows of the restriction."""
    return any(answers(index, restriction) for index in table.indexes)


def supports_all(restrictions: Iterable[Restriction], table: Table, with_vector: bool = False) -> bool:
    """Whether one plain index, or all storage-attached ones together, find the rows of all restrictions.

    Only the latter find the nearest rows ``with_vector``.
    """
    wanted = list(restrictions)
    contained = [(each.columns[0].name, each.operator) for each in wanted if isinstance(each, Contains)]
    can_be_plain = not with_vector and len(set(contained)) == len(contained)  # it looks for one element
    groups = [[index] for index in table.indexes if index.using is None and can_be_plain]
    groups.append([index for index in table.indexes if index.using == "sai"])
    return any(all(any(answers(index, each) for index in group) for each in wanted) for group in groups)
