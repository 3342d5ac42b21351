# Derived by tests/derive.py: edit coodie/aio/view.py,
# then run `tox -e sync`.
"""Materialized views of this door: documents that are read and never written."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, TypeVar

from typing_extensions import Self

from coodie.sync._run import drive, run
from coodie.sync.bound import BoundModel
from coodie.sync.query import QuerySet
from coodie.sync.table import Readable
from coodie.mapping.model import Model
from coodie.mapping.views import ViewModel
from coodie.plans import ddl_calls
from coodie.plans.plan import home_at

M = TypeVar("M", bound=Model)


class ViewQuery(QuerySet[M]):
    """A query on a view. What would write is refused, since a view takes its rows from its table only."""

    __slots__ = ()

    def create(self, *arguments: Any, **options: Any) -> NoReturn:
        """Raise `InvalidQueryError`: save the document of the table instead."""
        ddl_calls.refuse_write(self._spec)

    def update(self, *arguments: Any, **options: Any) -> NoReturn:
        """Raise `InvalidQueryError`: update the document of the table instead."""
        ddl_calls.refuse_write(self._spec)

    def delete(self, *arguments: Any, **options: Any) -> NoReturn:
        """Raise `InvalidQueryError`: delete the document of the table instead."""
        ddl_calls.refuse_write(self._spec)


class MaterializedView(Readable, ViewModel):
    """A row of a materialized view: a copy of a table under another key, kept by the server.

    ``Settings.base_table`` is the document of the table, or the table's name. The key of the view is marked as in any
    document; it holds the whole key of the table, and at most one column more. ``where_clause`` says which rows are in
    it, by default all whose key has no null; ``clustering_order`` may give the orders instead of the markers;
    ``view_columns = "*"`` takes all columns of the table, those too that it gets later.

    .. code-block:: python

        from typing import Annotated
        from uuid import UUID
        from coodie.sync import Document, MaterializedView
        from coodie.fields import ClusteringKey, PrimaryKey

        class User(Document):
            id: Annotated[UUID, PrimaryKey()]
            email: str
            name: str = ""

        class UserByEmail(MaterializedView):
            email: Annotated[str, PrimaryKey()]
            id: Annotated[UUID, ClusteringKey()]
            name: str = ""

            class Settings:
                base_table = User

        UserByEmail.sync_view()

    .. code-block:: sql

        CREATE MATERIALIZED VIEW IF NOT EXISTS user_by_email AS SELECT email, id, name FROM user
        WHERE email IS NOT NULL AND id IS NOT NULL PRIMARY KEY ((email), id) WITH CLUSTERING ORDER BY (id ASC)
    """

    __coodie_query__: ClassVar[type[QuerySet[Any]]] = ViewQuery

    @classmethod
    def sync_view(cls, *, dry_run: bool = False) -> list[str]:
        """``CREATE MATERIALIZED VIEW IF NOT EXISTS ...``, if it is missing. The server then builds it from all rows.

        Gives the statements sent; ``dry_run=True`` sends none of them and tells which they would be. Raises
        `SchemaMismatch` if there is one with another key, order, WHERE clause, base or without a column: a view
        cannot be altered.
        """
        return drive(*ddl_calls.sync_table(cls, dry_run=dry_run))

    @classmethod
    def verify_view(cls, *, exact: bool = False) -> None:
        """Compare the view with the model, and write nothing. Raises `SchemaMismatch` that shows both sides."""
        drive(*ddl_calls.verify_table(cls, exact=exact))

    @classmethod
    def drop_view(cls) -> None:
        """``DROP MATERIALIZED VIEW IF EXISTS ...``; its table stays as it is."""
        run(ddl_calls.drop_view(cls))

    @classmethod
    def using(cls, *, keyspace: str | None = None, connection: str | None = None) -> BoundView[Self]:
        """The view in that keyspace, or over that connection, instead of that of its table; nothing is sent.

        It has what the class has: ``find()``, ``get()``, ``sync_view()`` ... Raises `InvalidQueryError` for what can be
        no name of either.
        """
        return BoundView(cls, home_at(None, keyspace, connection))


V = TypeVar("V", bound=MaterializedView)


class BoundView(BoundModel[V]):
    """A materialized view in one place."""

    __slots__ = ()

    def sync_view(self, *, dry_run: bool = False) -> list[str]:
        """Make the view there if it is missing; see `MaterializedView.sync_view`."""
        return drive(*ddl_calls.sync_table(self.model, self.home, dry_run=dry_run))

    def verify_view(self, *, exact: bool = False) -> None:
        """Compare the view there with the model; see `MaterializedView.verify_view`."""
        drive(*ddl_calls.verify_table(self.model, self.home, exact=exact))

    def drop_view(self) -> None:
        """``DROP MATERIALIZED VIEW IF EXISTS ...``; its table stays as it is."""
        run(ddl_calls.drop_view(self.model, self.home))
