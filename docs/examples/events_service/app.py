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

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from coodie.aio import AsyncBatchQuery, close, create_keyspace, init_coodie
from coodie.exceptions import DriverError, OutcomeUnknown, Overloaded, RequestRejected, Timeout, Unavailable

from .models import KEYSPACE, Account, Event


@asynccontextmanager
async def connected(_: FastAPI) -> AsyncGenerator[None]:
    """Connect at startup. Tests do not run this: they use a connection of their own."""
    hosts = os.environ.get("COODIE_HOSTS", "127.0.0.1")
    await init_coodie(hosts)
    await create_keyspace(KEYSPACE)
    await init_coodie(hosts, keyspace=KEYSPACE)
    await Account.sync_table()
    await Event.sync_table()
    yield
    await close()


app = FastAPI(lifespan=connected)


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


class Events(BaseModel):
    events: list[Event]
    next: str | None


@app.get("/users/{user_id}/events")
async def events(user_id: UUID, size: int = 20, page: str | None = None) -> Events:
    """A page of the user's events; ``next`` continues after it."""
    query = Event.find(user_id=user_id).fetch_size(size)
    try:
        found = await query.page(bytes.fromhex(page) if page is not None else None).paged_all()
    except (ValueError, RequestRejected) as error:
        if page is None:
            raise
        # It is not hexadecimal, or not a paging state of the server's: a client made it up.
        raise HTTPException(400, "there is no such page") from error
    return Events(events=found.data, next=found.paging_state.hex() if found.paging_state else None)


@app.get("/feed")
async def feed(user: Annotated[list[UUID], Query()]) -> list[Event]:
    """The latest event of each user, with one query for all of them."""
    return await Event.find(user_id__in=user).per_partition_limit(1).all()


async def busy(request: Request, error: Exception) -> JSONResponse:
    """Tell the client to try again, which is safe for all requests of this service."""
    return JSONResponse({"detail": "the database is busy"}, 503, {"Retry-After": "1"})


BUSY: tuple[type[DriverError], ...] = (Unavailable, Overloaded, Timeout, OutcomeUnknown)
for error in BUSY:
    app.add_exception_handler(error, busy)
