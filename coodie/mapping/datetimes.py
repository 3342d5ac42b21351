"""Datetimes as a CQL timestamp holds them: made so at validation, so that what was saved equals what is loaded."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from pydantic_core import core_schema

from coodie.mapping.validation import Unfit


def utc(moment: datetime) -> datetime:
    """The moment as a CQL timestamp holds it: aware, in UTC, cut to milliseconds. A naive one is taken as UTC."""
    if moment.tzinfo is not timezone.utc:
        try:
            moment = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
        except OverflowError:
            raise Unfit("the moment lies outside the years 1 to 9999 once it is in UTC") from None
    extra = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - extra) if extra else moment


def cut(moment: datetime) -> datetime:
    """A naive moment cut to milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def with_cql_datetimes(schema: Any) -> Any:
    """The same schema, in which each datetime becomes at validation what a CQL timestamp can hold.

    So what was saved equals what is loaded. Only containers are walked, so a datetime is found at any depth.
    """
    if isinstance(schema, (list, tuple)):
        return _each(schema)
    return _within(schema) if isinstance(schema, dict) else schema


def _each(schemas: Any) -> Any:
    return type(schemas)(map(with_cql_datetimes, schemas))


def _within(schema: Any) -> Any:
    if schema.get("type") == "datetime":
        make = cut if schema.get("tz_constraint") == "naive" else utc
        return core_schema.no_info_after_validator_function(make, schema)
    walked = {
        key: value if key in ("metadata", "config", "default") else with_cql_datetimes(value)
        for key, value in schema.items()
    }
    # A default is validated only if asked for, so one that holds a datetime asks.
    if schema.get("type") == "default" and walked["schema"] != schema["schema"]:
        walked["validate_default"] = True
    return walked
