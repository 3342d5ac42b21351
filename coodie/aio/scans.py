"""Reading many rows: whole tables, and documents by their keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, TypeVar

from typing_extensions import Unpack

from coodie.aio._run import work_through
from coodie.cql.message import Consistency
from coodie.mapping.model import Model
from coodie.plans.key_reads import KeyReads
from coodie.plans.plan import Placed
from coodie.plans.scans import ScanOptions, Split, TableScan, scan_of_split

M = TypeVar("M", bound=Model)


class Scan(TableScan[M]):
    """All documents of a table, or of a split of it, in no order: the result of ``Event.scan()``.

    It is iterated over by one loop at a time. A loop that begins after another one has ended goes on behind it.
    """

    __slots__ = ()

    def __aiter__(self) -> AsyncIterator[M]:
        return work_through(self._scanning.begin())


def read_split(split: Split[M], *, concurrency: int = 1, **options: Unpack[ScanOptions]) -> Scan[M]:
    """The documents of a split, as a scan; its options are those of ``scan()``.

    The process needs the connection of the model under the same name.
    """
    return Scan(scan_of_split(split, concurrency=concurrency, **options))


async def get_many(
    model: type[M] | Placed[M],
    keys: Iterable[Any],
    *,
    concurrency: int = 100,
    attempts: int = 5,
    consistency: Consistency | None = None,
    timeout: float | None = None,
) -> list[M | None]:
    """The documents with these keys, in their order; None where there is none.

    A key is the value of the only key field, a tuple with the values of all key fields in their order, or a dictionary
    by their names. ``model`` may also be ``User.using(keyspace=...)``. A key that is given twice gives one document.

    It sends one ``SELECT ... WHERE <key>`` for each key, and for keys that differ in the last clustering column alone
    ``... AND <last> IN ?``, ``concurrency`` at a time. Each is sent up to ``attempts`` times while the cluster is busy.
    ``timeout`` is in seconds for each request. Raises `InvalidQueryError` for a key that does not fit, before anything
    is sent, and `DecodeError` for a row that does not fit the model.
    """
    reads = KeyReads(model, keys, concurrency, attempts, consistency=consistency, timeout=timeout)
    async for _ in work_through(reads):
        pass
    return reads.found()
