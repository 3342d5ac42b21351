"""Batches of the async and the sync API, and the warning that they issue."""

from __future__ import annotations

from coodie._errors import BatchWarning
from coodie.aio.batch import AsyncBatchQuery
from coodie.sync.batch import BatchQuery

__all__ = ["AsyncBatchQuery", "BatchQuery", "BatchWarning"]
