"""Traces of requests as a real server writes them."""

from typing import Annotated

import pytest

from coodie import ClusteringKey, PrimaryKey
from coodie.aio import AsyncBatchQuery, Document, close, execute_raw, init_coodie

pytestmark = pytest.mark.needs_server("the engine in memory has no traces")


class Reading(Document):
    place: Annotated[str, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]

    class Settings:
        name = "readings"


@pytest.fixture(autouse=True)
async def connection(session, keyspace):
    await init_coodie(session=session, keyspace=keyspace)
    await Reading.sync_table()
    yield
    await close()


async def test_the_server_traces_what_it_is_asked_to(keyspace):
    batch = AsyncBatchQuery()
    for number in range(3):
        await Reading(place="attic", number=number).save(batch=batch)
    written = await batch.execute(trace=True)
    read = await Reading.find(place="attic").fetch_size(2).trace()
    raw = await execute_raw(f"DELETE FROM {keyspace}.readings WHERE place = ?", ["attic"], trace=True)
    saved = await Reading(place="cellar", number=1).save(trace=True)
    lost = await Reading(place="cellar", number=1).insert(trace=True)
    assert (saved.result, lost.result.applied) == (None, False)
    for trace, request in ((written, "batch"), (read, "query"), (raw, "query"), (saved, "query"), (lost, "query")):
        assert trace.seconds is not None
        assert request in trace.request
        assert 0 < trace.seconds < 60
        assert trace.started_at is not None
        assert next(iter(trace.nodes)) == trace.coordinator
        assert "attic" not in str(trace)
        assert "cellar" not in str(trace)
        assert all(0 <= event.seconds < 60 for event in trace.events)
    assert any("single-partition query" in event.activity for event in read.events)
    assert any("memtable" in event.activity for event in written.events)
    assert any("memtable" in event.activity for event in saved.events)
    assert await Reading.find(place="attic").all() == []
