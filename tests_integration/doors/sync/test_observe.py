# Derived by tests/derive.py: edit tests_integration/doors/aio/test_observe.py,
# then run `tox -e sync`.
"""Spans of requests to a real cluster: the node that answered, what was prepared, pages, errors."""

from typing import Annotated

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from coodie import ClusteringKey, PrimaryKey, RequestRejected
from coodie.sync import BatchQuery, Document, close, execute_raw, init_coodie
from coodie.observe import OpenTelemetryHook


class Note(Document):
    owner: Annotated[str, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]

    class Settings:
        name = "notes"


@pytest.fixture
def exporter(session, keyspace):
    exporter, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    init_coodie(session=session, keyspace=keyspace, hooks=[OpenTelemetryHook(tracer_provider=tracers)])
    Note.sync_table()
    exporter.clear()
    yield exporter
    close()


def test_a_span_tells_what_the_server_did(exporter, keyspace, cluster):
    with BatchQuery() as batch:
        for number in range(3):
            Note(owner="ann", number=number).save(batch=batch)
    assert len(Note.find(owner="ann").fetch_size(2).all()) == 3
    with pytest.raises(RequestRejected):
        execute_raw(f"INSERT INTO {keyspace}.notes (owner, number) VALUES ('ann', 1) USING TTL -5")
    facts = ("db.response.returned_rows", "coodie.page_number", "coodie.prepared", "error.type")
    assert [(span.name, *map(span.attributes.get, facts)) for span in exporter.get_finished_spans()] == [
        ("BATCH INSERT notes", None, None, 1, None),
        ("SELECT notes", 2, None, 1, None),
        ("SELECT notes", 1, 2, None, None),
        ("INSERT notes", None, None, 1, "RequestRejected"),
    ]
    for span in exporter.get_finished_spans():
        assert span.attributes["server.port"] == cluster.port
        assert span.attributes["db.namespace"] == keyspace
        assert "ann" not in str(span.attributes)
