# Derived by tests/derive.py: edit coodie/aio/query.py,
# then run `tox -e sync`.
"""The query set of this door: a query, and the methods that send it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar, overload

from coodie.sync._run import collect, drive, pick, run, stream, write
from coodie.cql.message import Statement
from coodie.mapping.model import Model
from coodie.plans import aggregates, query_writes, reads
from coodie.plans.arguments import together
from coodie.plans.batches import BatchBase
from coodie.plans.plan import Pages
from coodie.plans.query import Slips, DocumentQuery, Query, with_spec
from coodie.plans.spec import Spec
from coodie.results import LWTResult, PagedResult

M = TypeVar("M", bound=Model)
T = TypeVar("T")


class Selection(Query[M], Slips, Generic[M, T]):
    """What all queries of this door have: the methods that fetch."""

    __slots__ = ()

    def _read(self, spec: Spec[M]) -> Pages[T]:
        raise NotImplementedError

    def _pages(self) -> Pages[T]:
        return self._read(self._spec)

    def statement(self) -> Statement:
        """The SELECT that this query sends, with its bound values; made without a connection."""
        return reads.statement(self._spec)

    def all(self) -> list[T]:
        """All that the query finds, over all pages."""
        return collect(self._pages())

    def first(self) -> T | None:
        """The first that is found, or None: the query with ``LIMIT 1``."""
        found = drive(*reads.first(self._spec, self._read))
        return found[0] if found else None

    def one(self) -> T:
        """The only one that the query finds.

        Raises `DocumentNotFound` if there is none, `MultipleDocumentsFound` if there are more.
        """
        flow, connection = reads.at_most_two(self._spec, self._read)
        found = drive(flow, connection)
        asked = None if len(found) == 1 else self._pages().next
        return pick(found, self._spec.mapper.model, self._spec.keys, asked, connection)

    def paged_all(self) -> PagedResult[T]:
        """One page, and the paging state to go on with: ``query.page(result.paging_state)``.

        A page may have no rows and not be the last: only one whose ``paging_state`` is None is.
        """
        return run(reads.paged(self._pages()))

    def __iter__(self) -> Iterator[T]:
        return stream(self._pages())


class ValuesList(Selection[M, tuple[Any, ...]]):
    """A query whose rows come as tuples of values instead of documents."""

    __slots__ = ()

    def _read(self, spec: Spec[M]) -> Pages[tuple[Any, ...]]:
        return aggregates.value_pages(spec)


class Documents(DocumentQuery[M], Selection[M, M]):
    """A query whose rows come as documents, or as something else instead."""

    __slots__ = ()

    def _read(self, spec: Spec[M]) -> Pages[M]:
        return reads.pages(spec)

    def values_list(self, *names: str) -> ValuesList[M]:
        """The values of these fields as tuples, in their annotated types, instead of documents."""
        kind: type[ValuesList[M]] = ValuesList
        return with_spec(kind, aggregates.values(self._spec, names))

    def json(self) -> list[str]:
        """The rows as JSON texts, made by the server: ``SELECT JSON ...``."""
        return collect(aggregates.json_pages(self._spec))


class GroupedQuerySet(Documents[M]):
    """A query after ``group_by()``. It is there for ``aggregate()``; its documents are the first row of each group."""

    __slots__ = ()

    def aggregate(self, **expressions: str) -> list[dict[str, Any]]:
        """Aggregates of each group, with its key: ``[{"user_id": ..., "n": 12}, ...]``.

        It sends ``SELECT user_id, count(*) AS n ... GROUP BY user_id``.
        """
        return collect(aggregates.of_groups(self._spec, expressions))


class QuerySet(Documents[M]):
    """A query on one table. Nothing is sent before one of its last methods is called, or it is iterated over.

    Iterating fetches page by page, so that any number of rows fits into memory.
    """

    __slots__ = ()

    def group_by(self, *names: str) -> GroupedQuerySet[M]:
        """Take the rows with the same values of these key columns together, for ``aggregate()``: ``GROUP BY a, b``.

        They are the partition key, and clustering columns from the left; what ``filter()`` gives by ``=`` may be left
        out. Raises `InvalidQueryError` for others.
        """
        kind: type[GroupedQuerySet[M]] = GroupedQuerySet
        return with_spec(kind, aggregates.groups(self._spec, names))

    def count(self) -> int:
        """The number of rows. The server reads all of them to count them.

        It sends ``SELECT count(*) FROM ...``. Raises `InvalidQueryError` after ``limit()``, as aggregates do: the
        server would apply it to its answer, which is one row.
        """
        return run(reads.count(self._spec))

    def exists(self) -> bool:
        """Whether there is a row that the query finds: it reads the key of the first one, and no other.

        It sends ``SELECT <key> FROM ... LIMIT 1``. Raises `InvalidQueryError` after ``limit()`` and ``page()``.
        """
        return with_spec(type(self), reads.existing(self._spec)).first() is not None

    def aggregate(self, **expressions: str) -> dict[str, Any]:
        """Aggregates by name: ``aggregate(n="count(*)", top="max(score)")`` gives ``{"n": 12, "top": 9.5}``.

        There are count, sum, avg, min and max. After ``group_by()`` it gives a list of such, one for each group.
        """
        return run(aggregates.aggregate(self._spec, expressions))

    def sum(self, name: str) -> Any:
        """Add up a field over all rows; 0 if there are none.

        It sends ``SELECT sum(name) ...``.
        """
        return run(aggregates.scalar(self._spec, "sum", name))

    def avg(self, name: str) -> Any:
        """The mean of a field over all rows; of whole numbers a whole number, as CQL has it.

        It sends ``SELECT avg(name) ...``.
        """
        return run(aggregates.scalar(self._spec, "avg", name))

    def min(self, name: str) -> Any:
        """The least value of a field; None if there is none.

        It sends ``SELECT min(name) ...``.
        """
        return run(aggregates.scalar(self._spec, "min", name))

    def max(self, name: str) -> Any:
        """The greatest value of a field; None if there is none.

        It sends ``SELECT max(name) ...``.
        """
        return run(aggregates.scalar(self._spec, "max", name))

    def writetime(self, name: str) -> int | None:
        """When the field of the first row was written, in microseconds since 1970; None if it has no value.

        Raises `InvalidQueryError` for a key column, and for a collection that is not frozen: it has one for each part.
        """
        found = collect(aggregates.of_cell(self._spec, "writetime", name))
        return found[0] if found else None

    def column_ttl(self, name: str) -> int | None:
        """In how many seconds the field of the first row expires; None if it does not, or has no value.

        Raises `InvalidQueryError` as ``writetime()`` does.
        """
        found = collect(aggregates.of_cell(self._spec, "ttl", name))
        return found[0] if found else None

    def create(
        self, values: dict[str, Any] | None = None, /, *, batch: BatchBase | None = None, **fields: Any
    ) -> M:
        """Save a new document, with the TTL, timestamp, keyspace and options of this query.

        A field called ``batch`` goes into the mapping: ``create({"batch": 7}, id=1)``. With ``if_not_exists()`` it is
        inserted only if there is no such row; if there is one, raises `ConditionNotMet`, which carries that row.
        """
        document, plan = query_writes.create(self._spec, together(values, fields))
        write(plan, batch)
        return document

    @overload
    def update(
        self, values: dict[str, Any] | None = None, /, *, if_conditions: dict[str, Any], batch: None = None, **sets: Any
    ) -> LWTResult[M]: ...

    @overload
    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: dict[str, Any] | None = None,
        batch: BatchBase,
        **sets: Any,
    ) -> None: ...

    @overload
    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: dict[str, Any] | None = None,
        batch: BatchBase | None = None,
        **sets: Any,
    ) -> LWTResult[M] | None: ...

    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: dict[str, Any] | None = None,
        batch: BatchBase | None = None,
        **sets: Any,
    ) -> LWTResult[M] | None:
        """Set columns of the row whose key the filters give: ``UPDATE ... SET ... WHERE ...``, read by nobody before.

        An `LWTResult` if there was a condition, else None. Raises `InvalidQueryError` without the whole key.
        """
        plan = query_writes.update(self._spec, values, sets, if_conditions)
        return write(plan, batch)

    @overload
    def delete(self, *, if_conditions: dict[str, Any], batch: None = None) -> LWTResult[M]: ...

    @overload
    def delete(self, *, if_conditions: dict[str, Any] | None = None, batch: BatchBase) -> None: ...

    @overload
    def delete(
        self, *, if_conditions: dict[str, Any] | None = None, batch: BatchBase | None = None
    ) -> LWTResult[M] | None: ...

    def delete(
        self, *, if_conditions: dict[str, Any] | None = None, batch: BatchBase | None = None
    ) -> LWTResult[M] | None:
        """Delete the rows that the filters name: one, a range of clustering keys, or whole partitions.

        An `LWTResult` if there was a condition, else None. Raises `InvalidQueryError` without the partition key.
        """
        plan = query_writes.delete(self._spec, if_conditions)
        return write(plan, batch)
