"""Rows that many hands read and write under conditions at once, and whether one order explains what each was told.

On one node, without faults:  python -m tests_integration.faults.conditions --operations 20000

Prints figures; the exit code is 1 if there is no such order. `--history FILE` writes the history as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import secrets
import sys
import time
import warnings
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from coodie import aio, sync
from coodie.exceptions import DocumentNotFound, DriverError, FieldNotLoaded, VersionConflict
from tests_integration.server import find_cluster
from tests_integration.server.client import PATIENT

from .hand import Call, Hand, Steps, acarry_out, carry_out, read, write
from .journal import Outcome, unexplained
from .linear import Operation
from .models import OPTIONS, Draft, Register
from .rows import Answer, Request, Row, When

KEYS = 16
"""So many rows of each kind are in use at the same time,"""

EACH = 400
"""and others take their place after so many operations on each, about."""

PATIENCE = 60
"""So many seconds after the end, all rows must be readable again."""

Act = tuple[Request, Callable[[], Any]]
"""What is asked of a row, and the call that asks it."""

_values, _registers, _drafts = count(1), count(), count()


def registers(hand: Hand) -> Steps:
    """Read or write a register, mostly under a condition on the value that was seen right before or some time ago."""
    key = _key(hand, _registers)
    seen: dict[int, int | None] = _known(hand, "registers")
    act = hand.random.choice(_ACTS)
    if act in _KNOWING and (key not in seen or hand.random.random() < 0.7):
        yield from _on_register(hand, key, seen, _read(hand, key))
    if act not in _KNOWING:
        yield from _on_register(hand, key, seen, act(hand, key))
    elif (value := seen.get(key)) is not None:
        yield from _on_register(hand, key, seen, act(hand, key, value))


def _on_register(hand: Hand, key: int, seen: dict[int, int | None], act: Act) -> Steps:
    request, call = act
    answer = yield from _asked(hand, ("register", key), request, call)
    if answer is not None:
        row = request.row if answer.applied and request.when is not When.READ else answer.seen
        seen[key] = row[0] if row else None


def drafts(hand: Hand) -> Steps:
    """Load, create, change or delete a document with a version, which may be an old one that the hand has kept."""
    key = _key(hand, _drafts)
    kept: dict[int, Draft | None] = _known(hand, "drafts")
    if kept.get(key) is None or hand.random.random() < 0.6:
        yield from _open(hand, key, kept)
    draft = kept.get(key)
    if draft is not None:
        yield from _change(hand, draft, kept)


def _known(hand: Hand, what: str) -> dict[int, Any]:
    """What the hand remembers of the last rows."""
    known: dict[int, Any] = hand.memory.setdefault(what, {})
    while len(known) > 2 * KEYS:
        del known[next(iter(known))]
    return known


def _key(hand: Hand, asked: Iterator[int]) -> int:
    return next(asked) // (KEYS * EACH) * KEYS + hand.random.randrange(KEYS)


def _read(hand: Hand, key: int) -> Act:
    return Request(When.READ), hand.door.find(Register, id=key).consistency("SERIAL").all


def _insert(hand: Hand, key: int) -> Act:
    new = Register(id=key, value=next(_values))
    return Request(When.ABSENT, (new.value,)), lambda: hand.door.insert(new, **_patience(hand))


def _put(hand: Hand, key: int) -> Act:
    value = next(_values)
    known = Register(id=key, value=0)
    return Request(When.PRESENT, (value,)), lambda: hand.door.update(
        known, value=value, if_exists=True, **_patience(hand)
    )


def _remove(hand: Hand, key: int) -> Act:
    known = Register(id=key, value=0)
    return Request(When.PRESENT), lambda: hand.door.delete(known, if_exists=True, **_patience(hand))


def _swap(hand: Hand, key: int, seen: int) -> Act:
    value, known = next(_values), Register(id=key, value=seen)
    return Request(seen, (value,)), lambda: hand.door.update(
        known, value=value, if_conditions={"value": seen}, **_patience(hand)
    )


def _swap_by_query(hand: Hand, key: int, seen: int) -> Act:
    value, query = next(_values), hand.door.find(Register, id=key)
    return Request(seen, (value,)), lambda: query.update(value=value, if_conditions=[Register.value == seen])


def _remove_known(hand: Hand, key: int, seen: int) -> Act:
    query = hand.door.find(Register, id=key)
    return Request(seen), lambda: query.delete(if_conditions={"value": seen})


_KNOWING: tuple[Any, ...] = (*[_swap] * 3, *[_swap_by_query] * 3, _remove_known)
_ACTS: tuple[Any, ...] = (_read, _insert, _insert, _put, _remove, *_KNOWING)


def _open(hand: Hand, key: int, kept: dict[int, Draft | None]) -> Steps:
    """Load the document, or create it."""
    name = ("draft", key)
    if hand.random.random() < 0.7:
        query = hand.door.find(Draft, id=key).consistency("SERIAL")
        loaded: list[Draft] = []
        yield from _asked(hand, name, Request(When.READ), query.all, loaded)
        kept[key] = loaded[0] if loaded else None
    else:
        new = Draft(id=key, value=next(_values))
        request = Request(When.ABSENT, (1, new.value))
        answer = yield from _asked(hand, name, request, lambda: hand.door.save(new, **_patience(hand)))
        if answer is None:
            answer = yield from _asked(hand, name, request, lambda: hand.door.save(new))
        kept[key] = new if answer and answer.applied else None


def _change(hand: Hand, draft: Draft, kept: dict[int, Draft | None]) -> Steps:
    """Save the document with another value, or delete it, if its row has the version that the document has."""
    name, value, options = ("draft", draft.id), next(_values), _patience(hand)
    request = Request(draft.version, (draft.version + 1, value))
    way = hand.random.randrange(10)
    if way == 0:
        request = Request(draft.version)
        call = partial(hand.door.delete, draft, **options)
    elif way < 4:
        call = partial(hand.door.update, draft, value=value, **options)
    elif way < 7:
        draft.value = value
        call = partial(hand.door.save, draft, **options)
    else:
        draft.value = value
        batch = hand.door.batch(**{**OPTIONS, **options})
        yield Call(lambda: hand.door.save(draft, batch=batch), is_one=False)
        call = batch.execute
    answer = yield from _asked(hand, name, request, call)
    if answer is not None and request.row is None:
        kept[draft.id] = None
    elif answer is not None and not answer.applied:
        yield from _refresh(hand, draft, kept)


def _refresh(hand: Hand, draft: Draft, kept: dict[int, Draft | None]) -> Steps:
    """See who was faster."""
    called = time.monotonic_ns()
    try:
        yield Call(lambda: hand.door.refresh(draft, consistency="SERIAL"))
    except DocumentNotFound:
        kept[draft.id] = None
    except DriverError:
        return
    seen = None if kept[draft.id] is None else _shown(draft)
    _note(hand, ("draft", draft.id), Request(When.READ), Answer(True, seen), called)


def _patience(hand: Hand) -> dict[str, Any]:
    """For some calls, a timeout of a few milliseconds: many of them end while the cluster is at work."""
    return {"timeout": hand.random.uniform(0.001, 0.01)} if hand.random.random() < 0.02 else {}


def _asked(
    hand: Hand, key: tuple[str, int], request: Request, call: Callable[[], Any], found: list[Any] | None = None
) -> Generator[Call, Any, Answer | None]:
    """Make the call and note it in the history. None if nobody knows whether it happened, or if it was refused."""
    called = time.monotonic_ns()
    if request.when is When.READ:
        rows = yield from read(call)
        if rows is None:
            return None
        if found is not None:
            found += rows
        answer = Answer(True, _shown(rows[0]) if rows else None)
    else:
        try:
            outcome, result = yield from write(hand, call)
        except VersionConflict as conflict:
            hand.note(Outcome.LOST)
            answer = Answer(False, _shown(conflict.existing))
        else:
            if outcome is Outcome.UNKNOWN:
                _note(hand, key, request, None, called)
            if outcome is not Outcome.DONE:
                return None
            answer = Answer(True) if result is None else Answer(result.applied, _shown(result.existing))
    _note(hand, key, request, answer, called)
    return answer


def _note(hand: Hand, key: tuple[str, int], request: Request, answer: Answer | None, called: int) -> None:
    returned = None if answer is None else time.monotonic_ns()
    hand.journal.history.append(Operation(key, request, answer, called, returned))


def _shown(document: Any) -> Row:
    """As many of the columns as an answer had; a condition on the version shows nothing but that."""
    if document is None:
        return None
    try:
        return (document.version, document.value) if isinstance(document, Draft) else (document.value,)
    except FieldNotLoaded:
        return (document.version,)


CONDITIONS: dict[str, Callable[[Hand], Steps]] = {"registers": registers, "drafts": drafts}


async def look(hands: Iterable[Hand]) -> None:
    """Have a hand of the async door read each row once more, when all others have ended."""
    hands = list(hands)
    last, end = next(hand for hand in hands if hand.door is aio), time.monotonic() + PATIENCE
    for key in sorted({each.key for hand in hands for each in hand.journal.history}):
        await acarry_out(last, f"{key[0]}s", _last(last, key, end))


def _last(hand: Hand, key: tuple[str, int], end: float) -> Steps:
    model: Any = Register if key[0] == "register" else Draft
    query = hand.door.find(model, id=key[1]).consistency("SERIAL")
    while (yield from _asked(hand, key, Request(When.READ), query.all)) is None:
        if time.monotonic() > end:
            hand.journal.wrong.append(f"{key} cannot be read")
            return
        yield Call(lambda: asyncio.sleep(0.2))


async def play(operations: int, seed: int = 1, hands: tuple[int, int] = (24, 12)) -> list[Hand]:
    """Have so many hands of the async and of the sync door carry out operations, one after the other each; and look."""
    asyncs = [Hand(f"aio{number}", aio, Random(f"{seed} aio{number}")) for number in range(hands[0])]
    syncs = [Hand(f"sync{number}", sync, Random(f"{seed} sync{number}")) for number in range(hands[1])]
    asked = iter(range(operations))
    loop = asyncio.get_running_loop()

    async def awork(hand: Hand) -> None:
        for _ in asked:
            await acarry_out(hand, *_draw(hand))

    def work(hand: Hand) -> None:
        for _ in asked:
            carry_out(hand, *_draw(hand))

    with ThreadPoolExecutor(max(1, len(syncs))) as threads:
        await asyncio.gather(*map(awork, asyncs), *(loop.run_in_executor(threads, work, hand) for hand in syncs))
    await look([*asyncs, *syncs])
    return [*asyncs, *syncs]


def _draw(hand: Hand) -> tuple[str, Steps]:
    kind = hand.random.choice(list(CONDITIONS))
    return kind, CONDITIONS[kind](hand)


def as_json(history: Iterable[Operation]) -> Iterator[str]:
    """Each operation as a line."""
    for each in history:
        when = each.request.when
        line = {
            "key": each.key,
            "when": when if isinstance(when, int) else when.value,
            "row": each.request.row,
            "applied": each.answer and each.answer.applied,
            "seen": each.answer and each.answer.seen,
            "called": each.called,
            "returned": each.returned,
        }
        yield json.dumps(line) + "\n"


def main() -> int:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m tests_integration.faults.conditions", description=__doc__)
    parser.add_argument("--operations", type=int, default=20_000, help="default 20000")
    parser.add_argument("--seed", type=int, default=1, help="decides on the operations (default 1)")
    parser.add_argument("--history", type=Path, help="a file to write the history to")
    parser.add_argument("--driver", choices=["acsylla"], help="the async door alone, through this adapter")
    given = parser.parse_args()
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    with find_cluster() as cluster:
        keyspace = f"coodie_{secrets.token_hex(4)}"
        started = time.monotonic()
        work = partial(play, given.operations, given.seed, (24, 0 if given.driver else 12))
        hands = asyncio.run(_run(cluster.hosts, _vendor_options(cluster.port, given.driver), keyspace, work))
        took = time.monotonic() - started
    if given.history:
        with given.history.open("w") as file:
            file.writelines(as_json(each for hand in hands for each in hand.journal.history))
    started = time.monotonic()
    found = list(unexplained(hand.journal for hand in hands))
    print(f"{told(hands)}\n{took:.0f} s, and {time.monotonic() - started:.1f} s to find an order")
    wrong = [*found, *(each for hand in hands for each in hand.journal.wrong)]
    print(f"wrong: {len(wrong)}", *wrong[:20], sep="\n")
    return 1 if wrong else 0


def _vendor_options(port: int, driver: str | None) -> dict[str, Any]:
    return {"port": port, "driver": driver} if driver else {"port": port, **PATIENT}


async def _run(
    hosts: list[str], options: dict[str, Any], keyspace: str, work: Callable[[], Awaitable[list[Hand]]]
) -> list[Hand]:
    await aio.init_coodie(hosts, keyspace=keyspace, create_keyspace=True, **options)
    try:
        await aio.sync_all(Register, Draft)
        return await work()
    finally:
        await aio.execute_raw(f"DROP KEYSPACE {keyspace}", timeout=60)
        await aio.close()


def told(hands: Iterable[Hand]) -> str:
    """Figures of what was asked and answered."""
    history = [each for hand in hands for each in hand.journal.history]
    lost = sum(each.answer is not None and not each.answer.applied for each in history)
    return (
        f"{len(history)} operations on {len({each.key for each in history})} rows, {lost} conditions not met,"
        f" {sum(each.is_open for each in history)} outcomes unknown"
    )


if __name__ == "__main__":
    sys.exit(main())
