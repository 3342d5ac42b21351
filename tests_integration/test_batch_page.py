"""The snippets of the specification's page on batches, as printed there, on a real cluster.

A snippet runs in a namespace of its own that has the names which the page takes for granted: `Document`, `uid`, `now`.
Its `datetime.now()` gives another millisecond each time, since two events in one are one row; one test lets it be.
"""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta, timezone
from textwrap import indent
from types import ModuleType, SimpleNamespace
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from cassandra.cluster import Session

from coodie import BatchWarning, Counter, PrimaryKey, aio, sync
from coodie.testing import RecordingDriver

from .conftest import Look

SETUP = """
from coodie.fields import PrimaryKey
from typing import Annotated
from uuid import UUID, uuid4
from datetime import datetime
from pydantic import Field

class Event(Document):
    user_id: Annotated[UUID, PrimaryKey()]
    ts: Annotated[datetime, PrimaryKey(clustering=True)]
    event_type: str

    class Settings:
        name = "events"
"""

SYNC = """
from coodie.sync import BatchQuery

with BatchQuery() as batch:
    Event(user_id=uid, ts=datetime.now(), event_type="login").save(batch=batch)
    Event(user_id=uid, ts=datetime.now(), event_type="page_view").save(batch=batch)
# All statements execute as one batch when the `with` block exits
"""

ASYNC = """
from coodie.aio import AsyncBatchQuery

async with AsyncBatchQuery() as batch:
    await Event(user_id=uid, ts=datetime.now(), event_type="login").save(batch=batch)
    await Event(user_id=uid, ts=datetime.now(), event_type="page_view").save(batch=batch)
"""

GENERATED = """
BEGIN BATCH
  INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?);
  INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?);
APPLY BATCH;
"""

LOGGED = """
with BatchQuery(logged=True) as batch:  # logged=True is the default
    ...
"""

UNLOGGED = """
with BatchQuery(logged=False) as batch:
    ...
"""

COUNTER = """
with BatchQuery(batch_type="COUNTER") as batch:
    ...
"""

MANUAL = """
batch = BatchQuery()
batch.add("INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?)", [uid, now, "login"])
batch.add("INSERT INTO events (user_id, ts, event_type) VALUES (?, ?, ?)", [uid, now, "logout"])
batch.execute()
"""

ERROR = """
with BatchQuery() as batch:
    Event(user_id=uid, ts=datetime.now(), event_type="login").save(batch=batch)
    raise ValueError("oops")
    # batch.execute() is NOT called — no statements are sent
"""

LOW_LEVEL = """
from coodie.cql_builder import build_batch, build_insert

statements = [
    build_insert("events", "myapp", {"user_id": uid, "ts": now, "event_type": "login"}),
    build_insert("events", "myapp", {"user_id": uid, "ts": now, "event_type": "page_view"}),
]

cql, params = build_batch(statements, logged=True)
# cql = "BEGIN BATCH\\n  INSERT INTO ...;\\n  INSERT INTO ...;\\nAPPLY BATCH"
"""

DOORS = {"sync": sync, "aio": aio}
NOW = datetime(2024, 3, 1, 12)
LATER = NOW + timedelta(milliseconds=1)

# The page's programs for the sync API run on the same loop as those for the async one.
pytestmark = pytest.mark.filterwarnings("ignore::coodie.warnings.BlockingCallWarning")

Names = dict[str, Any]
Events = Callable[[UUID], list[tuple[Any, ...]]]


async def run(text: str, names: Names) -> None:
    code = compile(text, "batch-operations.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    result = eval(code, names)
    if inspect.iscoroutine(result):
        await result


def inside(block: str, statements: str, door: str) -> str:
    """The block with statements instead of its dots; the async door has it in its own words."""
    text = block.replace("    ...\n", indent(statements.strip(), "    ") + "\n")
    return text if door == "sync" else in_async_words(text)


def in_async_words(text: str) -> str:
    for word in ("Event(", "page.", "batch.execute()"):
        text = text.replace(word, f"await {word}")
    return text.replace("with BatchQuery", "async with AsyncBatchQuery").replace("= BatchQuery", "= AsyncBatchQuery")


@pytest.fixture
async def connection(session: Session, keyspace: str) -> AsyncIterator[None]:
    await aio.init_coodie(session=session, keyspace=keyspace)
    yield
    await aio.close()


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def names(door: str, connection: None) -> Names:
    """What the page has set up before its first batch."""
    names = vars(ModuleType("page"))
    names.update(Document=DOORS[door].Document)
    await run(SETUP, names)
    await run("Event.sync_table()" if door == "sync" else "await Event.sync_table()", names)
    clock = (NOW + timedelta(milliseconds=number) for number in range(100))
    names.update(uid=uuid4(), now=NOW, datetime=SimpleNamespace(now=lambda: next(clock)))
    names.update(BatchQuery=sync.BatchQuery, AsyncBatchQuery=aio.AsyncBatchQuery)
    return names


@pytest.fixture
def events(look: Look) -> Events:
    return lambda uid: look("SELECT ts, event_type FROM {}.events WHERE user_id = %s", uid)


async def test_a_batch(names: Names, door: str, events: Events, spy: RecordingDriver, keyspace: str) -> None:
    await run(SYNC if door == "sync" else ASYNC, names)
    assert events(names["uid"]) == [(NOW, "login"), (LATER, "page_view")]
    assert spy.cql == [GENERATED.strip().removesuffix(";").replace("events", f"{keyspace}.events")]
    assert spy.last.batch_kind == "logged"


async def test_the_same_with_the_real_clock(names: Names, door: str, events: Events) -> None:
    names["datetime"] = datetime
    before = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(milliseconds=1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await run(SYNC if door == "sync" else ASYNC, names)
    rows = events(names["uid"])
    # Both may have got the same millisecond: then they are the same row, and coodie says so.
    assert len(rows) == (1 if any(each.category is BatchWarning for each in caught) else 2)
    offset = datetime.now().astimezone().utcoffset() or timedelta()
    assert all(before <= ts - offset <= before + timedelta(minutes=1) for ts, _ in rows)


@pytest.mark.parametrize(("block", "kind"), [(LOGGED, "logged"), (UNLOGGED, "unlogged")])
async def test_types(names: Names, door: str, events: Events, spy: RecordingDriver, block: str, kind: str) -> None:
    saves = """
Event(user_id=uid, ts=datetime.now(), event_type="login").save(batch=batch)
Event(user_id=uid, ts=datetime.now(), event_type="logout").save(batch=batch)
"""
    await run(inside(block, saves, door), names)
    assert events(names["uid"]) == [(NOW, "login"), (LATER, "logout")]
    assert [call.batch_kind for call in spy.calls] == [kind]


@pytest.mark.parametrize("block", [LOGGED, UNLOGGED, COUNTER])
async def test_an_empty_block_sends_nothing(names: Names, spy: RecordingDriver, block: str) -> None:
    await run(block, names)
    assert spy.calls == []


async def test_counters(names: Names, door: str, look: Look, spy: RecordingDriver) -> None:
    class PageViews(DOORS[door].CounterDocument):  # type: ignore[misc]
        url: Annotated[str, PrimaryKey()]
        views: Annotated[int | None, Counter()] = None

    names["PageViews"], names["page"] = PageViews, PageViews(url=str(uuid4()))
    await run("PageViews.sync_table()" if door == "sync" else "await PageViews.sync_table()", names)
    spy.clear()
    await run(
        inside(COUNTER, "page.increment(views=2, batch=batch)\npage.decrement(views=5, batch=batch)", door), names
    )
    assert look("SELECT views FROM {}.page_views WHERE url = %s", names["page"].url) == [(-3,)]
    assert [call.batch_kind for call in spy.calls] == ["counter"]


async def test_manual_execution(names: Names, door: str, look: Look, spy: RecordingDriver) -> None:
    names["now"] = NOW
    # As printed, both statements write one row, and nobody can say which event type it has then: the server takes the
    # greater value of two with the same timestamp.
    await run(MANUAL if door == "sync" else in_async_words(MANUAL), names)
    assert look("SELECT ts, event_type FROM {}.events WHERE user_id = %s", names["uid"]) == [(NOW, "logout")]
    (batch,) = spy.calls
    assert (batch.kind, batch.batch_kind, len(batch.statements)) == ("batch", "logged", 2)


async def test_an_error_in_the_block(names: Names, door: str, events: Events, spy: RecordingDriver) -> None:
    with pytest.raises(ValueError, match=r"^oops$"):
        await run(ERROR if door == "sync" else in_async_words(ERROR), names)
    assert (spy.calls, events(names["uid"]), names["batch"].statements) == ([], [], ())


async def test_insert_update_and_delete_are_deferred_too(names: Names, door: str, events: Events) -> None:
    save = 'Event(user_id=uid, ts=now, event_type="old").save()'
    await run(save if door == "sync" else "await " + save, names)
    writes = """
Event(user_id=uid, ts=datetime.now(), event_type="old").update(event_type="new", batch=batch)
Event(user_id=uid, ts=datetime.now(), event_type="x").delete(batch=batch)
Event(user_id=uid, ts=datetime.now(), event_type="inserted").insert(batch=batch)
"""
    await run(inside(LOGGED, writes, door), names)
    assert events(names["uid"]) == [(NOW, "new"), (NOW + timedelta(milliseconds=2), "inserted")]
    assert names["batch"].result.applied is True


async def test_low_level(names: Names, door: str, events: Events, keyspace: str) -> None:
    await run(LOW_LEVEL.replace("myapp", keyspace), names)
    insert = f"INSERT INTO {keyspace}.events (user_id, ts, event_type) VALUES (?, ?, ?)"
    assert names["cql"] == f"BEGIN BATCH\n  {insert};\n  {insert};\nAPPLY BATCH"
    assert names["params"] == [names["uid"], NOW, "login", names["uid"], NOW, "page_view"]
    sent = DOORS[door].execute_raw(names["cql"], names["params"])
    assert (await sent if inspect.isawaitable(sent) else sent) == []
    assert events(names["uid"]) == [(NOW, "page_view")]


async def test_a_document_may_go_into_a_batch_of_the_other_door(names: Names, door: str, events: Events) -> None:
    uid = names["uid"]
    if door == "sync":
        async with aio.AsyncBatchQuery() as batch:
            names["Event"](user_id=uid, ts=NOW, event_type="x").save(batch=batch)
    else:
        with sync.BatchQuery() as batch:
            await names["Event"](user_id=uid, ts=NOW, event_type="x").save(batch=batch)
    assert events(uid) == [(NOW, "x")]
