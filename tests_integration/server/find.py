"""Decides which Cassandra the tests and the demo talk to: the one you name, else one of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from .jars import find_jars
from .java import find_java
from .node import Node

HOSTS = "COODIE_HOSTS"


@dataclass(frozen=True)
class Found:
    """Where to connect, in words why there, and the node if it was started for you."""

    hosts: list[str]
    port: int
    description: str
    node: Node | None = None


@contextmanager
def find_cluster() -> Iterator[Found]:
    """Give the contact points in $COODIE_HOSTS (`host[:port],...`), else start a server, stopped when the block ends.

    Raises `NoCluster` when neither is possible.
    """
    if given := os.environ.get(HOSTS):
        hosts, port = parse_hosts(given)
        yield Found(hosts, port, f"Cassandra at {given} (from {HOSTS})")
        return
    prepare_server()
    with Node() as node:
        yield Found([node.host], node.port, f"Cassandra started for this run at {node.host}:{node.port}", node)


def prepare_server() -> None:
    """See that a server can be started here, and download it if it never was; else raise `NoCluster`."""
    find_java()
    find_jars()


def parse_hosts(text: str) -> tuple[list[str], int]:
    """Read `host[:port],host[:port]`. The driver knows one port for all hosts, 9042 if none is given."""
    parts = [urlsplit(f"//{item.strip()}") for item in text.split(",")]
    ports = {part.port or 9042 for part in parts}
    hosts = [part.hostname for part in parts if part.hostname]
    if len(hosts) != len(parts) or len(ports) != 1:
        raise ValueError(f"{HOSTS}={text!r}: give host[:port],host[:port] with the same port for all")
    return hosts, ports.pop()
