"""The text of an error about a failed request: the reason, what to do, and the request.

A driver and a test double use the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from coodie.cql.message import UNSET, Batch, BatchKind, Request
from coodie.drivers.errors import (
    DriverError,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    SchemaDisagreement,
    ServerFailure,
    Timeout,
    Unavailable,
)

ADVICE: Final[dict[type[DriverError], str]] = {
    RequestRejected: "sending it again will not help: correct the statement, the schema or the permission",
    Unavailable: "nothing was written; try again when enough nodes are up, or with a lower consistency",
    Overloaded: "try again later, with a pause",
    ServerFailure: "see the server's log; whether trying again helps depends on what it says",
    Timeout: "nothing was written; try again, or set a longer timeout=",
    OutcomeUnknown: "it may or may not have happened: read before you write again",
    SchemaDisagreement: "the change itself may have been made: wait, look, and go on when the nodes agree",
    DriverError: "this is not an error that a server gives: please report it to coodie",
}


def error_text(cls: type[DriverError], reason: str, request: Request, *, values: bool = False) -> str:
    """The text of an error of this class, with the bound values if ``values`` is set."""
    return f"{reason}; {ADVICE[cls]}{_hint(reason)}\n{shown(request, values=values)}"


def by_server(code: int, summary: str, message: str) -> str:
    """The error message of a server, with the code of the protocol and its meaning."""
    return f'Error from server: code={code:04x} [{summary}] message="{message}"'


def no_host(causes: str = "") -> str:
    """The reason that no host could answer, with the error of each."""
    return f"no host could answer ({causes or 'none is known to be up'})"


def no_answer(host: object = None) -> str:
    """The reason that the last host did not answer in time."""
    return f"no answer in time from {host or 'any host'}"


def _hint(reason: str) -> str:
    text = reason.lower()
    if "no keyspace has been specified" in text:
        return " (qualify the table, or give init_coodie() a keyspace or a session that has one)"
    if "paging state" in text:
        return " (it must be the one that an earlier answer to the same statement gave)"
    if "unconfigured table" in text or "does not exist" in text:
        return " (is the keyspace right, and has sync_table() or create_keyspace() been called?)"
    if HIDDEN in text:
        return f" ({HIDDEN} is what may be a value; a connection with log_values=True shows it)"
    return ""


_SHOWN_STATEMENTS: Final = 3


def shown(request: Request, *, values: bool = False) -> str:
    """The text of a request, indented, with the bound values if ``values`` is set."""
    if not isinstance(request, Batch):
        text = "  " + request.cql.replace("\n", "\n  ")
        return f"{text}\n  values: {request.values!r}" if values and request.values else text
    lines = [shown(statement, values=values) for statement in request.statements[:_SHOWN_STATEMENTS]]
    if (more := len(request.statements) - _SHOWN_STATEMENTS) > 0:
        lines.append(f"  ... and {more} more")
    kind = "" if request.kind is BatchKind.LOGGED else f"{request.kind.value} "
    return f"  {kind}batch of {len(request.statements)}:\n" + "\n".join(lines)


# The server's messages repeat values: "Unable to make int from '...'", "JSON values map contains unrecognized column:
# ...". Its own words cannot be told from those of a value, so each word is searched for in the bound values.

_WORD: Final = re.compile(r"\w+")
_HEAD: Final = re.compile(r"Error from server: code=\w+ \[[^]]*\] message=|")
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_REPEATED: Final = re.compile(r"\bfor query .*?( \(see \w+\))?\Z", re.DOTALL)
_SHORT: Final = 4
HIDDEN: Final = "..."
"""The mask in place of a word that may be a value."""


def about_a_function(keyspace: str, function: str) -> Callable[[str], str]:
    """A masker that keeps only the name of the failed function, since the message may contain stored values."""
    return lambda text: f"{_head(text)}the function {keyspace}.{function} failed"


def mask_warnings(warnings: Iterable[str], request: Request) -> tuple[str, ...]:
    """The warnings of the server with values masked.

    Numbers are kept, since they are counts and sizes, except in a statement that the server repeats with its values.
    """
    masked = masker(request, numbers=False)
    return tuple(masked(_REPEATED.sub(rf"for query {HIDDEN}\1", warning)) for warning in warnings)


def of_refusal(request: Request) -> Callable[[str], str]:
    """The `masker` for refusals. Without bound values a message can only be about the text, so nothing is masked."""
    statements = request.statements if isinstance(request, Batch) else (request,)
    return masker(request) if any(statement.values for statement in statements) else str


def masker(request: Request, *, numbers: bool = True) -> Callable[[str], str]:
    """The function that masks the values of a request in a server's message; with ``numbers``, every word with a
    digit.
    """
    statements = request.statements if isinstance(request, Batch) else (request,)
    texts = "\n".join(dict.fromkeys(statement.cql for statement in statements)).lower()
    bound = "\n".join(each for statement in statements for each in _spelled(statement.values)).lower()
    own, foreign = set(_WORD.findall(texts)), set(_WORD.findall(bound))

    def shown(found: re.Match[str]) -> str:
        word = found[0].lower()
        if word in own:  # words of the statement are shown anyway
            return found[0]
        # The server formats numbers and dates in its own way, and may show only part of a long word.
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
    """The ways in which the server may write a value, and each value inside it."""
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
            # in a message about JSON, the server has already decoded the escapes
            yield _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
        case _ if value is not None and value is not UNSET:
            yield str(value)
        case _:
            pass
