"""Saving and inserting a document, and what of it would be sent: the part of `Document` that writes whole rows."""

from __future__ import annotations

from datetime import datetime
from typing import overload

from typing_extensions import Self

from coodie.aio._run import write
from coodie.aio.table import BaseDocument
from coodie.cql.message import Consistency, SerialConsistency
from coodie.plans import document_state, writes
from coodie.plans.batches import BatchBase
from coodie.results import LWTResult


class SavableDocument(BaseDocument):
    """A document that is written as a row, unlike a row of counters."""

    async def save(
        self,
        *,
        full: bool = False,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
    ) -> None:
        """Write the row, whether there was one or not: ``INSERT INTO ... VALUES (...)``.

        Of a new document all fields are sent. One never set that is None or an empty collection is sent unset: it
        leaves the column as it is and makes no tombstone. None that was set is null.

        Of a document that was loaded, or saved before, only what changed since is sent, changes of lists,
        dictionaries and nested models in place included; the other columns are sent unset. If nothing changed, nothing
        is sent. ``changes()`` tells what it would be. All is sent with ``full=True``, with a TTL (here or of the
        table), if the key changed, and after ``delete()``.

        ``ttl`` is in seconds, ``timestamp`` in microseconds since 1970, ``timeout`` in seconds. With ``batch`` it
        waits for the batch. Raises `InvalidQueryError` without the whole key, `OutcomeUnknown` if nobody knows
        whether it happened.
        """
        plan = writes.save(self, full=full, ttl=ttl, timestamp=timestamp, consistency=consistency, timeout=timeout)
        await write(plan, batch)

    def changes(self) -> set[str]:
        """The names of the fields that ``save()`` would send; of a new document all. Nothing is sent.

        The key, which goes along, is among them only if it changed. Raises `InvalidQueryError` for a value that its
        column cannot hold.
        """
        return document_state.changes(self)

    def rollback(self) -> None:
        """Bring the fields back to what was loaded, or last saved or updated. Nothing is sent.

        Raises `InvalidQueryError` for a document that was never loaded or saved, or whose class is frozen.
        """
        document_state.roll_back(self)

    @overload
    async def insert(
        self,
        *,
        ttl: int | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: None = None,
    ) -> LWTResult[Self]: ...

    @overload
    async def insert(
        self,
        *,
        ttl: int | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase,
    ) -> None: ...

    @overload
    async def insert(
        self,
        *,
        ttl: int | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
    ) -> LWTResult[Self] | None: ...

    async def insert(
        self,
        *,
        ttl: int | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
    ) -> LWTResult[Self] | None:
        """Write the row only if there is none with its key: ``INSERT INTO ... VALUES (...) IF NOT EXISTS``.

        Gives an `LWTResult`: its truth value tells whether it was written, ``existing`` is the row that was there.
        This object stays as it is. ``ttl`` and ``timeout`` are in seconds. With ``batch`` it waits for the batch, and
        gives None. Raises `OutcomeUnknown` if nobody knows whether it happened.
        """
        plan = writes.insert(
            self, ttl=ttl, consistency=consistency, serial_consistency=serial_consistency, timeout=timeout
        )
        return await write(plan, batch)
