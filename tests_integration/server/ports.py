"""Picks ports that nobody uses."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable

# Below the range the kernel takes ports of outgoing connections from (32768 on Linux, 49152 on macOS): a client that
# tries to reach a stopped node must not be given the node's own port, or the node could not start again.
RANGE = range(20000, 32000)

# Not the module's functions: those are seeded, and two test runs with one seed would pick the same ports.
_random = random.SystemRandom()


def free_ports(count: int, addresses: Iterable[str]) -> list[int]:
    """Return `count` different ports that are free on every one of the addresses."""
    addresses = list(addresses)
    found: list[int] = []
    for port in _random.sample(RANGE, 100):
        if all(_is_free(address, port) for address in addresses):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no free port on {', '.join(addresses)} (macOS has only 127.0.0.1, until `ifconfig lo0 alias`)")


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        # As the server does, so that connections in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True
