"""What a rule is given: a statement with its surroundings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from coodie.cql.nodes import Name, Node
from coodie.migrations.lint.finding import Severity
from coodie.migrations.migration import DOWN
from coodie.tables.table import Schema, Table


@dataclass(frozen=True, slots=True)
class Context:
    """A statement, the schema that it meets, the statements before it in its part, and what else is known.

    ``models`` is the schema that the models want; ``datacenters`` those of the cluster.
    """

    node: Any
    schema: Schema
    direction: str
    before: tuple[Node, ...] = ()
    models: Schema | None = None
    datacenters: tuple[str, ...] = ()
    keyspace: str | None = field(default=None)

    @property
    def down(self) -> bool:
        """Whether it is on the way down."""
        return self.direction == DOWN

    def table(self, name: Name) -> Table | None:
        """The table of that name before the statement; None if there is none."""
        return next((each for each in self.schema.tables if each.name == name.name), None)

    def wanted(self, name: Name) -> Table | None:
        """The table of that name as the models want it; None if they have none."""
        tables = () if self.models is None else self.models.tables
        return next((each for each in tables if each.name == name.name), None)


Found: TypeAlias = Iterator[tuple[Severity, str]]
Rule: TypeAlias = Callable[[Context], Found]
