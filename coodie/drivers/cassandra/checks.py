"""Checks of what a user passes to the driver."""

from __future__ import annotations

import socket
from typing import Any, Final

from coodie._errors import BatchWarning, ConfigurationError
from coodie._warn import warn
from coodie.drivers.cassandra.vendor import ExecutionProfile, ProtocolVersion

NO_DELAY: Final = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
"""Disables Nagle's algorithm. With it, a message of more than one packet, such as a larger batch, waits some 40 ms for
the server's delayed acknowledgement of the first packet. The vendor leaves this setting to its users."""
_PACKET: Final = 4096
"""The bytes that the vendor hands to a socket at once."""


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


def has_delays(cluster: Any) -> bool:
    """Whether large messages wait on the connections of this cluster, since it was made without `NO_DELAY`."""
    return not any(option[:2] == NO_DELAY[:2] and option[2] for option in cluster.sockopts or ())


def warn_of_delay(statements: int, size: int) -> bool:
    """Issue `BatchWarning` if a batch of so many bytes waits on a connection with delays; whether it does."""
    if size <= _PACKET:
        return False
    warn(
        f"this session delays each message of more than {_PACKET} bytes, such as this batch of {statements} statements,"
        " by some 40 ms: make its cluster with Cluster(..., sockopts=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)])",
        BatchWarning,
    )
    return True
