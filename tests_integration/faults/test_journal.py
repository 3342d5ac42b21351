"""The comparison finds what a cluster must not hold, and answers that lied; without a cluster."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from .journal import Added, Claimed, Cluster, Counted, Held, Journal, Outcome, differences

DONE, REFUSED, UNKNOWN, LOST = Outcome.DONE, Outcome.REFUSED, Outcome.UNKNOWN, Outcome.LOST


def journals() -> list[Journal]:
    """Two hands, and what they were told."""
    one, other = Journal(), Journal()
    one.wrote(("rows", "one", 1, "a"), "done", DONE)
    one.wrote(("rows", "one", 2, "a"), "done", DONE)
    one.wrote(("rows", "one", 2, "a"), "unknown", UNKNOWN)
    one.wrote(("rows", "one", 3, "a"), "refused", REFUSED)
    one.wrote(("rows", "one", 4, "a"), "unknown", UNKNOWN)
    one.wrote(("rows", "one", 4, "a"), "done", DONE)
    other.wrote(("parts", "batch"), 3, UNKNOWN)
    one.claims += [Claimed(1, "one", DONE), Claimed(2, "one", UNKNOWN), Claimed(3, "one", REFUSED)]
    other.claims += [Claimed(1, "other", LOST, "one"), Claimed(2, "other", LOST, "one")]
    one.added += [Added(1, "x", DONE), Added(1, "y", UNKNOWN)]
    other.added += [Added(1, "z", LOST), Added(1, "w", REFUSED)]
    one.counted += [Counted(1, 5, DONE), Counted(1, -3, UNKNOWN)]
    other.counted += [Counted(1, 2, UNKNOWN), Counted(1, 100, REFUSED)]
    return [one, other]


RIGHT = Cluster(
    places={("rows", "one", 1, "a"): "done", ("rows", "one", 2, "a"): "unknown", ("rows", "one", 4, "a"): "done"},
    claims={1: "one", 2: "one"},
    totals={1: Held(1, 1, frozenset("x"))},
    counters={1: 7},
)


def test_what_a_cluster_may_hold() -> None:
    assert differences(journals(), RIGHT) == []
    other = deepcopy(RIGHT)
    other.places.update({("rows", "one", 2, "a"): "done", ("parts", "batch"): 3})
    other.totals[1] = Held(2, 2, frozenset("xy"))
    other.counters[1] = 2
    assert differences(journals(), other) == []


WRONG: dict[str, tuple[str, Any, Any]] = {
    "an acknowledged value is gone": ("places", ("rows", "one", 1, "a"), None),
    "an acknowledged value is another one": ("places", ("rows", "one", 1, "a"), "other"),
    "an older unknown value came back": ("places", ("rows", "one", 4, "a"), "unknown"),
    "a refused value is there": ("places", ("rows", "one", 3, "a"), "refused"),
    "a value that nobody wrote": ("places", ("rows", "one", 9, "a"), "strange"),
    "half a batch": ("places", ("parts", "batch"), 2),
    "another owner than the winner": ("claims", 1, "other"),
    "the winner is gone": ("claims", 1, None),
    "lost to somebody who is not the owner": ("claims", 2, None),
    "a refused claim": ("claims", 3, "one"),
    "an acknowledged addition is gone": ("totals", 1, Held(1, 1, frozenset("y"))),
    "a lost addition is there": ("totals", 1, Held(2, 2, frozenset("xz"))),
    "a refused addition is there": ("totals", 1, Held(2, 2, frozenset("xw"))),
    "an addition that counted twice": ("totals", 1, Held(2, 1, frozenset("x"))),
    "a counter below what was acknowledged": ("counters", 1, 1),
    "a counter above what was tried": ("counters", 1, 8),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_a_cluster_must_not_hold(what: str) -> None:
    part, key, value = WRONG[what]
    cluster = deepcopy(RIGHT)
    held: dict[Any, Any] = getattr(cluster, part)
    if value is None:
        del held[key]
    else:
        held[key] = value
    assert differences(journals(), cluster), what


def test_a_condition_has_one_winner() -> None:
    told = journals()
    told[1].claims.append(Claimed(1, "other", DONE))
    assert any("won 2 times" in each for each in differences(told, RIGHT))


@pytest.mark.parametrize("value", [None, "refused", "older"])
def test_an_answer_that_lies(value: str | None) -> None:
    journal = Journal()
    key = ("rows", "one", 1, "a")
    journal.wrote(key, "older", DONE)
    journal.wrote(key, "done", DONE)
    journal.wrote(key, "refused", REFUSED)
    journal.wrote(key, "unknown", UNKNOWN)
    journal.read("pages", [key], {key: "done"})
    journal.read("pages", [key], {key: "unknown"})
    assert journal.wrong == []
    journal.read("pages", [key], {key: value} if value else {})
    assert len(journal.wrong) == 1
