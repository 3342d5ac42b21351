"""A service that keeps accounts and what their users did.

COODIE_HOSTS=127.0.0.1 uvicorn --app-dir docs/examples events_service.app:app
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from coodie.aio import AsyncBatchQuery, close, create_keyspace, init_coodie
from coodie.exceptions import DriverError, OutcomeUnknown, Overloaded, RequestRejected, Timeout, Unavailable

from .models import KEYSPACE, Account, Event


@asynccontextmanager
async def connected(_: FastAPI) -> AsyncGenerator[None]:
    """Tests do not come by here: they give the service a connection of theirs."""
    hosts = os.environ.get("COODIE_HOSTS", "127.0.0.1")
    await init_coodie(hosts)
    await create_keyspace(KEYSPACE)
    await init_coodie(hosts, keyspace=KEYSPACE)
    await Account.sync_table()
    await Event.sync_table()
    yield
    await close()


app = FastAPI(lifespan=connected)


# What differs from run to run comes in from outside, so that a test can give a clock of its own.


def now() -> datetime:
    return datetime.now(timezone.utc)


def new_id() -> UUID:
    return uuid4()


class SignUp(BaseModel):
    email: str
    name: str


@app.post("/accounts", status_code=201)
async def sign_up(wanted: SignUp, user_id: Annotated[UUID, Depends(new_id)]) -> Account:
    """One account for each address, whoever comes first."""
    account = Account(email=wanted.email, user_id=user_id, name=wanted.name)
    owner = await claimed(account)
    if owner is None:
        raise HTTPException(503, "nobody knows whether the account was made; try again")
    if owner.user_id != account.user_id:
        raise HTTPException(409, "somebody has this address already")
    return account


async def claimed(account: Account) -> Account | None:
    """Who owns the address now."""
    try:
        result = await account.insert()
    except OutcomeUnknown:
        # It may have been written. A serial read ends what was begun, and then tells.
        return await Account.find(email=account.email).consistency("SERIAL").first()
    return account if result.applied else result.existing


class Happened(BaseModel):
    kind: str
    note: str | None = None


@app.post("/users/{user_id}/events", status_code=201)
async def record(user_id: UUID, happened: list[Happened], at: Annotated[datetime, Depends(now)]) -> int:
    """All of it or nothing, in one request; the rows share a partition, so no batch log is needed."""
    async with AsyncBatchQuery(logged=False) as batch:
        for number, one in enumerate(happened):
            moment = at + timedelta(milliseconds=number)  # the time is their key: no two may have the same
            # What the client left out stays unset: a null would be a tombstone.
            await Event(user_id=user_id, at=moment, **one.model_dump(exclude_unset=True)).save(batch=batch)
    return len(happened)


class Events(BaseModel):
    events: list[Event]
    next: str | None


@app.get("/users/{user_id}/events")
async def events(user_id: UUID, size: int = 20, page: str | None = None) -> Events:
    """A page of what the user did; ``next`` is where to go on."""
    query = Event.find(user_id=user_id).fetch_size(size)
    try:
        found = await query.page(bytes.fromhex(page) if page is not None else None).paged_all()
    except (ValueError, RequestRejected) as error:
        if page is None:
            raise
        # No hex, or nothing that the server has given: a client made it up.
        raise HTTPException(400, "there is no such page") from error
    return Events(events=found.data, next=found.paging_state.hex() if found.paging_state else None)


@app.get("/feed")
async def feed(user: Annotated[list[UUID], Query()]) -> list[Event]:
    """The latest event of each user, with one query for all of them."""
    return await Event.find(user_id__in=user).per_partition_limit(1).all()


async def busy(request: Request, error: Exception) -> JSONResponse:
    """Everything here may be sent again, so the client is told to."""
    return JSONResponse({"detail": "the database is busy"}, 503, {"Retry-After": "1"})


BUSY: tuple[type[DriverError], ...] = (Unavailable, Overloaded, Timeout, OutcomeUnknown)
for error in BUSY:
    app.add_exception_handler(error, busy)
