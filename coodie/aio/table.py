"""The common base classes of documents, counter documents and views: reading, deleting, and managing the table."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, overload

from typing_extensions import Self, Unpack

from coodie._errors import DocumentNotFound
from coodie.aio._run import drive, only, run, write
from coodie.aio.query import QuerySet
from coodie.aio.raw_queries import RawQuerySet
from coodie.aio.scans import Scan
from coodie.cql.message import Consistency, SerialConsistency
from coodie.mapping.model import Model, TableModel
from coodie.plans import ddl_calls, document_state, reads, writes
from coodie.plans.arguments import Where, asked
from coodie.plans.arrow import arrow_schema
from coodie.plans.batches import BatchBase
from coodie.plans.conditions import Conditions
from coodie.plans.plan import WriteOptions
from coodie.plans.raw import Params, raw_select
from coodie.plans.scans import ScanOptions, Split, scan_of, splits
from coodie.results import LWTResult, Trace


class Readable(Model):
    """The base class of everything that can be read: documents, counter documents and views."""

    __coodie_query__: ClassVar[type[QuerySet[Any]]] = QuerySet

    @classmethod
    def find(cls, *where: Where, **lookups: Any) -> QuerySet[Self]:
        """A query for the rows that match all of these filters; nothing is sent yet.

        ``Event.find(user_id=uid, ts__gte=start)``, or with conditions on fields of the class, which type checkers
        understand: ``Event.find(Event.user_id == uid, Event.ts >= start)``; see ``coodie.where``. Raises
        `InvalidQueryError` for an unknown field or lookup, and for a column of another class.
        """
        return cls.__coodie_query__(cls, lookups if not where else asked(where, lookups))

    @classmethod
    async def find_one(cls, *where: Where, **lookups: Any) -> Self | None:
        """The first matching document, or None: ``SELECT ... LIMIT 1``."""
        return await cls.find(*where, **lookups).first()

    @classmethod
    async def get(cls, *where: Where, **lookups: Any) -> Self:
        """The document with this key: ``SELECT ... FROM ... WHERE <key>``.

        Raises `DocumentNotFound` if there is none, `MultipleDocumentsFound` if there are several.
        """
        given = lookups if not where else asked(where, lookups)
        pages = reads.by_key(cls, given)
        if pages is None:
            query: QuerySet[Self] = cls.__coodie_query__(cls, given)
            return await query.one()
        return await only(pages, cls, given)

    @classmethod
    async def get_or_none(cls, *where: Where, **lookups: Any) -> Self | None:
        """The document with this key, or None. Raises `MultipleDocumentsFound` if there are several."""
        try:
            return await cls.get(*where, **lookups)
        except DocumentNotFound:
            return None

    @classmethod
    def scan(cls, *, concurrency: int = 8, **options: Unpack[ScanOptions]) -> Scan[Self]:
        """All documents of the table, read by ranges of tokens, so many at a time; nothing is sent yet.

        ``async for event in Event.scan(): ...`` gives each row once, in no order, while others write to the table. It
        sends ``SELECT ... WHERE token(<partition key>) > ? AND token(<partition key>) <= ?``, and reads no more than
        ``concurrency`` pages ahead.

        ``only`` are the fields to load besides the key. ``state`` is what ``state()`` of an earlier scan has returned:
        this one goes on behind the documents that were handed out by then. ``unreadable`` is called with the
        `DecodeError` of each row that does not fit the model. ``fetch_size`` is the number of rows of a page, ``rate``
        the most rows per second, ``attempts`` how often a request is sent while the cluster is busy, ``timeout`` is in
        seconds for each page. Raises `InvalidQueryError` for an option that is wrong, and for a state of another table.
        """
        return Scan(scan_of(cls, None, concurrency=concurrency, **options))

    @classmethod
    def splits(cls, count: int) -> list[Split[Self]]:
        """The table in ``count`` parts of about the same size, which several processes can read; nothing is sent.

        ``read_split()`` of either API gives the documents of a split, in any process: splits can be pickled.
        """
        return splits(cls, count)

    @classmethod
    def arrow_schema(cls) -> Any:
        """The ``pyarrow.Schema`` of the documents, which that of `to_arrow` is for all of their columns.

        A column is nullable where the field may be None. Raises `ConfigurationError` if pyarrow is not installed.
        """
        return arrow_schema(cls)

    @classmethod
    def raw(cls, cql: str, params: Params = (), /) -> RawQuerySet[Self]:
        """A query in your own CQL whose rows are read as documents, by the names of the columns; nothing is sent yet.

        ``Event.raw("SELECT * FROM events WHERE user_id = ?", [uid])``, or with values by name, ``"... WHERE user_id =
        :id", {"id": uid}``. The text is sent as it is, over the connection of the model. Raises `InvalidQueryError` for
        anything but a SELECT, a name without a value, and a value without a name.
        """
        return RawQuerySet(cls, raw_select(cls, cql, params))

    def after_load(self) -> None:
        """Called for each document that was loaded, also by `refresh()` and `rollback()`; override it to do something.

        Fields that the query did not ask for are missing. What it changes counts as a change that ``save()`` sends. It
        must be a plain method that does no I/O.
        """

    async def refresh(self, *, consistency: Consistency | None = None, timeout: float | None = None) -> None:
        """Load the columns of this object again: ``SELECT ... WHERE <key>``.

        Unsaved changes are lost. For a new document the whole row is loaded. ``timeout`` is in seconds. Raises
        `DocumentNotFound` if the row does not exist, in which case the object is not changed. Raises
        `InvalidQueryError` if the class is frozen.
        """
        await run(document_state.refresh(self, consistency=consistency, timeout=timeout))


class BaseDocument(Readable, TableModel):
    """The common base class of documents and counter documents: deleting, and managing the table."""

    def before_delete(self) -> None:
        """Called by ``delete()`` of a document before anything is sent; does nothing unless you override it.

        An error that it raises prevents the deletion. It is not called by ``delete_columns()`` nor by deletes of a
        query. It must be a plain method that does no I/O.
        """

    @overload
    async def delete(
        self,
        *,
        if_exists: Literal[False] = False,
        if_conditions: None = None,
        batch: BatchBase | None = None,
        **options: Unpack[WriteOptions],
    ) -> None: ...

    @overload
    async def delete(
        self,
        *,
        if_exists: Literal[True],
        if_conditions: None = None,
        batch: None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self]: ...

    @overload
    async def delete(
        self,
        *,
        if_exists: Literal[False] = False,
        if_conditions: Conditions,
        batch: None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self]: ...

    @overload
    async def delete(
        self,
        *,
        if_exists: bool = False,
        if_conditions: Conditions | None = None,
        batch: BatchBase | None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self] | None: ...

    @overload
    async def delete(
        self,
        *,
        trace: Literal[True],
        if_exists: bool = False,
        if_conditions: Conditions | None = None,
        **options: Unpack[WriteOptions],
    ) -> Trace: ...

    async def delete(
        self,
        *,
        if_exists: bool = False,
        if_conditions: Conditions | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
        trace: bool = False,
    ) -> LWTResult[Self] | Trace | None:
        """Delete the row: ``DELETE FROM ... WHERE <key>``.

        ``if_exists`` and ``if_conditions`` make the deletion conditional, and it then returns an `LWTResult`, else
        None. ``timestamp`` is in microseconds since 1970, ``timeout`` in seconds. With ``batch`` the deletion is added
        to the batch. With ``trace=True`` the server's `Trace` of the request is returned. Raises `InvalidQueryError`
        without the full key.
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
        return await write(plan, batch, trace)

    @classmethod
    async def sync_table(cls, *, dry_run: bool = False) -> list[str]:
        """Create the table if it is missing, else add missing columns and indexes; nothing is ever altered.

        User-defined types of the columns come first. It sends ``CREATE TYPE``, ``CREATE TABLE``, ``CREATE INDEX``,
        ``ALTER TYPE ... ADD`` and ``ALTER TABLE ... ADD``, and only those that are needed: none the second time.

        Returns the statements sent; with ``dry_run=True`` they are only returned. Raises `SchemaMismatch`, before
        anything is sent, if a column has another type, kind or order than in the model, or the table has another key.
        Options that differ are left alone; `verify_table()` reports them. If neither the model nor its connection has a
        keyspace, the schema cannot be read, and only the statements that create are sent.
        """
        return await drive(*ddl_calls.sync_table(cls, dry_run=dry_run))

    @classmethod
    async def verify_table(cls, *, exact: bool = False) -> None:
        """Compare the table with the model; nothing is written, so every worker can call this when it starts.

        Raises `SchemaMismatch`, which shows both sides of all differences: missing columns, types, keys, orders,
        indexes, options that the model sets, and user-defined types. Anything that the model does not have counts only
        with ``exact=True``. Raises `InvalidQueryError` if neither the model nor its connection has a keyspace.
        """
        await drive(*ddl_calls.verify_table(cls, exact=exact))

    @classmethod
    async def drop_table(cls) -> None:
        """``DROP TABLE IF EXISTS ...``, which also deletes all of its rows."""
        await run(ddl_calls.drop(cls))

    @classmethod
    async def truncate(cls) -> None:
        """``TRUNCATE TABLE ...``, which deletes all rows."""
        await run(ddl_calls.truncate(cls))
