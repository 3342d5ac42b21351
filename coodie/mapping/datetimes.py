"""Normalises datetimes to what a CQL timestamp can hold, at validation, so that saved and loaded values are equal."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, timezone
from typing import Any, Final, TypeVar

from pydantic_core import core_schema

from coodie.cql.natives import NATIVES
from coodie.cql.values import Unreadable
from coodie.mapping.validation import Unfit

T = TypeVar("T")


def utc(moment: datetime) -> datetime:
    """The datetime as a CQL timestamp holds it: aware, in UTC, cut to milliseconds. A naive one is taken as UTC."""
    if moment.tzinfo is not timezone.utc:
        try:
            moment = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
        except OverflowError:
            raise Unfit("the moment lies outside the years 1 to 9999 once it is in UTC") from None
    return cut(moment) if moment.microsecond % 1000 else moment


def cut(moment: datetime) -> datetime:
    """The datetime cut to milliseconds."""
    extra = moment.microsecond % 1000
    if extra and (seen := _watching.get()) is not None:
        seen.append(True)
    return moment.replace(microsecond=moment.microsecond - extra)


_watching: ContextVar[list[bool] | None] = ContextVar("watching", default=None)


def watched(make: Callable[[], T]) -> tuple[T, bool]:
    """The result of ``make``, and whether it cut any datetime in the process, at any depth."""
    seen: list[bool] = []
    token = _watching.set(seen)
    try:
        return make(), bool(seen)
    finally:
        _watching.reset(token)


def _number(number_of: Callable[[Any], int]) -> Callable[[Any], Any]:
    def decode(value: Any) -> Any:
        if isinstance(value, Unreadable):
            return value if value.number is None else value.number
        return value if isinstance(value, int) else number_of(value)

    return decode


NUMBERS: Final = {name: _number(row.counted.number_of) for name, row in NATIVES.items() if row.counted is not None}
"""The functions that turn values of these types into their numbers on the wire, which have a wider range."""


def with_cql_datetimes(schema: Any) -> Any:
    """The schema with a validator around each datetime that normalises it to what a CQL timestamp can hold.

    This makes saved and loaded values equal. Containers are searched recursively, so a datetime is found at any depth.
    """
    if isinstance(schema, (list, tuple)):
        return _each(schema)
    return _within(schema) if isinstance(schema, dict) else schema


def _each(schemas: Any) -> Any:
    return type(schemas)(map(with_cql_datetimes, schemas))


def _within(schema: Any) -> Any:
    if schema.get("type") == "function-after" and schema["function"].get("function") in (utc, cut):
        return schema  # the schema of a user-defined type, which has been processed already
    if schema.get("type") == "datetime":
        make = cut if schema.get("tz_constraint") == "naive" else utc
        return core_schema.no_info_after_validator_function(make, schema)
    walked = {
        key: value if key in ("metadata", "config", "default") else with_cql_datetimes(value)
        for key, value in schema.items()
    }
    # Pydantic validates a default only on request, so it is requested for defaults that contain a datetime.
    if schema.get("type") == "default" and walked["schema"] != schema["schema"]:
        walked["validate_default"] = True
    return walked
