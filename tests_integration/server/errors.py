"""What can go wrong: the machine lacks something (`NoCluster`), or the server does not start (`NodeFailed`)."""

from __future__ import annotations


class NoCluster(Exception):
    """There is no Cassandra here; the message, one line, says what to install."""


class NodeFailed(Exception):
    """The server ended, or did not answer in time; the message ends with the tail of its log."""
