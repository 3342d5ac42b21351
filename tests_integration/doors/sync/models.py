# Derived by tests/derive.py: edit tests_integration/doors/aio/models.py,
# then run `tox -e sync`.
"""The models of these tests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from coodie import Counter, PrimaryKey, Static
from coodie.sync import CounterDocument, Document


class Event(Document):
    user_id: Annotated[UUID, PrimaryKey()]
    ts: Annotated[datetime, PrimaryKey(clustering=True)]
    event_type: str

    class Settings:
        name = "events"


class PageViews(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None
    clicks: Annotated[int | None, Counter()] = None


class User(Document):
    id: Annotated[UUID, PrimaryKey()]
    email: str
    nickname: str | None = None
    team: str | None = None
    tags: set[str] = set()
    attrs: dict[str, str] = {}
    scores: list[int] = []

    class Settings:
        name = "users"


class Reading(Document):
    sensor: Annotated[str, PrimaryKey()]
    number: Annotated[int, PrimaryKey(clustering=True)]
    unit: Annotated[str | None, Static()] = None
    value: float | None = None

    class Settings:
        name = "readings"
