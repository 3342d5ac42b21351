"""The server's trace of a request: sends the request with tracing on, then reads what the nodes wrote of it.

Nodes write their events while they work and some of them afterwards, so the coordinator's row, which has a duration
once the request is finished, is read until it is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from coodie._errors import ConfigurationError, InvalidQueryError
from coodie.cql.message import Kind, Options, Page, Request, Statement
from coodie.cql.options import check_flag
from coodie.cql.show import request_on_one_line
from coodie.plans.answers import by_name
from coodie.plans.batches import BatchBase
from coodie.plans.plan import Flow, Pages, Pause, Plan, Write
from coodie.results import LWTResult, Trace, TraceEvent

# Only columns that Cassandra 3, 4 and 5 and ScyllaDB have.
_SESSION: Final = "SELECT coordinator, duration, request, started_at FROM system_traces.sessions WHERE session_id = ?"
_EVENTS: Final = "SELECT activity, source, source_elapsed, thread FROM system_traces.events WHERE session_id = ?"
_PAUSES: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 1, 2)
"""Seconds to wait for the server to finish a trace; about five altogether."""


def traced_page(pages: Pages[Any]) -> Flow[Trace]:
    """The trace of the request for the first page. Raises `InvalidQueryError` if there is nothing to send."""
    if pages.next is None:
        raise InvalidQueryError("no row can match this query, so nothing is sent that could be traced")
    page = yield _with_tracing(pages.next)
    return (yield from _read_trace(page, pages.next))


def traced_plan(plan: Plan[Any] | None) -> Plan[Flow[Trace]]:
    """The plan with tracing on; what it returns, after its answer was read, is the flow that reads the trace."""
    if plan is None or plan.request is None:
        raise InvalidQueryError("an empty batch sends nothing that could be traced")
    request, decode = plan.request, plan.decode

    def read(page: Page) -> Flow[Trace]:
        return _with_result(decode(page), _read_trace(page, request))

    return Plan(_with_tracing(request), read, plan.connection)


def traced_write(write: Write[Any], batch: BatchBase | None, trace: bool) -> Plan[Flow[Trace]]:
    """The write of one document with tracing on; see `traced_plan`."""
    check_flag("trace", trace)
    if batch is not None:
        raise InvalidQueryError("a write in a batch is traced together with the others: batch.execute(trace=True)")
    if write.request is None:
        raise InvalidQueryError("nothing has changed, so nothing is sent that could be traced")
    return traced_plan(write)


def _with_result(result: Any, trace: Flow[Trace]) -> Flow[Trace]:
    return replace((yield from trace), result=result if isinstance(result, LWTResult) else None)


def _with_tracing(request: Request) -> Request:
    options: Any = request.options.with_(trace=True)
    return replace(request, options=options)


def _read_trace(page: Page, request: Request) -> Flow[Trace]:
    """The trace of the request that gave this page. Raises `ConfigurationError` if there is none."""
    if page.trace_id is None:
        raise ConfigurationError(
            "the connection gave no trace of the request: its driver cannot have requests traced, or is a test double"
        )
    session = yield from _session(page.trace_id)
    events: list[dict[str, Any]] = []
    pages = Pages(_question(_EVENTS, page.trace_id), lambda answer: by_name(answer, "an event"), None)
    while (asked := pages.next) is not None:
        events += pages.take((yield asked))
    return _trace(page.trace_id, page.coordinator, request, session, events)


def _session(trace_id: UUID) -> Flow[dict[str, Any]]:
    """The coordinator's row; one without a duration, or an empty one, if it does not finish in time."""
    found: dict[str, Any] = {}
    for pause in _PAUSES:
        rows = by_name((yield _question(_SESSION, trace_id)), "the session of a trace")
        found = rows[0] if rows else {}
        if found.get("duration") is not None:
            break
        yield Pause(pause)
    return found


def _question(cql: str, trace_id: UUID) -> Statement:
    return Statement(cql, (trace_id,), (), Kind.READ, True, Options(consistency="ONE"))


def _trace(
    trace_id: UUID,
    coordinator: str | None,
    request: Request,
    session: dict[str, Any],
    events: list[dict[str, Any]],
) -> Trace:
    node = session.get("coordinator")
    return Trace(
        trace_id,
        request_on_one_line(request),
        session.get("request") or "request",
        str(coordinator if node is None else node),
        session.get("started_at"),
        _seconds(session.get("duration")),
        tuple(_events(events)),
    )


_VALUES: Final = re.compile(r"\b(pk\{)[^}]*|\b(key ?[=:]).*", re.DOTALL)
"""The values in what servers write of a trace: Cassandra of a conditional write, whose proposal is a row with its key;
ScyllaDB of each read, whose key it writes as bytes.
"""


def _masked(activity: str) -> str:
    return _VALUES.sub(r"\1\2...", activity)


def _events(rows: list[dict[str, Any]]) -> Iterator[TraceEvent]:
    for row in rows:
        yield TraceEvent(
            str(row["source"]),
            _masked(row["activity"] or ""),
            _seconds(row["source_elapsed"]) or 0.0,
            row["thread"] or "",
        )


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / 1e6
