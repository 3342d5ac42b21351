"""Warnings that point at the user's own line, however deep inside coodie they are issued."""

from __future__ import annotations

import os.path
import warnings
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from inspect import currentframe
from types import CodeType
from typing import Any, Final, NamedTuple

_PACKAGE: Final = os.path.join(os.path.dirname(__file__), "")  # noqa: PTH118, PTH120 - must not be normalised


class _Place(NamedTuple):
    """A line of the user's, with the variables of its module."""

    file: str
    line: int
    scope: dict[str, Any]


_CALLER: Final[ContextVar[_Place | None]] = ContextVar("_CALLER", default=None)


def is_own(code: CodeType) -> bool:
    """Whether the code is coodie's own; that of a package beside it, such as ``coodie_app``, is not."""
    return code.co_filename.startswith(_PACKAGE)


def warn(message: str, category: type[Warning]) -> None:
    """Issue a warning for the nearest line outside coodie in the call stack, or for that of `on_behalf_of_caller`."""
    file, line, scope = _CALLER.get() or _nearest()
    registry = scope.setdefault("__warningregistry__", {})
    warnings.warn_explicit(message, category, file, line, scope.get("__name__", "<string>"), registry)


def on_behalf_of_caller() -> AbstractContextManager[None]:
    """A block in which warnings are about the line that calls coodie now, also those of tasks created there.

    A task has no caller in its own call stack.
    """
    return _on_behalf_of(_nearest())


@contextmanager
def _on_behalf_of(caller: _Place) -> Generator[None]:
    token = _CALLER.set(caller)
    try:
        yield
    finally:
        _CALLER.reset(token)


def _nearest() -> _Place:
    frame = currentframe()
    while frame is not None and is_own(frame.f_code):
        frame = frame.f_back
    if frame is None:
        return _Place("sys", 1, globals())
    return _Place(frame.f_code.co_filename, frame.f_lineno, frame.f_globals)
