"""Work at a fixed rate for long, and whether anything is left of it:  python -m tests_integration.faults.soak

It works in rounds, in both doors, with calls of every kind: those that succeed, that are refused, that end too early or
are cancelled; connections are opened and closed, and each round has an event loop of its own. After each round it reads
what the process holds. The first round is a warm-up; the exit code is 1 if there is more after the last round than
after the first. It reads `/proc`, so it needs Linux.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import secrets
import sys
import time
import warnings
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from coodie import aio, sync
from coodie.drivers.shared.prepared_cache import PreparedCache
from coodie.exceptions import DriverError
from tests_integration.server import find_cluster
from tests_integration.server.client import PATIENT

from .hand import Call, Hand, Pace, Steps, write
from .models import MODELS, Row
from .work import KINDS

HANDS = 4
"""Of each door."""


class Reading(NamedTuple):
    """What the process holds: `memory` in KiB, `objects` of Python, `texts` that coodie keeps prepared."""

    memory: int
    objects: int
    threads: int
    files: int
    texts: int


MORE = Reading(memory=2048, objects=500, threads=2, files=0, texts=2)
"""What there may be more after the last round than after the first: pools fill up late, and rare calls come late,"""

PERCENT = Reading(memory=5, objects=1, threads=0, files=0, texts=0)
"""and so many percent in addition."""


def reading() -> Reading:
    """What the process holds now, without garbage."""
    gc.collect()
    objects = gc.get_objects()
    (pages,) = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in line]
    return Reading(
        memory=int(pages),
        objects=len(objects),
        threads=_entries("/proc/self/task"),
        files=_entries("/proc/self/fd"),
        texts=sum(len(each) for each in objects if type(each) is PreparedCache),
    )


def _entries(folder: str) -> int:
    return len(list(Path(folder).iterdir()))


def grown(first: Reading, last: Reading) -> list[str]:
    """The names of what has grown by more than is allowed."""
    return [
        name
        for name, before, after, more, percent in zip(Reading._fields, first, last, MORE, PERCENT, strict=True)
        if after > before + more + before * percent / 100
    ]


ENOUGH = 300
"""Operations of a round, on a machine however slow: with fewer, the first one would not have seen most of the texts."""

Kinds = Mapping[str, "tuple[Callable[[Hand], Steps], int]"]
"""What there is to do, and how often each comes up."""


@dataclass(frozen=True)
class Soak:
    """What there is to do, how often a second, and for how long."""

    kinds: Kinds
    rate: float
    rounds: int
    seconds: float
    seed: int = 1

    def run(self, tell: Callable[[str], object] = print) -> list[str]:
        """Work, and return what is wrong: what has grown, and answers that lied."""
        readings: list[Reading] = []
        wrong: list[str] = []
        for number in range(self.rounds):
            hands = asyncio.run(self._round(number))
            wrong += [each for hand in hands for each in hand.journal.wrong]
            asked = sum(hand.asked.total() for hand in hands)
            del hands
            readings.append(settled(readings[:1]))
            tell(f"round {number}: {asked} operations, {_figures(readings[-1])}")
        return wrong + [f"{name} has grown" for name in grown(readings[0], readings[-1])]

    async def _round(self, number: int) -> list[Hand]:
        for model in MODELS:
            await aio.execute_raw(f"TRUNCATE {model.table_name()}", timeout=60)
        hands = [
            Hand(f"{door.__name__}{each}", door, Random(f"{self.seed} {number} {door.__name__} {each}"))
            for door in (aio, sync)
            for each in range(HANDS)
        ]
        end, least = time.monotonic() + self.seconds, min(0.9 * self.rate * self.seconds, ENOUGH)

        def is_over() -> bool:
            return time.monotonic() > end and sum(hand.asked.total() for hand in hands) >= least

        pace = Pace(self.rate, len(hands), is_over)
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(HANDS) as threads:
            await asyncio.gather(
                *(pace.awork(hand, self._draw) for hand in hands if hand.door is aio),
                *(loop.run_in_executor(threads, pace.work, hand, self._draw) for hand in hands if hand.door is sync),
            )
        return hands

    def _draw(self, hand: Hand) -> tuple[str, Steps]:
        """Each kind once, and then as often as it is to come up."""
        asked = hand.asked.total()
        if asked < len(self.kinds):
            kind = list(self.kinds)[asked]
            return kind, self.kinds[kind][0](hand)
        (kind,) = hand.random.choices(list(self.kinds), [weight for _, weight in self.kinds.values()])
        return kind, self.kinds[kind][0](hand)


PATIENCE = 15.0
"""So many seconds the vendor's threads have to close what they close."""


def settled(first: Iterable[Reading]) -> Reading:
    """A reading; if more is held than in the first one, a later one that the vendor's threads had time for."""
    end = time.monotonic() + PATIENCE
    now = reading()
    while any(grown(each, now) for each in first) and time.monotonic() < end:
        time.sleep(0.5)
        now = reading()
    return now


def _figures(found: Reading) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found._asdict().items())


def kinds(hosts: list[str], port: int, keyspace: str) -> Kinds:
    """All there is to do, with connections to this cluster."""

    def connections(hand: Hand) -> Steps:
        """Open a connection, read by it, and close it."""
        options: dict[str, Any] = {"port": port, "keyspace": keyspace, "name": hand.name, **PATIENT}
        yield Call(lambda: hand.door.init_coodie(hosts, **options), is_one=False)
        yield Call(hand.door.find(Row, hand=hand.name, number=1).using(connection=hand.name).all)
        yield Call(lambda: hand.door.close(hand.name), is_one=False)

    return {
        **KINDS,
        "refusals": (refusals, 2),
        "impatience": (impatience, 2),
        "cancellations": (cancellations, 2),
        # Once a round: coodie forgets the place of a table only when 2,048 connections were opened since.
        "connections": (connections, 0),
    }


def refusals(hand: Hand) -> Steps:
    """Ask for a table that is not there."""
    yield from write(hand, lambda: hand.door.execute_raw("SELECT a FROM nowhere WHERE b = ?", [1]))


def impatience(hand: Hand) -> Steps:
    """Save with a timeout that is often too short."""
    row = Row(hand=f"impatient {hand.name}", number=1, a=hand.token())
    yield from write(hand, lambda: hand.door.save(row, timeout=0.002))


def cancellations(hand: Hand) -> Steps:
    """Cancel a call while it is under way; in the sync door there is no such thing."""
    row = Row(hand=f"impatient {hand.name}", number=2, a=hand.token())
    if hand.door is aio:
        yield Call(lambda: _cancelled(aio.save(row)))
    else:
        yield from write(hand, lambda: sync.save(row))


async def _cancelled(call: Awaitable[None]) -> None:
    task = asyncio.ensure_future(call)
    await asyncio.wait([task], timeout=0.001)
    task.cancel()
    with suppress(asyncio.CancelledError, DriverError):
        await task


@contextmanager
def connected(hosts: list[str], port: int) -> Iterator[Kinds]:
    """Open the connection of the work, with tables in a keyspace of its own, and give all there is to do."""
    keyspace = f"coodie_{secrets.token_hex(4)}"
    sync.init_coodie(hosts, port=port, keyspace=keyspace, create_keyspace=True, **PATIENT)
    try:
        sync.sync_all(*MODELS)
        yield kinds(hosts, port, keyspace)
    finally:
        sync.execute_raw(f"DROP KEYSPACE {keyspace}", timeout=60)
        sync.close()


def main() -> int:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m tests_integration.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="in all rounds together (default 60)")
    parser.add_argument("--rounds", type=int, default=12, help="with the warm-up (default 12)")
    parser.add_argument("--rate", type=float, default=50, help="operations per second (default 50)")
    given = parser.parse_args()
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    with find_cluster() as cluster, connected(cluster.hosts, cluster.port) as work:
        soak = Soak(work, given.rate, given.rounds, given.minutes * 60 / given.rounds)
        wrong = soak.run(lambda line: print(line, flush=True))
    print(f"wrong: {len(wrong)}", *wrong[:20], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
