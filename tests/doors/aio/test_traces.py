"""The server's trace of a request, from a driver whose server writes one."""

from dataclasses import replace
from datetime import datetime, timezone
from ipaddress import IPv4Address
from typing import Annotated
from uuid import UUID

import pytest

from coodie import aio
from coodie.aio import AsyncBatchQuery, CounterDocument, Document, close, execute_raw, init_coodie
from coodie.drivers import Batch, Page
from coodie.exceptions import ConfigurationError, InvalidQueryError, Timeout
from coodie.fields import Counter, PrimaryKey
from coodie.results import Trace, TraceEvent
from coodie.testing import MemoryDriver, RecordingDriver, snapshot_text
from coodie.testing.memory.errors.base import NotSupportedByMemoryDriver

ID = UUID(int=5)
START = datetime(2030, 1, 1, tzinfo=timezone.utc)
ONE, TWO = IPv4Address("10.0.0.1"), IPv4Address("10.0.0.2")
SESSION = ("coordinator", "duration", "request", "started_at")
EVENT = ("activity", "source", "source_elapsed", "thread")
EVENTS = [
    ("Parsing", ONE, 12, "Native-1"),
    ("READ message received from /10.0.0.1", TWO, 40, "Messaging-1"),
    ("Executing single-partition query on users", TWO, 250, "ReadStage-2"),
    ("Processing response from /10.0.0.2", ONE, 1800, "RequestResponseStage-1"),
]
SHOWN = f"""
SELECT id, name FROM shop.users WHERE id = ?
Execute CQL3 query, 2.500 ms, trace {ID}
├── 10.0.0.1 (coordinator)
│   ├──    0.012 ms  Parsing
│   └──    1.800 ms  Processing response from /10.0.0.2
└── 10.0.0.2
    ├──    0.040 ms  READ message received from /10.0.0.1
    └──    0.250 ms  Executing single-partition query on users
"""


class User(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""

    class Settings:
        name = "users"
        keyspace = "shop"


class Server:
    """Writes a trace that is finished when its session was read as often as `unfinished` says, and once more."""

    def __init__(self, unfinished=0, page_of=2, traces=True):
        self.unfinished, self.page_of, self.traces = unfinished, page_of, traces
        self.requests, self.slept, self.events = [], [], EVENTS
        self.answer = Page(("id", "name"), [(1, "x")], coordinator="10.0.0.1:9042", trace_id=ID)

    async def aexecute(self, request, /):
        self.requests.append(request)
        if isinstance(request, Batch) or "system_traces" not in request.cql:
            return self.answer if self.traces and request.options.trace else replace(self.answer, trace_id=None)
        assert request.values == (ID,)
        if "sessions" in request.cql:
            self.unfinished -= 1
            return Page(SESSION, [(ONE, None if self.unfinished >= 0 else 2500, "Execute CQL3 query", START)])
        start = int(request.options.paging_state or 0)
        state = str(start + self.page_of).encode() if start + self.page_of < len(self.events) else None
        return Page(EVENT, self.events[start : start + self.page_of], state)

    async def aclose(self): ...

    def pass_time(self, seconds, /):
        self.slept.append(seconds)
        return True


@pytest.fixture
async def server():
    server = Server()
    await init_coodie(driver=server)
    yield server
    await close()


async def test_the_trace_of_a_query_is_a_tree_with_times(server):
    found = await User.find(id=1).trace()
    assert f"\n{found}\n" == SHOWN
    assert found == Trace(
        ID,
        "SELECT id, name FROM shop.users WHERE id = ?",
        "Execute CQL3 query",
        "10.0.0.1",
        START,
        0.0025,
        (
            TraceEvent("10.0.0.1", "Parsing", 0.000012, "Native-1"),
            TraceEvent("10.0.0.2", "READ message received from /10.0.0.1", 0.00004, "Messaging-1"),
            TraceEvent("10.0.0.2", "Executing single-partition query on users", 0.00025, "ReadStage-2"),
            TraceEvent("10.0.0.1", "Processing response from /10.0.0.2", 0.0018, "RequestResponseStage-1"),
        ),
    )
    assert list(found.nodes) == ["10.0.0.1", "10.0.0.2"]


async def test_only_the_request_itself_is_traced(server):
    await User.find(id=1).trace()
    await User.find(id=1).all()
    assert [request.options.trace for request in server.requests] == [True, False, False, False, False]


async def test_a_trace_is_waited_for_until_it_is_finished(server):
    server.unfinished = 3
    assert (await User.find(id=1).trace()).seconds == 0.0025
    assert len(server.slept) == 3


async def test_one_that_is_never_finished_says_so(server):
    server.unfinished = 1000
    found = await User.find(id=1).trace()
    assert found.seconds is None
    assert "Execute CQL3 query, unfinished, trace" in str(found)
    assert len(found.events) == len(EVENTS)
    assert 1 < sum(server.slept) < 10


class Views(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None

    class Settings:
        keyspace = "shop"


USER = User(id=1, name="x")
QUERIES = {
    "values": lambda: User.find(id=1).values_list("name").trace(),
    "raw": lambda: User.raw("SELECT * FROM shop.users").trace(),
    "statement": lambda: execute_raw("UPDATE shop.users SET name = ? WHERE id = ?", ["x", 1], trace=True),
    "a save": lambda: User(id=1).save(ttl=60, trace=True),
    "an update": lambda: USER.update(name="y", trace=True),
    "a deletion": lambda: USER.delete(timestamp=5, trace=True),
    "a deletion of columns": lambda: USER.delete_columns("name", trace=True),
    "an increment": lambda: Views(url="/").increment(views=1, trace=True),
    "a decrement": lambda: Views(url="/").decrement(views=1, trace=True),
    "an update by query": lambda: User.find(id=1).update(name="x", trace=True),
    "a deletion by query": lambda: User.find(id=1).delete(trace=True),
    "a save by a function": lambda: aio.save(User(id=1), trace=True),
    "an update by a function": lambda: aio.update(USER, name="z", trace=True),
    "a deletion by a function": lambda: aio.delete(USER, trace=True),
    "columns by a function": lambda: aio.delete_columns(USER, "name", trace=True),
    "an increment by a function": lambda: aio.increment(Views(url="/"), views=1, trace=True),
    "a decrement by a function": lambda: aio.decrement(Views(url="/"), views=1, trace=True),
}
CONDITIONAL = {
    "an insert": lambda: User(id=1).insert(trace=True),
    "an insert by a function": lambda: aio.insert(User(id=1), trace=True),
    "an update": lambda: USER.update(name="y", if_exists=True, trace=True),
    "a deletion": lambda: USER.delete(if_conditions={"name": "x"}, trace=True),
    "an update by query": lambda: User.find(id=1).update(name="x", if_conditions={"name": "y"}, trace=True),
}


@pytest.mark.parametrize("query", QUERIES)
async def test_whatever_is_sent_can_be_traced(server, query):
    assert (await QUERIES[query]()).id == ID
    assert [request.options.trace for request in server.requests[:2]] == [True, False]


@pytest.mark.parametrize("query", CONDITIONAL)
async def test_a_trace_has_the_result_of_a_condition(server, query):
    server.answer = Page(("[applied]", "id", "name"), [(False, 1, "bo")], trace_id=ID)
    found = await CONDITIONAL[query]()
    assert (found.id, found.result.applied, found.result.existing) == (ID, False, User(id=1, name="bo"))
    assert "bo" not in f"{found} {found!r}"


@pytest.mark.parametrize(
    ("activity", "shown"),
    [
        (
            "Accepting proposal Accepted(5:7e24, 14:[shop.users] key=secret deletion=0\n Row: id=1 | [name=secret])",
            "Accepting proposal Accepted(5:7e24, 14:[shop.users] key=...",
        ),
        (
            "Start querying range {{-5869, pk{00056174746963}}} [shard 0]",
            "Start querying range {{-5869, pk{...}}} [shard 0]",
        ),
        ("Key cache hit for sstable 3, size = 5", "Key cache hit for sstable 3, size = 5"),
    ],
)
async def test_values_in_what_a_server_has_done_are_masked(server, activity, shown):
    server.events = [(activity, ONE, 12, "Native-1")]
    (event,) = (await USER.update(name="y", trace=True)).events
    assert event.activity == shown


async def test_a_write_that_is_traced_is_known_to_the_document(server):
    user = User(id=1, name="x")
    assert (await user.save(trace=True)).result is None
    assert user.changes() == set()
    user.name = "y"
    await user.save(trace=True)
    assert user.changes() == set()
    sent = len(server.requests)
    with pytest.raises(InvalidQueryError, match="nothing has changed, so nothing is sent that could be traced"):
        await user.save(trace=True)
    assert len(server.requests) == sent


async def test_a_write_in_a_batch_is_not_traced_by_itself(server):
    async with AsyncBatchQuery() as batch:
        with pytest.raises(InvalidQueryError, match=r"traced together with the others: batch\.execute\(trace=True\)"):
            await USER.delete(batch=batch, trace=True)
    assert server.requests == []


async def test_a_batch_is_traced_and_done(server):
    batch = AsyncBatchQuery()
    user = User(id=1, name="x")
    await user.save(batch=batch)
    found = await batch.execute(trace=True)
    assert str(found).startswith("batch of 1 statement: INSERT INTO shop.users (id, name) VALUES (?, ?)\n")
    assert (batch.outcome, batch.statements, user.changes()) == ("done", (), set())


async def test_a_trace_that_cannot_be_read_leaves_the_batch_done(server, monkeypatch):
    async def aexecute(request, /):
        if isinstance(request, Batch):
            return Page(trace_id=ID)
        raise Timeout("no")

    monkeypatch.setattr(server, "aexecute", aexecute)
    batch = AsyncBatchQuery()
    await User(id=1).save(batch=batch)
    await init_coodie(driver=server)
    with pytest.raises(Timeout):
        await batch.execute(trace=True)
    assert batch.outcome == "done"


async def test_what_sends_nothing_has_no_trace(server):
    with pytest.raises(InvalidQueryError, match="nothing is sent that could be traced"):
        await User.find(id__in=[]).trace()
    with pytest.raises(InvalidQueryError, match="an empty batch sends nothing"):
        await AsyncBatchQuery().execute(trace=True)
    assert server.requests == []


async def test_a_driver_that_gives_no_trace_is_told(server):
    server.traces = False
    with pytest.raises(ConfigurationError, match="the connection gave no trace"):
        await User.find(id=1).trace()


async def test_a_recorder_has_no_trace_and_the_engine_refuses_it_by_name():
    with RecordingDriver(strict=False), pytest.raises(ConfigurationError, match="or is a test double"):
        await User.find(id=1).trace()
    with RecordingDriver(MemoryDriver()), pytest.raises(NotSupportedByMemoryDriver, match="support tracing"):
        await User.find(id=1).trace()


@pytest.mark.parametrize("wrong", ["yes", 1, None])
async def test_trace_is_true_or_false(server, wrong):
    with pytest.raises(InvalidQueryError, match="trace must be True or False"):
        await execute_raw("SELECT a FROM t", trace=wrong)
    with pytest.raises(InvalidQueryError, match="trace must be True or False"):
        await AsyncBatchQuery().execute(trace=wrong)
    with pytest.raises(InvalidQueryError, match="trace must be True or False"):
        await User(id=1).save(trace=wrong)
    assert server.requests == []


async def test_a_traced_request_is_shown_as_such(server):
    with RecordingDriver(server) as recorder:
        await User.find(id=1).trace()
    assert "-- [1] execute  trace  idempotent\nSELECT id" in snapshot_text(recorder)
