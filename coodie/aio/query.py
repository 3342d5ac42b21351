"""The query set of this door: a query, and the methods that send it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypeVar

from coodie.aio._run import collect, run, stream
from coodie.cql.message import Statement
from coodie.mapping.model import Model
from coodie.plans import query_writes, reads
from coodie.plans.batches import BatchBase
from coodie.plans.query import Query
from coodie.results import LWTResult, PagedResult

M = TypeVar("M", bound=Model)


class QuerySet(Query[M]):
    """A query on one table. Nothing is sent before one of its last methods is called, or it is iterated over.

    Iterating fetches page by page, so that any number of rows fits into memory.
    """

    __slots__ = ()

    def statement(self) -> Statement:
        """The SELECT that this query sends, with its bound values; made without a connection."""
        return reads.statement(self)

    async def all(self) -> list[M]:
        """All documents that the query finds, over all pages."""
        return await collect(reads.pages(self))

    async def first(self) -> M | None:
        """The first document, or None: the query with ``LIMIT 1``."""
        found = await collect(reads.pages(self.limit(1)))
        return found[0] if found else None

    async def one(self) -> M:
        """The only document that the query finds.

        Raises `DocumentNotFound` if there is none, `MultipleDocumentsFound` if there are more.
        """
        return reads.the_one(self, await collect(reads.pages(reads.at_most_two(self))))

    async def paged_all(self) -> PagedResult[M]:
        """One page of documents, and the paging state to go on with: ``query.page(result.paging_state)``."""
        return await run(reads.paged(self))

    async def count(self) -> int:
        """The number of rows. The server reads them all to tell.

        It sends ``SELECT count(*) FROM ...``.
        """
        return await run(reads.count(self))

    def __aiter__(self) -> AsyncIterator[M]:
        return stream(reads.pages(self))

    async def create(self, *, batch: BatchBase | None = None, **fields: Any) -> M:
        """Save a new document, with the TTL, timestamp, keyspace and options of this query.

        With ``if_not_exists()`` it is inserted only if there is no such row; then raises `ConditionNotMet`, which
        carries the existing row, if there is one.
        """
        document, plan = query_writes.create(self, fields)
        if batch is not None:
            batch._take(plan)
        else:
            await run(plan)
        return document

    async def update(
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
        plan = query_writes.update(self, values, sets, if_conditions)
        if batch is not None:
            batch._take(plan)
            return None
        return await run(plan)

    async def delete(
        self, *, if_conditions: dict[str, Any] | None = None, batch: BatchBase | None = None
    ) -> LWTResult[M] | None:
        """Delete the rows that the filters name: one, a range of clustering keys, or whole partitions.

        An `LWTResult` if there was a condition, else None. Raises `InvalidQueryError` without the partition key.
        """
        plan = query_writes.delete(self, if_conditions)
        if batch is not None:
            batch._take(plan)
            return None
        return await run(plan)
