"""Queries and scans whose rows become record batches of Arrow, straight from the answers, without documents."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from operator import itemgetter
from typing import Any, Final, TypeAlias

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.mapping.columns import Row
from coodie.mapping.model import Model, mapper_of
from coodie.plans.arrow_rows import ArrowRows, DocumentRows, ProjectedRows, ValueRows
from coodie.plans.plan import Pages
from coodie.plans.projected import projected_first_trip
from coodie.plans.query import DocumentQuery, Query, spec_in
from coodie.plans.reads import check_told, first_trip
from coodie.plans.scans import Run, Scanning, TableScan, scanning_of
from coodie.plans.work import positive

Tabular: TypeAlias = Query[Any] | TableScan[Any]
"""What has rows: a query of any kind, or a scan."""

ROWS: Final = 10_000
"""How many rows a batch has."""


def arrow_schema(model: type[Model]) -> Any:
    """The schema of the documents of a model."""
    mapper = mapper_of(model)
    return DocumentRows(mapper, mapper.selected).schema


class ArrowRead:
    """The rows of a query or a scan, which are collected until they are a batch.

    If all batches are to be handed out together, ``whole``, then a scan has handed out nothing before. Raises
    `InvalidQueryError` for what has no rows.
    """

    def __init__(self, source: Tabular, rows: int = ROWS, *, whole: bool = False) -> None:
        positive("rows=", rows)
        self._most, self._whole = rows, whole
        self._rows: list[Row] = []
        self._scanning: Scanning[Any] | None = None
        self.work: Pages[Row] | Run[Row]
        """What gives the rows."""
        if isinstance(source, TableScan):
            self._scanning = scanning_of(source)
            self._columns, self.work = _scanned(self._scanning)
        elif isinstance(source, Query):  # pyright: ignore[reportUnnecessaryIsInstance]
            self._columns, self.work = _queried(source)
        else:
            raise InvalidQueryError(f"a query, such as Event.find(), or a scan has rows, not {a_type(source)}")
        self._go_back = self._mark()

    def add(self, row: Row) -> Any:
        """The batch that is complete with this row; None if it is not."""
        self._rows.append(row)
        return self.rest() if len(self._rows) == self._most else None

    def rest(self) -> Any:
        """A batch of the rows that are left; None if there are none."""
        if not self._rows:
            return None
        batch = self._columns.batch(self._rows)
        self._rows = []
        if not self._whole:
            self._go_back = self._mark()
        return batch

    def table(self, batches: Sequence[Any]) -> Any:
        """The batches together."""
        return self._columns.table(batches)

    @contextmanager
    def kept(self) -> Generator[None]:
        """A block in which batches are handed out; if it raises, a scan has handed out those alone."""
        try:
            yield
        except BaseException:
            self._go_back()
            raise

    def _mark(self) -> Callable[[], None]:
        return (lambda: None) if self._scanning is None else self._scanning.mark()


def _scanned(scanning: Scanning[Any]) -> tuple[ArrowRows, Run[Row]]:
    source = scanning.documents
    assert source.model is not None
    columns = DocumentRows(mapper_of(source.model), source.columns, source.table.primary_key)
    rows = replace(source, read=partial(columns.read, unreadable=source.unreadable), key_of=itemgetter(-1))
    return columns, scanning.begin(rows)


def _queried(query: Query[Any]) -> tuple[ArrowRows, Pages[Row]]:
    spec = spec_in(query)
    if spec.projection is not None:
        columns: ArrowRows = ProjectedRows(spec.mapper, spec.projection)
        first = projected_first_trip(spec)
    else:
        names = spec.columns or spec.mapper.selected
        if isinstance(query, DocumentQuery):
            columns = DocumentRows(spec.mapper, names)
        else:
            check_told(spec)
            columns = ValueRows(spec.mapper, names)
        first = first_trip(spec)
    return columns, Pages(first, partial(columns.read, unreadable=spec.unreadable), spec.connection)
