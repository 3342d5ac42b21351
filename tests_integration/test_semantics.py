"""The rules of behaviour that only a cluster can show; each test is named after its rule. The others are in tests/."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any
from uuid import uuid4

import pytest
from cassandra.cluster import Session

from coodie import ClusteringKey, Indexed, PrimaryKey, SchemaMismatch, Static, aio, sync
from coodie.testing import RecordingDriver

from .conftest import Look


class Row(aio.Document):
    id: Annotated[str, PrimaryKey()]
    n: Annotated[int, ClusteringKey()] = 0
    note: str | None = None

    class Settings:
        name = "rows"


@pytest.fixture
async def connection(session: Session, keyspace: str) -> AsyncIterator[None]:
    await aio.init_coodie(session=session, keyspace=keyspace)
    await Row.sync_table()
    yield
    await aio.close()


class Watched:
    """A session that tells which of its methods were called that block."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.blocked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def prepare(self, *args: Any, **options: Any) -> Any:
        self.blocked.append("prepare")
        return self._session.prepare(*args, **options)

    def execute(self, *args: Any, **options: Any) -> Any:
        self.blocked.append("execute")
        return self._session.execute(*args, **options)


async def test_rule_16_the_loop_is_never_blocked_and_cancelling_leaves_nothing(session: Session, keyspace: str) -> None:
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    watched = Watched(session)
    await aio.init_coodie(session=watched, keyspace=keyspace)

    class Made(Row):
        class Settings:
            name = f"made_{uuid4().hex[:8]}"

    await Made.sync_table()
    tasks = [asyncio.ensure_future(Made(id="a", n=number).save()) for number in range(60)]
    for number, task in enumerate(tasks):
        if number % 3 == 0:
            await asyncio.sleep(0)
            task.cancel()
    results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 300)
    assert [result for number, result in enumerate(results) if number % 3] == [None] * 40
    found = {row.n async for row in Made.find(id="a").fetch_size(7)}
    assert found >= {number for number in range(60) if number % 3}
    await aio.close()
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []
    assert watched.blocked == []


async def test_rule_17_a_session_is_left_as_it_was_and_keyspaces_never_mix(
    vendor_session: Session, keyspace: str, other_keyspace: str
) -> None:
    before = vendor_session.keyspace, vendor_session.row_factory, vendor_session.default_fetch_size
    for name, place in (("default", keyspace), ("other", other_keyspace)):
        await aio.init_coodie(session=vendor_session, keyspace=place, name=name)
    other = Row.find().using(connection="other", keyspace=other_keyspace)
    await Row.sync_table()
    vendor_session.execute(f"CREATE TABLE {other_keyspace}.rows (id text, n bigint, note text, PRIMARY KEY (id, n))")
    await Row(id="a", note="here").save()
    await other.create(id="a", note="there")
    assert [row.note for row in await Row.find(id="a").all()] == ["here"]
    assert [row.note for row in await other.filter(id="a").all()] == ["there"]
    assert [row.note for row in await Row.find(id="a").using(keyspace=other_keyspace).all()] == ["there"]
    await aio.close()
    assert (vendor_session.keyspace, vendor_session.row_factory, vendor_session.default_fetch_size) == before
    assert not vendor_session.is_shutdown


@pytest.mark.usefixtures("connection")
async def test_rule_18_a_table_is_made_and_added_to_and_never_altered(spy: RecordingDriver, look: Look) -> None:
    table = f"grown_{uuid4().hex[:8]}"

    class First(aio.Document):
        id: Annotated[str, PrimaryKey()]
        n: Annotated[int, ClusteringKey()] = 0

        class Settings:
            name = table

    class Second(First):
        owner: Annotated[str | None, Static()] = None
        mail: Annotated[str | None, Indexed("by_" + table)] = None

        class Settings:
            name = table

    class Third(First):
        owner: str | None = None

        class Settings:
            name = table

    wanted = await First.sync_table(dry_run=True)
    assert [call.kind for call in spy.calls if call.kind == "schema"] == []
    assert await First.sync_table() == wanted
    with pytest.raises(SchemaMismatch, match="owner"):
        await Second.verify_table()
    assert len(await Second.sync_table()) == 3
    assert await Second.sync_table() == []
    await Second.verify_table()
    kinds = "SELECT column_name, kind FROM system_schema.columns WHERE keyspace_name = '{}' AND table_name = %s"
    made = look(kinds, table)
    assert dict(made) == {"id": "partition_key", "n": "clustering", "owner": "static", "mail": "regular"}
    spy.clear()
    with pytest.raises(SchemaMismatch, match=r"(?s)wanted:.* owner .*found:.* owner .*STATIC|static"):
        await Third.sync_table()
    assert [call.kind for call in spy.calls if call.kind == "schema"] == []
    assert look(kinds, table) == made


@pytest.mark.usefixtures("connection")
async def test_rule_19_workers_that_make_a_table_at_once_can_use_it_at_once() -> None:
    table = f"together_{uuid4().hex[:8]}"

    class Both(sync.Document):
        id: Annotated[str, PrimaryKey()]
        note: Annotated[str | None, Indexed()] = None

        class Settings:
            name = table

    def work(number: int) -> str | None:
        Both.sync_table()
        Both(id=str(number), note="x").save()
        return Both.get(id=str(number)).note

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(6) as threads:
        calls = [loop.run_in_executor(threads, work, number) for number in range(6)]
        assert await asyncio.wait_for(asyncio.gather(*calls), 300) == ["x"] * 6
