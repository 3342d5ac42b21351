"""Names of connections and the keyspaces they were registered with, as plain data.

A plan needs the keyspace to qualify its table, and never a driver; so the two are kept apart. The registry of drivers
writes here, plans read.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class ConnectionNames:
    """The connections there are, by name, and which one a model without a connection of its own uses."""

    keyspaces: dict[str, str | None] = field(default_factory=dict[str, str | None])
    default: str | None = None

    def keyspace_of(self, name: str | None) -> str | None:
        """The keyspace that connection was registered with; None when it has none or is not known (yet)."""
        return self.keyspaces.get((self.default or "") if name is None else name)

    def same(self, one: str | None, other: str | None) -> bool:
        """Whether both names mean one connection, where None stands for the default one."""
        return (self.default if one is None else one) == (self.default if other is None else other)


connection_names: ConnectionNames = ConnectionNames()
