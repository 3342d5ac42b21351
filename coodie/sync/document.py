# Derived by tests/derive.py: edit coodie/aio/document.py,
# then run `tox -e sync`.
"""The documents of this door: models whose methods send requests. Each method asks for a plan and runs it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from typing_extensions import Self, Unpack

from coodie.sync._run import write
from coodie.sync.bound import BoundDocuments
from coodie.sync.savable import SavableDocument
from coodie.cql.message import Consistency, SerialConsistency
from coodie.plans import writes
from coodie.plans.arguments import together
from coodie.plans.batches import BatchBase
from coodie.plans.plan import WriteOptions, home_at
from coodie.results import LWTResult


class Document(SavableDocument):
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
        *names: str | tuple[str, Any],
        if_exists: Literal[False] = False,
        if_conditions: None = None,
        batch: BatchBase | None = None,
        **options: Unpack[WriteOptions],
    ) -> None: ...

    @overload
    def delete_columns(
        self,
        *names: str | tuple[str, Any],
        if_exists: Literal[True],
        if_conditions: None = None,
        batch: None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self]: ...

    @overload
    def delete_columns(
        self,
        *names: str | tuple[str, Any],
        if_exists: Literal[False] = False,
        if_conditions: dict[str, Any],
        batch: None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self]: ...

    @overload
    def delete_columns(
        self,
        *names: str | tuple[str, Any],
        if_exists: bool = False,
        if_conditions: dict[str, Any] | None = None,
        batch: BatchBase | None = None,
        **options: Unpack[WriteOptions],
    ) -> LWTResult[Self] | None: ...

    def delete_columns(
        self,
        *names: str | tuple[str, Any],
        if_exists: bool = False,
        if_conditions: dict[str, Any] | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        batch: BatchBase | None = None,
    ) -> LWTResult[Self] | None:
        """Delete the values of these columns: ``DELETE a, b FROM ... WHERE <key>``; options as for ``delete()``.

        A pair is one element of a column: ``("attrs", "key")`` of a map, ``("items", 0)`` of a list, ``("tags", "a")``
        of a set. It sends ``DELETE attrs[?] FROM ...``. Raises `InvalidQueryError` without names, for a key column, an
        unknown field, or an element of what has none.
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

    @classmethod
    def using(cls, *, keyspace: str | None = None, connection: str | None = None) -> BoundDocuments[Self]:
        """The model in that keyspace, or over that connection, instead of its own; nothing is sent.

        It has what the class has: ``find()``, ``get()``, ``create()``, ``sync_table()`` ..., ``save(document)`` and
        ``insert(document)``, and makes documents when it is called. What it loads or makes remembers where it belongs,
        and whatever is done with it goes there, batches included. Raises `InvalidQueryError` for what can be no name of
        either.

        .. code-block:: python

            from typing import Annotated
            from coodie.sync import Document
            from coodie.fields import PrimaryKey

            class User(Document):
                id: Annotated[int, PrimaryKey()]
                name: str

            user = User.using(keyspace="t42").create(id=1, name="ann")
            user.update(name="bo")

        .. code-block:: sql

            INSERT INTO t42.user (id, name) VALUES (?, ?);
            UPDATE t42.user SET name = ? WHERE id = ?
        """
        return BoundDocuments(cls, home_at(None, keyspace, connection))
