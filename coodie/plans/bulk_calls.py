"""The calls that write many documents: which write each item becomes."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias, TypedDict

from coodie._errors import InvalidQueryError
from coodie._words import a_class, a_type
from coodie.cql.message import Consistency, Options, SerialConsistency
from coodie.cql.options import check_flag, checked
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.views import ViewModel
from coodie.plans import writes
from coodie.plans.arguments import is_tuple
from coodie.plans.bulk import BulkWrites
from coodie.plans.plan import Write
from coodie.plans.using import using_values


class DeleteOptions(TypedDict, total=False):
    """The keyword options of ``delete()``, except ``batch`` and ``if_conditions``."""

    if_exists: bool
    timestamp: int | datetime | None
    consistency: Consistency | None
    serial_consistency: SerialConsistency | None
    timeout: float | None


class UpdateOptions(DeleteOptions, total=False):
    """The keyword options of ``update()``, except ``batch``."""

    if_conditions: dict[str, Any] | None
    ttl: int | None
    warn: bool | None


Tuning: TypeAlias = dict[str, Any]
"""The keyword arguments of `BulkWrites`."""


def tuning(
    attempts: int,
    stop_on_error: bool,
    rate: float | None,
    progress: Callable[[Any], object] | bool,
    on_failure: Callable[[Any, Exception], object] | None,
    by_partition: bool = False,
) -> Tuning:
    """The arguments that all calls share."""
    return {
        "attempts": attempts,
        "stop_on_error": stop_on_error,
        "rate": rate,
        "progress": progress,
        "on_failure": on_failure,
        "by_partition": by_partition,
    }


def saves(items: object, concurrency: int, bulk: Tuning, options: Mapping[str, Any]) -> BulkWrites[Any]:
    """``save()`` of each document. Raises `InvalidQueryError` for invalid arguments."""
    return _of_documents("save_many", writes.save, items, concurrency, bulk, options)


def inserts(items: object, concurrency: int, bulk: Tuning, options: Mapping[str, Any]) -> BulkWrites[Any]:
    """``insert()`` of each document."""
    return _of_documents("insert_many", writes.insert, items, concurrency, bulk, options)


def deletes(items: object, concurrency: int, bulk: Tuning, options: Mapping[str, Any]) -> BulkWrites[Any]:
    """``delete()`` of each document."""
    return _of_documents("delete_many", writes.delete, items, concurrency, bulk, options)


def updates(items: object, concurrency: int, bulk: Tuning, options: Mapping[str, Any]) -> BulkWrites[Any]:
    """``update()`` of each pair of a document and a mapping of its changes."""
    check = _checks("update_many", items, options)

    def plan(pair: Any) -> Write[Any]:
        if not is_tuple(pair, 2):
            raise InvalidQueryError(f"update_many() takes pairs of a document and a mapping, not {a_type(pair)}")
        document, values = pair
        check(document)
        return writes.update(document, values, None, **options)

    return BulkWrites(plan, concurrency, **bulk)


def _of_documents(
    name: str,
    write: Callable[..., Write[Any]],
    items: object,
    concurrency: int,
    bulk: Tuning,
    options: Mapping[str, Any],
) -> BulkWrites[Any]:
    check = _checks(name, items, options)

    def plan(document: Any) -> Write[Any]:
        check(document)
        return write(document, **options)

    return BulkWrites(plan, concurrency, **bulk)


# Typed as plain classes for pyright, which would otherwise narrow to containers of unknown types.
_NO_ITEMS: tuple[type[Any], ...] = (str, bytes, dict, Model)


def _checks(name: str, items: object, options: Mapping[str, Any]) -> Callable[[Any], None]:
    """The check of a document. Raises `InvalidQueryError` for invalid options, and for no iterable of items."""
    if isinstance(items, _NO_ITEMS) or not isinstance(items, (Iterable, AsyncIterable)):
        raise InvalidQueryError(f"{name}() takes an iterable, such as a list or a generator, not {a_type(items)}")
    using_values(options.get("ttl"), options.get("timestamp"))
    checked(Options(options.get("consistency"), options.get("serial_consistency"), options.get("timeout")))
    for flag in ("full", "if_exists"):
        check_flag(flag, options.get(flag, False))
    if options.get("warn") is not None:
        check_flag("warn", options["warn"])
    known: set[object] = set()

    def check(document: object) -> None:
        if type(document) in known:
            return
        if not isinstance(document, Model) or isinstance(document, ViewModel):
            raise InvalidQueryError(f"{name}() writes documents, not {a_class(document)}")
        mapper_of(type(document))
        known.add(type(document))

    return check
