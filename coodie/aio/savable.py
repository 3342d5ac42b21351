"""Saving and inserting documents: the part of `Document` that writes whole rows."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, overload

from typing_extensions import Self, Unpack

from coodie.aio._run import write
from coodie.aio.table import BaseDocument
from coodie.cql.message import Consistency, SerialConsistency
from coodie.mapping.model import DocumentModel
from coodie.plans import document_state, writes
from coodie.plans.batches import BatchBase
from coodie.plans.plan import InsertOptions, SaveOptions
from coodie.results import LWTResult, Trace


class SavableDocument(BaseDocument, DocumentModel):
    """A document that is written as a whole row, unlike a row of counters."""

    def before_save(self) -> None:
        """Called by ``save()`` and ``insert()`` before they look at the document; does nothing unless you override it.

        It may change the document. It is called when the document is saved by itself, by ``save_many()`` and
        ``insert_many()``, and when it is added to a batch; not by updates. It must be a plain method that does no I/O.
        """

    def after_save(self) -> None:
        """Called once the row was written by ``save()`` or ``insert()``; does nothing unless you override it.

        In a batch that is when the batch was executed. It is not called if nothing was sent, if a condition was not
        met, or if the outcome is unknown. It must be a plain method that does no I/O.
        """

    @overload
    async def save(
        self,
        *,
        full: bool = False,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        timeout: float | None = None,
        warn: bool | None = None,
        batch: BatchBase | None = None,
        trace: Literal[False] = False,
    ) -> None: ...

    @overload
    async def save(self, *, trace: Literal[True], **options: Unpack[SaveOptions]) -> Trace: ...

    async def save(
        self,
        *,
        full: bool = False,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        timeout: float | None = None,
        warn: bool | None = None,
        batch: BatchBase | None = None,
        trace: bool = False,
    ) -> Trace | None:
        """Write the row, whether it exists or not: ``INSERT INTO ... VALUES (...)``.

        For a new document all fields are sent. A field that was never set and is None or an empty collection is sent as
        unset, which leaves the column unchanged and creates no tombstone. A field that was set to None is null.

        For a document that was loaded or saved before, only changes since then are sent, including changes in place of
        lists, dictionaries and nested models; the other columns are unset. If nothing changed, nothing is sent.
        ``changes()`` tells which fields would be. All fields are sent with ``full=True``, with a TTL (here or of the
        table), if the key changed, and after ``delete()``.

        ``ttl`` is in seconds, ``timestamp`` in microseconds since 1970, ``timeout`` in seconds. With ``batch`` the save
        is added to the batch. ``warn=True`` issues the `WriteWarning` about it, if any, and ``warn=False`` does not; by
        default that is as the settings of the model say. With ``trace=True`` the server traces the request, and its
        `Trace` is returned, as by all writes; if the write has a condition, the `LWTResult` is in its ``result``.

        Raises `InvalidQueryError` without the full key, and `OutcomeUnknown` if it is unknown whether the row was
        written.
        """
        plan = writes.save(
            self, full=full, ttl=ttl, timestamp=timestamp, consistency=consistency, timeout=timeout, warn=warn
        )
        return await write(plan, batch, trace)

    def changes(self) -> set[str]:
        """The names of the fields that ``save()`` would send; all for a new document. Nothing is sent.

        The key, which is always sent, is included only if it changed. Raises `InvalidQueryError` for a value that its
        column cannot hold.
        """
        return document_state.changes(self)

    def rollback(self) -> None:
        """Restore the fields to the values that were loaded, or last saved or updated. Nothing is sent.

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
        warn: bool | None = None,
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
        warn: bool | None = None,
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
        warn: bool | None = None,
        batch: BatchBase | None = None,
    ) -> LWTResult[Self] | None: ...

    @overload
    async def insert(self, *, trace: Literal[True], **options: Unpack[InsertOptions]) -> Trace: ...

    async def insert(
        self,
        *,
        ttl: int | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        warn: bool | None = None,
        batch: BatchBase | None = None,
        trace: bool = False,
    ) -> LWTResult[Self] | Trace | None:
        """Write the row only if none exists with its key: ``INSERT INTO ... VALUES (...) IF NOT EXISTS``.

        Returns an `LWTResult`: its truth value is whether the row was written, and ``existing`` is the row that already
        existed. This object keeps its values. ``ttl`` and ``timeout`` are in seconds. With ``batch`` the insert is
        added to the batch, and None is returned. ``warn`` is as for ``save()``. Raises `OutcomeUnknown` if it is
        unknown whether the row was written.
        """
        plan = writes.insert(
            self, ttl=ttl, consistency=consistency, serial_consistency=serial_consistency, timeout=timeout, warn=warn
        )
        return await write(plan, batch, trace)
