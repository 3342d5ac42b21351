# Derived by tests/derive.py: edit coodie/aio/_run.py,
# then run `tox -e sync`.
"""The only place of this door that waits: it carries out plans, pages and flows."""

from __future__ import annotations

from collections.abc import Iterator, Iterable, Sequence
from typing import TypeVar

from coodie._sleep import sleep
from coodie.cql.message import Page, Statement
from coodie.drivers.registry import sync_driver, passes_time, shows_values
from coodie.mapping.model import Model
from coodie.plans.batches import BatchBase, take
from coodie.plans.plan import Flow, Pages, Pause, Plan, Write
from coodie.plans.reads import the_one

R = TypeVar("R")
T = TypeVar("T")


def run(plan: Plan[R]) -> R:
    """One trip, or none where the plan needs none."""
    if plan.request is None:
        return plan.decode(Page())
    return plan.decode(sync_driver(plan.connection).execute(plan.request))


def write(plan: Write[R], batch: BatchBase | None) -> R | None:
    """One trip; none yet where a batch takes the write, and then nothing to give."""
    if batch is None:
        return run(plan)
    take(batch, plan)
    return None


def stream(pages: Pages[T]) -> Iterator[T]:
    """Item by item; the next page is fetched when the last one is used up."""
    while (statement := pages.next) is not None:
        for item in pages.take(sync_driver(pages.connection).execute(statement)):
            yield item


def collect(pages: Pages[T]) -> list[T]:
    """The items of all pages."""
    items: list[T] = []
    while (statement := pages.next) is not None:
        items += pages.take(sync_driver(pages.connection).execute(statement))
    return items


def only(pages: Pages[T], model: type[Model], keys: Iterable[str]) -> T:
    """The only item of all pages. Raises `DocumentNotFound` or `MultipleDocumentsFound`."""
    asked = pages.next
    return pick(collect(pages), model, keys, asked, pages.connection)


def pick(
    found: Sequence[T], model: type[Model], keys: Iterable[str], asked: Statement | None, connection: str | None
) -> T:
    """The only item of those found. Raises as `only` does; the values asked for show where the connection does so."""
    shows = len(found) != 1 and asked is not None and shows_values(connection)
    return the_one(model, keys, found, asked if shows else None)


def drive(flow: Flow[R], connection: str | None) -> R:
    """One step after another. An error goes into the flow, which may clean up, and comes out again."""
    try:
        step = next(flow)
        driver = sync_driver(connection)
        while True:
            try:
                page = (pause(step, connection) if isinstance(step, Pause) else driver.execute(step))
            except BaseException as error:  # noqa: BLE001, PERF203 - the flow gets every error, and raises it again
                step = flow.throw(error)
            else:
                step = flow.send(page)
    except StopIteration as done:
        result: R = done.value
        return result


def pause(step: Pause, connection: str | None) -> Page:
    """Let the time pass: on the clock of a double, else on the wall."""
    if not passes_time(connection, step.seconds):
        sleep(step.seconds)
    return Page()
