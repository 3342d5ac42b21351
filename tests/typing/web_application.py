"""An application with FastAPI."""

from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel
from typing_extensions import assert_type

from coodie import aio, sync
from coodie.fastapi import Lifespan, Page, install_error_handlers, lifespan
from coodie.fields import PrimaryKey

SECRET = "a secret of more than 16 bytes"


class Event(aio.Document):
    id: Annotated[int, PrimaryKey()]
    kind: str


class SyncEvent(sync.Document):
    id: Annotated[int, PrimaryKey()]


class Summary(BaseModel):
    kind: str


connected: Lifespan = lifespan(["db1", "db2"], keyspace="shop", slow=0.5, protocol_version=5)
app = FastAPI(lifespan=connected)
install_error_handlers(app, retry_after=1, details=True)


@app.get("/events")
async def events(page: str | None = None) -> Page[Event]:
    result = await Event.find().page_token(page, SECRET).paged_all()
    found = Page.of(result, SECRET, ttl=60, context="ann")
    assert_type(found, Page[Event])
    assert_type((found.items, found.next), tuple[list[Event], str | None])
    return found


def other_pages(page: str | None = None) -> None:
    assert_type(Page.of(SyncEvent.find().paged_all(), [SECRET, b"the one before it"]), Page[SyncEvent])
    assert_type(Page[SyncEvent].of(SyncEvent.find().paged_all(), SECRET), Page[SyncEvent])
    assert_type(Page.of(SyncEvent.find().as_(Summary).paged_all(), SECRET), Page[Summary])
    assert_type(Page.of(SyncEvent.find().values_list(SyncEvent.id).paged_all(), SECRET), Page[tuple[int]])


async def wrong() -> Page[Summary]:
    lifespan(keyspace=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    install_error_handlers(app, retry_after="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    result = await Event.find().paged_all()
    Page.of(result)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    return Page.of(result, SECRET)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportReturnType]
