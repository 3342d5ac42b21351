# Derived by tests/derive.py: edit coodie/aio/query.py,
# then run `tox -e sync`.
"""Query sets: queries with the methods that send them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, Literal, TypeVar, overload

from typing_extensions import Self

from coodie._seal import Secret
from coodie.sync._run import collect, drive, pick, run, stream, write
from coodie.cql.message import Statement
from coodie.mapping.model import Model
from coodie.mapping.projections import S
from coodie.plans import aggregates, query_writes, reads
from coodie.plans.advice import in_one_list
from coodie.plans.arguments import together
from coodie.plans.batches import BatchBase
from coodie.plans.conditions import Conditions
from coodie.plans.plan import Pages
from coodie.plans.projected import projected, projected_pages, projected_statement
from coodie.plans.query import Slips, DocumentQuery, Query, with_spec
from coodie.plans.spec import Spec
from coodie.plans.tracing import traced_page
from coodie.results import LWTResult, PagedResult, Trace

M = TypeVar("M", bound=Model)
T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
H = TypeVar("H")


class Selection(Query[M], Slips, Generic[M, T]):
    """The methods of all queries that fetch rows."""

    __slots__ = ()

    def _read(self, spec: Spec[M]) -> Pages[T]:
        raise NotImplementedError

    def _pages(self) -> Pages[T]:
        return self._read(self._spec)

    def statement(self) -> Statement:
        """The SELECT that this query would send, with its bound values; needs no connection."""
        return reads.statement(self._spec)

    def all(self) -> list[T]:
        """All results of the query, from all pages."""
        return collect(in_one_list(self._spec, self._pages()))

    def first(self) -> T | None:
        """The first result, or None: the query with ``LIMIT 1``."""
        found = drive(*reads.first(self._spec, self._read))
        return found[0] if found else None

    def one(self) -> T:
        """The only result of the query.

        Raises `DocumentNotFound` if there is none, `MultipleDocumentsFound` if there are several.
        """
        flow, connection = reads.at_most_two(self._spec, self._read)
        found = drive(flow, connection)
        asked = None if len(found) == 1 else self._pages().next
        return pick(found, self._spec.mapper.model, self._spec.keys, asked, connection)

    def paged_all(self) -> PagedResult[T]:
        """One page, and the paging state from which to continue: ``query.page(result.paging_state)``.

        A page without rows need not be the last one; only a page whose ``paging_state`` is None is.
        """
        return run(reads.paged(self._pages()))

    def trace(self) -> Trace:
        """Have the server trace this query, and return the trace, which ``print()`` shows as a tree with times.

        The query is executed, but only its first page, and the rows are not returned. Tracing costs the server a dozen
        writes, so it is for finding out why one query is slow. Raises `InvalidQueryError` if nothing would be sent, and
        `ConfigurationError` if the driver gives no traces.
        """
        pages = self._pages()
        return drive(traced_page(pages), pages.connection)

    def page_token(self, token: str | None, secret: Secret, context: str = "") -> Self:
        """Continue after the page whose `PagedResult.token` this is; None starts at the beginning.

        ``secret`` may be several, of which one has to be the token's. Raises `InvalidPageToken` for a token that was
        changed, has expired, or is of another query, of other values, or of another ``context``.
        """
        return self.page(None if token is None else reads.unsealed(self._pages(), token, secret, context))

    def __iter__(self) -> Iterator[T]:
        return stream(self._pages())


class ValuesList(Selection[M, T]):
    """A query that returns tuples of values instead of documents."""

    __slots__ = ()

    def _read(self, spec: Spec[M]) -> Pages[Any]:
        return aggregates.value_pages(spec)


class Projected(Selection[M, S]):
    """A query that returns objects of another class than the document's: the result of ``as_(Summary)``."""

    __slots__ = ()

    def _read(self, spec: Spec[M]) -> Pages[S]:
        return projected_pages(spec)

    def statement(self) -> Statement:
        """The SELECT that this query would send, with its bound values; needs no connection."""
        return projected_statement(self._spec)


class Documents(DocumentQuery[M], Selection[M, M]):
    """A query that returns documents, with methods to return something else instead."""

    __slots__ = ()

    def _read(self, spec: Spec[M]) -> Pages[M]:
        return reads.pages(spec)

    @overload
    def values_list(self, *names: str) -> ValuesList[M, tuple[Any, ...]]: ...

    @overload
    def values_list(self, a: A, /) -> ValuesList[M, tuple[A]]: ...

    @overload
    def values_list(self, a: A, b: B, /) -> ValuesList[M, tuple[A, B]]: ...

    @overload
    def values_list(self, a: A, b: B, c: C, /) -> ValuesList[M, tuple[A, B, C]]: ...

    @overload
    def values_list(self, a: A, b: B, c: C, d: D, /) -> ValuesList[M, tuple[A, B, C, D]]: ...

    @overload
    def values_list(self, a: A, b: B, c: C, d: D, e: E, /) -> ValuesList[M, tuple[A, B, C, D, E]]: ...

    @overload
    def values_list(self, a: A, b: B, c: C, d: D, e: E, f: F, /) -> ValuesList[M, tuple[A, B, C, D, E, F]]: ...

    @overload
    def values_list(self, a: A, b: B, c: C, d: D, e: E, f: F, g: G, /) -> ValuesList[M, tuple[A, B, C, D, E, F, G]]: ...

    @overload
    def values_list(
        self, a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H, /
    ) -> ValuesList[M, tuple[A, B, C, D, E, F, G, H]]: ...

    @overload
    def values_list(self, *columns: object) -> ValuesList[M, tuple[Any, ...]]: ...

    def values_list(self, *fields: object) -> ValuesList[M, Any]:
        """A query for the values of these fields as tuples, in their annotated types, instead of documents.

        With ``values_list(Event.ts, Event.note)`` type checkers know the types of the values, unless all of them are
        str, which they cannot tell from names. Raises `InvalidQueryError` for an unknown field.
        """
        kind: type[ValuesList[M, Any]] = ValuesList
        return with_spec(kind, aggregates.values(self._spec, fields))

    def as_(self, model: type[S]) -> Projected[M, S]:
        """A query for objects of this class, any Pydantic model, instead of documents.

        The SELECT list comes from its fields: columns by name, and by the markers `From`, `Writetime`, `Ttl`, `Cast`,
        `Function`, `TokenOf` and `Similarity` of ``coodie.fields`` whatever else a SELECT gives. Raises
        `InvalidQueryError` for a field that is neither. A row that does not fit raises `DecodeError` when it is read.
        """
        kind: type[Projected[M, S]] = Projected
        return with_spec(kind, projected(self._spec, model))

    def json(self) -> list[str]:
        """The rows as JSON, serialised by the server: ``SELECT JSON ...``."""
        return collect(in_one_list(self._spec, aggregates.json_pages(self._spec)))


class GroupedQuerySet(Documents[M]):
    """A query after ``group_by()``, meant for ``aggregate()``; its documents are the first row of each group."""

    __slots__ = ()

    def aggregate(self, **expressions: str) -> list[dict[str, Any]]:
        """Aggregates of each group, with its key: ``[{"user_id": ..., "n": 12}, ...]``.

        It sends ``SELECT user_id, count(*) AS n ... GROUP BY user_id``.
        """
        return collect(aggregates.of_groups(self._spec, expressions))


class QuerySet(Documents[M]):
    """A query on one table. Nothing is sent until a terminal method is called or the query is iterated over.

    Iterating fetches page by page, so that any number of rows can be processed.
    """

    __slots__ = ()

    def group_by(self, *names: str) -> GroupedQuerySet[M]:
        """Group the rows by these key columns, for ``aggregate()``: ``GROUP BY a, b``.

        They must be the partition key followed by clustering columns from the left; a column that ``filter()`` gives by
        ``=`` may be omitted. Raises `InvalidQueryError` for any others.
        """
        kind: type[GroupedQuerySet[M]] = GroupedQuerySet
        return with_spec(kind, aggregates.groups(self._spec, names))

    def count(self) -> int:
        """The number of rows. The server has to read all of them.

        It sends ``SELECT count(*) FROM ...``. Raises `InvalidQueryError` after ``limit()``, like all aggregates, since
        the server would apply the limit to its answer, which is one row.
        """
        return run(reads.count(self._spec))

    def exists(self) -> bool:
        """Whether any row matches; only the key of the first one is read.

        It sends ``SELECT <key> FROM ... LIMIT 1``. Raises `InvalidQueryError` after ``limit()`` and ``page()``.
        """
        return with_spec(type(self), reads.existing(self._spec)).first() is not None

    def aggregate(self, **expressions: str) -> dict[str, Any]:
        """Aggregates by name: ``aggregate(n="count(*)", top="max(score)")`` gives ``{"n": 12, "top": 9.5}``.

        The functions are count, sum, avg, min and max. After ``group_by()`` it returns a list with one for each group.
        """
        return run(aggregates.aggregate(self._spec, expressions))

    def sum(self, name: str) -> Any:
        """The sum of a field over all rows; 0 if there are none.

        It sends ``SELECT sum(name) ...``.
        """
        return run(aggregates.scalar(self._spec, "sum", name))

    def avg(self, name: str) -> Any:
        """The mean of a field over all rows; for an integer type it is truncated to an integer, as in CQL.

        It sends ``SELECT avg(name) ...``.
        """
        return run(aggregates.scalar(self._spec, "avg", name))

    def min(self, name: str) -> Any:
        """The smallest value of a field; None if there is none.

        It sends ``SELECT min(name) ...``.
        """
        return run(aggregates.scalar(self._spec, "min", name))

    def max(self, name: str) -> Any:
        """The largest value of a field; None if there is none.

        It sends ``SELECT max(name) ...``.
        """
        return run(aggregates.scalar(self._spec, "max", name))

    def writetime(self, name: str) -> int | None:
        """When the field of the first row was written, in microseconds since 1970; None if it has no value.

        Raises `InvalidQueryError` for a key column, and for a collection that is not frozen, since each of its elements
        has its own.
        """
        found = collect(aggregates.of_cell(self._spec, "writetime", name))
        return found[0] if found else None

    def column_ttl(self, name: str) -> int | None:
        """The number of seconds until the field of the first row expires; None if it does not, or has no value.

        Raises `InvalidQueryError` as ``writetime()`` does.
        """
        found = collect(aggregates.of_cell(self._spec, "ttl", name))
        return found[0] if found else None

    def create(
        self, values: dict[str, Any] | None = None, /, *, batch: BatchBase | None = None, **fields: Any
    ) -> M:
        """Save a new document, with the TTL, timestamp, keyspace and options of this query.

        A field called ``batch`` is given in the mapping: ``create({"batch": 7}, id=1)``. With ``if_not_exists()`` it is
        inserted only if the row does not exist; otherwise raises `ConditionNotMet`, which carries the existing row.
        """
        document, plan = query_writes.create(self._spec, together(values, fields))
        write(plan, batch)
        return document

    @overload
    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: Conditions,
        batch: None = None,
        trace: Literal[False] = False,
        **sets: Any,
    ) -> LWTResult[M]: ...

    @overload
    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: Conditions | None = None,
        batch: BatchBase,
        trace: Literal[False] = False,
        **sets: Any,
    ) -> None: ...

    @overload
    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: Conditions | None = None,
        batch: BatchBase | None = None,
        trace: Literal[False] = False,
        **sets: Any,
    ) -> LWTResult[M] | None: ...

    @overload
    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        trace: Literal[True],
        if_conditions: Conditions | None = None,
        **sets: Any,
    ) -> Trace: ...

    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: Conditions | None = None,
        batch: BatchBase | None = None,
        trace: bool = False,
        **sets: Any,
    ) -> LWTResult[M] | Trace | None:
        """Set columns of the row whose key the filters give, without reading it: ``UPDATE ... SET ... WHERE ...``.

        Returns an `LWTResult` if there is a condition, else None; with ``trace=True`` the server's `Trace` of the
        request. Raises `InvalidQueryError` without the full key.
        """
        plan = query_writes.update(self._spec, values, sets, if_conditions)
        return write(plan, batch, trace)

    @overload
    def delete(self, *, if_conditions: Conditions, batch: None = None) -> LWTResult[M]: ...

    @overload
    def delete(self, *, if_conditions: Conditions | None = None, batch: BatchBase) -> None: ...

    @overload
    def delete(
        self, *, if_conditions: Conditions | None = None, batch: BatchBase | None = None
    ) -> LWTResult[M] | None: ...

    @overload
    def delete(self, *, trace: Literal[True], if_conditions: Conditions | None = None) -> Trace: ...

    def delete(
        self, *, if_conditions: Conditions | None = None, batch: BatchBase | None = None, trace: bool = False
    ) -> LWTResult[M] | Trace | None:
        """Delete the rows that the filters select: single rows, ranges of clustering keys, or whole partitions.

        Returns an `LWTResult` if there is a condition, else None; with ``trace=True`` the server's `Trace` of the
        request. Raises `InvalidQueryError` without the partition key.
        """
        plan = query_writes.delete(self._spec, if_conditions)
        return write(plan, batch, trace)
