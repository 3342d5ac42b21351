"""Opens a driver session to one node, and to no other."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session
from cassandra.policies import AddressTranslator, WhiteListRoundRobinPolicy

PATIENT = {"connect_timeout": 60, "control_connection_timeout": 60}
"""For a machine that does much else: the vendor's own limits are five seconds and two."""

NO_DELAY = {"sockopts": [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]}
"""Without it, a large batch takes 40 ms."""

AS_COODIE = {"protocol_version": 4, **NO_DELAY}
"""As coodie opens a cluster: in version 5 the vendor loses a connection now and then."""


class Directly(AddressTranslator):  # type: ignore[misc]
    """Reaches a node at its own address, whatever other one clients are told, and scylla-driver goes over to."""

    def __init__(self, host: str, told: str | None) -> None:
        self._host, self._told = host, told

    def translate(self, addr: str) -> str:
        return self._host if addr == self._told else addr


@contextmanager
def session(
    host: str, port: int, login: tuple[str, str] | None = None, *, told: str | None = None
) -> Iterator[Session]:
    """Connect to one node, and close all when the block ends.

    `login` is a user and a password, `told` the address that the node tells clients, if that is another one.
    """
    profile = ExecutionProfile(load_balancing_policy=WhiteListRoundRobinPolicy([host]), request_timeout=30)
    cluster = Cluster(
        [host],
        port=port,
        auth_provider=PlainTextAuthProvider(*login) if login else None,
        address_translator=Directly(host, told),
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        schema_metadata_enabled=False,
        token_metadata_enabled=False,
        **AS_COODIE,
        **PATIENT,
    )
    try:
        yield cluster.connect()
    finally:
        cluster.shutdown()
