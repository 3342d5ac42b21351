"""The bound values of a USING clause."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from coodie._errors import InvalidQueryError
from coodie._words import option
from coodie.cql.values import microseconds

MAX_TTL = 20 * 365 * 24 * 3600
"""The server's limit in seconds, twenty years."""


def using_values(ttl: Any, timestamp: Any) -> tuple[int, ...]:
    """The bound values of a USING clause: the TTL in seconds, the timestamp in microseconds since 1970."""
    if ttl is None and timestamp is None:
        return ()
    values: list[int] = []
    if ttl is not None:
        if isinstance(ttl, bool) or not isinstance(ttl, int) or not 0 <= ttl <= MAX_TTL:
            raise InvalidQueryError(
                f"a TTL must be a number of seconds from 0 to {MAX_TTL} (20 years), not {option(ttl)}"
            )
        values.append(ttl)
    if timestamp is not None:
        values.append(timestamp_value(timestamp))
    return tuple(values)


def timestamp_value(timestamp: Any) -> int:
    """A write timestamp in microseconds since 1970. Raises `InvalidQueryError` for an invalid one."""
    if isinstance(timestamp, datetime):
        return microseconds(timestamp)
    if isinstance(timestamp, bool) or not isinstance(timestamp, int) or not -(2**63) < timestamp < 2**63:
        raise InvalidQueryError(f"a timestamp must be microseconds since 1970 or a datetime, not {option(timestamp)}")
    return timestamp
