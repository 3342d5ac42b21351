"""What the recipes share: the table, which has the visits of a page, and how they connect."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from coodie import aio, sync
from coodie.fields import ClusteringKey, PrimaryKey

# Programs of many processes connect many times at once. The driver's own limits are five seconds and two.
PATIENT = {"connect_timeout": 60, "control_connection_timeout": 60}


class Visit(sync.Document):
    page: Annotated[str, PrimaryKey()]
    id: Annotated[UUID, ClusteringKey()] = Field(default_factory=uuid4)
    worker: int
    """The process that has served the visit."""

    class Settings:
        name = "visits"
        timeout = 60  # seconds for a request, and with lazy=True to connect before


class AsyncVisit(aio.Document):
    page: Annotated[str, PrimaryKey()]
    id: Annotated[UUID, ClusteringKey()] = Field(default_factory=uuid4)
    worker: int

    class Settings:
        name = "visits"
        timeout = 60
