"""The rows and cells that the statements of a batch write, which its rules and warnings depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import repeat
from operator import attrgetter, is_, itemgetter, lt
from typing import Any, Final, NamedTuple

from coodie.cql.message import UNSET, Kind, Mark, Statement
from coodie.cql.types import List, Native, is_multicell
from coodie.mapping.mapper import Mapper
from coodie.plans.plan import Write

# Typed as plain classes for pyright, which would otherwise narrow to containers of unknown types.
_LISTS: tuple[type[Any], ...] = (list, tuple)
_SETS: tuple[type[Any], ...] = (set, frozenset)
_MAPS: tuple[type[Any], ...] = (dict,)


class RowWrite(NamedTuple):
    """The row that a write affects; ``clustering`` is None for a whole partition or a range."""

    table: tuple[str | None, str]
    """The keyspace of the table, None for that of the session, and its name."""

    partition: tuple[Any, ...]
    clustering: tuple[Any, ...] | None
    write: Write[Any]

    @property
    def statement(self) -> Statement:
        """The statement that is sent."""
        assert isinstance(self.write.request, Statement)
        return self.write.request


class KeyPlaces(NamedTuple):
    """The positions of the key in the values of a statement; ``plain`` is whether all of its values are hashable."""

    partition: tuple[int, ...]
    clustering: tuple[int, ...] | None
    plain: bool


def rows_of(writes: Sequence[Write[Any]]) -> list[RowWrite | None]:
    """The row of each write, found by its marks; None for a user's own text and for an IN on the partition key."""
    places: dict[int, KeyPlaces | None] = {}  # by the id of the marks, which all statements with the same text share
    return [_row(write, places) for write in writes]


def _row(write: Write[Any], known: dict[int, KeyPlaces | None]) -> RowWrite | None:
    statement, mapper = write.request, write.mapper
    if mapper is None or not isinstance(statement, Statement):
        return None
    marks, values = statement.marks, statement.values
    if id(marks) not in known:
        known[id(marks)] = mapper.cached(_places, tuple([mark.name for mark in marks]))
    places = known[id(marks)]
    if places is None:
        return None
    partition = tuple([values[place] for place in places.partition])
    clustering = None if places.clustering is None else tuple([values[place] for place in places.clustering])
    if not places.plain:
        partition, clustering = _hashable(partition), _hashable(clustering)
    return RowWrite((write.keyspace, mapper.table.name), partition, clustering, write)


def has_key_list(write: Write[Any]) -> bool:
    """Whether it selects its rows by an IN on a key column; False for a user's own text, where it is unknown."""
    statement, mapper = write.request, write.mapper
    if mapper is None or not isinstance(statement, Statement):
        return False
    lists = {f"in({name})" for name in mapper.table.primary_key}
    return any(mark.name in lists for mark in statement.marks)


def condition_kind(row: RowWrite) -> str | None:
    """The kind of the write's condition, if any. The server allows several conditions on a row, but only of one
    kind.
    """
    if row.statement.kind is not Kind.CONDITIONAL:
        return None
    return next((kind for kind in (" IF NOT EXISTS", " IF EXISTS") if kind in row.statement.cql), " IF ")


class BatchScope(NamedTuple):
    """The extent of a batch: the number of partitions, and a cell that two of its writes both set, if any."""

    partitions: int
    contested: str | None


def scope_of(writes: Sequence[Write[Any]], statements: Sequence[Statement]) -> BatchScope:
    """The extent of a batch, as far as its writes, which have these statements, tell."""
    if (alike := _scope_of_alike(writes[0].mapper, statements)) is not None:
        return alike
    rows = rows_of(writes)
    partitions = {(row.table, row.partition) for row in rows if row is not None}
    return BatchScope(len(partitions), contested_cell(rows))


def _scope_of_alike(mapper: Mapper[Any] | None, statements: Sequence[Statement]) -> BatchScope | None:
    """The fast path for statements with the same text and different rows, as in most batches; None for all others."""
    if mapper is None or len(set(map(id, map(_marks_of, statements)))) > 1:
        return None
    places = mapper.cached(_places, tuple([mark.name for mark in statements[0].marks]))
    if places is None or places.clustering is None or not places.plain:
        return None
    values = [*map(_values_of, statements)]
    partitions = _distinct(values, places.partition)
    if partitions < len(values) and (
        mapper.static_columns or not _are_different(values, places.partition, places.clustering)
    ):
        return None
    return BatchScope(partitions, None)


_marks_of: Final[Callable[[Statement], tuple[Mark, ...]]] = attrgetter("marks")
_values_of: Final[Callable[[Statement], tuple[Any, ...]]] = attrgetter("values")


def _are_different(values: list[tuple[Any, ...]], partition: tuple[int, ...], clustering: tuple[int, ...]) -> bool:
    """Whether these are all different rows."""
    if not clustering:
        return False  # as there are fewer partitions than rows
    last = [row[clustering[-1]] for row in values]
    with suppress(TypeError):  # for a value that Python does not order
        if all(map(lt, last, last[1:])):  # as rows often are; to hash a datetime takes ten times as long
            return True
    return _distinct(values, (*partition, *clustering)) == len(values)


def _distinct(values: list[tuple[Any, ...]], places: tuple[int, ...]) -> int:
    first, *others = places
    pick: Callable[[tuple[Any, ...]], Any] = itemgetter(first, *others)
    picked = [*map(pick, values)]
    if not others and all(map(is_, picked, repeat(picked[0]))):
        return 1  # one object for all, as it often is in a partition; to hash a UUID takes a call
    return len(set(picked))


def contested_cell(rows: Iterable[RowWrite | None]) -> str | None:
    """A column, as ``table.column``, that two writes of the same row set without timestamps of their own.

    For a static column these are two writes of the same partition, whose rows share it.
    """
    named = [row for row in rows if row is not None and (row.clustering is not None or _is_static(row))]
    if len({row[:3] for row in named}) == len(named) and not any(map(_statics, named)):
        return None  # all rows are different, which is the usual case
    seen: dict[tuple[Any, ...], Any] = {}
    for row in named:
        for name, value in sorted(_cells(row).items(), key=itemgetter(0)):
            static = name in _statics(row)
            cell = (row[:2] if static else row[:3], name)
            # It is normal that several rows of a partition set a static column to the same value.
            if cell in seen and not (static and value == seen[cell] and not _adds_up(row, name)):
                return f"{row.table[1]}.{name}"
            seen[cell] = value
    return None


def _adds_up(row: RowWrite, name: str) -> bool:
    """Whether the column is a list that would end up with the elements of both writes."""
    assert row.write.mapper is not None
    cql_type = row.write.mapper.table.types[name]
    return isinstance(cql_type, List) and is_multicell(cql_type)


def _statics(row: RowWrite) -> frozenset[str]:
    return frozenset() if row.write.mapper is None else row.write.mapper.static_columns


def _is_static(row: RowWrite) -> bool:
    """Whether the write updates only static columns, and so names a partition but is not a deletion of one."""
    return bool(row.write.columns) and _statics(row).issuperset(row.write.columns)


def _cells(row: RowWrite) -> dict[str, Any]:
    """The columns that are assigned as a whole, with their bound values; None for deleted columns."""
    statement = row.statement
    given = dict(zip([mark.name for mark in statement.marks], statement.values, strict=True))
    if "[timestamp]" in given:
        return {}
    return {name: value for name in row.write.columns if (value := given.get(name)) is not UNSET}


def _places(mapper: Mapper[Any], names: tuple[str, ...]) -> KeyPlaces | None:
    table = mapper.table
    if any(name not in names for name in table.partition_key):
        return None
    partition = tuple(names.index(name) for name in table.partition_key)
    plain = all(isinstance(table.types[name], Native) for name in table.primary_key)
    if any(name not in names for name in table.clustering_key):
        return KeyPlaces(partition, None, plain)
    return KeyPlaces(partition, tuple(names.index(name) for name in table.clustering_key), plain)


def _hashable(value: Any) -> Any:
    if isinstance(value, _LISTS):
        return tuple(map(_hashable, value))
    if isinstance(value, _SETS):
        return frozenset(value)
    if isinstance(value, _MAPS):
        return frozenset((key, _hashable(item)) for key, item in value.items())
    return value
