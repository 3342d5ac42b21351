"""What was asked and how it was answered, and the comparison with what a cluster holds.

Nothing here knows of a door, a driver or a cluster.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from .linear import Operation, check
from .rows import ROWS, merge_unseen

Key = tuple[Any, ...]
"""A place that holds one value: the name of a table, the row's key, and the column or element in it."""


class Outcome(Enum):
    """What a caller was told of a write."""

    DONE = "acknowledged"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    LOST = "condition not met"


class Claimed(NamedTuple):
    """An attempt to insert a row that others try to insert; `seen` is whom a lost one was shown as the owner."""

    number: int
    owner: str
    outcome: Outcome
    seen: str | None = None


class Added(NamedTuple):
    """An attempt to add a token, and one, to a document with a version."""

    number: int
    token: str
    outcome: Outcome


class Counted(NamedTuple):
    """An attempt to add to a counter."""

    number: int
    delta: int
    outcome: Outcome


class Held(NamedTuple):
    """What a document with a version holds."""

    increments: int
    version: int
    done: frozenset[str]


@dataclass
class Journal:
    """What one hand asked. `possible` has, for each place that only this hand writes, the values it may have."""

    possible: dict[Key, set[Any]] = field(default_factory=dict[Key, set[Any]])
    claims: list[Claimed] = field(default_factory=list[Claimed])
    added: list[Added] = field(default_factory=list[Added])
    counted: list[Counted] = field(default_factory=list[Counted])
    history: list[Operation] = field(default_factory=list[Operation])
    """What was asked of rows whose answers depend on the order, by all hands and with times of one clock."""
    wrong: list[str] = field(default_factory=list[str])
    """The answers that lied, as they came."""

    def wrote(self, key: Key, value: Any, outcome: Outcome) -> None:
        """Note a write; those of one place come one after the other. None is nothing."""
        before = self.possible.setdefault(key, {None})
        if outcome is Outcome.DONE:
            self.possible[key] = {value}
        elif outcome is Outcome.UNKNOWN:
            before.add(value)

    def allows(self, key: Key, value: Any) -> bool:
        """Whether a place may hold this."""
        return value in self.possible.get(key, {None})

    def read(self, kind: str, keys: Iterable[Key], found: Mapping[Key, Any]) -> None:
        """Note what a read said of these places, right after all writes to them had ended."""
        for key in keys:
            if not self.allows(key, found.get(key)):
                self.wrong.append(f"{kind} read {found.get(key)!r} at {key}, not {self.possible.get(key)}")


class Cluster(NamedTuple):
    """What a cluster holds: the places of single hands, and what several of them write."""

    places: dict[Key, Any]
    claims: dict[int, str]
    totals: dict[int, Held]
    counters: dict[int, int]


def differences(journals: list[Journal], cluster: Cluster) -> list[str]:
    """Everything that the cluster holds and must not, or does not hold and must, and every answer that lied."""
    return [
        *(wrong for journal in journals for wrong in journal.wrong),
        *_places(journals, cluster.places),
        *_claims([each for journal in journals for each in journal.claims], cluster.claims),
        *_totals([each for journal in journals for each in journal.added], cluster.totals),
        *_counters([each for journal in journals for each in journal.counted], cluster.counters),
        *unexplained(journals),
    ]


def unexplained(journals: Iterable[Journal]) -> Iterator[str]:
    """The answers that no order of the operations in the histories explains."""
    history = merge_unseen(each for journal in journals for each in journal.history)
    yield from map(str, check(history, ROWS))


def _places(journals: list[Journal], places: dict[Key, Any]) -> Iterator[str]:
    possible = {key: values for journal in journals for key, values in journal.possible.items()}
    for key in possible.keys() | places.keys():
        values, found = possible.get(key, {None}), places.get(key)
        if found not in values:
            yield f"{key} holds {found!r}, and must hold one of {values}"


def _claims(attempts: list[Claimed], claims: dict[int, str]) -> Iterator[str]:
    by_number: dict[int, list[Claimed]] = defaultdict(list)
    for attempt in attempts:
        by_number[attempt.number].append(attempt)
    for number in by_number.keys() | claims.keys():
        yield from _claim(by_number[number], claims.get(number), f"claim {number}")


def _claim(attempts: list[Claimed], owner: str | None, what: str) -> Iterator[str]:
    told = Counter(attempt.outcome for attempt in attempts)
    if told[Outcome.DONE] > 1:
        yield f"{what} was won {told[Outcome.DONE]} times"
    may_own = {each.owner for each in attempts if each.outcome in (Outcome.DONE, Outcome.UNKNOWN)}
    if told[Outcome.DONE]:
        may_own = {each.owner for each in attempts if each.outcome is Outcome.DONE}
    if owner is None and (told[Outcome.DONE] or told[Outcome.LOST]):
        yield f"{what} is not there, and was won or lost"
    if owner is not None and owner not in may_own:
        yield f"{what} is owned by {owner}, and may be owned by {may_own}"
    for attempt in attempts:
        if attempt.outcome is Outcome.LOST and attempt.seen != owner:
            yield f"{what} was lost to {attempt.seen}, and is owned by {owner}"


def _totals(attempts: list[Added], totals: dict[int, Held]) -> Iterator[str]:
    for attempt in attempts:
        held = totals.get(attempt.number)
        is_there = held is not None and attempt.token in held.done
        if attempt.outcome is Outcome.DONE and not is_there:
            yield f"total {attempt.number} lacks {attempt.token}, which was acknowledged"
        if attempt.outcome in (Outcome.REFUSED, Outcome.LOST) and is_there:
            yield f"total {attempt.number} has {attempt.token}, which was told to be {attempt.outcome.value}"
    for number, held in totals.items():
        if not held.increments == held.version == len(held.done):
            yield f"total {number} has count {held.increments}, version {held.version} and {len(held.done)} tokens"


def _counters(attempts: list[Counted], counters: dict[int, int]) -> Iterator[str]:
    low: Counter[int] = Counter()
    high: Counter[int] = Counter()
    for number, delta, outcome in attempts:
        if outcome is Outcome.DONE or (outcome is Outcome.UNKNOWN and delta < 0):
            low[number] += delta
        if outcome is Outcome.DONE or (outcome is Outcome.UNKNOWN and delta > 0):
            high[number] += delta
    for number in low.keys() | high.keys() | counters.keys():
        if not low[number] <= counters.get(number, 0) <= high[number]:
            yield f"counter {number} is {counters.get(number, 0)}, and must be from {low[number]} to {high[number]}"
