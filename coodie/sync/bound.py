# Derived by tests/derive.py: edit coodie/aio/bound.py,
# then run `tox -e sync`.
"""Models bound to another keyspace or connection: the results of ``Model.using(keyspace=, connection=)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from typing_extensions import Self, Unpack

from coodie.sync import reading
from coodie.sync._run import drive, run
from coodie.sync.query import QuerySet
from coodie.sync.raw_queries import RawQuerySet
from coodie.sync.savable import SavableDocument
from coodie.sync.scans import Scan
from coodie.sync.table import BaseDocument, Readable
from coodie.mapping.slips import of_model
from coodie.mapping.state import Home, settled
from coodie.plans import ddl_calls
from coodie.plans.arguments import Where, together
from coodie.plans.arrow import arrow_schema
from coodie.plans.batches import BatchBase
from coodie.plans.plan import InsertOptions, Placed, SaveOptions, at_home, home_at
from coodie.plans.raw import Params
from coodie.plans.scans import ScanOptions, Split, splits
from coodie.results import LWTResult

R = TypeVar("R", bound=Readable)
B = TypeVar("B", bound=BaseDocument)
D = TypeVar("D", bound=SavableDocument)


class BoundModel(Placed[R]):
    """A model with its own keyspace or connection. Each method does there what that of the class does."""

    __slots__ = ()

    def __repr__(self) -> str:
        """The model, its keyspace and its connection."""
        home = self.home or Home()
        return f"<{self.model.__name__} in keyspace {home.keyspace!r} over connection {home.connection!r}>"

    if not TYPE_CHECKING:  # for a checker, what is not declared does not exist

        def __getattr__(self, name: str) -> Any:
            model = type(self) if name.startswith("_") else self.model
            raise of_model(model, name, f"{model.__name__}.using(...)")

    def using(self, *, keyspace: str | None = None, connection: str | None = None) -> Self:
        """The same model with another keyspace or connection; an omitted argument keeps the current one."""
        return type(self)(self.model, home_at(self.home, keyspace, connection))

    def find(self, *where: Where, **lookups: Any) -> QuerySet[R]:
        """A query for the rows there that match all of these filters; nothing is sent yet."""
        return reading.find(self, *where, **lookups)

    def raw(self, cql: str, params: Params = (), /) -> RawQuerySet[R]:
        """A query in your own CQL, sent as it is over the connection there; see `Document.raw`."""
        return reading.raw(self, cql, params)

    def find_one(self, *where: Where, **lookups: Any) -> R | None:
        """The first matching document there, or None."""
        return reading.find_one(self, *where, **lookups)

    def get(self, *where: Where, **lookups: Any) -> R:
        """The document with this key there.

        Raises `DocumentNotFound` if there is none, `MultipleDocumentsFound` if there are several.
        """
        return reading.get(self, *where, **lookups)

    def get_or_none(self, *where: Where, **lookups: Any) -> R | None:
        """The document with this key there, or None. Raises `MultipleDocumentsFound` if there are several."""
        return reading.get_or_none(self, *where, **lookups)

    def scan(self, *, concurrency: int = 8, **options: Unpack[ScanOptions]) -> Scan[R]:
        """All documents there, read by ranges of tokens; the options are those of `Document.scan`."""
        return reading.scan(self, concurrency=concurrency, **options)

    def arrow_schema(self) -> Any:
        """The ``pyarrow.Schema`` of the documents; see `Document.arrow_schema`."""
        return arrow_schema(self.model)

    def splits(self, count: int) -> list[Split[R]]:
        """The table there in ``count`` parts of about the same size; see `Document.splits`."""
        return splits(self.model, count, self.home)


class BoundTable(BoundModel[B]):
    """A class of documents or counters with its own keyspace or connection."""

    __slots__ = ()

    def __call__(self, **fields: Any) -> B:
        """A new document that belongs there: ``save()``, ``insert()``, ``increment()`` ... write to that place."""
        return settled(self.model(**fields), self.home)

    def sync_table(self, *, dry_run: bool = False) -> list[str]:
        """Create the table there, or add what it lacks; see `Document.sync_table`."""
        return drive(*ddl_calls.sync_table(self.model, self.home, dry_run=dry_run))

    def verify_table(self, *, exact: bool = False) -> None:
        """Compare the table there with the model; see `Document.verify_table`."""
        drive(*ddl_calls.verify_table(self.model, self.home, exact=exact))

    def drop_table(self) -> None:
        """``DROP TABLE IF EXISTS ...``, which also deletes all of its rows."""
        run(ddl_calls.drop(self.model, self.home))

    def truncate(self) -> None:
        """``TRUNCATE TABLE ...``, which deletes all rows there."""
        run(ddl_calls.truncate(self.model, self.home))


class BoundDocuments(BoundTable[D]):
    """A document class with its own keyspace or connection: the result of ``User.using(keyspace="t42")``."""

    __slots__ = ()

    def create(
        self, values: dict[str, Any] | None = None, /, *, batch: BatchBase | None = None, **fields: Any
    ) -> D:
        """Create a document with these fields, save it there, and return it; see `Document.create`."""
        document = self(**together(values, fields))
        document.save(batch=batch)
        return document

    def save(self, document: D, *, batch: BatchBase | None = None, **options: Unpack[SaveOptions]) -> None:
        """Write the row there; the options are those of `Document.save`.

        A new document belongs there from then on. A document that was loaded from or saved to another place is not
        changed: a copy with all of its values is written.
        """
        at_home(document, self.home).save(batch=batch, **options)

    @overload
    def insert(self, document: D, *, batch: None = None, **options: Unpack[InsertOptions]) -> LWTResult[D]: ...

    @overload
    def insert(self, document: D, *, batch: BatchBase, **options: Unpack[InsertOptions]) -> None: ...

    @overload
    def insert(
        self, document: D, *, batch: BatchBase | None = None, **options: Unpack[InsertOptions]
    ) -> LWTResult[D] | None: ...

    def insert(
        self, document: D, *, batch: BatchBase | None = None, **options: Unpack[InsertOptions]
    ) -> LWTResult[D] | None:
        """Write the row there only if none exists with its key; the options are those of `Document.insert`.

        The effect on the document is that of ``save()``.
        """
        return at_home(document, self.home).insert(batch=batch, **options)
