# Derived by tests/derive.py: edit coodie/aio/document.py,
# then run `tox -e sync`.
"""The documents of this door: models whose methods send requests. Each method asks for a plan and runs it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, overload

from typing_extensions import Self, Unpack

from coodie.sync._run import collect, drive, run, write
from coodie.sync.query import QuerySet
from coodie.cql.message import Consistency, SerialConsistency
from coodie.mapping.model import Model, mapper_of
from coodie.plans import evolve, reads, writes
from coodie.plans.batches import BatchBase
from coodie.plans.given import together
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
        return reads.the_one(cls, given, collect(reads.one(cls, given)))


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
        return drive(evolve.sync_table(cls, dry_run=dry_run), mapper_of(cls).settings.connection)

    @classmethod
    def verify_table(cls, *, exact: bool = False) -> None:
        """Compare the table with the model, and write nothing: what every worker can call at its start.

        Raises `SchemaMismatch` that shows all differences, each with what is wanted and what is found: missing columns,
        types, keys, orders, indexes, options that the model names, user-defined types. What the table has beyond the
        model counts with ``exact=True`` only. Raises `InvalidQueryError` without a keyspace to ask about.
        """
        drive(evolve.verify_table(cls, exact=exact), mapper_of(cls).settings.connection)

    @classmethod
    def drop_table(cls) -> None:
        """``DROP TABLE IF EXISTS ...``, with all that is in it."""
        run(evolve.drop_table(mapper_of(cls)))

    @classmethod
    def truncate(cls) -> None:
        """``TRUNCATE TABLE ...``: all rows are gone."""
        run(evolve.truncate(mapper_of(cls)))


class Document(BaseDocument):
    """A row of a table, as a Pydantic model.

    Mark the key with `PrimaryKey`, and say the rest in a nested ``class Settings``. A class that cannot be a table is
    a `ModelError` when it is made.

    .. code-block:: python

        from typing import Annotated
        from uuid import UUID
        from coodie.sync import Document
        from coodie.fields import PrimaryKey

        class User(Document):
            id: Annotated[UUID, PrimaryKey()]
            email: str
            nickname: str | None = None
    """

    if TYPE_CHECKING:  # a class that is made at run time takes fields which no checker knows

        def __init__(self, /, **fields: Any) -> None: ...

    def save(
        self,
        *,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
    ) -> None:
        """Write the whole row, whether there was one or not: ``INSERT INTO ... VALUES (...)``.

        A field never set that is None or an empty collection is sent unset: it leaves the column as it is and makes
        no tombstone. None that was set is null. A document that was loaded sends what was loaded or set since.

        ``ttl`` is in seconds, ``timestamp`` in microseconds since 1970, ``timeout`` in seconds. With ``batch`` it
        waits for the batch. Raises `InvalidQueryError` without the whole key, `OutcomeUnknown` if nobody knows
        whether it happened.
        """
        plan = writes.save(self, ttl=ttl, timestamp=timestamp, consistency=consistency, timeout=timeout)
        write(plan, batch)

    @overload
    def insert(
        self,
        *,
        ttl: int | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: None = None,
    ) -> LWTResult[Self]: ...

    @overload
    def insert(
        self,
        *,
        ttl: int | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase,
    ) -> None: ...

    def insert(
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
        return write(plan, batch)

    @overload
    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: None = None,
        if_exists: Literal[False] = False,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
        **sets: Any,
    ) -> None: ...

    @overload
    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: None = None,
        if_exists: Literal[True],
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: None = None,
        **sets: Any,
    ) -> LWTResult[Self]: ...

    @overload
    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: dict[str, Any],
        if_exists: Literal[False] = False,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: None = None,
        **sets: Any,
    ) -> LWTResult[Self]: ...

    @overload
    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: dict[str, Any] | None = None,
        if_exists: bool = False,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
        **sets: Any,
    ) -> LWTResult[Self] | None: ...

    def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: dict[str, Any] | None = None,
        if_exists: bool = False,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
        **sets: Any,
    ) -> LWTResult[Self] | None:
        """Write just these columns: ``UPDATE ... SET ... WHERE <key>``; once it happened, this object has them too.

        ``update(nickname="bo")``; a name that is also an option goes into the mapping: ``update({"ttl": 5})``.
        ``tags__add={"a"}``, ``items__append=[1]``, ``attrs__put=("k", "v")`` ... change a part of a collection.
        ``if_exists`` and ``if_conditions`` make it conditional; then an `LWTResult` comes back, else None.

        ``ttl`` is in seconds, ``timestamp`` in microseconds since 1970, ``timeout`` in seconds. With ``batch`` it
        waits for the batch. Raises `InvalidQueryError` if there is nothing to set, for a key column, an unknown
        field, or a value that the field refuses.
        """
        plan = writes.update(
            self,
            values,
            sets,
            if_conditions=if_conditions,
            if_exists=if_exists,
            ttl=ttl,
            timestamp=timestamp,
            consistency=consistency,
            serial_consistency=serial_consistency,
            timeout=timeout,
        )
        return write(plan, batch)

    @overload
    def delete_columns(
        self,
        *names: str,
        if_exists: Literal[False] = False,
        if_conditions: None = None,
        batch: BatchBase | None = None,
        **options: Unpack[WriteOptions],
    ) -> None: ...

    @overload
    def delete_columns(
        self,
        *names: str,
        if_exists: Literal[True],
        if_conditions: None = None,
        batch: None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self]: ...

    @overload
    def delete_columns(
        self,
        *names: str,
        if_exists: Literal[False] = False,
        if_conditions: dict[str, Any],
        batch: None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self]: ...

    @overload
    def delete_columns(
        self,
        *names: str,
        if_exists: bool = False,
        if_conditions: dict[str, Any] | None = None,
        batch: BatchBase | None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self] | None: ...

    def delete_columns(
        self,
        *names: str,
        if_exists: bool = False,
        if_conditions: dict[str, Any] | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
    ) -> LWTResult[Self] | None:
        """Delete the values of these columns: ``DELETE a, b FROM ... WHERE <key>``; options as for ``delete()``.

        Raises `InvalidQueryError` without names, for a key column or an unknown field.
        """
        plan = writes.delete(
            self,
            names,
            if_exists=if_exists,
            if_conditions=if_conditions,
            timestamp=timestamp,
            consistency=consistency,
            serial_consistency=serial_consistency,
            timeout=timeout,
        )
        return write(plan, batch)

    @classmethod
    def create(
        cls, values: dict[str, Any] | None = None, /, *, batch: BatchBase | None = None, **fields: Any
    ) -> Self:
        """Make a document of these fields, save it, and give it back. With ``batch`` the save waits for the batch.

        A field called ``batch`` goes into the mapping: ``create({"batch": 7}, id=1)``.
        """
        document = cls(**together(values, fields))
        document.save(batch=batch)
        return document
