"""The async API: documents, queries, batches and connections."""

from typing import TYPE_CHECKING

from coodie.aio.arrow import arrow_batches, to_arrow
from coodie.aio.batches import AsyncBatchQuery, batch
from coodie.aio.bound import BoundDocuments, BoundTable
from coodie.aio.bulk import delete_many, insert_many, save_many, update_many
from coodie.aio.counters import CounterDocument
from coodie.aio.counting import decrement, increment
from coodie.aio.database import (
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
from coodie.aio.deleting import delete, delete_columns
from coodie.aio.document import Document
from coodie.aio.query import QuerySet
from coodie.aio.reading import find, find_one, get, get_or_none, raw, refresh, scan
from coodie.aio.scans import Scan, get_many, read_split
from coodie.aio.view import BoundView, MaterializedView
from coodie.aio.writing import create, insert, save, update

if TYPE_CHECKING:
    from coodie.aio.migrations import Migrations
else:

    def __getattr__(name):
        """Load `Migrations` on first use: most programs run none."""
        if name != "Migrations":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        global Migrations
        from coodie.aio.migrations import Migrations  # noqa: PLC0415 - on first use

        return Migrations


__all__ = [
    "AsyncBatchQuery",
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
