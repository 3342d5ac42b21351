"""The names of connections with the keyspaces they were registered with, as plain data.

A plan needs the keyspace to qualify its table, but never the driver, so the two are kept apart. The registry of drivers
writes this data and plans read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import MappingProxyType


def _present(_: str | None) -> datetime:
    return datetime.now(timezone.utc)


@dataclass(slots=True)
class ConnectionNames:
    """The keyspaces of connections by name, and the default connection, which models without their own use."""

    keyspaces: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    default: str | None = None
    now: Callable[[str | None], datetime] = _present
    """The present by the clock of a connection, aware. The registry sets it, since test doubles have clocks."""
    version: int = 0
    """A number that `set` changes: a part of the key of anything that is cached and depends on connections."""

    def add(self, name: str, keyspace: str | None, *, default: bool) -> None:
        """Add or replace a connection; it becomes the default one with ``default``, and if there is none yet."""
        self.set({**self.keyspaces, name: keyspace}, name if default or self.default is None else self.default)

    def set(self, keyspaces: Mapping[str, str | None], default: str | None) -> None:
        """Replace the keyspaces and the default connection."""
        self.keyspaces, self.default = MappingProxyType({**keyspaces}), default
        self.version += 1  # last, so that no result for the old names is cached as one for the new ones

    def keyspace_of(self, name: str | None) -> str | None:
        """The keyspace that the connection was registered with; None if it has none or is not registered (yet)."""
        return self.keyspaces.get((self.default or "") if name is None else name)

    def same(self, one: str | None, other: str | None) -> bool:
        """Whether both names mean the same connection; None is the default one."""
        return (self.default if one is None else one) == (self.default if other is None else other)


connection_names: ConnectionNames = ConnectionNames()
