# Derived by tests/derive.py: edit coodie/aio/bulk.py,
# then run `tox -e sync`.
"""Writing many documents at the same time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from typing_extensions import Unpack

from coodie._bulk import Items, carried_out
from coodie.mapping.model import Model
from coodie.plans import bulk_calls
from coodie.plans.bulk_calls import DeleteOptions, UpdateOptions
from coodie.plans.plan import InsertOptions, SaveOptions
from coodie.plans.report import Report

D = TypeVar("D", bound=Model)
C = TypeVar("C", bound=Mapping[str, Any])


def save_many(
    documents: Items[D],
    concurrency: int = 100,
    *,
    attempts: int = 5,
    stop_on_error: bool = False,
    rate: float | None = None,
    progress: Callable[[Report[D]], object] | bool = False,
    on_failure: Callable[[D, Exception], object] | None = None,
    by_partition: bool = False,
    **options: Unpack[SaveOptions],
) -> Report[D]:
    """``save()`` each document, up to ``concurrency`` of them at the same time, and return a `coodie.bulk.Report`.

    The documents are any iterable, also a synchronous one. It is read no further ahead than ``concurrency``, so
    memory stays flat however many there are. The order in which they are written is not defined, so each row should
    occur once. ``options`` are those of ``save()``; each document changes as after its own ``save()``.

    A save that failed with `Overloaded`, `Unavailable`, `Timeout` or `OutcomeUnknown` is tried again after a growing
    pause, up to ``attempts`` times in all. Other errors are counted in the report, and with ``stop_on_error`` the first
    one ends the reading. ``rate`` limits the documents per second. ``progress`` is called with the report after each
    document; True shows a bar if Rich is installed. ``on_failure`` is called with each document that is not done, and
    its error. With ``by_partition`` documents of one partition that are read close together are sent as small unlogged
    batches.

    Raises `InvalidQueryError` for an invalid argument before anything is sent. An error of the iterable, of
    ``progress`` or of the connection itself is raised after all documents that were sent are done or failed.
    """
    tuning = bulk_calls.tuning(attempts, stop_on_error, rate, progress, on_failure, by_partition)
    return carried_out(bulk_calls.saves(documents, concurrency, tuning, options), documents)


def insert_many(
    documents: Items[D],
    concurrency: int = 100,
    *,
    attempts: int = 5,
    stop_on_error: bool = False,
    rate: float | None = None,
    progress: Callable[[Report[D]], object] | bool = False,
    on_failure: Callable[[D, Exception], object] | None = None,
    **options: Unpack[InsertOptions],
) -> Report[D]:
    """``insert()`` each document like `save_many`: a row that exists is not changed, and failed with `ConditionNotMet`.

    An insert whose outcome is unknown is not tried again.
    """
    tuning = bulk_calls.tuning(attempts, stop_on_error, rate, progress, on_failure)
    return carried_out(bulk_calls.inserts(documents, concurrency, tuning, options), documents)


def delete_many(
    documents: Items[D],
    concurrency: int = 100,
    *,
    attempts: int = 5,
    stop_on_error: bool = False,
    rate: float | None = None,
    progress: Callable[[Report[D]], object] | bool = False,
    on_failure: Callable[[D, Exception], object] | None = None,
    by_partition: bool = False,
    **options: Unpack[DeleteOptions],
) -> Report[D]:
    """``delete()`` each document like `save_many`; ``options`` are those of ``delete()``."""
    tuning = bulk_calls.tuning(attempts, stop_on_error, rate, progress, on_failure, by_partition)
    return carried_out(bulk_calls.deletes(documents, concurrency, tuning, options), documents)


def update_many(
    updates: Items[tuple[D, C]],
    concurrency: int = 100,
    *,
    attempts: int = 5,
    stop_on_error: bool = False,
    rate: float | None = None,
    progress: Callable[[Report[tuple[D, C]]], object] | bool = False,
    on_failure: Callable[[tuple[D, C], Exception], object] | None = None,
    by_partition: bool = False,
    **options: Unpack[UpdateOptions],
) -> Report[tuple[D, C]]:
    """``update()`` each document by its mapping, like `save_many`: ``update_many([(user, {"name": "bo"})])``.

    The mappings and ``options`` are those of ``update()``. An update that is not idempotent, such as
    ``{"items__append": [1]}``, is not tried again; an update whose condition was not met failed with `ConditionNotMet`.
    """
    tuning = bulk_calls.tuning(attempts, stop_on_error, rate, progress, on_failure, by_partition)
    return carried_out(bulk_calls.updates(updates, concurrency, tuning, options), updates)
