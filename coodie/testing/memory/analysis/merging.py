"""Merges several relations on one column into one restriction, or refuses them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from coodie.testing.memory.analysis.relations import Between, Bound, Contains, Equal, Restriction
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.schema import Table


def first_position(restriction: Restriction, table: Table) -> int:
    """The place of its first column in the primary key."""
    return table.primary_key.index(restriction.columns[0].name)


class Restricted:
    """The restrictions on columns of one kind, one for each column."""

    def __init__(self) -> None:
        self.by_column: dict[str, list[Restriction]] = {}

    def add(self, restriction: Restriction) -> None:
        """Add a restriction, merged with those that already restrict its columns."""
        names = [column.name for column in restriction.columns]
        old = list({id(each[0]): each for name in names if (each := self.by_column.get(name))}.values())
        made = [restriction]
        for existing in old:
            made = merged(existing, restriction)
        for column in {column.name for each in made for column in each.columns}:
            self.by_column[column] = made

    def all(self) -> list[Restriction]:
        """Each restriction once, in the order in which they came."""
        found: dict[int, Restriction] = {}
        for held in self.by_column.values():
            for each in held:
                found.setdefault(id(each), each)
        return list(found.values())

    def in_order(self, table: Table) -> list[Restriction]:
        """Those of key columns, in the order of the key."""
        return sorted(self.all(), key=lambda each: first_position(each, table))

    def __bool__(self) -> bool:
        return bool(self.by_column)


def merged(existing: list[Restriction], new: Restriction) -> list[Restriction]:
    """The restrictions of a column after adding a new one."""
    old = existing[0]
    match old:
        case Equal():
            text = errors.IN_AND_MORE if old.is_in else errors.EQUAL_AND_MORE
            raise text(_common(old, new) if old.multi or new.multi else old.columns[0].name)
        case Contains():
            if not isinstance(new, Contains):
                raise errors.CONTAINS_AND_MORE(old.columns[0].name)
            return [*existing, new]
        case Between():
            return [_of_ranges(old, new)]


def _of_ranges(old: Between, new: Restriction) -> Between:
    if not isinstance(new, Between):
        raise errors.EQUAL_AND_SLICE(_common(old, new) if old.multi or new.multi else old.columns[0].name)
    if old.columns[0] != new.columns[0]:
        raise errors.TWO_STARTS(max(old.columns[0], new.columns[0], key=lambda column: column.name).name)
    if old.start and new.start:
        raise errors.TWO_BOUNDS("start", _common(old, new))
    if old.end and new.end:
        raise errors.TWO_BOUNDS("end", _common(old, new))
    columns, multi = max(old.columns, new.columns, key=len), old.multi or new.multi
    start, end = old.start or new.start, old.end or new.end
    if multi:  # the server takes an unset value of one column for an empty one then
        start, end = _among_several(start), _among_several(end)
    return replace(old, columns=columns, start=start, end=end, multi=multi)


def _among_several(bound: Bound | None) -> Bound | None:
    return bound and replace(bound, evaluate=bound.among_several or bound.evaluate)


def _common(old: Restriction, new: Restriction) -> str:
    # The server writes the comma so, and the columns in an order of chance.
    return " ,".join(column.name for column in old.columns if column in new.columns)


def is_slice(restriction: Restriction) -> bool:
    """Whether it is a range."""
    return isinstance(restriction, Between)


def columns_of(restrictions: Iterable[Restriction]) -> set[str]:
    """The names of all columns that are restricted."""
    return {column.name for each in restrictions for column in each.columns}
