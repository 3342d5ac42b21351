# Derived by tests/derive.py: edit coodie/aio/__init__.py,
# then run `tox -e sync`.
"""The sync API: documents, queries, batches and connections."""

from coodie.sync.batch import BatchQuery
from coodie.sync.bound import BoundDocuments, BoundTable
from coodie.sync.counters import CounterDocument
from coodie.sync.database import (
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
from coodie.sync.document import Document
from coodie.sync.migrations import Migrations
from coodie.sync.query import QuerySet
from coodie.sync.view import BoundView, MaterializedView

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
