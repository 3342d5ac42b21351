"""The order of faults and what follows each, without a ring."""

from __future__ import annotations

from typing import Any

import pytest

from coodie.exceptions import MigrationError

from . import mischief as module
from .mischief import FAULTS, Mischief

NAMES = list(FAULTS)


class Fake:
    """A ring that only notes what is asked of it."""

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes

    def heal(self) -> None:
        self._notes.append("heal")


def noted(monkeypatch: pytest.MonkeyPatch, seed: int, rounds: int = 2) -> list[str]:
    """What happens in so many rounds: the names of faults, and the healing."""
    notes: list[str] = []
    for name in NAMES:
        monkeypatch.setitem(module.FAULTS, name, lambda _, name=name: notes.append(name))  # type: ignore[misc]
    ring: Any = Fake(notes)
    mischief = Mischief(ring, seed, 0, NAMES)

    def tell(_: str) -> None:
        if mischief.rounds == rounds:
            mischief.over.set()

    mischief.tell = tell
    mischief.run()
    assert mischief.happened == [name for name in notes if name != "heal"]
    return notes


def test_each_round_has_each_fault_once_and_each_is_followed_by_healing(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = noted(monkeypatch, 1)
    assert set(notes[1::2]) == {"heal"}
    faults = notes[:-1:2]
    assert sorted(faults[: len(NAMES)]) == sorted(faults[len(NAMES) :]) == sorted(NAMES)


def test_a_seed_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    assert noted(monkeypatch, 1) == noted(monkeypatch, 1) != noted(monkeypatch, 2)


def test_a_migration_that_fails_is_told_and_the_ring_is_healed() -> None:
    notes: list[str] = []
    ring: Any = Fake(notes)

    def migrate() -> None:
        mischief.over.set()
        raise MigrationError("wrong")

    mischief = Mischief(ring, 1, 0, ["migrations"], migrate)
    mischief.run()
    assert mischief.troubles == ["migrations raised MigrationError: wrong"]
    assert notes == ["heal", "heal"]
