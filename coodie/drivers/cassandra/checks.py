"""Checks of what a user passes to the driver."""

from __future__ import annotations

from typing import Any

from coodie._errors import ConfigurationError
from coodie.drivers.cassandra.vendor import ExecutionProfile, ProtocolVersion


def check_protocol(version: int) -> None:
    """Raise `ConfigurationError` for a protocol version that does not support unset values."""
    if version < ProtocolVersion.V4:
        raise ConfigurationError(
            f"version {version} of the protocol does not know unset values: it would store null for each column that a "
            "write leaves alone, and so erase it; use version 4 or newer, which Cassandra has from 2.2 on"
        )


def check_profile(session: Any, profile: Any) -> None:
    """Raise `ConfigurationError` unless it is an execution profile, or the name of one of the session's."""
    if isinstance(profile, ExecutionProfile):
        return
    try:
        session.get_execution_profile(profile)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
