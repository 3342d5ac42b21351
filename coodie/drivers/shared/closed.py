"""The errors of a connection that can no longer be used."""

from __future__ import annotations

from coodie._errors import ConfigurationError

OPEN_ANOTHER = "open another one with init_coodie()"
UNDER_WAY = "the connection was closed while this request was in flight"


def closed() -> ConfigurationError:
    """The error of a call on a closed connection."""
    return ConfigurationError(f"the connection is closed; {OPEN_ANOTHER}")


def closed_meanwhile() -> ConfigurationError:
    """The error of a call whose connection was closed before anything was sent."""
    return ConfigurationError(f"the connection was closed meanwhile; {OPEN_ANOTHER}")


def forked() -> ConfigurationError:
    """The error of a call on a connection of the parent process: the sockets are shared, and its threads do not exist
    here.
    """
    return ConfigurationError(
        "the connection was made before this process was forked, and cannot be used on both sides; call "
        "init_coodie() in the new process, or use init_coodie(..., lazy=True), which connects at first use"
    )
