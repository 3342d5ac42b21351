"""Which rows and cells the statements of a batch write: what its rules and warnings ask about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from coodie.cql.message import UNSET, Kind, Statement
from coodie.cql.types import List, Native, is_multicell
from coodie.mapping.mapper import Mapper
from coodie.plans.plan import Write

# For pyright: what is tested by a tuple of unnamed classes stays Any, instead of a container of unknown things.
_LISTS: tuple[type[Any], ...] = (list, tuple)
_SETS: tuple[type[Any], ...] = (set, frozenset)
_MAPS: tuple[type[Any], ...] = (dict,)


class RowWrite(NamedTuple):
    """Which row a write is about; ``clustering`` is None where it is a whole partition or a range."""

    table: tuple[str | None, str]
    """Its keyspace, None where the session's own is meant, and its name."""

    partition: tuple[Any, ...]
    clustering: tuple[Any, ...] | None
    write: Write[Any]

    @property
    def statement(self) -> Statement:
        """What is sent."""
        assert isinstance(self.write.request, Statement)
        return self.write.request


class KeyPlaces(NamedTuple):
    """Where in a statement's values the key is; ``plain`` if all of it can be hashed as it is."""

    partition: tuple[int, ...]
    clustering: tuple[int, ...] | None
    plain: bool


def rows_of(writes: Sequence[Write[Any]]) -> list[RowWrite | None]:
    """The row of each write, read off the marks; None for a text of the user's, or for an IN on the partition key."""
    places: dict[int, KeyPlaces | None] = {}  # by the identity of the marks, which all statements of one text share
    return [_row(write, places) for write in writes]


def _row(write: Write[Any], known: dict[int, KeyPlaces | None]) -> RowWrite | None:
    statement, mapper = write.request, write.mapper
    if mapper is None or not isinstance(statement, Statement):
        return None
    marks, values = statement.marks, statement.values
    if id(marks) not in known:
        known[id(marks)] = _places(mapper, [mark.name for mark in marks])
    places = known[id(marks)]
    if places is None:
        return None
    partition = tuple([values[place] for place in places.partition])
    clustering = None if places.clustering is None else tuple([values[place] for place in places.clustering])
    if not places.plain:
        partition, clustering = _hashable(partition), _hashable(clustering)
    return RowWrite((write.keyspace, mapper.table.name), partition, clustering, write)


def has_key_list(write: Write[Any]) -> bool:
    """Whether it names its rows by an IN on a column of the key; of a text of the user's nobody knows."""
    statement, mapper = write.request, write.mapper
    if mapper is None or not isinstance(statement, Statement):
        return False
    lists = {f"in({name})" for name in mapper.table.primary_key}
    return any(mark.name in lists for mark in statement.marks)


def condition_kind(row: RowWrite) -> str | None:
    """Which kind of condition the write is under, if any: the server takes several on one row, but all of one kind."""
    if row.statement.kind is not Kind.CONDITIONAL:
        return None
    return next((kind for kind in (" IF NOT EXISTS", " IF EXISTS") if kind in row.statement.cql), " IF ")


class BatchScope(NamedTuple):
    """What a batch is about: how many partitions, and a cell that two of its writes contest, if there is one."""

    partitions: int
    contested: str | None


def scope_of(writes: Sequence[Write[Any]]) -> BatchScope:
    """What the writes of a batch are about, as far as it can be read off them."""
    if (alike := _scope_of_alike(writes)) is not None:
        return alike
    rows = rows_of(writes)
    partitions = {(row.table, row.partition) for row in rows if row is not None}
    return BatchScope(len(partitions), contested_cell(rows))


def _scope_of_alike(writes: Sequence[Write[Any]]) -> BatchScope | None:
    """The short way for statements of one text on different rows, as in most batches; None for all others."""
    statements = [write.request for write in writes if isinstance(write.request, Statement)]
    mapper, marks = writes[0].mapper, statements[0].marks
    if mapper is None or any(statement.marks is not marks for statement in statements):
        return None
    places = _places(mapper, [mark.name for mark in marks])
    if places is None or places.clustering is None or not places.plain:
        return None
    values = [statement.values for statement in statements]
    if _distinct(values, (*places.partition, *places.clustering)) < len(values):
        return None
    partitions = _distinct(values, places.partition)
    return None if mapper.static_columns and partitions < len(values) else BatchScope(partitions, None)


def _distinct(values: list[tuple[Any, ...]], places: tuple[int, ...]) -> int:
    first, *others = places
    pick: Callable[[tuple[Any, ...]], Any] = itemgetter(first, *others)
    return len(set(map(pick, values)))


def contested_cell(rows: Iterable[RowWrite | None]) -> str | None:
    """A column, as ``table.column``, that two writes of one row set without timestamps of their own.

    Of a static column it is two writes of one partition, since its rows share it.
    """
    named = [row for row in rows if row is not None and (row.clustering is not None or _is_static(row))]
    if len({row[:3] for row in named}) == len(named) and not any(map(_statics, named)):
        return None  # each row stands alone, as nearly always
    seen: dict[tuple[Any, ...], Any] = {}
    for row in named:
        for name, value in sorted(_cells(row).items(), key=itemgetter(0)):
            static = name in _statics(row)
            cell = (row[:2] if static else row[:3], name)
            # Rows of a partition that say the same of what they share are what a user would write.
            if cell in seen and not (static and value == seen[cell] and not _adds_up(row, name)):
                return f"{row.table[1]}.{name}"
            seen[cell] = value
    return None


def _adds_up(row: RowWrite, name: str) -> bool:
    """Whether the column is a list of which the elements of both writes would stay."""
    assert row.write.mapper is not None
    cql_type = row.write.mapper.table.types[name]
    return isinstance(cql_type, List) and is_multicell(cql_type)


def _statics(row: RowWrite) -> frozenset[str]:
    return frozenset() if row.write.mapper is None else row.write.mapper.static_columns


def _is_static(row: RowWrite) -> bool:
    """Whether it is an update of static columns alone, which names a partition, and not a deletion of one."""
    return bool(row.write.columns) and _statics(row).issuperset(row.write.columns)


def _cells(row: RowWrite) -> dict[str, Any]:
    """The columns that get a value of their own, and what is bound for them; None if they are deleted."""
    statement = row.statement
    given = dict(zip([mark.name for mark in statement.marks], statement.values, strict=True))
    if "[timestamp]" in given:
        return {}
    return {name: value for name in row.write.columns if (value := given.get(name)) is not UNSET}


def _places(mapper: Mapper[Any], names: list[str]) -> KeyPlaces | None:
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
