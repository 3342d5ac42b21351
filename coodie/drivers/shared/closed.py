"""What is said of a connection that cannot be used any more."""

from __future__ import annotations

from coodie._errors import ConfigurationError

OPEN_ANOTHER = "open another one with init_coodie()"
UNDER_WAY = "the connection was closed while this was under way"


def closed() -> ConfigurationError:
    """It was closed before the call."""
    return ConfigurationError(f"the connection is closed; {OPEN_ANOTHER}")


def closed_meanwhile() -> ConfigurationError:
    """It was closed before anything of the call was sent."""
    return ConfigurationError(f"the connection was closed meanwhile; {OPEN_ANOTHER}")


def forked() -> ConfigurationError:
    """It is the parent's: its sockets are shared, and its threads are not here."""
    return ConfigurationError(
        "the connection was made before this process was forked, and cannot be used on both sides; call "
        "init_coodie() in the new process, or use init_coodie(..., lazy=True), which connects at first use"
    )
