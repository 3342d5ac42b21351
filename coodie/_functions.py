"""Functions that users give, which coodie calls from both doors."""

from __future__ import annotations

from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

_LATER = (iscoroutinefunction, isasyncgenfunction, isgeneratorfunction)


def is_plain(function: object) -> bool:
    """Whether it has done its work when it returns: not so of coroutines and generators, which wait for somebody."""
    call = getattr(function, "__call__", None)  # noqa: B004 - of an object, that may be what is asynchronous
    return call is not None and not any(is_later(each) for is_later in _LATER for each in (function, call))
