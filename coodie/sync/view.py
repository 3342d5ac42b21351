# Derived by tests/derive.py: edit coodie/aio/view.py,
# then run `tox -e sync`.
"""Materialized views: documents that are read and never written."""

from __future__ import annotations

from typing import TypeVar

from typing_extensions import Self

from coodie.sync._run import drive, run
from coodie.sync.bound import BoundModel
from coodie.sync.table import Readable
from coodie.mapping.views import ViewModel
from coodie.plans import ddl_calls
from coodie.plans.plan import home_at


class MaterializedView(Readable, ViewModel):
    """A row of a materialized view: a copy of a table with another key, maintained by the server.

    ``Settings.base_table`` is the document class of the table, or the name of the table. The key of the view is marked
    as in any document; it must contain the whole key of the table, and at most one other column. ``where_clause``
    selects the rows, by default all whose key has no null; ``clustering_order`` may give the order instead of the
    markers; ``view_columns = "*"`` includes all columns of the table, even those added later.

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

    @classmethod
    def sync_view(cls, *, dry_run: bool = False) -> list[str]:
        """``CREATE MATERIALIZED VIEW IF NOT EXISTS ...`` if it is missing. The server then builds it from all rows.

        Returns the statements sent; with ``dry_run=True`` they are only returned. Raises `SchemaMismatch` if the view
        exists with another key, order, WHERE clause or base table, or lacks a column: a view cannot be altered.
        """
        return drive(*ddl_calls.sync_table(cls, dry_run=dry_run))

    @classmethod
    def verify_view(cls, *, exact: bool = False) -> None:
        """Compare the view with the model; nothing is written. Raises `SchemaMismatch`, which shows both sides."""
        drive(*ddl_calls.verify_table(cls, exact=exact))

    @classmethod
    def drop_view(cls) -> None:
        """``DROP MATERIALIZED VIEW IF EXISTS ...``; the table is not affected."""
        run(ddl_calls.drop(cls))

    @classmethod
    def using(cls, *, keyspace: str | None = None, connection: str | None = None) -> BoundView[Self]:
        """The view with another keyspace or connection than its table; nothing is sent.

        It has the methods of the class: ``find()``, ``get()``, ``sync_view()`` ... Raises `InvalidQueryError` for an
        invalid name.
        """
        return BoundView(cls, home_at(None, keyspace, connection))


V = TypeVar("V", bound=MaterializedView)


class BoundView(BoundModel[V]):
    """A materialized view with its own keyspace or connection."""

    __slots__ = ()

    def sync_view(self, *, dry_run: bool = False) -> list[str]:
        """Create the view there if it is missing; see `MaterializedView.sync_view`."""
        return drive(*ddl_calls.sync_table(self.model, self.home, dry_run=dry_run))

    def verify_view(self, *, exact: bool = False) -> None:
        """Compare the view there with the model; see `MaterializedView.verify_view`."""
        drive(*ddl_calls.verify_table(self.model, self.home, exact=exact))

    def drop_view(self) -> None:
        """``DROP MATERIALIZED VIEW IF EXISTS ...``; the table is not affected."""
        run(ddl_calls.drop(self.model, self.home))
