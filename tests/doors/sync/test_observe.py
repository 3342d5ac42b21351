# Derived by tests/derive.py: edit tests/doors/aio/test_observe.py,
# then run `tox -e sync`.
"""Spans and metrics of a program, as OpenTelemetry's SDK exports them."""

import time
from typing import Annotated

import pytest
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from coodie.sync import BatchQuery, CounterDocument, Document, close, execute_raw, init_coodie
from coodie.drivers import Page
from coodie.exceptions import ConfigurationError, CoodieError, OutcomeUnknown, RequestRejected
from coodie.fields import Counter, PrimaryKey
from coodie.observe import OpenTelemetryHook

NODE = "10.0.0.1:9042"
SECRET = "hunter2"


class User(Document):
    id: Annotated[str, PrimaryKey()]
    name: str = ""

    class Settings:
        name = "users"
        consistency = "LOCAL_QUORUM"


class Other(Document):
    id: Annotated[str, PrimaryKey()]

    class Settings:
        name = "others"


class Hits(CounterDocument):
    id: Annotated[str, PrimaryKey()]
    seen: Annotated[int | None, Counter()] = None

    class Settings:
        name = "hits"


class Stopped(BaseException):
    """Ends a call as Ctrl+C or a cancellation does."""


class Server:
    """Answers with its pages, one after another, or raises them; keeps when."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.times = []

    def execute(self, request, /):
        began = time.time_ns()
        answer = self.answers.pop(0) if self.answers else Page(coordinator=NODE)
        self.times.append((began, time.time_ns()))
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self): ...


class Exported:
    """What is exported of spans and metrics."""

    def __init__(self):
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meters = MeterProvider([self.reader])
        self.hook = OpenTelemetryHook(tracer_provider=self.tracers, meter_provider=self.meters)

    @property
    def spans(self):
        return self.exporter.get_finished_spans()

    def points(self):
        """Each metric with its points: the attributes, and the value, or how many there were and, of rows, the sum."""
        found = self.reader.get_metrics_data()
        scopes = [scope for resource in found.resource_metrics for scope in resource.scope_metrics]
        return {
            f"{metric.name} in {metric.unit}": [
                (dict(point.attributes), value(metric, point)) for point in metric.data.data_points
            ]
            for scope in scopes
            for metric in scope.metrics
        }

    def told(self):
        """Spans and metrics as text, without what differs from run to run."""
        lines = [line for span in self.spans for line in shown(span)]
        for name, points in self.points().items():
            lines += ["", name]
            lines += sorted(f"  {value}  {named(attributes)}" for attributes, value in points)
        return "\n".join(lines)


def value(metric, point):
    if not hasattr(point, "count"):
        return point.value
    return point.count if metric.unit == "s" else f"{point.sum} in {point.count}"


def shown(span):
    yield f"{span.name}  {span.kind.name} {span.status.status_code.name} {span.status.description or ''}".rstrip()
    yield from (f"  {name} = {value}" for name, value in sorted(span.attributes.items()))


def named(attributes):
    return ", ".join(f"{name}={value}" for name, value in sorted(attributes.items()))


@pytest.fixture
def exported():
    return Exported()


@pytest.fixture
def connect(exported):
    def connect(*answers, keyspace="shop", **options):
        server = Server(*answers)
        init_coodie(driver=server, keyspace=keyspace, hooks=[exported.hook], **options)
        return server

    yield connect
    close()


def page(*rows, **more):
    return Page(("id", "name"), rows, coordinator=NODE, **more)


def unknown():
    error = OutcomeUnknown(f"no answer about {SECRET}")
    error.attempts, error.prepared, error.coordinator = 2, 1, "10.0.0.2:9042"
    return error


def not_sent():
    error = RequestRejected("no")
    error.attempts = 0
    return error


def test_what_a_program_exports(connect, exported, snapshot):
    connect(
        Page(coordinator=NODE, prepared=1),
        page((SECRET, "x"), (SECRET, "y"), paging_state=b"more"),
        page((SECRET, "z"), attempts=3),
        Page(),
        Page(),
        Page(),
        Page(),
        unknown(),
        Stopped(SECRET),
        not_sent(),
    )
    User(id=SECRET).save(ttl=60)
    User.find(id=SECRET).fetch_size(2).consistency("ONE").all()
    with BatchQuery(warn_partitions=None) as batch:
        User(id=SECRET).save(batch=batch)
        User(id=SECRET + "2").save(batch=batch)
    with BatchQuery(consistency="QUORUM") as batch:
        User(id=SECRET).save(batch=batch)
        Other(id=SECRET).delete(batch=batch)
    with BatchQuery() as batch:
        Other(id=SECRET).save(batch=batch)
    Hits(id=SECRET).increment(seen=1)
    with pytest.raises(OutcomeUnknown):
        User(id=SECRET).insert()
    with pytest.raises(Stopped):
        User.find_one(id=SECRET)
    with pytest.raises(RequestRejected):
        User.truncate()
    told = exported.told()
    assert SECRET not in told
    assert told == snapshot


def test_a_text_of_the_users_shows_no_value(connect, exported):
    connect()
    execute_raw(
        f"SELECT a /* {SECRET} */ FROM t -- {SECRET}\nWHERE a = '{SECRET}' AND b = 77 AND c = ?", [SECRET]
    )
    execute_raw(f"CREATE ROLE r WITH PASSWORD = '{SECRET}' AND LOGIN = true")
    execute_raw(f"'{SECRET}' is 'no CQL")
    assert [(span.name, span.attributes.get("db.query.text")) for span in exported.spans] == [
        ("SELECT t", "SELECT a FROM t WHERE a = ? AND b = ? AND c = ?"),
        ("CREATE", "CREATE ROLE r WITH PASSWORD = ? AND LOGIN = true"),
        ("cassandra", None),
    ]
    assert SECRET not in exported.told()


@pytest.mark.parametrize(
    ("cql", "connection", "namespace"),
    [("SELECT a FROM t", "shop", "shop"), ("SELECT a FROM ks.t", "shop", "ks"), ("SELECT a FROM t", None, None)],
)
def test_the_namespace_is_the_keyspace_of_the_text_or_of_the_connection(
    connect, exported, cql, connection, namespace
):
    connect(keyspace=connection)
    execute_raw(cql)
    assert exported.spans[0].attributes.get("db.namespace") == namespace
    (attributes, _), *_ = exported.points()["db.client.operation.duration in s"]
    assert attributes.get("db.namespace") == namespace


def test_a_span_lasts_as_long_as_its_call(connect, exported):
    server = connect(Page(), CoodieError("no"))
    before = time.time_ns()
    User(id=SECRET).save()
    with pytest.raises(CoodieError):
        User(id=SECRET).save()
    after = time.time_ns()
    for span, (began, ended) in zip(exported.spans, server.times, strict=True):
        assert before <= span.start_time <= began <= ended <= span.end_time <= after


def test_a_span_is_a_child_of_the_current_one(connect, exported):
    connect(page((SECRET, "x"), paging_state=b"more"), page())
    with exported.tracers.get_tracer("app").start_as_current_span("request") as parent:
        User.find(id=SECRET).all()
    User(id=SECRET).save()
    first, second, request, alone = exported.spans
    assert request.context == parent.get_span_context()
    assert first.parent == second.parent == parent.get_span_context()
    assert alone.parent is None


def test_requests_in_flight_are_counted_until_they_end(connect, exported):
    name = "coodie.client.active_requests in {request}"

    class Looks(Server):
        def execute(self, request, /):
            seen.extend(value for _, value in exported.points()[name])
            return super().execute(request)

    seen = []
    init_coodie(driver=Looks(Page(), Stopped()), hooks=[exported.hook])
    User(id=SECRET).save()
    with pytest.raises(Stopped):
        User(id=SECRET).save()
    assert seen == [1, 1]
    assert exported.points()[name] == [({"db.system.name": "cassandra"}, 0)]


def test_connections_with_hooks_of_their_own_are_counted_together(connect, exported):
    other = OpenTelemetryHook(tracer_provider=exported.tracers, meter_provider=exported.meters)
    connect()
    init_coodie(driver=Server(), name="other", hooks=[other])
    User(id=SECRET).save()
    User.using(connection="other").create(id=SECRET)
    assert sum(count for _, count in exported.points()["db.client.operation.duration in s"]) == 2
    assert len(exported.spans) == 2


def test_a_span_that_is_not_sampled_costs_no_metric(connect, exported):
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

    exported.hook = OpenTelemetryHook(
        tracer_provider=TracerProvider(sampler=ALWAYS_OFF), meter_provider=exported.meters
    )
    connect()
    User(id=SECRET).save()
    assert exported.spans == ()
    assert [count for _, count in exported.points()["db.client.operation.duration in s"]] == [1]


@pytest.mark.parametrize("name", ["tracer_provider", "meter_provider"])
def test_what_is_no_provider_is_refused(name):
    wrong = NoOpMeterProvider() if name == "tracer_provider" else TracerProvider()
    with pytest.raises(ConfigurationError, match=rf"{name}= takes a \w+ of OpenTelemetry, not a "):
        OpenTelemetryHook(**{name: wrong})
