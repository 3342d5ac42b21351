# Derived by tests/derive.py: edit coodie/aio/arrow.py,
# then run `tox -e sync`.
"""Rows of queries and scans as data of Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from coodie.sync._run import stream, work_through
from coodie.plans.arrow import ROWS, ArrowRead, Tabular
from coodie.plans.plan import Pages


def to_arrow(source: Tabular) -> Any:
    """The rows of a query, such as ``Event.find(user_id=uid)``, or of a scan as a ``pyarrow.Table``.

    They come straight from the answers, without documents, so they take a fraction of the memory. It sends what the
    query or the scan would send. ``only()``, ``defer()``, ``values_list()`` and ``as_()`` choose the columns, which
    have the names of the table's columns, or of the fields of the class of ``as_()``. A null is what a document has in
    its place, an empty collection or the default where the field allows no None; validators are not called otherwise.

    Raises `DecodeError` for a row with a null that the class does not allow, unless the query or the scan has a handler
    for what is ``unreadable``; `ConfigurationError` if pyarrow is not installed; `InvalidQueryError` for anything that
    is neither a query nor a scan.
    """
    read = ArrowRead(source, whole=True)
    return read.table([batch for batch in _batches(read)])


def arrow_batches(source: Tabular, *, rows: int = ROWS) -> Iterator[Any]:
    """The rows of a query or a scan as ``pyarrow.RecordBatch`` objects of so many ``rows``, the last one of fewer.

    ``for batch in arrow_batches(Event.scan()): ...`` is `to_arrow` for any number of rows. After each batch the
    ``state()`` of a scan covers exactly the rows of the batches so far. Raises as `to_arrow` does.
    """
    return _batches(ArrowRead(source, rows))


def _batches(read: ArrowRead) -> Iterator[Any]:
    work = read.work
    found: Any = stream(work) if isinstance(work, Pages) else work_through(work)
    with read.kept():
        with closing(found):
            for row in found:
                if (batch := read.add(row)) is not None:
                    yield batch
        if (batch := read.rest()) is not None:
            yield batch
