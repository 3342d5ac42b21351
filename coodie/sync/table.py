# Derived by tests/derive.py: edit coodie/aio/table.py,
# then run `tox -e sync`.
"""The common base classes of documents, counter documents and views: reading, deleting, and managing the table."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, overload

from typing_extensions import Self, Unpack

from coodie.sync._run import drive, only, run, write
from coodie.sync.query import QuerySet
from coodie.cql.message import Consistency, SerialConsistency
from coodie.mapping.model import Model
from coodie.plans import ddl_calls, document_state, reads, writes
from coodie.plans.arguments import together
from coodie.plans.batches import BatchBase
from coodie.plans.plan import WriteOptions
from coodie.results import LWTResult


class Readable(Model):
    """The base class of everything that can be read: documents, counter documents and views."""

    __coodie_query__: ClassVar[type[QuerySet[Any]]] = QuerySet

    @classmethod
    def find(cls, where: dict[str, Any] | None = None, /, **lookups: Any) -> QuerySet[Self]:
        """A query for the rows that match all of these filters; nothing is sent yet.

        ``Event.find(user_id=uid, ts__gte=start)``. Raises `InvalidQueryError` for an unknown field or lookup.
        """
        return cls.__coodie_query__(cls, lookups if where is None else together(where, lookups))

    @classmethod
    def find_one(cls, where: dict[str, Any] | None = None, /, **lookups: Any) -> Self | None:
        """The first matching document, or None: ``SELECT ... LIMIT 1``."""
        return cls.find(where, **lookups).first()

    @classmethod
    def get(cls, where: dict[str, Any] | None = None, /, **lookups: Any) -> Self:
        """The document with this key: ``SELECT ... FROM ... WHERE <key>``.

        Raises `DocumentNotFound` if there is none, `MultipleDocumentsFound` if there are several.
        """
        given = lookups if where is None else together(where, lookups)
        pages = reads.by_key(cls, given)
        if pages is None:
            return cls.find(given).one()
        return only(pages, cls, given)

    def refresh(self, *, consistency: Consistency | None = None, timeout: float | None = None) -> None:
        """Load the columns of this object again: ``SELECT ... WHERE <key>``.

        Unsaved changes are lost. For a new document the whole row is loaded. ``timeout`` is in seconds. Raises
        `DocumentNotFound` if the row does not exist, in which case the object is not changed. Raises
        `InvalidQueryError` if the class is frozen.
        """
        run(document_state.refresh(self, consistency=consistency, timeout=timeout))


class BaseDocument(Readable):
    """The common base class of documents and counter documents: deleting, and managing the table."""

    @overload
    def delete(
        self,
        *,
        if_exists: Literal[False] = False,
        if_conditions: None = None,
        batch: BatchBase | None = None,
        **options: Unpack[WriteOptions],
    ) -> None: ...

    @overload
    def delete(
        self,
        *,
        if_exists: Literal[True],
        if_conditions: None = None,
        batch: None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self]: ...

    @overload
    def delete(
        self,
        *,
        if_exists: Literal[False] = False,
        if_conditions: dict[str, Any],
        batch: None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self]: ...

    @overload
    def delete(
        self,
        *,
        if_exists: bool = False,
        if_conditions: dict[str, Any] | None = None,
        batch: BatchBase | None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self] | None: ...

    def delete(
        self,
        *,
        if_exists: bool = False,
        if_conditions: dict[str, Any] | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
    ) -> LWTResult[Self] | None:
        """Delete the row: ``DELETE FROM ... WHERE <key>``.

        ``if_exists`` and ``if_conditions`` make the deletion conditional, and it then returns an `LWTResult`, else
        None. ``timestamp`` is in microseconds since 1970, ``timeout`` in seconds. With ``batch`` the deletion is added
        to the batch. Raises `InvalidQueryError` without the full key.
        """
        plan = writes.delete(
            self,
            if_exists=if_exists,
            if_conditions=if_conditions,
            timestamp=timestamp,
            consistency=consistency,
            serial_consistency=serial_consistency,
            timeout=timeout,
        )
        return write(plan, batch)

    @classmethod
    def sync_table(cls, *, dry_run: bool = False) -> list[str]:
        """Create the table if it is missing, else add missing columns and indexes; nothing is ever altered.

        User-defined types of the columns come first. It sends ``CREATE TYPE``, ``CREATE TABLE``, ``CREATE INDEX``,
        ``ALTER TYPE ... ADD`` and ``ALTER TABLE ... ADD``, and only those that are needed: none the second time.

        Returns the statements sent; with ``dry_run=True`` they are only returned. Raises `SchemaMismatch`, before
        anything is sent, if a column has another type, kind or order than in the model, or the table has another key.
        Options that differ are left alone; `verify_table()` reports them. If neither the model nor its connection has a
        keyspace, the schema cannot be read, and only the statements that create are sent.
        """
        return drive(*ddl_calls.sync_table(cls, dry_run=dry_run))

    @classmethod
    def verify_table(cls, *, exact: bool = False) -> None:
        """Compare the table with the model; nothing is written, so every worker can call this when it starts.

        Raises `SchemaMismatch`, which shows both sides of all differences: missing columns, types, keys, orders,
        indexes, options that the model sets, and user-defined types. Anything that the model does not have counts only
        with ``exact=True``. Raises `InvalidQueryError` if neither the model nor its connection has a keyspace.
        """
        drive(*ddl_calls.verify_table(cls, exact=exact))

    @classmethod
    def drop_table(cls) -> None:
        """``DROP TABLE IF EXISTS ...``, which also deletes all of its rows."""
        run(ddl_calls.drop_table(cls))

    @classmethod
    def truncate(cls) -> None:
        """``TRUNCATE TABLE ...``, which deletes all rows."""
        run(ddl_calls.truncate(cls))
