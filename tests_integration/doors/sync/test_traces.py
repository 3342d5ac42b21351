# Derived by tests/derive.py: edit tests_integration/doors/aio/test_traces.py,
# then run `tox -e sync`.
"""Traces of requests as a real server writes them."""

from typing import Annotated

import pytest

from coodie import ClusteringKey, PrimaryKey
from coodie.sync import BatchQuery, Document, close, execute_raw, init_coodie

pytestmark = pytest.mark.needs_server("the engine in memory has no traces")


class Reading(Document):
    place: Annotated[str, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]

    class Settings:
        name = "readings"


@pytest.fixture(autouse=True)
def connection(session, keyspace):
    init_coodie(session=session, keyspace=keyspace)
    Reading.sync_table()
    yield
    close()


def test_the_server_traces_what_it_is_asked_to(keyspace):
    batch = BatchQuery()
    for number in range(3):
        Reading(place="attic", number=number).save(batch=batch)
    written = batch.execute(trace=True)
    read = Reading.find(place="attic").fetch_size(2).trace()
    raw = execute_raw(f"DELETE FROM {keyspace}.readings WHERE place = ?", ["attic"], trace=True)
    saved = Reading(place="cellar", number=1).save(trace=True)
    lost = Reading(place="cellar", number=1).insert(trace=True)
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
    assert Reading.find(place="attic").all() == []
