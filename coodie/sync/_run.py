# Derived by tests/derive.py: edit coodie/aio/_run.py,
# then run `tox -e sync`.
"""Executes plans, pages and flows: the only module of this package that waits."""

from __future__ import annotations

from collections.abc import Iterator, Iterable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from coodie._as_completed import Concurrent
from coodie._coroutines import called
from coodie._sleep import sleep
from coodie.cql.message import Batch, Page, Statement
from coodie.drivers.registry import sync_driver, passes_time, shows_values
from coodie.mapping.model import Model
from coodie.plans.batches import BatchBase, take
from coodie.plans.plan import Call, Flow, Pages, Pause, Plan, Write
from coodie.plans.reads import the_one
from coodie.plans.tracing import traced_write
from coodie.plans.work import Work
from coodie.results import Trace

R = TypeVar("R")
T = TypeVar("T")

REQUESTS: Final = (Statement, Batch)


def run(plan: Plan[R]) -> R:
    """Execute a plan: one request, or none if the plan needs none."""
    if plan.request is None:
        return plan.decode(Page())
    return plan.decode(sync_driver(plan.connection).execute(plan.request))


def write(plan: Write[R], batch: BatchBase | None, trace: bool = False) -> R | Trace | None:
    """Execute a write, or add it to the batch and return None; with ``trace`` the result is the server's trace."""
    if trace is not False:
        asked = traced_write(plan, batch, trace)
        return drive(run(asked), asked.connection)
    if batch is not None:
        take(batch, plan)
        return None
    if plan.request is None:
        return plan.decode(Page())
    return plan.decode(sync_driver(plan.connection).execute(plan.request))


def stream(pages: Pages[T]) -> Iterator[T]:
    """The items of all pages, one by one; the next page is fetched when the previous one is used up."""
    while (statement := pages.next) is not None:
        for item in pages.take(sync_driver(pages.connection).execute(statement)):
            yield item


def collect(pages: Pages[T]) -> list[T]:
    """The items of all pages."""
    items: list[T] = []
    while (statement := pages.next) is not None:
        items += pages.take(sync_driver(pages.connection).execute(statement))
    return items


def only(pages: Pages[T], model: type[Model], keys: Iterable[object]) -> T:
    """The only item of all pages. Raises `DocumentNotFound` or `MultipleDocumentsFound`."""
    asked = pages.next
    found = collect(pages)
    return found[0] if len(found) == 1 else pick(found, model, keys, asked, pages.connection)


def pick(
    found: Sequence[T], model: type[Model], keys: Iterable[object], asked: Statement | None, connection: str | None
) -> T:
    """The only item of ``found``. Raises as `only` does; the message shows values if the connection allows it."""
    shows = len(found) != 1 and asked is not None and shows_values(connection)
    return the_one(model, keys, found, asked if shows else None)


def drive(flow: Flow[R], connection: str | None) -> R:
    """Execute a flow step by step. An error is thrown into the flow, which may handle it."""
    try:
        step = next(flow)
        driver = sync_driver(connection)
        while True:
            try:
                page = (driver.execute(step) if isinstance(step, REQUESTS) else other(step, connection))
            except BaseException as error:  # noqa: BLE001, PERF203 - the flow gets every error, and raises it again
                step = flow.throw(error)
            else:
                step = flow.send(page)
    except StopIteration as done:
        result: R = done.value
        return result


def other(step: Pause | Call, connection: str | None) -> Page:
    """Let time pass, on the clock of a test double or else by sleeping; or run a function of the user's."""
    if isinstance(step, Call):
        called(step.start(lambda flow: drive(flow, connection)))
    elif not passes_time(connection, step.seconds):
        sleep(step.seconds)
    return Page()


def work_through(work: Work[T]) -> Iterator[T]:
    """The items of some work, several of whose flows are executed at the same time."""
    items: Iterable[T] = ()
    sync_driver(work.connection)  # what is wrong with it is told on the thread of the caller
    with Concurrent[int, Any](work.concurrency) as going:
        while True:
            for number, flow in work.starting():
                going.start(number, partial(drive, flow, work.connection))
            for item in items:
                yield item
            if work.is_over:
                return
            number, answer = going.finished()
            seconds, items = work.received(number, answer)
            if seconds:
                other(Pause(seconds), work.connection)
