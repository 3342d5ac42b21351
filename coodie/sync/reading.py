# Derived by tests/derive.py: edit coodie/aio/reading.py,
# then run `tox -e sync`.
"""Functions that read, for models of either API: ``find(Event, ...)`` is the query of this API, whatever `Event` is."""

from __future__ import annotations

from typing import Any, TypeVar

from typing_extensions import Unpack

from coodie._errors import DocumentNotFound
from coodie.sync._run import only, run
from coodie.sync.query import QuerySet
from coodie.sync.raw_queries import RawQuerySet
from coodie.sync.scans import Scan
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


def find_one(model: type[M] | Placed[M], /, *where: Where, **lookups: Any) -> M | None:
    """The first matching document, or None: ``SELECT ... LIMIT 1``."""
    return find(model, *where, **lookups).first()


def get(model: type[M] | Placed[M], /, *where: Where, **lookups: Any) -> M:
    """The document with this key: ``SELECT ... FROM ... WHERE <key>``.

    Raises `DocumentNotFound` if there is none, `MultipleDocumentsFound` if there are several.
    """
    cls, home = placed(model, "get")
    given = asked(where, lookups)
    pages = reads.by_key(cls, given, home)
    return (QuerySet(cls, given, home).one() if pages is None else only(pages, cls, given))


def get_or_none(model: type[M] | Placed[M], /, *where: Where, **lookups: Any) -> M | None:
    """The document with this key, or None. Raises `MultipleDocumentsFound` if there are several."""
    try:
        return get(model, *where, **lookups)
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


def refresh(document: Model, /, *, consistency: Consistency | None = None, timeout: float | None = None) -> None:
    """Load the columns of this object again: ``SELECT ... WHERE <key>``. See `Document.refresh`."""
    run(document_state.refresh(document, consistency=consistency, timeout=timeout))
