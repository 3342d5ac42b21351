"""Queries in CQL of the user's own, whose rows become documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeVar

from coodie.aio._run import collect, drive, pick, run, stream
from coodie.mapping.model import Model
from coodie.plans.query import AsyncSlips
from coodie.plans.raw import RawQuery
from coodie.plans.tracing import traced_page
from coodie.results import PagedResult, Trace

M = TypeVar("M", bound=Model)


class RawQuerySet(RawQuery[M], AsyncSlips):
    """A SELECT in your own words, ``Event.raw("SELECT ...", [uid])``. Columns are read by their names.

    Columns that the model lacks are ignored, and fields whose columns the answer lacks are not loaded.
    """

    __slots__ = ()

    async def all(self) -> list[M]:
        """All documents, from all pages."""
        return await collect(self._pages())

    async def first(self) -> M | None:
        """The first document, or None. The text is sent as it is, so give it a LIMIT."""
        found, _ = await drive(*self._some(1))
        return found[0] if found else None

    async def one(self) -> M:
        """The only document. Raises `DocumentNotFound` if there is none, `MultipleDocumentsFound` for several."""
        flow, connection = self._some(2)
        found, _ = await drive(flow, connection)
        return pick(found, self._model, ("what raw() asks for",), self._statement, connection)

    async def paged_all(self) -> PagedResult[M]:
        """One page, and the paging state from which to continue: ``query.page(result.paging_state)``."""
        return await run(self._page())

    async def trace(self) -> Trace:
        """Have the server trace this statement; as ``trace()`` of other queries."""
        pages = self._pages()
        return await drive(traced_page(pages), pages.connection)

    def __aiter__(self) -> AsyncIterator[M]:
        return stream(self._pages())
