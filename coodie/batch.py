"""Batches of the async and the sync API, and the warning that they issue."""

from __future__ import annotations

from coodie._errors import BatchWarning
from coodie.aio.batches import AsyncBatchQuery
from coodie.sync.batches import BatchQuery

__all__ = ["AsyncBatchQuery", "BatchQuery", "BatchWarning"]
