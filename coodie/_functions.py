"""A check of functions that users pass in, which the async and the sync API both call."""

from __future__ import annotations

from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

_LATER = (iscoroutinefunction, isasyncgenfunction, isgeneratorfunction)


def is_plain(function: object) -> bool:
    """Whether calling the function completes its work, unlike coroutine functions and generators."""
    call = getattr(function, "__call__", None)  # noqa: B004 - of an object, that may be what is asynchronous
    return call is not None and not any(is_later(each) for is_later in _LATER for each in (function, call))
