"""Exit statuses, and the error that ends a command with one of them."""

from __future__ import annotations

from typing import Final

from coodie._errors import ConfigurationError, InvalidQueryError, LockLost, MigrationFailed, ModelError

DONE: Final = 0
"""Done, or nothing to do."""
FOUND: Final = 1
"""Findings, differences, pending or failed migrations, rows refused, or a request refused before anything was done."""
USAGE: Final = 2
"""A wrong argument, a wrong setting, no host, no keyspace."""
HALF_WAY: Final = 3
"""Something was done, and then it failed."""
INTERRUPTED: Final = 130
"""Ctrl-C."""


class Stop(Exception):
    """Ends a command with a sentence for the user and an exit status."""

    def __init__(self, message: str, status: int = USAGE) -> None:
        super().__init__(message)
        self.status = status


def status_of(error: Exception) -> int:
    """The exit status for an error of coodie's."""
    if isinstance(error, Stop):
        return error.status
    if isinstance(error, (MigrationFailed, LockLost)):
        return HALF_WAY
    if isinstance(error, (ConfigurationError, ModelError, OSError)):
        return USAGE
    if isinstance(error, InvalidQueryError):
        return USAGE
    return FOUND


def told(error: Exception) -> str:
    """What an error says; one of the system names the file first."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror is not None:
        return f"{error.filename}: {error.strerror[:1].lower()}{error.strerror[1:]}"
    return str(error)
