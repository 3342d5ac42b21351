"""The errors of the engine: each has a code of the protocol and a text of the table.

Only a text that was observed on a server may be ``exact``. A feature that the engine lacks is never one of these errors
but a `NotSupportedByMemoryDriver`.
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
    """The engine lacks this feature of the server, which the message names. A server would not raise this error.

    Run such a test on a real server.
    """

    def __init__(self, feature: str) -> None:
        super().__init__(f"MemoryDriver does not support {feature}; run this test on a real server")
        self.feature: str = feature

    def __reduce__(self) -> tuple[type[NotSupportedByMemoryDriver], tuple[str]]:
        return type(self), (self.feature,)


class CqlError(Exception):
    """The server's answer in case of an error: the ``code`` of the protocol, the message, and the fields of the error.

    The driver turns it into an error of coodie.
    """

    def __init__(self, code: int, message: str, fields: dict[str, Any] | None = None, exact: bool = True) -> None:
        super().__init__(message)
        self.code: int = code
        self.message: str = message
        self.fields: dict[str, Any] = fields or {}
        self.exact: bool = exact


def check_refusal(error: CqlError) -> None:
    """Raise an error again if the server fails with it, rather than refuse something."""
    if error.code == SERVER_ERROR:
        raise error


@dataclass(frozen=True, slots=True)
class ErrorText:
    """A row of the table: called with the values for its braces, it returns the error to raise."""

    code: int
    text: str
    exact: bool = True

    def __call__(self, *parts: object, **fields: Any) -> CqlError:
        """The error, with its text filled in."""
        return CqlError(self.code, self.text.format(*parts), fields, self.exact)


def invalid(text: str, exact: bool = True) -> ErrorText:
    """A request that does not fit the schema or the data."""
    return ErrorText(INVALID, text, exact)


def syntax(text: str, exact: bool = True) -> ErrorText:
    """A text that the server's parser refuses."""
    return ErrorText(SYNTAX, text, exact)


def config(text: str, exact: bool = True) -> ErrorText:
    """An invalid option of the schema."""
    return ErrorText(CONFIGURATION, text, exact)


def function_failure(text: str, exact: bool = True) -> ErrorText:
    """A function or an operation that fails while it runs."""
    return ErrorText(FUNCTION_FAILURE, text, exact)


def server_error(text: str, exact: bool = True) -> ErrorText:
    """A request for which the server fails because of its own bug."""
    return ErrorText(SERVER_ERROR, text, exact)


def unauthorized(text: str, exact: bool = True) -> ErrorText:
    """A request that only a logged-in role may send."""
    return ErrorText(UNAUTHORIZED, text, exact)


def protocol(text: str, exact: bool = True) -> ErrorText:
    """An invalid frame."""
    return ErrorText(PROTOCOL, text, exact)
