"""Pages from the vendor's answers, and what is known of how they came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

from coodie.cql.message import Page, Request
from coodie.drivers.shared.budget import Budget
from coodie.drivers.shared.error_text import mask_warnings

Answer: TypeAlias = "tuple[Sequence[str], Sequence[tuple[Any, ...]]] | None"
"""The names of the columns and the rows, or None for an answer without rows."""


def answer_of(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Answer:
    """What the vendor hands to a callback, in place of its own rows."""
    return names, rows


def page_of(response: Any, answer: Answer, request: Request, budget: Budget | None) -> Page:
    """The page of an answer."""
    coordinator = coordinator_of(response)
    warnings = mask_warnings(response.warnings, request) if response.warnings else ()
    attempts, prepared = len(response.attempted_hosts), 0
    if budget is not None:
        attempts, prepared = attempts + budget.attempts, budget.prepared
    trace_id = _trace_id(response) if request.options.trace else None
    if not answer:
        return Page((), (), None, warnings, coordinator, attempts, prepared, trace_id)
    names, rows = answer
    state = response.result().paging_state if response.has_more_pages else None
    return Page(tuple(names), rows, state, warnings, coordinator, attempts, prepared, trace_id)


def _trace_id(response: Any) -> UUID | None:
    try:
        found: list[UUID] = response.get_query_trace_ids()
    except TypeError:  # the vendor has no list of traces if the server made none
        return None
    return found[-1]


def attempts_of(response: Any, budget: Budget | None) -> int:
    """How often a request was sent, retries and speculative executions included."""
    return len(response.attempted_hosts) + (0 if budget is None else budget.attempts)


def coordinator_of(response: Any) -> str | None:
    """The node that answered."""
    host = response.coordinator_host
    return None if host is None else str(host.endpoint)
