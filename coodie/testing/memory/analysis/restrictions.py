"""The WHERE clause as a whole: whether it is valid, and whether it needs ALLOW FILTERING.

The checks have the server's order, which decides the error: each relation in the order of the text; the partition key;
clustering columns if only static columns are read or written; clustering columns; other columns; IN beside an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from coodie.cql.nodes import Ref, Relation
from coodie.cql.types import Vector
from coodie.tables.table import ColumnKind
from coodie.testing.memory.analysis.indexing import supported, supports_all
from coodie.testing.memory.analysis.merging import Restricted, columns_of, first_position, is_slice
from coodie.testing.memory.analysis.neighbours import Nearest, is_float_vector
from coodie.testing.memory.analysis.relation_texts import names_of, relation_text
from coodie.testing.memory.analysis.relations import (
    Contains,
    Equal,
    OnToken,
    Restriction,
    column_of,
    restriction_of,
)
from coodie.testing.memory.errors import gaps, vectors
from coodie.testing.memory.errors import statements as errors
from coodie.testing.memory.schema import Table
from coodie.testing.memory.terms import Scope


@dataclass
class Where:
    """The restrictions of a WHERE clause, and how its rows are found."""

    table: Table
    partition: Restricted = field(default_factory=Restricted)
    clustering: Restricted = field(default_factory=Restricted)
    others: Restricted = field(default_factory=Restricted)
    tokens: list[OnToken] = field(default_factory=list[OnToken])
    key_range: bool = False
    uses_index: bool = False
    filters: list[Restriction] = field(default_factory=list[Restriction])
    """The restrictions that keys do not resolve, and which are therefore checked in each row."""
    nearest: Nearest | None = None
    """The vector of an ORDER BY ... ANN OF, which an index must answer, as a restriction."""
    not_null: list[str] = field(default_factory=list[str])
    """The columns of IS NOT NULL, which views alone may have."""

    @property
    def of_regular(self) -> bool:
        """Whether a column that is neither static nor of the key is restricted."""
        regular = any(each.columns[0].kind is ColumnKind.REGULAR for each in self.others.all())
        return regular or self.nearest is not None

    @property
    def names_partitions(self) -> bool:
        """Whether the whole partition key is restricted by = and IN."""
        held = self.partition
        whole = all(name in held.by_column for name in self.table.partition_key)
        return whole and all(isinstance(each, Equal) for each in held.all())

    @property
    def whole_partitions(self) -> bool:
        """Whether no rows within a partition are selected: then a partition with static columns only gives a row."""
        return not self.clustering and not self.of_regular

    @property
    def has_in(self) -> bool:
        """Whether an IN restricts the partition key, and tells keys: beside a token it is a filter."""
        if self.tokens and not self.names_partitions:
            return False
        return any(isinstance(each, Equal) and each.is_in for each in self.partition.all())

    def add(self, restriction: Restriction | OnToken, allow_filtering: bool) -> None:
        """Add the restriction of one relation."""
        if isinstance(restriction, OnToken):
            self._add_token(restriction)
            return
        match restriction.columns[0].kind:
            case ColumnKind.PARTITION_KEY:
                self.partition.add(restriction)
            case ColumnKind.CLUSTERING:
                self._add_clustering(restriction, allow_filtering)
            case _:
                self.others.add(restriction)

    def _add_token(self, new: OnToken) -> None:
        names = names_of(new.columns)
        for old in self.tokens:
            if old.operator == "=":
                raise errors.TOKEN_TWICE(names)
            if new.operator == "=":
                raise errors.TOKEN_EQUAL(names)
            if old.operator[0] == new.operator[0]:
                raise errors.TWO_BOUNDS("start" if new.operator[0] == ">" else "end", names)
        self.tokens.append(new)

    def _add_clustering(self, new: Restriction, allow_filtering: bool) -> None:
        had = self.clustering.in_order(self.table)
        self.clustering.add(new)
        if not had or allow_filtering or supported(new, self.table):
            return
        last = had[-1]
        at, before = first_position(new, self.table), first_position(last, self.table)
        if is_slice(last) and at > before:
            raise errors.AFTER_SLICE(new.columns[0].name, last.columns[0].name)
        if at < before and is_slice(new):
            following = next(each for each in had if first_position(each, self.table) > at)
            raise errors.BEFORE_SLICE(following.columns[0].name, new.columns[0].name)


def relations_of(
    relations: Sequence[Relation],
    marks: Sequence[int],
    table: Table,
    scope: Scope,
    allow_filtering: bool = False,
    of_view: bool = False,
) -> Where:
    """The relations, one after the other; ``marks`` are the numbers of the first bind marks of each."""
    where = Where(table)
    for relation, mark in zip(relations, marks, strict=True):
        scope.marks.at = mark
        if relation.operator == "IS NOT":
            if not of_view or not isinstance(relation.left, Ref):
                raise errors.IS_NOT(relation_text(relation, scope))
            where.not_null.append(column_of(table, relation.left.column).name)
            continue
        where.add(restriction_of(relation, table, scope), allow_filtering)
    return where


def check_write(where: Where, verb: str, statics_only: bool, is_range: bool) -> None:
    """The rules of UPDATE and DELETE; ``is_range`` for a DELETE of rows, which may name a part of the key."""
    table = where.table
    if where.tokens:
        raise errors.TOKEN_IN_WRITE(verb)
    missing = [column for column in table.partition if column.name not in where.partition.by_column]
    if missing:
        raise errors.MISSING_PARTITION(names_of(missing))
    if any(not isinstance(each, Equal) for each in where.partition.all()):
        raise errors.ONLY_EQ_IN(verb)
    if statics_only and where.clustering:
        raise errors.STATICS_ONLY(verb)
    if not is_range:
        if any(is_slice(each) for each in where.clustering.all()):
            raise errors.SLICE_IN_WRITE(verb)
        unrestricted = [column for column in table.clustering if column.name not in where.clustering.by_column]
        if unrestricted and not statics_only:
            raise errors.MISSING_CLUSTERING(names_of(unrestricted))
    else:
        _check_prefix(where)
    if where.others:
        raise errors.NOT_OF_THE_KEY(", ".join(sorted(columns_of(where.others.all()))))


def _check_prefix(where: Where) -> None:
    if any(isinstance(each, Contains) for each in where.clustering.all()):
        raise errors.CLUSTERING_CONTAINS()
    if clustering_needs_filter(where):
        raise _gap(where)


def _gap(where: Where) -> Exception:
    restricted = [column for each in where.clustering.in_order(where.table) for column in each.columns]
    for column, expected in zip(restricted, where.table.clustering, strict=False):
        if column != expected:
            return errors.PRECEDING(column.name, expected.name)
    return errors.FILTERING()


def clustering_needs_filter(where: Where) -> bool:
    """Whether the clustering restrictions are no prefix, so that rows must be looked at."""
    return len(prefix_of(where)) < len(where.clustering.all())


def prefix_of(where: Where) -> list[Restriction]:
    """The clustering restrictions that tell one or several ranges of rows."""
    found: list[Restriction] = []
    position = len(where.table.partition_key)
    for each in where.clustering.in_order(where.table):
        if isinstance(each, Contains) or first_position(each, where.table) != position:
            break
        found.append(each)
        if is_slice(each):
            break
        position += len(each.columns)
    return found


def check_select(where: Where, statics_only: bool, allow_filtering: bool) -> None:
    """The rules of SELECT, except for the last one, which is `check_filtering`."""
    table = where.table
    near = where.nearest is not None and where.nearest.column.name in table.similarities
    indexed = near or any(supported(each, table) for each in _all(where))
    _check_partition(where, indexed, allow_filtering)
    if where.uses_index or partition_needs_filter(where):
        where.filters += where.partition.all()
    if statics_only and where.clustering:
        raise errors.STATIC_SELECTION()
    _check_clustering(where, indexed, allow_filtering)
    if where.key_range and any(supported(each, table) for each in where.clustering.all()):
        where.uses_index = True
    if where.uses_index or clustering_needs_filter(where):
        where.filters += where.clustering.all()
    if where.others or where.nearest is not None:
        _check_vectors(where)
        if indexed:
            where.uses_index = True
        elif not allow_filtering:
            raise errors.FILTERING()
        where.filters += where.others.all()
    if where.uses_index and where.has_in:
        raise errors.INDEX_WITH_IN()


def _check_vectors(where: Where) -> None:
    table, nearest = where.table, where.nearest
    indexed = {index.column for index in table.indexes}
    if nearest is None:
        if any(isinstance(table.columns[name].type, Vector) and name in indexed for name in where.others.by_column):
            raise vectors.ANN_ONLY()
        return
    if not is_float_vector(nearest.column):
        raise vectors.FLOATS_ONLY()
    if nearest.column.name not in indexed:
        raise vectors.NO_INDEX()
    whole = all(column.name in where.partition.by_column for column in table.partition)
    other = set(where.others.by_column) - indexed
    clustering = set(where.clustering.by_column) - indexed
    if partition_needs_filter(where) or other or (clustering and (not whole or clustering_needs_filter(where))):
        raise vectors.NOT_INDEXED()


def _all(where: Where) -> list[Restriction]:
    return where.partition.all() + where.clustering.all() + where.others.all()


def partition_needs_filter(where: Where) -> bool:
    """Whether partitions must be looked for: a part of the key is restricted, or not by = and IN."""
    if not where.partition:
        return False
    return not where.names_partitions


def _check_partition(where: Where, indexed: bool, allow_filtering: bool) -> None:
    if where.tokens and not where.names_partitions:
        where.key_range = True
    if not where.partition and not where.tokens:
        where.key_range, where.uses_index = True, indexed
    if partition_needs_filter(where):
        if not allow_filtering and not indexed:
            raise errors.FILTERING()
        where.key_range, where.uses_index = True, indexed


def _check_clustering(where: Where, indexed: bool, allow_filtering: bool) -> None:
    held = where.clustering
    if any(isinstance(each, Contains) for each in held.all()) and not indexed and not allow_filtering:
        raise errors.CLUSTERING_CONTAINS()
    if held and clustering_needs_filter(where):
        if indexed:
            where.uses_index = True
        elif not allow_filtering:
            raise _gap(where)


def check_filtering(where: Where, allow_filtering: bool) -> None:
    """Refuse a query that would have to filter rows that no index finds, unless it has ALLOW FILTERING."""
    if where.nearest is not None and allow_filtering and not supports_all(where.filters, where.table, True):
        raise gaps.ANN_BESIDE()
    if allow_filtering or not (where.key_range or where.uses_index):
        return
    if where.filters or where.nearest is not None:
        if not supports_all(where.filters, where.table, where.nearest is not None):
            raise errors.FILTERING()
    elif where.clustering:
        raise errors.FILTERING()
