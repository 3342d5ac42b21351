"""Batches of both doors, and the warning that they give."""

from __future__ import annotations

from coodie._errors import BatchWarning
from coodie.aio.batch import AsyncBatchQuery
from coodie.sync.batch import BatchQuery

__all__ = ["AsyncBatchQuery", "BatchQuery", "BatchWarning"]
