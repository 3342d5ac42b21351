"""The two tables of the service."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from coodie import PrimaryKey
from coodie.aio import Document

KEYSPACE = "events_service"


class Account(Document):
    """The owner of an email address."""

    email: Annotated[str, PrimaryKey()]
    user_id: UUID
    name: str

    class Settings:
        name = "accounts"


class Event(Document):
    """An event of a user; the latest come first."""

    user_id: Annotated[UUID, PrimaryKey()]
    at: Annotated[datetime, PrimaryKey(clustering=True, order="DESC")]
    kind: str
    note: str | None = None

    class Settings:
        name = "events"
