# Derived by tests/derive.py: edit coodie/aio/bound.py,
# then run `tox -e sync`.
"""Models of this door in another place than their own: what ``Model.using(keyspace=, connection=)`` gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from typing_extensions import Self, Unpack

from coodie.sync._run import drive, only, run
from coodie.sync.query import QuerySet
from coodie.sync.savable import SavableDocument
from coodie.sync.table import BaseDocument, Readable
from coodie.mapping.slips import of_model
from coodie.mapping.state import Home, settled
from coodie.plans import ddl_calls, reads
from coodie.plans.arguments import together
from coodie.plans.batches import BatchBase
from coodie.plans.plan import InsertOptions, Placed, SaveOptions, at_home, home_at
from coodie.results import LWTResult

R = TypeVar("R", bound=Readable)
B = TypeVar("B", bound=BaseDocument)
D = TypeVar("D", bound=SavableDocument)


class BoundModel(Placed[R]):
    """What can be read, in one place. Each method does what that of the class does, there."""

    __slots__ = ()

    def __repr__(self) -> str:
        """The model and where it is."""
        home = self.home or Home()
        return f"<{self.model.__name__} in keyspace {home.keyspace!r} over connection {home.connection!r}>"

    if not TYPE_CHECKING:  # for a checker, what is not declared does not exist

        def __getattr__(self, name: str) -> Any:
            model = type(self) if name.startswith("_") else self.model
            raise of_model(model, name, f"{model.__name__}.using(...)")

    def using(self, *, keyspace: str | None = None, connection: str | None = None) -> Self:
        """The same with another keyspace or connection; what is not given stays."""
        return type(self)(self.model, home_at(self.home, keyspace, connection))

    def find(self, where: dict[str, Any] | None = None, /, **lookups: Any) -> QuerySet[R]:
        """A query for the rows there of which all of this holds; nothing is sent yet."""
        given = lookups if where is None else together(where, lookups)
        return self.model.__coodie_query__(self.model, given, self.home)

    def find_one(self, where: dict[str, Any] | None = None, /, **lookups: Any) -> R | None:
        """The first document that is found there, or None."""
        return self.find(where, **lookups).first()

    def get(self, where: dict[str, Any] | None = None, /, **lookups: Any) -> R:
        """The one document with this key there.

        Raises `DocumentNotFound` if there is none, `MultipleDocumentsFound` if it is not the only one.
        """
        given = lookups if where is None else together(where, lookups)
        pages = reads.by_key(self.model, given, self.home)
        if pages is None:
            return self.find(given).one()
        return only(pages, self.model, given)


class BoundTable(BoundModel[B]):
    """A table in one place, of documents or of counters."""

    __slots__ = ()

    def __call__(self, **fields: Any) -> B:
        """A new document that belongs there: its ``save()``, ``insert()``, ``increment()`` ... go there."""
        return settled(self.model(**fields), self.home)

    def sync_table(self, *, dry_run: bool = False) -> list[str]:
        """Make the table there, or add what it lacks; see `Document.sync_table`."""
        return drive(*ddl_calls.sync_table(self.model, self.home, dry_run=dry_run))

    def verify_table(self, *, exact: bool = False) -> None:
        """Compare the table there with the model; see `Document.verify_table`."""
        drive(*ddl_calls.verify_table(self.model, self.home, exact=exact))

    def drop_table(self) -> None:
        """``DROP TABLE IF EXISTS ...``, with all that is in it."""
        run(ddl_calls.drop_table(self.model, self.home))

    def truncate(self) -> None:
        """``TRUNCATE TABLE ...``: all rows there are gone."""
        run(ddl_calls.truncate(self.model, self.home))


class BoundDocuments(BoundTable[D]):
    """The table of a document class in one place: what ``User.using(keyspace="t42")`` gives."""

    __slots__ = ()

    def create(
        self, values: dict[str, Any] | None = None, /, *, batch: BatchBase | None = None, **fields: Any
    ) -> D:
        """Make a document of these fields, save it there, and give it back; see `Document.create`."""
        document = self(**together(values, fields))
        document.save(batch=batch)
        return document

    def save(self, document: D, *, batch: BatchBase | None = None, **options: Unpack[SaveOptions]) -> None:
        """Write the row there; the options are those of `Document.save`.

        A new document belongs there from now on. One that was loaded from elsewhere, or saved there, stays as it is:
        all that it knows is written here as a copy.
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
        """Write the row there only if there is none with its key; the options are those of `Document.insert`.

        What becomes of the document is as after ``save()`` here.
        """
        return at_home(document, self.home).insert(batch=batch, **options)
