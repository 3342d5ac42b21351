"""A service that stores accounts and the events of their users.

COODIE_HOSTS=127.0.0.1 uvicorn --app-dir docs/examples events_service.app:app
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel

from coodie.aio import AsyncBatchQuery, sync_all
from coodie.exceptions import OutcomeUnknown
from coodie.fastapi import Page, install_error_handlers, lifespan
from coodie.observe import OpenTelemetryHook

from .models import KEYSPACE, Account, Event

HOSTS = os.environ.get("COODIE_HOSTS", "127.0.0.1")
SECRET = os.environ.get("EVENTS_SECRET", "for development only")
"""What the tokens of pages are sealed with; the processes of a service share it."""

# Spans and metrics go nowhere until the SDK of OpenTelemetry is configured, as opentelemetry-instrument does.
connected = lifespan(HOSTS, keyspace=KEYSPACE, create_keyspace=True, hooks=[OpenTelemetryHook()])


@asynccontextmanager
async def started(app: FastAPI) -> AsyncGenerator[None]:
    """Connect, and create the tables. In tests the connection is one of their own."""
    async with connected(app):
        await sync_all(Account, Event)
        yield


app = FastAPI(lifespan=started)
install_error_handlers(app, retry_after=1)


# Whatever differs from run to run is a dependency, so that a test can substitute its own clock.


def now() -> datetime:
    return datetime.now(timezone.utc)


def new_id() -> UUID:
    return uuid4()


class SignUp(BaseModel):
    email: str
    name: str


@app.post("/accounts", status_code=201)
async def sign_up(wanted: SignUp, user_id: Annotated[UUID, Depends(new_id)]) -> Account:
    """Create the account of an address, unless the address is already taken."""
    account = Account(email=wanted.email, user_id=user_id, name=wanted.name)
    owner = await claimed(account)
    if owner is None:
        raise HTTPException(503, "it is unknown whether the account was created; try again")
    if owner.user_id != account.user_id:
        raise HTTPException(409, "somebody has this address already")
    return account


async def claimed(account: Account) -> Account | None:
    """The account that now owns the address."""
    try:
        result = await account.insert()
    except OutcomeUnknown:
        # It may have been written. A serial read first completes any write in progress, so its answer is certain.
        return await Account.find(email=account.email).consistency("SERIAL").first()
    return account if result.applied else result.existing


class Happened(BaseModel):
    kind: str
    note: str | None = None


@app.post("/users/{user_id}/events", status_code=201)
async def record(user_id: UUID, happened: list[Happened], at: Annotated[datetime, Depends(now)]) -> int:
    """Record all events or none, in one request; the rows share a partition, so no batch log is needed."""
    async with AsyncBatchQuery(logged=False) as batch:
        for number, one in enumerate(happened):
            moment = at + timedelta(milliseconds=number)  # the time is the key, so each event needs its own
            # Values that the client left out stay unset: a null would be a tombstone.
            await Event(user_id=user_id, at=moment, **one.model_dump(exclude_unset=True)).save(batch=batch)
    return len(happened)


@app.get("/users/{user_id}/events")
async def events(user_id: UUID, size: Annotated[int, Query(gt=0, le=100)] = 20, page: str | None = None) -> Page[Event]:
    """A page of the user's events; ``next`` continues after it, for this user alone."""
    query = Event.find(user_id=user_id).fetch_size(size).page_token(page, SECRET)
    return Page.of(await query.paged_all(), SECRET)


@app.get("/feed")
async def feed(user: Annotated[list[UUID], Query()]) -> list[Event]:
    """The latest event of each user, with one query for all of them."""
    return await Event.find(user_id__in=user).per_partition_limit(1).all()
