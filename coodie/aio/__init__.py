"""The async door: documents, queries, batches and connections."""

from coodie.aio.batch import AsyncBatchQuery
from coodie.aio.database import close, create_keyspace, drop_keyspace, execute_raw, init_coodie
from coodie.aio.document import CounterDocument, Document
from coodie.aio.query import QuerySet

__all__ = [
    "AsyncBatchQuery",
    "CounterDocument",
    "Document",
    "QuerySet",
    "close",
    "create_keyspace",
    "drop_keyspace",
    "execute_raw",
    "init_coodie",
]
