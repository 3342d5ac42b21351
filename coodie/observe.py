"""Traces and metrics of requests, by OpenTelemetry; needs the package ``opentelemetry-api``.

Names of spans, attributes and metrics are those of OpenTelemetry's semantic conventions for databases. What these lack
begins with ``coodie.``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, TypeAlias

from coodie._errors import ConfigurationError, InvalidQueryError
from coodie._words import a_type
from coodie.connections import connection_names
from coodie.cql.kinds import operation_of
from coodie.cql.lexer import without_literals
from coodie.cql.message import DEFAULTS, Kind, Options, Request, Statement
from coodie.cql.parsing.facts import table
from coodie.cql.parsing.statements import parse
from coodie.drivers.hooks import Hook, Trip

try:
    from opentelemetry import metrics, trace
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "coodie.observe needs the package opentelemetry-api: pip install opentelemetry-api", name=error.name
    ) from None

__all__ = ["OpenTelemetryHook"]

_SCHEMA: Final = "https://opentelemetry.io/schemas/1.34.0"
_SECONDS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)
_ROWS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)

_SYSTEM: Final = {"db.system.name": "cassandra"}

_Attributes: TypeAlias = dict[str, str | bool | int | float]


class OpenTelemetryHook(Hook):
    """A hook that makes a span of each request, and counts requests in metrics.

    A span is a child of the span that is current when the request is sent, and lasts until the request was answered,
    failed or was cancelled. Like a `Trip`, it is one request: a query of five pages makes five spans, a batch one; what
    the driver retries is in the same span, what ``save_many()`` tries again in another. Neither spans nor metrics
    contain values: literals in a text of your own become ``?``, and messages of errors are left out.

    Without ``tracer_provider`` and ``meter_provider`` the global ones of OpenTelemetry are used. The hook does nothing
    until the application has configured OpenTelemetry's SDK. Raises `ConfigurationError` for anything that is not a
    provider.

    .. code-block:: python

        from coodie.drivers import get_driver, hooked, register_driver
        from coodie.observe import OpenTelemetryHook

        register_driver("traced", hooked(get_driver(), [OpenTelemetryHook()], connection="traced"))
    """

    def __init__(
        self,
        *,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
    ) -> None:
        _check("tracer_provider", tracer_provider, trace.TracerProvider)
        _check("meter_provider", meter_provider, metrics.MeterProvider)
        tracer = trace.get_tracer("coodie", _version(), tracer_provider, _SCHEMA)
        self._start: Callable[..., trace.Span] = tracer.start_span
        self._meters = _meters(None if meter_provider is metrics.get_meter_provider() else meter_provider)

    def before(self, request: Request) -> _Token:
        """Start the span of the request."""
        about = _about(request)
        token = self._start(about.name, None, trace.SpanKind.CLIENT, _at_start(request, about)), about
        self._meters.active.add(id(token))
        return token

    def after(self, trip: Trip, token: _Token | None) -> None:
        """End the span, and record the trip in the metrics."""
        if token is None:
            return
        span, about = token
        self._meters.active.discard(id(token))
        self._meters.record(trip, _common(trip, about))
        if span.is_recording():
            span.set_attributes(_at_end(trip, about))
            if trip.error is not None:
                span.set_status(trace.StatusCode.ERROR)
        span.end()


class _Meters:
    """The instruments for metrics, and the requests in flight."""

    def __init__(self, meter: metrics.Meter) -> None:
        self.active: set[int] = set()
        meter.create_observable_up_down_counter(
            "coodie.client.active_requests",
            (self._in_flight,),
            "{request}",
            "Requests that were sent and not answered yet",
        )
        self._seconds = meter.create_histogram(
            "db.client.operation.duration",
            "s",
            "Duration of database client operations",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._rows = meter.create_histogram(
            "db.client.response.returned_rows",
            "{row}",
            "The actual number of records returned by the database operation",
            explicit_bucket_boundaries_advisory=_ROWS,
        )
        self._errors = meter.create_counter("coodie.client.errors", "{error}", "Requests that failed")
        self._retries = meter.create_counter(
            "coodie.client.retries", "{retry}", "How often requests were sent again, speculative executions included"
        )
        self._prepared = meter.create_counter(
            "coodie.client.prepared_statements", "{statement}", "Texts that the server had to prepare"
        )

    def _in_flight(self, _: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
        return (metrics.Observation(len(self.active), _SYSTEM),)

    def record(self, trip: Trip, attributes: _Attributes) -> None:
        """Record a request that has ended."""
        self._seconds.record(trip.seconds, attributes)
        if trip.error is not None:
            self._errors.add(1, attributes)
        elif _reads(trip.request):
            self._rows.record(trip.rows, attributes)
        if trip.attempts > 1:
            self._retries.add(trip.attempts - 1, attributes)
        if trip.prepared:
            self._prepared.add(trip.prepared, attributes)


@lru_cache(maxsize=8)
def _meters(provider: metrics.MeterProvider | None) -> _Meters:
    """The same instruments for all hooks of one provider: of an observable instrument that is created twice,
    OpenTelemetry's SDK ignores the second callback.
    """
    return _Meters(metrics.get_meter("coodie", _version(), provider, _SCHEMA))


@dataclass(frozen=True, slots=True)
class _About:
    """What a request is about, as attributes of a span, and the part of them that metrics have, too."""

    name: str
    attributes: Mapping[str, Any]
    common: _Attributes


_Token: TypeAlias = tuple[trace.Span, _About]


def _about(request: Request) -> _About:
    if isinstance(request, Statement):
        return _of_text(request.cql)
    texts = tuple(statement.cql for statement in request.statements)
    # to the conventions, a batch of one is no batch
    return _of_text(texts[0]) if len(texts) == 1 else _of_batch(texts)


@lru_cache(maxsize=1024)
def _of_text(cql: str) -> _About:
    keyspace, collection = _place(cql)
    return _named(operation_of(cql), keyspace, collection, _shown(cql))


def _of_batch(texts: tuple[str, ...]) -> _About:
    about = [_of_text(cql) for cql in dict.fromkeys(texts)]
    operation = _shared(about, "db.operation.name")
    queries = (each.attributes.get("db.query.text") for each in about)
    return _named(
        "BATCH" if operation is None else f"BATCH {operation}",
        _shared(about, "db.namespace"),
        _shared(about, "db.collection.name"),
        "; ".join(query for query in queries if query is not None) or None,
        len(texts),
    )


def _shared(about: Iterable[_About], name: str) -> str | None:
    """The value of an attribute, if all have the same."""
    found = {each.attributes.get(name) for each in about}
    return found.pop() if len(found) == 1 else None


def _named(
    operation: str, keyspace: str | None, collection: str | None, query: str | None, size: int | None = None
) -> _About:
    common = {
        **_SYSTEM,
        "db.namespace": keyspace,
        "db.collection.name": collection,
        "db.operation.name": operation or None,
    }
    named = {**common, "db.query.text": query, "db.operation.batch.size": size}
    name = " ".join(filter(None, (operation, collection or keyspace))) if operation else "cassandra"
    return _About(name, _known(named), _known(common))


def _known(attributes: Mapping[str, Any]) -> _Attributes:
    return {name: value for name, value in attributes.items() if value is not None}


def _place(cql: str) -> tuple[str | None, str | None]:
    """The keyspace and the table that a text names."""
    try:
        name = table(parse(cql))
    except InvalidQueryError:  # a text of the user's in a dialect that only the server knows
        return None, None
    return (None, None) if name is None else (name.keyspace, name.name)


def _shown(cql: str) -> str | None:
    try:
        return without_literals(cql)
    except InvalidQueryError:
        return None


def _reads(request: Request) -> bool:
    return isinstance(request, Statement) and request.kind is Kind.READ


def _at_start(request: Request, about: _About) -> dict[str, Any]:
    """The attributes that are known before the request is sent."""
    found = {**about.attributes, "cassandra.query.idempotent": request.idempotent}
    if request.options is not DEFAULTS:
        found.update(_of_options(request.options, pages=_reads(request)))
    return found


def _of_options(options: Options, *, pages: bool) -> _Attributes:
    found: _Attributes = {}
    if options.consistency is not None:
        found["cassandra.consistency.level"] = options.consistency.lower()
    if options.fetch_size and pages:
        found["cassandra.page.size"] = options.fetch_size
    if options.page_number > 1:
        found["coodie.page_number"] = options.page_number
    return found


def _at_end(trip: Trip, about: _About) -> _Attributes:
    """The attributes that only the outcome tells."""
    found: _Attributes = {**_node(trip.coordinator)}
    if "db.namespace" not in about.attributes and (keyspace := _keyspace(trip)) is not None:
        found["db.namespace"] = keyspace
    if trip.error is not None:
        found["error.type"] = type(trip.error).__qualname__
    elif _reads(trip.request):
        found["db.response.returned_rows"] = trip.rows
    if trip.attempts != 1:
        found["coodie.attempts"] = trip.attempts
    if trip.prepared:
        found["coodie.prepared"] = trip.prepared
    return found


def _common(trip: Trip, about: _About) -> _Attributes:
    """The attributes of metrics. The node is not among them: it would multiply the number of series."""
    keyspace = None if "db.namespace" in about.common else _keyspace(trip)
    if keyspace is None and trip.error is None:
        return about.common
    found = dict(about.common)
    if keyspace is not None:
        found["db.namespace"] = keyspace
    if trip.error is not None:
        found["error.type"] = type(trip.error).__qualname__
    return found


def _keyspace(trip: Trip) -> str | None:
    """The keyspace of the connection, where a text that names none is executed."""
    return None if trip.connection is None else connection_names.keyspaces.get(trip.connection)


@lru_cache(maxsize=1024)
def _node(coordinator: str | None) -> Mapping[str, str | int]:
    if coordinator is None:
        return {}
    host, _, port = coordinator.rpartition(":")
    if not port.isdigit():
        return {"server.address": coordinator, "network.peer.address": coordinator}
    address = host.strip("[]")
    return {
        "server.address": address,
        "server.port": int(port),
        "network.peer.address": address,
        "network.peer.port": int(port),
    }


def _check(name: str, provider: object, wanted: type[Any]) -> None:
    if provider is not None and not isinstance(provider, wanted):
        raise ConfigurationError(f"{name}= takes a {wanted.__name__} of OpenTelemetry, not {a_type(provider)}")


def _version() -> str:
    try:
        return version("coodie")
    except PackageNotFoundError:
        return ""
