"""The check of a request's options, before anything is sent."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Final, get_args

from coodie._errors import CoodieError, InvalidQueryError
from coodie._words import option, word
from coodie.cql.message import UNSET, Consistency, Options, SerialConsistency, Unset

_LEVELS: Final[tuple[str, ...]] = get_args(Consistency)
_SERIAL_LEVELS: Final[tuple[str, ...]] = get_args(SerialConsistency)


def checked(options: Options) -> Options:
    """``options`` itself. Raises `InvalidQueryError` for an unknown level, naming the nearest, or an invalid
    timeout.
    """
    _check_level("consistency", options.consistency, _LEVELS)
    _check_level("serial_consistency", options.serial_consistency, _SERIAL_LEVELS)
    timeout: Any = options.timeout
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout > 0):
        raise InvalidQueryError(f"timeout must be a positive number of seconds, not {option(timeout)}")
    return options


def check_threshold(name: str, value: Any) -> int | Unset | None:
    """``value`` itself. Raises `InvalidQueryError` unless it is a number of at least 0, None or `UNSET`."""
    if value is None or value is UNSET or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise InvalidQueryError(f"{name} must be a number of at least 0, or None to switch it off, not {option(value)}")


def check_flag(what: str, given: Any, error: type[CoodieError] = InvalidQueryError) -> bool:
    """``given`` itself. Raises ``error`` for anything but True and False, even if it is truthy or falsy."""
    if not isinstance(given, bool):
        raise error(f"{what} must be True or False, not {option(given)}")
    return given


def _check_level(what: str, level: Any, known: tuple[str, ...]) -> None:
    if level is None or level in known:
        return
    near = get_close_matches(level.upper(), known, n=1) if isinstance(level, str) else ()
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    raise InvalidQueryError(f"{word(level)} is no {what}; {hint}")
