"""What a run reports while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from coodie.migrations.lock import Holder
from coodie.migrations.planning import Plan


class Happening(Enum):
    """What an `Event` is about."""

    WAITING = "waiting"
    PLANNED = "planned"
    STARTED = "started"
    SENDING = "sending"
    SKIPPED = "skipped"
    SENT = "sent"
    PROGRESS = "progress"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a run.

    ``waiting`` has the ``holder`` of the lock, ``planned`` the ``plan``. The others have the ``revision`` and the
    ``direction``; ``sending``, ``sent`` and ``skipped`` the ``statement`` with its ``number`` of ``total``, where
    ``skipped`` is one that had happened already; ``progress`` the ``statement`` (a name of a backfill) with ``number``
    of ``total`` ranges, ``sent`` and ``finished`` the ``seconds`` that it took.
    """

    happening: Happening
    revision: str = ""
    direction: str = ""
    statement: str = ""
    number: int = 0
    total: int = 0
    seconds: float = 0.0
    holder: Holder | None = None
    plan: Plan | None = None


Listener: TypeAlias = Callable[[Event], object]
"""A function that is called with each event."""


@dataclass(frozen=True, slots=True)
class Done:
    """One migration that a run has carried out: in which direction, and the seconds it took."""

    revision: str
    direction: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a run has done, in order. It is false if there was nothing to do."""

    keyspace: str
    done: tuple[Done, ...]

    def __bool__(self) -> bool:
        return bool(self.done)
