"""The operations of the work, each written once for both doors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from coodie.exceptions import VersionConflict

from .conditions import drafts, registers
from .hand import Call, Hand, Steps, read, write
from .journal import Added, Claimed, Counted, Key, Outcome
from .models import OPTIONS, Bag, Claim, Load, Mark, Page, Part, Row, Total

ROWS = 40
MARKS = 20
MANY = 20

_claims, _totals = count(), count()


def saves(hand: Hand) -> Steps:
    """Save a document, change it, or delete it."""
    number = hand.random.randrange(ROWS)
    row: Row | None = hand.memory.get(("row", number))
    if row is not None and hand.random.random() < 0.15:
        outcome, _ = yield from write(hand, lambda: hand.door.delete(row))
        for name in "ab":
            hand.journal.wrote(("rows", hand.name, number, name), None, outcome)
        return
    if row is None:
        row = hand.memory["row", number] = Row(hand=hand.name, number=number)
    kept = row
    for name in hand.random.choice(["a", "b", "ab"]):
        setattr(kept, name, hand.token())
    sent = {name: getattr(kept, name) for name in kept.changes() & {"a", "b"}}
    outcome, _ = yield from write(hand, lambda: hand.door.save(kept))
    for name, value in sent.items():
        hand.journal.wrote(("rows", hand.name, number, name), value, outcome)


def conditions(hand: Hand) -> Steps:
    """Insert what others insert at the same time, or change what others change at the same time."""
    return claim(hand) if hand.random.random() < 0.5 else add(hand)


def claim(hand: Hand) -> Steps:
    """Insert a row if it is not there; several hands try the same one."""
    number = next(_claims) // 4
    outcome, result = yield from write(hand, lambda: hand.door.insert(Claim(id=number, owner=hand.name)))
    if outcome is Outcome.DONE and not result.applied:
        hand.journal.claims.append(Claimed(number, hand.name, Outcome.LOST, result.existing.owner))
    else:
        hand.journal.claims.append(Claimed(number, hand.name, outcome))


def add(hand: Hand) -> Steps:
    """Read a document with a version, change it, and save it if nobody was faster."""
    number, token = next(_totals) // 200 * 2 + hand.random.randrange(2), hand.token()
    found = yield from read(lambda: hand.door.find(Total, id=number).all())
    if found is None:
        return
    total: Total = found[0] if found else Total(id=number)
    total.count += 1
    total.done.add(token)
    try:
        outcome, _ = yield from write(hand, lambda: hand.door.save(total))
    except VersionConflict:
        outcome = hand.note(Outcome.LOST)
    hand.journal.added.append(Added(number, token, outcome))


def counters(hand: Hand) -> Steps:
    """Count up or down."""
    number, delta = hand.random.randrange(10), hand.random.choice([-3, -1, 1, 2, 5])
    change = hand.door.increment if delta > 0 else hand.door.decrement
    outcome, _ = yield from write(hand, lambda: change(Page(id=number), views=abs(delta)))
    hand.journal.counted.append(Counted(number, delta, outcome))


def batches(hand: Hand) -> Steps:
    """Save rows of several partitions in one logged batch, and perhaps once more if nobody knows whether it was."""
    name = hand.token()
    batch = hand.door.batch(**OPTIONS)
    for number in range(3):
        part = Part(batch=name, number=number, a=name)
        yield Call(lambda part=part: hand.door.save(part, batch=batch))  # type: ignore[misc]
    for _ in range(hand.random.randrange(1, 3)):
        outcome, _ = yield from write(hand, batch.execute)
        hand.journal.wrote(("parts", name), 3, outcome)
        if outcome is Outcome.DONE:
            return


def operators(hand: Hand) -> Steps:
    """Add to collections, and remove from them, without having read them."""
    bag, element = f"{hand.name}-{hand.asked['operators'] // 50}", hand.token()
    tags: list[str] = hand.memory.setdefault(("tags", bag), [])
    old = hand.random.choice(tags) if tags else element
    lookups: dict[str, tuple[Any, Key, Any]] = {
        "tags__add": ({element}, ("tags", bag, element), 1),
        "tags__remove": ({old}, ("tags", bag, old), None),
        "log__append": ([element], ("log", bag, element), 1),
        "log__prepend": ([element], ("log", bag, element), 1),
        "pairs__put": (("k" + element[-1], element), ("pairs", bag, "k" + element[-1]), element),
        "pairs__remove": ({"k" + element[-1]}, ("pairs", bag, "k" + element[-1]), None),
    }
    lookup = hand.random.choice(list(lookups))
    argument, key, value = lookups[lookup]
    outcome, _ = yield from write(hand, lambda: hand.door.find(Bag, id=bag).update(**{lookup: argument}))
    hand.journal.wrote(key, value, outcome)
    if lookup == "tags__add":
        tags.append(element)


def pages(hand: Hand) -> Steps:
    """Read all rows of the hand, page by page."""
    found: list[Row] = []
    state: Any = None
    while True:
        query = hand.door.find(Row, hand=hand.name).fetch_size(7)
        page = yield from read((query if state is None else query.page(state)).paged_all)
        if page is None:
            return
        found += page.data
        state = page.paging_state
        if state is None:
            break
    keys: list[Key] = [("rows", hand.name, number, name) for number in range(ROWS) for name in "ab"]
    held = {("rows", row.hand, row.number, name): getattr(row, name) for row in found for name in "ab"}
    hand.journal.read("pages", keys, held)


def bulk(hand: Hand) -> Steps:
    """Save many documents at once, and read them again by their keys."""
    load = hand.token()
    loads = [Load(load=load, number=number, a=load) for number in range(MANY)]
    report = yield Call(lambda: hand.door.save_many(loads, 10, attempts=2, **OPTIONS), is_one=False)
    refused = {each.item.number for each in report.failed}
    unknown = {each.item.number for each in report.unknown}
    for each in loads:
        is_known = Outcome.REFUSED if each.number in refused else Outcome.DONE
        outcome = hand.note(Outcome.UNKNOWN if each.number in unknown else is_known)
        hand.journal.wrote(("loads", load, each.number), load, outcome)
    keys = [(load, number) for number in range(MANY)]
    found = yield from read(lambda: hand.door.get_many(Load, keys, **OPTIONS), is_one=False)
    if found is not None:
        held = {("loads", *key): each and each.a for key, each in zip(keys, found, strict=True)}
        hand.journal.read("get_many", held, held)


def scans(hand: Hand) -> Steps:
    """Save a row, or read the whole table by ranges of tokens."""
    if hand.random.random() < 0.8:
        mark = Mark(hand=hand.name, number=hand.random.randrange(MARKS), a=hand.token())
        outcome, _ = yield from write(hand, lambda: hand.door.save(mark))
        return hand.journal.wrote(("marks", mark.hand, mark.number), mark.a, outcome)
    found = yield from read(lambda: _all(hand, hand.door.scan(Mark, **OPTIONS)), is_one=False)
    if found is not None:
        held = {("marks", mark.hand, mark.number): mark.a for mark in found}
        hand.journal.read("scan", [("marks", hand.name, number) for number in range(MARKS)], held)


def _all(hand: Hand, scan: Any) -> Any:
    return _collected(scan) if hasattr(scan, "__aiter__") else list(scan)


async def _collected(scan: Any) -> list[Any]:
    return [each async for each in scan]


KINDS: dict[str, tuple[Callable[[Hand], Steps], int]] = {
    "saves": (saves, 24),
    "conditions": (conditions, 16),
    "counters": (counters, 14),
    "batches": (batches, 12),
    "operators": (operators, 16),
    "pages": (pages, 10),
    "bulk": (bulk, 2),
    "scans": (scans, 6),
    "registers": (registers, 8),
    "drafts": (drafts, 8),
}
"""Each kind of operation, and how often it comes up beside the others."""


def drawing(kinds: Iterable[str]) -> Callable[[Hand], tuple[str, Steps]]:
    """How a hand draws its next operation from these kinds."""
    names = list(kinds)
    weights = [KINDS[name][1] for name in names]

    def draw(hand: Hand) -> tuple[str, Steps]:
        (kind,) = hand.random.choices(names, weights)
        return kind, KINDS[kind][0](hand)

    return draw
