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
    """``options`` itself. Raises `InvalidQueryError` for an unknown level, naming the nearest, or an odd timeout."""
    _check_level("consistency", options.consistency, _LEVELS)
    _check_level("serial_consistency", options.serial_consistency, _SERIAL_LEVELS)
    timeout: Any = options.timeout
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout > 0):
        raise InvalidQueryError(f"timeout is a number of seconds above 0, not {option(timeout)}")
    return options


def check_threshold(name: str, value: Any) -> int | Unset | None:
    """``value`` itself. Raises `InvalidQueryError` for what is neither a number from 0 up, nor None, nor not given."""
    if value is None or value is UNSET or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise InvalidQueryError(f"{name} is a number from 0 up, or None, which switches it off; not {option(value)}")


def check_flag(what: str, given: Any, error: type[CoodieError] = InvalidQueryError) -> bool:
    """True or False. Raises the ``error`` for what may only be taken for one of them."""
    if not isinstance(given, bool):
        raise error(f"{what} is True or False, not {option(given)}")
    return given


def _check_level(what: str, level: Any, known: tuple[str, ...]) -> None:
    if level is None or level in known:
        return
    near = get_close_matches(level.upper(), known, n=1) if isinstance(level, str) else ()
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    raise InvalidQueryError(f"{word(level)} is no {what}; {hint}")
