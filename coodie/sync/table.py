# Derived by tests/derive.py: edit coodie/aio/table.py,
# then run `tox -e sync`.
"""What documents, counter documents and views of this door have in common: reading, deleting, and the table itself."""

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
    """What can be read: documents, counter documents and views."""

    __coodie_query__: ClassVar[type[QuerySet[Any]]] = QuerySet

    @classmethod
    def find(cls, where: dict[str, Any] | None = None, /, **lookups: Any) -> QuerySet[Self]:
        """A query for the rows of which all of this holds; nothing is sent yet.

        ``Event.find(user_id=uid, ts__gte=start)``. Raises `InvalidQueryError` for an unknown field or lookup.
        """
        return cls.__coodie_query__(cls, lookups if where is None else together(where, lookups))

    @classmethod
    def find_one(cls, where: dict[str, Any] | None = None, /, **lookups: Any) -> Self | None:
        """The first document that is found, or None: ``SELECT ... LIMIT 1``."""
        return cls.find(where, **lookups).first()

    @classmethod
    def get(cls, where: dict[str, Any] | None = None, /, **lookups: Any) -> Self:
        """The one document with this key: ``SELECT ... FROM ... WHERE <key>``.

        Raises `DocumentNotFound` if there is none, `MultipleDocumentsFound` if it is not the only one.
        """
        given = lookups if where is None else together(where, lookups)
        pages = reads.by_key(cls, given)
        if pages is None:
            return cls.find(given).one()
        return only(pages, cls, given)

    def refresh(self, *, consistency: Consistency | None = None, timeout: float | None = None) -> None:
        """Load into this object once more what was loaded of its row: ``SELECT ... WHERE <key>``.

        What was changed and not saved is gone. Of a new document the whole row is loaded. ``timeout`` is in seconds.
        Raises `DocumentNotFound` if there is no such row; the object then stays as it is. Raises `InvalidQueryError`
        for one whose class is frozen.
        """
        run(document_state.refresh(self, consistency=consistency, timeout=timeout))


class BaseDocument(Readable):
    """What documents and counter documents have in common: deleting, and the table itself."""

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

        ``if_exists`` and ``if_conditions`` make it conditional; then an `LWTResult` comes back, else None.
        ``timestamp`` is in microseconds since 1970, ``timeout`` in seconds. With ``batch`` it waits for the batch.
        Raises `InvalidQueryError` without the whole key.
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
        """Create the table if it is missing, else add the columns and indexes that it lacks; nothing is ever altered.

        User-defined types of its columns come first. It sends ``CREATE TYPE``, ``CREATE TABLE``, ``CREATE INDEX``,
        ``ALTER TYPE ... ADD`` and ``ALTER TABLE ... ADD``, and only those that are needed: none the second time.

        Gives the statements sent; ``dry_run=True`` sends none of them and tells which they would be. Raises
        `SchemaMismatch`, before anything is sent, if a column has another type, kind or order than here, or the table
        another key. Options that differ are left alone; `verify_table()` reports them. Without a keyspace, the
        model's or its connection's, nobody can be asked what is there: then just what creates is sent.
        """
        return drive(*ddl_calls.sync_table(cls, dry_run=dry_run))

    @classmethod
    def verify_table(cls, *, exact: bool = False) -> None:
        """Compare the table with the model, and write nothing: what every worker can call at its start.

        Raises `SchemaMismatch` that shows all differences, each with what is wanted and what is found: missing columns,
        types, keys, orders, indexes, options that the model names, user-defined types. What the table has beyond the
        model counts with ``exact=True`` only. Raises `InvalidQueryError` without a keyspace to ask about.
        """
        drive(*ddl_calls.verify_table(cls, exact=exact))

    @classmethod
    def drop_table(cls) -> None:
        """``DROP TABLE IF EXISTS ...``, with all that is in it."""
        run(ddl_calls.drop_table(cls))

    @classmethod
    def truncate(cls) -> None:
        """``TRUNCATE TABLE ...``: all rows are gone."""
        run(ddl_calls.truncate(cls))
