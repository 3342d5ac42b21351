"""What an error of the engine is: the code of the protocol, and a text of the table.

Only a text that a server was seen to give may be ``exact``. What the engine cannot do is never one of these errors: it
is a `NotSupportedByMemoryDriver`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from coodie._errors import CoodieError

SERVER_ERROR: Final = 0x0000
PROTOCOL: Final = 0x000A
FUNCTION_FAILURE: Final = 0x1400
SYNTAX: Final = 0x2000
UNAUTHORIZED: Final = 0x2100
INVALID: Final = 0x2200
CONFIGURATION: Final = 0x2300
ALREADY_EXISTS: Final = 0x2400
UNPREPARED: Final = 0x2500


class NotSupportedByMemoryDriver(CoodieError, NotImplementedError):
    """The engine has not got this feature of the server; the text names it. It is no answer that a server would give.

    Run such a test on a real server.
    """

    def __init__(self, feature: str) -> None:
        super().__init__(f"MemoryDriver does not support {feature}; run this test on a real server")
        self.feature: str = feature

    def __reduce__(self) -> tuple[type[NotSupportedByMemoryDriver], tuple[str]]:
        return type(self), (self.feature,)


class CqlError(Exception):
    """What the server would answer instead of a result: ``code`` of the protocol, its message, and the error's fields.

    The doors turn it into their own errors.
    """

    def __init__(self, code: int, message: str, fields: dict[str, Any] | None = None, exact: bool = True) -> None:
        super().__init__(message)
        self.code: int = code
        self.message: str = message
        self.fields: dict[str, Any] = fields or {}
        self.exact: bool = exact


@dataclass(frozen=True, slots=True)
class Text:
    """A row of the table: called with what its braces stand for, it gives the error to raise."""

    code: int
    text: str
    exact: bool = True

    def __call__(self, *parts: object, **fields: Any) -> CqlError:
        """The error, with its text complete."""
        return CqlError(self.code, self.text.format(*parts), fields, self.exact)


def invalid(text: str, exact: bool = True) -> Text:
    """A request that does not fit the schema or the data."""
    return Text(INVALID, text, exact)


def syntax(text: str, exact: bool = True) -> Text:
    """What the server's parser refuses."""
    return Text(SYNTAX, text, exact)


def config(text: str, exact: bool = True) -> Text:
    """An option of the schema that cannot be."""
    return Text(CONFIGURATION, text, exact)


def function_failure(text: str, exact: bool = True) -> Text:
    """A function or an operation that fails while it runs."""
    return Text(FUNCTION_FAILURE, text, exact)


def server_error(text: str, exact: bool = True) -> Text:
    """Where the server runs into a bug of its own."""
    return Text(SERVER_ERROR, text, exact)


def unauthorized(text: str, exact: bool = True) -> Text:
    """What only a role that has logged in may do."""
    return Text(UNAUTHORIZED, text, exact)


def protocol(text: str, exact: bool = True) -> Text:
    """A frame that cannot be."""
    return Text(PROTOCOL, text, exact)
