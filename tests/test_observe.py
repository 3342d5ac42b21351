"""Spans of calls that run at once, and the hook where OpenTelemetry is not installed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Annotated

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from coodie import aio, sync
from coodie.drivers import Page, Request
from coodie.fields import PrimaryKey
from coodie.observe import OpenTelemetryHook


class Thing(sync.Document):
    id: Annotated[int, PrimaryKey()]


class AsyncThing(aio.Document):
    id: Annotated[int, PrimaryKey()]


class Server:
    def execute(self, request: Request, /) -> Page:
        return Page(("id",), [(1,)]) if getattr(request, "cql", "")[0] == "S" else Page()

    async def aexecute(self, request: Request, /) -> Page:
        return self.execute(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


class Silent(Server):
    """Never answers."""

    async def aexecute(self, request: Request, /) -> Page:
        await asyncio.Event().wait()
        return Page()


class Exported:
    def __init__(self) -> None:
        self.exporter, self.tracers = InMemorySpanExporter(), TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = self.tracers.get_tracer("app")
        self.hook = OpenTelemetryHook(tracer_provider=self.tracers)

    def parents(self) -> list[tuple[str, str | None]]:
        """The name of each span, and that of its parent."""
        spans = self.exporter.get_finished_spans()
        names = {span.context.span_id: span.name for span in spans if span.context is not None}
        return [(span.name, None if span.parent is None else names[span.parent.span_id]) for span in spans]


async def test_a_cancelled_call_ends_its_span_with_its_error() -> None:
    exported = Exported()
    await aio.init_coodie(driver=Silent(), hooks=[exported.hook])
    try:
        call = asyncio.ensure_future(AsyncThing(id=1).save())
        await asyncio.sleep(0)
        assert exported.exporter.get_finished_spans() == ()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    finally:
        await aio.close()
    (span,) = exported.exporter.get_finished_spans()
    assert span.attributes is not None
    assert (span.attributes["error.type"], span.status.status_code) == ("CancelledError", StatusCode.ERROR)


async def test_calls_at_once_are_children_of_the_span_of_their_task() -> None:
    exported = Exported()
    await aio.init_coodie(driver=Server(), hooks=[exported.hook])

    async def request(name: str) -> None:
        with exported.tracer.start_as_current_span(name):
            await asyncio.sleep(0)
            await AsyncThing(id=1).save()

    try:
        await asyncio.gather(request("a"), request("b"))
        with exported.tracer.start_as_current_span("many"):
            await aio.save_many([AsyncThing(id=n) for n in range(3)])
            await aio.get_many(AsyncThing, [1, 1])
    finally:
        await aio.close()
    insert, select = "INSERT async_thing", "SELECT async_thing"
    assert sorted(exported.parents(), key=str) == [
        *[(insert, "a"), (insert, "b"), (insert, "many"), (insert, "many"), (insert, "many")],
        *[(select, "many"), ("a", None), ("b", None), ("many", None)],
    ]


def test_threads_and_requests_in_flight_are_children_of_the_span_of_their_call() -> None:
    exported = Exported()
    sync.init_coodie(driver=Server(), hooks=[exported.hook])
    try:
        with exported.tracer.start_as_current_span("many"):
            sync.save_many([Thing(id=n) for n in range(3)])
            sync.get_many(Thing, [1, 1])
    finally:
        sync.close()
    assert exported.parents() == [*[("INSERT thing", "many")] * 3, ("SELECT thing", "many"), ("many", None)]


MISSING = """
import sys
sys.modules["opentelemetry"] = None
import coodie.sync, coodie.aio
try:
    import coodie.observe
except ModuleNotFoundError as error:
    print(error)
"""


def test_only_the_hook_needs_opentelemetry_and_says_so() -> None:
    run = subprocess.run([sys.executable, "-c", MISSING], capture_output=True, text=True, check=True)
    assert run.stdout == "coodie.observe needs the package opentelemetry-api: pip install opentelemetry-api\n"
