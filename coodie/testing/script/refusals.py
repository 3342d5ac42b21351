"""Predicts which SELECTs the server refuses: for lack of a key or of ALLOW FILTERING, or for the rules of DISTINCT,
GROUP BY and ORDER BY.

It follows the steps of Cassandra itself (``StatementRestrictions`` and ``SelectStatement`` of 5.0) in the same order,
since the result of one step affects the next. The integration tests compare both on the same statements.
https://cassandra.apache.org/doc/latest/cassandra/developing/cql/dml.html#select-statement
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from coodie.cql.message import Statement
from coodie.cql.nodes import Call, Ref, Select, Star, Term
from coodie.cql.parsing.facts import inside, orders
from coodie.cql.rendering.ddl import index_class
from coodie.tables.table import Column, ColumnKind, Table
from coodie.testing.reading import AGGREGATES, parsed, table_for
from coodie.testing.script.restrictions import Restriction, Unknown, kind_of, merge_error, misuse, restrictions, serves

FILTERING = "the server would read rows only to drop them again, which it does with ALLOW FILTERING only"


class _Same:
    """A table as a cache key, compared by identity, since hashing a whole table would take as long as the check."""

    __slots__ = ("table",)

    def __init__(self, table: Table) -> None:
        self.table = table

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.table is self.table

    def __hash__(self) -> int:
        return id(self.table)


def refused(statement: Statement, table: Table | None) -> str | None:
    """The reason why a cluster refuses a statement on its table, or else on ``table``; None if it does not or may
    not.
    """
    found = table_for(statement, table)
    return None if found is None else _refused(statement.cql, _Same(found))


@lru_cache(maxsize=1024)
def _refused(cql: str, same: _Same) -> str | None:
    node = parsed(cql)
    return refusal(node, same.table) if isinstance(node, Select) else None


def refusal(select: Select, table: Table) -> str | None:
    """The reason why Cassandra refuses the SELECT; None if it accepts it, or if that is unknown."""
    try:
        return next(_Query(select, table).refusals(), None)
    except Unknown:
        return None


class _Query:
    """A SELECT on a table, with the server's view of its WHERE clause."""

    def __init__(self, select: Select, table: Table) -> None:
        self.select, self.table = select, table
        self.where = restrictions(select, table)
        self.partition = self._of(ColumnKind.PARTITION_KEY)
        self.clustering = self._of(ColumnKind.CLUSTERING)
        self.others = self._of(ColumnKind.STATIC, ColumnKind.REGULAR)
        self.filtering = select.allow_filtering
        given = {each.columns[0].name for each in self.partition if each.slice is None and not each.is_token}
        self.selected = tuple(self._columns_in(selector.term for selector in select.selectors))
        self.grouped = [each if isinstance(each, str) else _group(each) for each in select.group_by]
        if any(name not in table.by_name for name in self.grouped) or any(o.ann is not False for o in select.order_by):
            raise Unknown(select)
        by_token = any(each.is_token for each in self.partition)
        whole = given == set(table.partition_key)
        self.key_filtered = bool(self.partition) and not by_token and not whole
        self.is_range = by_token or not whole
        """Whether partitions are looked for, which are not all named."""

    def _of(self, *kinds: ColumnKind) -> tuple[Restriction, ...]:
        return tuple(each for each in self.where if kind_of(each) in kinds)

    def refusals(self) -> Iterator[str]:
        """All reasons for a refusal, in the order of the server, which reports the first."""
        for each in self.where:
            if why := misuse(each, self.table):
                yield why
        if why := merge_error(self.where):
            yield why
        if len({each.is_token for each in self.partition}) > 1:
            raise Unknown(self.select)
        yield from self._of_selection()
        yield from self._of_where()
        yield from self._of_groups()
        yield from self._of_order()

    def _columns_in(self, terms: Iterable[Term]) -> Iterator[Column]:
        for term in terms:
            name = getattr(term, "column", None)
            if isinstance(term, Star):
                yield from self.table.columns
            elif isinstance(name, str):
                yield self._column(name)
            else:
                yield from self._columns_in(inside(term))

    def _column(self, name: str) -> Column:
        column = self.table.by_name.get(name)
        if column is None:
            raise Unknown(name)
        return column

    def _served(self, found: Sequence[Restriction]) -> bool:
        return any(serves(index, each) for index in self.table.indexes for each in found)

    def _of_where(self) -> Iterator[str]:
        indexed = self._served(self.where)
        if self.key_filtered and not indexed and not self.filtering:
            yield FILTERING
        yield from self._of_clustering(indexed)
        if self.others and not indexed and not self.filtering:
            yield FILTERING
        # The index finds partitions, or rows within the given ones.
        by_token = any(each.is_token for each in self.partition)
        finds = self.is_range and indexed and (not by_token or self._served(self.clustering))
        by_index = indexed and (finds or self._clustering_filtered() or bool(self.others))
        if by_index and any(each.operator == "IN" for each in self.partition):
            yield "an index does not go together with IN on the partition key"
        if by_index and self.select.order_by:
            yield "ORDER BY does not go together with an index"
        if (self.is_range or by_index) and not self.filtering and self._filters(finds):
            yield FILTERING

    def _filters(self, finds: bool) -> bool:
        """Whether there are more restrictions than one index, or all storage-attached ones together, can serve."""
        asked = list(self.others)
        if self.key_filtered or finds:
            asked += [each for each in self.partition if not each.is_token]
        if finds or self._clustering_filtered():
            asked += self.clustering
        if not asked:
            return bool(self.clustering)
        each_column = [(column, each) for each in asked for column in each.columns]
        attached = [index for index in self.table.indexes if index_class(index.using) == "sai"]
        found = {column for column, each in each_column for index in attached if serves(index, each, column)}
        if all(column in found for column, _ in each_column):
            return False
        return len(each_column) > 1 or not self._served(asked)

    def _of_clustering(self, indexed: bool) -> Iterator[str]:
        if self.filtering:
            return
        last: Restriction | None = None
        for each in self.clustering:
            if last is not None and not self._served([each]):
                first, second = sorted((last, each), key=self._place)
                if first.slice and self._place(first) < self._place(second):
                    yield f"{second.name} cannot be restricted, since {first.name} before it is by a range"
            last = each if last is None else max(each, last, key=self._place)
        if self._clustering_filtered() and not indexed:
            yield f"clustering columns are restricted from the left ({', '.join(self.table.clustering_key)})"

    def _clustering_filtered(self) -> bool:
        """Whether the restrictions skip a clustering column before a restricted one."""
        place = 0
        for each in sorted(self.clustering, key=self._place):
            if self._place(each) != place or each.operator.startswith("CONTAINS"):
                return True
            if each.slice is None:
                place = self._place(each) + len(each.columns)
        return False

    def _place(self, restriction: Restriction) -> int:
        return self.table.clustering_key.index(restriction.columns[0].name)

    def _of_selection(self) -> Iterator[str]:
        select = self.select
        kinds = {column.kind for column in self.selected}
        only_static = ColumnKind.STATIC in kinds and kinds <= {ColumnKind.STATIC, ColumnKind.PARTITION_KEY}
        if only_static and self.clustering:
            yield "clustering columns cannot be restricted where only static columns are selected"
        if select.distinct:
            yield from self._of_distinct()
        if select.per_partition_limit is not False and (select.distinct or self._is_aggregate()):
            yield "PER PARTITION LIMIT does not go together with DISTINCT, nor with an aggregate that has no GROUP BY"

    def _of_distinct(self) -> Iterator[str]:
        if self.clustering or any(kind_of(each) is not ColumnKind.STATIC for each in self.others):
            yield "with DISTINCT, WHERE takes the columns of the partition key and static ones only"
        shared = (ColumnKind.PARTITION_KEY, ColumnKind.STATIC)
        others = [column.name for column in self.selected if column.kind not in shared]
        if others:
            yield f"DISTINCT gives the columns of the partition key and static ones only, not {', '.join(others)}"
        if self.select.order_by and any(each.operator == "IN" for each in self.partition):
            yield "DISTINCT does not go together with IN on the partition key and ORDER BY"
        missing = set(self.table.partition_key) - {column.name for column in self.selected}
        if self.is_range and missing:
            yield f"DISTINCT must give the whole partition key where not all of it is given; {min(missing)} is missing"
        if any(self.table.by_name[name].kind is ColumnKind.CLUSTERING for name in self.grouped):
            yield "DISTINCT does not go together with GROUP BY on clustering columns"

    def _is_aggregate(self) -> bool:
        terms = [selector.term for selector in self.select.selectors]
        return not self.select.group_by and any(isinstance(t, Call) and t.function in AGGREGATES for t in terms)

    def _of_groups(self) -> Iterator[str]:
        rest = list(self.table.primary_key)
        for name in self.grouped:
            while rest and rest[0] != name and self._is_equal(rest[0]):
                rest.pop(0)
            if not rest or rest.pop(0) != name:
                yield f"GROUP BY takes the columns of the key in its order ({', '.join(self.table.primary_key)})"
                return
        if self.grouped and rest and rest[0] in self.table.partition_key:
            yield f"GROUP BY takes the whole partition key ({', '.join(self.table.partition_key)})"

    def _is_equal(self, name: str) -> bool:
        return any(each.operator == "=" and name in {column.name for column in each.columns} for each in self.where)

    def _of_order(self) -> Iterator[str]:
        if not self.select.order_by:
            return
        if self.is_range:
            yield "ORDER BY wants the whole partition key by = or IN"
        rest, turned = list(self.table.clustering_key), set[bool]()
        for order in orders(self.select):
            while rest and rest[0] != order.column and self._is_equal(rest[0]):
                rest.pop(0)
            if not rest or rest.pop(0) != order.column:
                yield f"ORDER BY takes the clustering columns in their order ({', '.join(self.table.clustering_key)})"
                return
            turned.add(order.descending != self.table.by_name[order.column].descending)
        if len(turned) > 1:
            yield "ORDER BY takes the order of the table as it is, or all of it turned round"


def _group(term: Term) -> str:
    """The column of a term in GROUP BY; that of a function is its last argument."""
    found = inside(term)[-1:]
    if not found or not isinstance(found[0], Ref):
        raise Unknown(term)
    return found[0].column
