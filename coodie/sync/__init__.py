# Derived from coodie/aio/__init__.py by tests/derive.py: edit that file, then run `tox -e sync`.
"""The sync door: documents, queries, batches and connections."""

from coodie.sync.batch import BatchQuery
from coodie.sync.database import close, create_keyspace, drop_keyspace, execute_raw, init_coodie
from coodie.sync.document import CounterDocument, Document
from coodie.sync.query import QuerySet

__all__ = [
    "BatchQuery",
    "CounterDocument",
    "Document",
    "QuerySet",
    "close",
    "create_keyspace",
    "drop_keyspace",
    "execute_raw",
    "init_coodie",
]
