"""The server's words without the values that it repeats.

The server says what it thinks of a value with the value in it: "Unable to make int from '...'", "JSON values map
contains unrecognized column: ...". Nothing tells its own words from those of a value, so each word is looked for in
what was bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from coodie.cql.message import UNSET, Batch, Request
from coodie.drivers.cassandra.vendor import FunctionFailure, messages

_WORD: Final = re.compile(r"\w+")
_HEAD: Final = re.compile(r"Error from server: code=\w+ \[[^]]*\] message=|")
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_REPEATED: Final = re.compile(r"\bfor query .*?( \(see \w+\))?\Z", re.DOTALL)
_SHORT: Final = 4
HIDDEN: Final = "..."
"""Stands where something was taken out."""


def mask(error: Any, request: Request) -> None:
    """Take the values out of what the vendor's error says, wherever it is printed from now on."""
    masked = _of_function(error) if _is_about_a_function(error) else _masker(request)
    if isinstance(error, messages.ErrorMessage):
        error.message = masked(error.message)
    else:
        error.args = tuple(masked(each) if isinstance(each, str) else each for each in error.args)


def mask_warnings(warnings: Iterable[str], request: Request) -> tuple[str, ...]:
    """What the server warns of, without the values in it.

    Its numbers are counts and sizes, but for those in the statement that it repeats with the values written in.
    """
    masked = _masker(request, numbers=False)
    return tuple(masked(_REPEATED.sub(rf"for query {HIDDEN}\1", warning)) for warning in warnings)


def _is_about_a_function(error: Any) -> bool:
    return isinstance(error, (FunctionFailure, messages.FunctionFailureMessage))


def _of_function(error: Any) -> Callable[[str], str]:
    """What a function says may be about values that are stored, and which nobody here knows."""
    found = error.to_exception() if hasattr(error, "to_exception") else error
    return lambda text: f"{_head(text)}the function {found.keyspace}.{found.function} failed"


def _masker(request: Request, *, numbers: bool = True) -> Callable[[str], str]:
    """The function that takes the values out of a text; with ``numbers``, all that has a digit."""
    statements = request.statements if isinstance(request, Batch) else (request,)
    texts = "\n".join(dict.fromkeys(statement.cql for statement in statements)).lower()
    bound = "\n".join(each for statement in statements for each in _spelled(statement.values)).lower()
    own, foreign = set(_WORD.findall(texts)), set(_WORD.findall(bound))

    def shown(found: re.Match[str]) -> str:
        word = found[0].lower()
        if word in own:  # the text of a statement is shown anyway
            return found[0]
        # The server writes numbers and dates in ways of its own. Of a longer word it may show a part.
        hidden = word in foreign or (len(word) >= _SHORT and word in bound)
        return HIDDEN if hidden or (numbers and any(map(str.isdigit, word))) else found[0]

    def masked(text: str) -> str:
        head = _head(text)
        return head + _WORD.sub(shown, text[len(head) :])

    return masked


def _head(text: str) -> str:
    found = _HEAD.match(text)
    return found[0] if found else ""


def _spelled(value: Any) -> Iterator[str]:
    """A value in the ways in which the server may write it, and so each value inside it."""
    inside: Any = value
    match value:
        case dict():
            for pair in inside.items():
                yield from _spelled(pair)
        case list() | tuple() | set() | frozenset():
            for each in inside:
                yield from _spelled(each)
        case bytes() | bytearray() | memoryview():
            yield value.hex()
        case str():
            yield str(value)
            yield _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)  # the server reads JSON
        case _ if value is not None and value is not UNSET:
            yield str(value)
        case _:
            pass
