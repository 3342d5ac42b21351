"""Detects replies that no server could give: rows that the WHERE, order or key of a SELECT excludes, and existing rows
that contradict a condition.

It needs the table, and ignores what only the server knows, such as values of functions and columns that a reply omits.
The order between partitions is not checked. The integration tests compare all this with a cluster.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from coodie.cql.message import UNSET, Batch, Kind, Request, Statement
from coodie.cql.nodes import Call, Element, Items, Ref, Select, Star, Term, TokenCall
from coodie.cql.parsing.facts import inside, orders
from coodie.tables.table import ColumnKind, Table
from coodie.testing.calls import value_text
from coodie.testing.reading import Expression, Reading, ValueSource, parsed, reading, text_of
from coodie.testing.script.relations import PartialRow, Unknowable, comparable, holds, is_met, partition_bytes
from coodie.testing.tape import is_secret


def of_select(statement: Statement, table: Table, rows: Iterable[PartialRow]) -> str | None:
    """The reason why no server could return these rows for a SELECT; None if one could, or if that is unknown.

    A row has the columns of the answer by name, without those that the test omits.
    """
    node = parsed(statement.cql)
    if not isinstance(node, Select) or node.json or any(_is_computed(each.term) for each in node.selectors):
        return None
    if any(order.column not in table.clustering_key for order in node.order_by if order.ann is False):
        return None  # which is refused
    return next(_Answer(statement, node, table, rows).contradictions(), None)


_OF_ONE_CELL: Final = frozenset({"writetime", "maxwritetime", "ttl"})


def _is_computed(term: Term) -> bool:
    """Whether the term may be computed from any number of rows, like ``count(*)``."""
    if isinstance(term, Call) and term.function not in _OF_ONE_CELL:
        return True
    return any(map(_is_computed, inside(term)))


class _Answer:
    """The rows of one answer, by the columns of the table."""

    def __init__(self, statement: Statement, select: Select, table: Table, rows: Iterable[PartialRow]) -> None:
        self.select, self.table, self.values = select, table, statement.values
        self.says = reading(statement.cql)
        self.orders = orders(select)
        names = self._names()
        self.rows = [{names[name]: value for name, value in row.items() if name in names} for row in rows]

    def _names(self) -> dict[str, str]:
        """The columns of the table by the names of the answer."""
        found: dict[str, str] = {}
        for selector in self.select.selectors:
            if isinstance(selector.term, Star):
                found.update({name: name for name in self.table.by_name})
            elif isinstance(selector.term, Ref):
                found[selector.alias or selector.term.column] = selector.term.column
        return found

    def contradictions(self) -> Iterator[str]:
        yield from self._of_where()
        yield from self._of_key()
        if not any(order.ann is not False for order in self.orders):
            yield from self._of_order_by()
            yield from self._of_partitions()
        yield from self._of_partition_limit()

    def _of_where(self) -> Iterator[str]:
        for number, row in enumerate(self.rows, 1):
            for source in self.says.where.values():
                if holds(source, self.values, row, self.table) is False:
                    yield f"row {number}{_shown(source, self.values, row)} which WHERE {_relation(source)} excludes"

    @cached_property
    def _full(self) -> list[PartialRow]:
        """The rows, completed by the values that WHERE requires with ``=``."""
        where = {
            source.column: source.value(self.values) for source in self.says.where.values() if _is_equality(source)
        }
        fixed = {name: value for name, value in where.items() if name and not isinstance(value, Expression)}
        return [{**fixed, **row} for row in self.rows]

    @cached_property
    def _partitions(self) -> list[bytes | None]:
        """The partition of each row; None if it is unknown."""
        return [self._partition(row) for row in self._full]

    def _partition(self, row: PartialRow) -> bytes | None:
        try:
            return partition_bytes(self.table, row)
        except Unknowable:
            return None

    def _place(self, row: PartialRow, names: Sequence[str]) -> list[Any]:
        """The comparable values of columns, up to the first that is unknown."""
        found: list[Any] = []
        for name in names:
            if row.get(name) is None or row[name] is UNSET:
                break
            try:
                found.append(comparable(self.table.types[name], row[name]))
            except Unknowable:
                break
        return found

    def _of_key(self) -> Iterator[str]:
        clustering = () if self.select.distinct else self.table.clustering_key
        key = ", ".join((*self.table.partition_key, *clustering))
        seen: dict[tuple[Any, ...], int] = {}
        for number, (partition, row) in enumerate(zip(self._partitions, self._full, strict=True), 1):
            place = self._place(row, clustering)
            only_static = all(name in row and row[name] is None for name in clustering)
            if partition is None or (len(place) < len(clustering) and not only_static):
                continue
            first = seen.setdefault((partition, *place), number)
            if first != number:
                once = "DISTINCT gives" if self.select.distinct else "the table has"
                yield f"row {number} has the same key as row {first} ({key}), which {once} but once"

    def _of_order_by(self) -> Iterator[str]:
        names = [order.column for order in self.orders]
        turned = [order.descending for order in self.orders]
        text = ", ".join(f"{order.column}{' DESC' * order.descending}" for order in self.orders)
        places = [self._place(row, names) for row in self._full]
        for number, (place, following) in enumerate(pairwise(places), 1):
            if _is_behind(place, following, turned):
                yield f"ORDER BY {text} gives row {number + 1} before row {number}"

    def _of_partitions(self) -> Iterator[str]:
        """Check that the rows of each partition are adjacent and in the order of the table or its reverse."""
        names, columns = self.table.clustering_key, [self.table.by_name[name] for name in self.table.clustering_key]
        turned = [column.descending != self._is_reversed for column in columns]
        order = ", ".join(f"{c.name}{' DESC' * down}" for c, down in zip(columns, turned, strict=True))
        last: dict[bytes, tuple[int, list[Any]]] = {}
        before: bytes | None = None
        for number, (partition, row) in enumerate(zip(self._partitions, self._full, strict=True), 1):
            if partition is None:
                continue
            place = self._place(row, names)
            at, previous = last.get(partition, (0, []))
            if _is_behind(previous, place, turned):
                yield f"row {number} comes before row {at} in their partition, whose order is {order}"
            if at and before != partition and not self.orders:
                yield f"row {number} is of the partition of row {at}, whose rows come together"
            last[partition], before = (number, place), partition

    @property
    def _is_reversed(self) -> bool:
        first = self.orders[0] if self.orders else None
        return first is not None and first.descending != self.table.by_name[first.column].descending

    def _of_partition_limit(self) -> Iterator[str]:
        limit = self.says.partition_limit
        most = limit.value(self.values) if limit is not None else None
        if not isinstance(most, int):
            return
        for partition, count in Counter(self._partitions).items():
            if partition is not None and count > most:
                yield f"the statement asks for at most {most} rows of a partition, and the reply has {count} of one"


def _is_behind(place: list[Any], following: list[Any], turned: Sequence[bool]) -> bool:
    """Whether ``place`` sorts after ``following``, by their common components; those in ``turned`` descend."""
    for one, other, down in zip(place, following, turned, strict=False):
        if one != other:
            return bool(one < other if down else other < one)
    return False


def of_condition(request: Request, table: Table, rows: Iterable[Mapping[str, Any]]) -> str | None:
    """The reason why no server could return these existing rows for a failed condition; None if one could."""
    return next(filter(None, (_of_existing(request, table, row) for row in rows)), None)


def _of_existing(request: Request, table: Table, row: PartialRow) -> str | None:
    key = {name: value for name, value in row.items() if name in table.primary_key and value is not None}
    if isinstance(request, Batch):
        members = [each for each in request.statements if each.kind is Kind.CONDITIONAL]
        if not members or not all(_excluding(each, table, key) for each in members):
            return None
        return f"an existing row has {_list(key)}, and no condition of the batch is about that row"
    source = _excluding(request, table, key)
    if source is not None:
        return f"the existing row{_shown(source, request.values, key)} which {_relation(source)} excludes"
    conditions = reading(request.cql).conditions.values()
    if conditions and all(is_met(source, request.values, row, table) for source in conditions):
        return f"the existing row fulfils IF {' AND '.join(map(_relation, conditions))}, so the server would apply it"
    return None


def _excluding(statement: Statement, table: Table, key: PartialRow) -> ValueSource | None:
    """The relation on the key of the statement that ``key`` does not fulfil, if any."""
    says = reading(statement.cql)
    if any(table.by_name[name].kind is ColumnKind.STATIC for name in says.asked_of if name in table.by_name):
        # The server returns static values with any row of the partition.
        key = {name: value for name, value in key.items() if name in table.partition_key}
    return next((source for source in _keys(says) if holds(source, statement.values, key, table) is False), None)


def _keys(says: Reading) -> Iterable[ValueSource]:
    return (says.sets if says.verb == "insert" else says.where).values()


def _is_equality(source: ValueSource) -> bool:
    return source.item.operator == "=" and isinstance(source.item.target, Ref)


def _shown(source: ValueSource, values: Sequence[Any], row: PartialRow) -> str:
    """The values of a row in the columns of a relation, unless any value involved is a secret."""
    found = {name: row[name] for name in _columns(source.item.target) if name in row}
    if is_secret([*found.values(), source.value(values)]):
        return " is one"
    return f" has {_list(found)},"


def _list(row: PartialRow) -> str:
    return ", ".join(f"{name} {'**********' if is_secret(value) else value_text(value)}" for name, value in row.items())


def _columns(target: Term | None) -> list[str]:
    match target:
        case Ref(name) | Element(name):
            return [name]
        case Items(_, terms) | TokenCall(terms):
            return [each.column for each in terms if isinstance(each, Ref)]
        case _:
            return []


def _relation(source: ValueSource) -> str:
    """A relation as in the text: ``ts >= ?``."""
    item = source.item
    return f"{text_of(item.target)} {item.operator} {text_of(item.term)}" if item.target is not None else ""
