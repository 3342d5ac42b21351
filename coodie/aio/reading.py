"""Functions that read, for models of either API: ``find(Event, ...)`` is the query of this API, whatever `Event` is."""

from __future__ import annotations

from typing import Any, TypeVar

from typing_extensions import Unpack

from coodie._errors import DocumentNotFound
from coodie.aio._run import only, run
from coodie.aio.query import QuerySet
from coodie.aio.raw_queries import RawQuerySet
from coodie.aio.scans import Scan
from coodie.cql.message import Consistency
from coodie.mapping.model import Model
from coodie.plans import document_state, reads
from coodie.plans.arguments import Where, asked
from coodie.plans.plan import Placed, placed
from coodie.plans.raw import Params, raw_select
from coodie.plans.scans import ScanOptions, scan_of

M = TypeVar("M", bound=Model)


def find(model: type[M] | Placed[M], /, *where: Where, **lookups: Any) -> QuerySet[M]:
    """A query for the rows that match all of these filters; nothing is sent yet. See `Document.find`."""
    cls, home = placed(model, "find")
    return QuerySet(cls, asked(where, lookups), home)


async def find_one(model: type[M] | Placed[M], /, *where: Where, **lookups: Any) -> M | None:
    """The first matching document, or None: ``SELECT ... LIMIT 1``."""
    return await find(model, *where, **lookups).first()


async def get(model: type[M] | Placed[M], /, *where: Where, **lookups: Any) -> M:
    """The document with this key: ``SELECT ... FROM ... WHERE <key>``.

    Raises `DocumentNotFound` if there is none, `MultipleDocumentsFound` if there are several.
    """
    cls, home = placed(model, "get")
    given = asked(where, lookups)
    pages = reads.by_key(cls, given, home)
    return await (QuerySet(cls, given, home).one() if pages is None else only(pages, cls, given))


async def get_or_none(model: type[M] | Placed[M], /, *where: Where, **lookups: Any) -> M | None:
    """The document with this key, or None. Raises `MultipleDocumentsFound` if there are several."""
    try:
        return await get(model, *where, **lookups)
    except DocumentNotFound:
        return None


def raw(model: type[M] | Placed[M], cql: str, params: Params = (), /) -> RawQuerySet[M]:
    """A query in your own CQL whose rows are read as documents; nothing is sent yet. See `Document.raw`."""
    cls, home = placed(model, "raw")
    return RawQuerySet(cls, raw_select(cls, cql, params), home)


def scan(model: type[M] | Placed[M], /, *, concurrency: int = 8, **options: Unpack[ScanOptions]) -> Scan[M]:
    """All documents of the table, read by ranges of tokens; nothing is sent yet. The options are those of
    `Document.scan`.
    """
    cls, home = placed(model, "scan")
    return Scan(scan_of(cls, home, concurrency=concurrency, **options))


async def refresh(document: Model, /, *, consistency: Consistency | None = None, timeout: float | None = None) -> None:
    """Load the columns of this object again: ``SELECT ... WHERE <key>``. See `Document.refresh`."""
    await run(document_state.refresh(document, consistency=consistency, timeout=timeout))
