"""What the history says about a migration, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum

from coodie.migrations.migration import DOWN, UP, Kind


class State(Enum):
    """How far an entry of the history is; one that is ``running`` without a run that goes on was interrupted."""

    RUNNING = "running"
    APPLIED = "applied"
    FAILED = "failed"


@dataclass(frozen=True)
class Entry:
    """One row of the history, which is the table ``coodie_migrations`` of the keyspace.

    ``done`` of ``total`` statements of the part ``direction`` (``up`` or ``down``) have happened; ``tried`` is the
    number of the one that was last begun, from 1, ``statement`` its text and ``error`` why it failed. ``unsure`` is
    whether nobody knows if that one happened. ``checksums`` are those of the statements as they were when the run
    began, ``script`` the text of the file. ``progress`` is what steps and backfills of a Python file have done.
    ``owner`` is the run that wrote the row, ``seconds`` how long it took.
    """

    revision: str
    description: str = ""
    checksum: str = ""
    kind: Kind = Kind.UP
    state: State = State.APPLIED
    direction: str = UP
    done: int = 0
    total: int = 0
    tried: int = 0
    statement: str | None = None
    error: str | None = None
    unsure: bool = False
    checksums: tuple[str, ...] = field(default=(), repr=False)
    script: str = field(default="", repr=False)
    owner: str = ""
    applied_at: datetime | None = None
    seconds: float = 0.0
    version: str = ""
    progress: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def applied_by(self) -> str:
        """Who ran it, as ``user@host:pid``."""
        return who(self.owner)

    @property
    def undone(self) -> bool:
        """Whether it is on its way down and stopped there."""
        return self.direction == DOWN


def who(owner: str) -> str:
    """The readable part of an owner, ``user@host:pid``, without what makes it unique."""
    return owner.rpartition("/")[0]


def now() -> datetime:
    """The time of this machine in UTC, in whole seconds. It is recorded for readers; nothing is decided by it."""
    return datetime.now(timezone.utc).replace(microsecond=0)
