"""What coodie costs without a cluster:  python -m tests_integration.benchmarks.no_io [--rounds N] [--only TEXT]

A driver that answers at once stands where the cluster would be. From each case the time is taken off that Pydantic
needs for the same values: making the object, validating each filter as a field by itself, validating the row. What is
left is coodie's own: instantiating, encoding, rendering, running the plan, reading the page. Then what hooks of
OpenTelemetry add to a call, without and with its SDK: there the call without a hook is taken off, and once what the SDK
takes for the same span and the same measurement, made by hand. Then what tests pay:
for each call that is recorded, and for each text that is parsed. Last, how long an import takes in a new process.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from statistics import median
from typing import Annotated, Any
from uuid import UUID

from opentelemetry.metrics import Histogram
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, Tracer
from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from coodie import aio, sync
from coodie.cql.parsing.statements import parse
from coodie.drivers import Page, Request
from coodie.fields import PrimaryKey
from coodie.mapping.model import mapper_of
from coodie.observe import OpenTelemetryHook
from coodie.plans import writes
from coodie.testing import RecordingDriver

USER, TS = UUID(int=7), datetime(2024, 1, 1, tzinfo=timezone.utc)
VALUES: dict[str, Any] = {"user_id": USER, "ts": TS, "event_type": "click", "amount": 5, "score": 0.5}
PAGE = Page(tuple(VALUES), [tuple(VALUES.values())])


class Event(sync.Document):
    user_id: Annotated[UUID, PrimaryKey()]
    ts: Annotated[datetime, PrimaryKey(clustering=True)]
    event_type: str
    amount: int
    score: float


class AsyncEvent(aio.Document):
    user_id: Annotated[UUID, PrimaryKey()]
    ts: Annotated[datetime, PrimaryKey(clustering=True)]
    event_type: str
    amount: int
    score: float


class Plain(BaseModel):
    """The same fields, and no coodie."""

    user_id: UUID
    ts: datetime
    event_type: str
    amount: int
    score: float


class Fields(TypedDict, total=False):
    """Some of the fields: what it takes to validate one of a model, with all that the model says of it."""

    user_id: UUID
    ts: datetime
    event_type: str
    amount: int
    score: float


MEASURED = {"db.system.name": "cassandra", "db.collection.name": "event", "db.operation.name": "UPDATE"}
UPDATE = "UPDATE event SET amount = ? WHERE user_id = ? AND ts = ?"
SPAN: dict[str, Any] = {**MEASURED, "db.query.text": UPDATE, "cassandra.query.idempotent": True}

ROWS = TypeAdapter(list[Plain]).validator
FIELDS = TypeAdapter(Fields).validator


class AtOnce:
    """A driver that gives one row to what reads, and nothing to what writes."""

    def execute(self, request: Request, /) -> Page:
        return PAGE if getattr(request, "cql", "")[0] == "S" else Page()

    async def aexecute(self, request: Request, /) -> Page:
        return self.execute(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True)
class Case:
    """What coodie does, and what of it is taken off; microseconds beyond that may be up to ``limit``."""

    name: str
    ours: Callable[[int], object]
    pydantics: Callable[[int], object] | None = None
    limit: float | None = None


def each(call: Callable[[], object]) -> Callable[[int], object]:
    def work(count: int) -> None:
        for _ in range(count):
            call()

    return work


def awaited(loop: asyncio.AbstractEventLoop, call: Callable[[], Any]) -> Callable[[int], object]:
    async def rounds(count: int) -> None:
        for _ in range(count):
            await call()

    return lambda count: loop.run_until_complete(rounds(count))


def make() -> Plain:
    return Plain(user_id=USER, ts=TS, event_type="click", amount=5, score=0.5)


def filters() -> None:
    FIELDS.validate_python({"user_id": USER})
    FIELDS.validate_python({"ts": TS})


def filters_and_row() -> None:
    filters()
    ROWS.validate_python([dict(VALUES)])


def change_and_save() -> None:
    loaded.amount += 1
    loaded.save()


def into_a_batch() -> None:
    batch = sync.BatchQuery(warn_statements=None)
    for _ in range(10):
        event.save(batch=batch)


THREE_LINES = """
INSERT INTO shop.events (user_id, ts, event_type, amount, score)
VALUES (?, ?, ?, ?, ?)
USING TTL ? AND TIMESTAMP ?
"""


def record(count: int) -> None:
    with RecordingDriver() as recorder:
        Event(**VALUES).save()
    request = recorder.last.request
    for _ in range(count):
        recorder.execute(request)


def change() -> None:
    event.update(amount=5)


def by_hand(spans: Tracer, seconds: Histogram) -> None:
    """A call without a hook, and what the hook tells the SDK of it."""
    change()
    span = spans.start_span("UPDATE event", None, SpanKind.CLIENT, SPAN)
    seconds.record(0.001, MEASURED)
    span.end()


def traced(connection: str) -> Callable[[int], object]:
    other = Event.using(connection=connection)(**VALUES)
    return each(lambda: other.update(amount=5))


event = Event(**VALUES)
loaded = mapper_of(Event).read_page(PAGE)[0]
query = Event.find(user_id=USER)


def cases(loop: asyncio.AbstractEventLoop, spans: Tracer, seconds: Histogram) -> list[Case]:
    new, anew = Event, AsyncEvent
    return [
        Case(
            "make a document",
            each(lambda: new(user_id=USER, ts=TS, event_type="click", amount=5, score=0.5)),
            each(make),
        ),
        Case(
            "make, and what a save sends",
            each(lambda: writes.save(new(user_id=USER, ts=TS, event_type="click", amount=5, score=0.5))),
            each(make),
            4.0,
        ),
        Case(
            "make and save",
            each(lambda: new(user_id=USER, ts=TS, event_type="click", amount=5, score=0.5).save()),
            each(make),
            4.0,
        ),
        Case(
            "make and save, async",
            awaited(loop, lambda: anew(user_id=USER, ts=TS, event_type="click", amount=5, score=0.5).save()),
            each(make),
            4.0,
        ),
        Case("change a loaded document and save", each(change_and_save)),
        Case("get one row", each(lambda: Event.get(user_id=USER, ts=TS)), each(filters_and_row), 8.0),
        Case(
            "get one row, async", awaited(loop, lambda: AsyncEvent.get(user_id=USER, ts=TS)), each(filters_and_row), 8.0
        ),
        Case("find(key)", each(lambda: Event.find(user_id=USER, ts=TS)), each(filters)),
        Case("find(key).statement()", each(lambda: Event.find(user_id=USER, ts=TS).statement()), each(filters)),
        Case("one more limit() in a chain", each(lambda: query.limit(5))),
        Case(
            "find().filter().order_by().limit()",
            each(lambda: Event.find(user_id=USER).filter(ts__gt=TS).order_by("-ts").limit(5)),
            each(filters),
        ),
        Case("update of two columns", each(lambda: event.update(event_type="x", amount=5))),
        Case("10 saves into a batch", each(into_a_batch)),
        Case("update, OpenTelemetry without SDK", traced("no SDK"), each(change), 15.0),
        Case("update, OpenTelemetry with SDK", traced("SDK"), each(change)),
        Case("the hook alone, with SDK", traced("SDK"), each(lambda: by_hand(spans, seconds)), 15.0),
        Case("record a save", record, None, 15.0),
        Case("parse three lines that are new", each(lambda: parse.__wrapped__(THREE_LINES)), None, 50.0),
    ]


def cost(work: Callable[[int], object], count: int) -> float:
    """Microseconds of CPU time for one."""
    gc.collect()
    start = time.process_time()
    work(count)
    return (time.process_time() - start) / count * 1e6


def report(case: Case, rounds: int, count: int = 5000) -> None:
    """Measure both sides in turn, and print the median of what is left."""
    totals, pydantics = [], []
    for number in range(rounds + 1):
        total = cost(case.ours, count)
        pydantic = 0.0 if case.pydantics is None else cost(case.pydantics, count)
        if number:  # the first round warms up
            totals.append(total)
            pydantics.append(pydantic)
    own = median(total - pydantic for total, pydantic in zip(totals, pydantics, strict=True))
    figures = f"{median(totals):>8.2f} {median(pydantics):>9.2f} {own:>8.2f}"
    print(f"{case.name:<36} {figures}{verdict(own, case.limit)}", flush=True)


def verdict(figure: float, limit: float | None) -> str:
    return "" if limit is None else f"   limit {limit:g}  {'ok' if figure < limit else 'MISSED'}"


IMPORTS = (
    ("", "coodie", None),
    ("", "pydantic.main", None),
    ("", "coodie.sync", None),
    ("import pydantic.main", "coodie.sync", None),
    ("import coodie.sync", "coodie.aio", None),
    ("import pytest", "coodie.testing.plugin", 20.0),
)


def import_time(before: str, module: str, rounds: int) -> float:
    """Milliseconds that an import takes in a new process, after what is imported before."""
    code = f"import time\n{before}\nstart = time.perf_counter()\nimport {module}\nprint(time.perf_counter() - start)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(rounds)]
    return min(float(run.stdout) for run in runs) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only", default="", help="only the cases with this in their name")
    options = parser.parse_args()
    loop = asyncio.new_event_loop()
    sync.init_coodie(driver=AtOnce())
    sync.init_coodie(driver=AtOnce(), name="no SDK", hooks=[OpenTelemetryHook()])
    tracers, meters = TracerProvider(), MeterProvider([InMemoryMetricReader()])
    with_sdk = OpenTelemetryHook(tracer_provider=tracers, meter_provider=meters)
    spans, seconds = tracers.get_tracer("by hand"), meters.get_meter("by hand").create_histogram("seconds", "s")
    sync.init_coodie(driver=AtOnce(), name="SDK", hooks=[with_sdk])
    try:
        print(f"{'':<36} {'all µs':>8} {'Pydantic':>9} {'own':>8}   CPU time, median of {options.rounds} rounds")
        for case in cases(loop, spans, seconds):
            if options.only in case.name:
                report(case, options.rounds)
    finally:
        sync.close()
        loop.close()
    for before, module, limit in IMPORTS:
        name = f"import {module}" + (f", after {before.removeprefix('import ')}" if before else "")
        if options.only in name:
            took = import_time(before, module, options.rounds)
            print(f"{name:<50} {took:>7.1f} ms{verdict(took, limit)}", flush=True)


if __name__ == "__main__":
    main()
