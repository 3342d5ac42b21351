"""The arguments of ``Migrations``, checked before anything is read or sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from coodie._errors import InvalidQueryError
from coodie._raise import check_kind
from coodie._words import a_type, option
from coodie.cql.options import check_flag
from coodie.migrations.lint.finding import severity_of
from coodie.migrations.lock import Holder
from coodie.plans.arguments import are_elements


def check_arguments(**given: Any) -> None:
    """Raise `InvalidQueryError` for an argument of a wrong kind. None is whatever the call does without it."""
    for name, value in given.items():
        if value is not None or name in _NEVER_NONE:
            _CHECKS[name](name, value)


def check_folder(folder: Any) -> None:
    """Raise `InvalidQueryError` unless it is the path of a folder."""
    if not isinstance(folder, (str, os.PathLike)):
        raise InvalidQueryError(f"the folder with the migrations is a path, not {a_type(folder)}")


def _seconds(name: str, value: Any) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value <= _LONGEST:
        raise InvalidQueryError(f"{name} is a number of seconds from 0 to {_LONGEST}, or None; not {option(value)}")


def _place(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidQueryError(f"{name} is the number of a statement in its file, from 1; not {option(value)}")


def _listener(name: str, value: Any) -> None:
    if not callable(value):
        raise InvalidQueryError(f"{name} is a function that is called with each event, not {a_type(value)}")


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise InvalidQueryError(f"{name} is a text, not {a_type(value)}")


def _texts(name: str, value: Any) -> None:
    if not are_elements(value) or not all(isinstance(each, str) for each in value):
        raise InvalidQueryError(f"{name} is a list of names, not {a_type(value)}")


def _models(name: str, value: Any) -> None:
    if not are_elements(value):
        raise InvalidQueryError(f"{name} is a list of documents and views, not {a_type(value)}")


def _holder(name: str, value: Any) -> None:
    check_kind(f"unlock({name}=...)", value, Holder)


_FLAGS: Final = ("out_of_order", "auto", "from_cluster", "compare")
_NEVER_NONE: Final = (*_FLAGS, "words")
_LONGEST: Final = 10**9
"""Seconds; some thirty years."""
_CHECKS: Final[Mapping[str, Callable[[str, Any], object]]] = {
    **dict.fromkeys(_FLAGS, check_flag),
    **dict.fromkeys(("wait", "timeout"), _seconds),
    "resume_at": _place,
    "progress": _listener,
    "fail_on": lambda _, value: severity_of(value),
    "datacenters": _texts,
    "models": _models,
    "words": _text,
    "holder": _holder,
}
