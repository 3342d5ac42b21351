# Derived by tests/derive.py: edit coodie/aio/__init__.py,
# then run `tox -e sync`.
"""The sync API: documents, queries, batches and connections."""

from typing import TYPE_CHECKING

from coodie.sync.arrow import arrow_batches, to_arrow
from coodie.sync.batches import BatchQuery, batch
from coodie.sync.bound import BoundDocuments, BoundTable
from coodie.sync.bulk import delete_many, insert_many, save_many, update_many
from coodie.sync.counters import CounterDocument
from coodie.sync.counting import decrement, increment
from coodie.sync.database import (
    alter_keyspace,
    close,
    create_keyspace,
    drop_keyspace,
    drop_table,
    execute_raw,
    init_coodie,
    read_schema,
    sync_all,
    sync_table,
    sync_type,
    truncate,
    verify_all,
    verify_keyspace,
    verify_table,
)
from coodie.sync.deleting import delete, delete_columns
from coodie.sync.document import Document
from coodie.sync.query import QuerySet
from coodie.sync.reading import find, find_one, get, get_or_none, raw, refresh, scan
from coodie.sync.scans import Scan, get_many, read_split
from coodie.sync.view import BoundView, MaterializedView
from coodie.sync.writing import create, insert, save, update

if TYPE_CHECKING:
    from coodie.sync.migrations import Migrations
else:

    def __getattr__(name):
        """Load `Migrations` on first use: most programs run none."""
        if name != "Migrations":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        global Migrations
        from coodie.sync.migrations import Migrations  # noqa: PLC0415 - on first use

        return Migrations


__all__ = [
    "BatchQuery",
    "BoundDocuments",
    "BoundTable",
    "BoundView",
    "CounterDocument",
    "Document",
    "MaterializedView",
    "Migrations",
    "QuerySet",
    "Scan",
    "alter_keyspace",
    "arrow_batches",
    "batch",
    "close",
    "create",
    "create_keyspace",
    "decrement",
    "delete",
    "delete_columns",
    "delete_many",
    "drop_keyspace",
    "drop_table",
    "execute_raw",
    "find",
    "find_one",
    "get",
    "get_many",
    "get_or_none",
    "increment",
    "init_coodie",
    "insert",
    "insert_many",
    "raw",
    "read_schema",
    "read_split",
    "refresh",
    "save",
    "save_many",
    "scan",
    "sync_all",
    "sync_table",
    "sync_type",
    "to_arrow",
    "truncate",
    "update",
    "update_many",
    "verify_all",
    "verify_keyspace",
    "verify_table",
]
