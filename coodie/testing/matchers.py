"""Objects that equal a range of values, for rules and for plain asserts.

Each matches as little as possible and prints what it matches, so that a failure says what was expected.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from coodie._words import a_type


class _Any:
    """An object that equals every value."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "ANY"


ANY: Final = _Any()
"""Equals every value, null and unset included: ``assert recorder.last.params == {"id": ANY, "name": "Ann"}``."""


class Approx:
    """Equals any number or datetime that is at most ``tolerance`` away.

    For a datetime the tolerance is a timedelta or a number of seconds.
    """

    __slots__ = ("_tolerance", "_value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any, tolerance: Any) -> None:
        self._value = value
        self._tolerance = tolerance

    def __eq__(self, other: object) -> bool:
        try:
            away = abs(self._value - other)
            if isinstance(away, timedelta) and not isinstance(self._tolerance, timedelta):
                return away <= timedelta(seconds=self._tolerance)
            return bool(away <= self._tolerance)
        except TypeError:  # null, unset and str are never near
            return False

    def __repr__(self) -> str:
        return f"Approx({self._value!r}, {self._tolerance!r})"


class Where:
    """Equals each value for which ``predicate`` is true; a value on which the predicate fails does not match.

    ``what`` describes the expected value in failure messages.
    """

    __slots__ = ("_predicate", "_what")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, predicate: Callable[[Any], object], what: str | None = None) -> None:
        if not callable(predicate):
            raise TypeError(f"Where() takes a function of one value, not {a_type(predicate)}")
        self._predicate = predicate
        self._what = what or getattr(predicate, "__name__", repr(predicate))

    def __eq__(self, other: object) -> bool:
        try:
            return bool(self._predicate(other))
        except (TypeError, ValueError, LookupError, AttributeError):  # such as len() of None, or .hex of UNSET
            return False

    def __repr__(self) -> str:
        return f"Where({self._what})"
