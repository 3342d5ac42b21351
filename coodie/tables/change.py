"""A difference between a wanted schema and a cluster's, as a value: the statements, the danger, and the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

from coodie._errors import CoodieError
from coodie._raise import check_kind, check_list
from coodie.cql.names import quote
from coodie.cql.nodes import SchemaStatement
from coodie.cql.rendering.ddl import render_ddl

About: TypeAlias = Literal[
    "keyspace", "type", "field", "table", "column", "key", "order", "option", "index", "view", "replication"
]


class Danger(Enum):
    """What a change can do to a cluster in use."""

    SAFE = "safe"
    SLOW = "slow"
    DESTROYS_DATA = "destroys data"
    IMPOSSIBLE = "impossible"


class Side(Enum):
    """The kind of a difference: the cluster lacks something, has it in another form, or has something unwanted."""

    MISSING = "missing"
    DIFFERENT = "different"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Change:
    """One change that brings the cluster closer to the wanted schema.

    ``name`` says where it is, as in ``shop.users.age``. ``nodes`` are the statements to send, in order, and empty if
    nothing can be done; ``statements`` is their CQL. ``why`` is a sentence about the danger. ``wanted`` and ``found``
    describe both sides; each is None if there is nothing on that side.
    """

    about: About
    name: str
    side: Side
    danger: Danger
    why: str
    nodes: tuple[SchemaStatement, ...] = ()
    wanted: str | None = None
    found: str | None = None

    @property
    def statements(self) -> tuple[str, ...]:
        """The CQL to send, in order."""
        return tuple(map(render_ddl, self.nodes))

    @property
    def blocks(self) -> bool:
        """Whether the table cannot be used as wanted and adding to it cannot help either."""
        if self.side is Side.MISSING:
            return self.danger is Danger.IMPOSSIBLE
        return self.side is Side.DIFFERENT and self.about not in ("option", "keyspace", "replication")

    def __str__(self) -> str:
        wanted, found = self.wanted or "nothing", self.found or "nothing"
        return f"{self.about} {self.name}: wanted {wanted}, found {found} ({self.danger.value}: {self.why})"


def described(changes: Iterable[Change]) -> str:
    """The changes as text for a reader: one per line, the wanted side below the found one."""
    check_list("described()", changes)
    changes = list(changes)
    for change in changes:
        check_kind("described()", change, Change)
    return "\n".join(map(_described, changes))


def _described(change: Change) -> str:
    return (
        f"- {change.about} {change.name} is {change.side.value}\n"
        f"    wanted: {change.wanted or 'nothing'}\n"
        f"    found:  {change.found or 'nothing'}\n"
        f"    {change.danger.value}: {change.why}"
    )


def path(*names: str | None) -> str:
    """Names joined as in ``shop.users.age``, each quoted as in CQL, so that capitals and unusual characters show."""
    return ".".join(quote(name) for name in names if name)


class SchemaMismatch(CoodieError):
    """The table in the cluster differs from the model; the message shows both sides of each difference.

    ``changes`` are the differences, each a `coodie.schema.Change` with ``wanted``, ``found`` and the statements that
    would resolve it.
    """

    def __init__(self, message: str, changes: Iterable[Change] = ()) -> None:
        super().__init__(message)
        self.changes: tuple[Change, ...] = tuple(changes)
