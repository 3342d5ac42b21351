"""Documents: models whose methods send requests. Each method makes a plan and executes it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from typing_extensions import Self, Unpack

from coodie.aio._run import write
from coodie.aio.bound import BoundDocuments
from coodie.aio.savable import SavableDocument
from coodie.cql.message import Consistency, SerialConsistency
from coodie.plans import writes
from coodie.plans.arguments import together
from coodie.plans.batches import BatchBase
from coodie.plans.conditions import Conditions
from coodie.plans.plan import WriteOptions, home_at
from coodie.results import LWTResult, Trace


class Document(SavableDocument):
    """A row of a table, as a Pydantic model.

    Mark the key with `PrimaryKey`; everything else is set in a nested ``class Settings``. A class that cannot be a
    table raises `ModelError` when it is created.

    .. code-block:: python

        from typing import Annotated
        from uuid import UUID
        from coodie.aio import Document
        from coodie.fields import PrimaryKey

        class User(Document):
            id: Annotated[UUID, PrimaryKey()]
            email: str
            nickname: str | None = None
    """

    if TYPE_CHECKING:  # a class made at run time accepts fields that type checkers do not know

        def __init__(self, /, **fields: Any) -> None: ...

    @overload
    async def update(
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
        warn: bool | None = None,
        batch: BatchBase | None = None,
        trace: Literal[False] = False,
        **sets: Any,
    ) -> None: ...

    @overload
    async def update(
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
        warn: bool | None = None,
        batch: None = None,
        trace: Literal[False] = False,
        **sets: Any,
    ) -> LWTResult[Self]: ...

    @overload
    async def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: Conditions,
        if_exists: Literal[False] = False,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        warn: bool | None = None,
        batch: None = None,
        trace: Literal[False] = False,
        **sets: Any,
    ) -> LWTResult[Self]: ...

    @overload
    async def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: Conditions | None = None,
        if_exists: bool = False,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        warn: bool | None = None,
        batch: BatchBase | None = None,
        trace: Literal[False] = False,
        **sets: Any,
    ) -> LWTResult[Self] | None: ...

    @overload
    async def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        trace: Literal[True],
        if_conditions: Conditions | None = None,
        if_exists: bool = False,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        warn: bool | None = None,
        **sets: Any,
    ) -> Trace: ...

    async def update(
        self,
        values: dict[str, Any] | None = None,
        /,
        *,
        if_conditions: Conditions | None = None,
        if_exists: bool = False,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        warn: bool | None = None,
        batch: BatchBase | None = None,
        trace: bool = False,
        **sets: Any,
    ) -> LWTResult[Self] | Trace | None:
        """Write only these columns: ``UPDATE ... SET ... WHERE <key>``. On success this object is updated as well.

        ``update(nickname="bo")``; a field whose name is also an option is given in the mapping: ``update({"ttl": 5})``.
        ``tags__add={"a"}``, ``items__append=[1]``, ``attrs__put=("k", "v")`` ... change a part of a collection.
        ``if_exists`` and ``if_conditions`` make the update conditional, and it then returns an `LWTResult`, else None.

        ``ttl`` is in seconds, ``timestamp`` in microseconds since 1970, ``timeout`` in seconds. With ``batch`` the
        update is added to the batch. ``warn`` and ``trace`` are as for ``save()``. Raises `InvalidQueryError` if there
        is nothing to set, for a key column, for an unknown field, and for a value that the field refuses.
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
            warn=warn,
        )
        return await write(plan, batch, trace)

    @overload
    async def delete_columns(
        self,
        *names: str | tuple[str, Any],
        if_exists: Literal[False] = False,
        if_conditions: None = None,
        batch: BatchBase | None = None,
        **options: Unpack[WriteOptions],
    ) -> None: ...

    @overload
    async def delete_columns(
        self,
        *names: str | tuple[str, Any],
        if_exists: Literal[True],
        if_conditions: None = None,
        batch: None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self]: ...

    @overload
    async def delete_columns(
        self,
        *names: str | tuple[str, Any],
        if_exists: Literal[False] = False,
        if_conditions: Conditions,
        batch: None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self]: ...

    @overload
    async def delete_columns(
        self,
        *names: str | tuple[str, Any],
        if_exists: bool = False,
        if_conditions: Conditions | None = None,
        batch: BatchBase | None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self] | None: ...

    @overload
    async def delete_columns(
        self,
        *names: str | tuple[str, Any],
        trace: Literal[True],
        if_exists: bool = False,
        if_conditions: Conditions | None = None,
        **options: Unpack[WriteOptions],
    ) -> Trace: ...

    async def delete_columns(
        self,
        *names: str | tuple[str, Any],
        if_exists: bool = False,
        if_conditions: Conditions | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
        trace: bool = False,
    ) -> LWTResult[Self] | Trace | None:
        """Delete the values of these columns: ``DELETE a, b FROM ... WHERE <key>``; options as for ``delete()``.

        A pair names one element of a collection: ``("attrs", "key")`` of a map, ``("items", 0)`` of a list,
        ``("tags", "a")`` of a set. It sends ``DELETE attrs[?] FROM ...``. Raises `InvalidQueryError` if no names are
        given, for a key column, for an unknown field, and for an element of a column that has none.
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
        return await write(plan, batch, trace)

    @classmethod
    async def create(
        cls, values: dict[str, Any] | None = None, /, *, batch: BatchBase | None = None, **fields: Any
    ) -> Self:
        """Create a document with these fields, save it, and return it. With ``batch`` the save is added to the batch.

        A field called ``batch`` is given in the mapping: ``create({"batch": 7}, id=1)``.
        """
        document = cls(**together(values, fields))
        await document.save(batch=batch)
        return document

    @classmethod
    def using(cls, *, keyspace: str | None = None, connection: str | None = None) -> BoundDocuments[Self]:
        """The model with another keyspace or connection; nothing is sent.

        It has the methods of the class, such as ``find()``, ``get()``, ``create()`` and ``sync_table()``, as well as
        ``save(document)`` and ``insert(document)``, and creates documents when called. Documents that it loads or
        creates remember where they belong, and all their operations go there, also in batches. Raises
        `InvalidQueryError` for an invalid name.

        .. code-block:: python

            from typing import Annotated
            from coodie.aio import Document
            from coodie.fields import PrimaryKey

            class User(Document):
                id: Annotated[int, PrimaryKey()]
                name: str

            user = await User.using(keyspace="t42").create(id=1, name="ann")
            await user.update(name="bo")

        .. code-block:: sql

            INSERT INTO t42.user (id, name) VALUES (?, ?);
            UPDATE t42.user SET name = ? WHERE id = ?
        """
        return BoundDocuments(cls, home_at(None, keyspace, connection))
