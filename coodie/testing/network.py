"""No connections to hosts while a test runs: for suites that must not reach a cluster by accident."""

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
    """Refuse each connect to a host, loopback included, with `NetworkRefused`; sockets on disk stay open.

    Gives the list of the refusals, since a driver that tries host after host swallows them.
    """
    refused: list[NetworkRefused] = []

    def refuse(real: Any) -> Any:
        def connect(self: socket.socket, address: Any, /) -> Any:
            if self.family not in _HOSTS:
                return real(self, address)
            self.close()  # those who open sockets expect an OSError and would leave this one open
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
