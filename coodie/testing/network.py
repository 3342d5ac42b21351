"""Refuses network connections during a test, for suites that must not reach a cluster by accident."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from coodie.testing.errors import NetworkRefused

_HOSTS: Final = (socket.AF_INET, socket.AF_INET6)


@contextmanager
def network_refused() -> Generator[list[NetworkRefused]]:
    """Refuse every connection to a host, loopback included, with `NetworkRefused`; Unix sockets are allowed.

    Yields the list of refusals, since a driver that tries several hosts swallows the errors.
    """
    refused: list[NetworkRefused] = []

    def refuse(real: Any) -> Any:
        def connect(self: socket.socket, address: Any, /) -> Any:
            if self.family not in _HOSTS:
                return real(self, address)
            self.close()  # callers expect an OSError on failure, and would leave the socket open
            refused.append(_refusal(address))
            raise refused[-1]

        return connect

    with (
        patch.object(socket.socket, "connect", refuse(socket.socket.connect)),
        patch.object(socket.socket, "connect_ex", refuse(socket.socket.connect_ex)),
    ):
        yield refused


def _refusal(address: Any) -> NetworkRefused:
    return NetworkRefused(
        f"the test tried to connect to {address!r}, and no_network is in force; "
        "use the coodie_recorder fixture, or allow it with @pytest.mark.coodie(network=True)"
    )
