"""The async API: documents, queries, batches and connections."""

from coodie.aio.batch import AsyncBatchQuery
from coodie.aio.bound import BoundDocuments, BoundTable
from coodie.aio.counters import CounterDocument
from coodie.aio.database import (
    alter_keyspace,
    close,
    create_keyspace,
    drop_keyspace,
    execute_raw,
    init_coodie,
    read_schema,
    sync_all,
    sync_type,
    verify_all,
    verify_keyspace,
)
from coodie.aio.document import Document
from coodie.aio.migrations import Migrations
from coodie.aio.query import QuerySet
from coodie.aio.view import BoundView, MaterializedView

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
    "alter_keyspace",
    "close",
    "create_keyspace",
    "drop_keyspace",
    "execute_raw",
    "init_coodie",
    "read_schema",
    "sync_all",
    "sync_type",
    "verify_all",
    "verify_keyspace",
]
