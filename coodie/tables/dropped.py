"""Whether a new column may have the name of a dropped one, whose values are still in the files on disk.

The server reads those values with the new type, so the types must be compatible. Established on Cassandra 5, type by
type.
"""

from __future__ import annotations

from typing import Final

from coodie.cql.natives import NATIVES
from coodie.cql.types import COUNTER, NATIVE, CqlType, List, Map, Set, Tuple, Udt
from coodie.tables.table import Column, ColumnKind

_FITTING: Final = {
    "text": ("ascii",),
    "uuid": ("timeuuid",),
    "bigint": ("timestamp",),
    "timestamp": ("bigint",),
    "blob": tuple(name for name, row in NATIVES.items() if row.codec.size is None),
}
"""For some types, those that a dropped column of the same name may have had: for blobs, all without a fixed size."""

_SORTED_ALIKE: Final = {"text": ("ascii",), "blob": ("ascii", "text")}
"""The same for elements of a set and keys of a map, where the new type must also sort like the old one."""


def unfit(column: Column, dropped: Column) -> str | None:
    """The reason why the server refuses a column because of a dropped one with its name; None if it accepts it."""
    if COUNTER in (column.type, dropped.type):
        return "a counter that was dropped never comes back, lest old increments be counted again"
    if (column.kind is ColumnKind.STATIC) != (dropped.kind is ColumnKind.STATIC):
        return "a static column of this name was dropped, or one that was not static"
    if not can_be_read_as(column.type, dropped.type):
        return f"a column of this name was dropped, whose type {dropped.type} the server still reads old files with"
    return None


def can_be_read_as(new: CqlType, old: CqlType) -> bool:
    """Whether the server reads values of the old type with the new one; it never does with a user-defined one."""
    return not isinstance(new, Udt) and _fits(new, old)


def _fits(new: CqlType, old: CqlType) -> bool:
    match new, old:
        case List(element), List(before):
            return new.frozen == old.frozen and _fits(element, before)
        case Set(element), Set(before):
            return new.frozen == old.frozen and _sorts(element, before)
        case Map(key, value), Map(key_before, before):
            return new.frozen == old.frozen and _sorts(key, key_before) and _fits(value, before)
        case Tuple(elements), Tuple(before):
            return len(elements) >= len(before) and all(map(_fits, elements, before))
        case _:
            return new == old or _is_one_of(old, _FITTING.get(str(new), ()))


def _sorts(new: CqlType, old: CqlType) -> bool:
    return new == old or _is_one_of(old, _SORTED_ALIKE.get(str(new), ()))


def _is_one_of(cql_type: CqlType, names: tuple[str, ...]) -> bool:
    return any(cql_type == NATIVE[name] for name in names)
