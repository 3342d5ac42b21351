"""All together: hands work on a ring that faults harm; then it is healed, and each answer is compared with it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from coodie import aio, sync
from coodie.exceptions import Unavailable
from tests_integration.server.client import PATIENT

from .conditions import PATIENCE, look, told
from .hand import LONGEST, Hand, Lateness, Pace
from .holds import KEYSPACE, whole
from .journal import differences
from .mischief import FAULTS, Mischief
from .models import MODELS
from .ring import Ring
from .work import KINDS, drawing

MIGRATIONS = Path(__file__).with_name("migrations")


@dataclass(frozen=True)
class Order:
    """What a run is to do."""

    operations: int = 1000
    """It goes on until there were so many, and each fault once."""
    seed: int = 1
    hold: float = 3.0
    rate: float = 100.0
    faults: tuple[str, ...] = tuple(FAULTS)
    kinds: tuple[str, ...] = tuple(KINDS)
    driver: str | None = None
    hands: int = 6
    """Of each door."""
    seconds: float | None = None
    """How long the work may go on, however much of it there was."""


@dataclass
class Result:
    """What a run found."""

    asked: Counter[str] = field(default_factory=Counter[str])
    told: Counter[str] = field(default_factory=Counter[str])
    faults: Counter[str] = field(default_factory=Counter[str])
    longest: tuple[float, str] = (0.0, "")
    late: float = 0.0
    conditions: str = ""
    wrong: list[str] = field(default_factory=list[str])

    @property
    def is_right(self) -> bool:
        """Whether no answer lied, and no call took longer than it may."""
        return not self.wrong and self.longest[0] <= LONGEST + self.late

    def __str__(self) -> str:
        lines = [
            f"operations: {self.asked.total()} ({_figures(self.asked)})",
            f"writes: {_figures(self.told)}",
            f"under conditions, put into order: {self.conditions}",
            f"faults: {self.faults.total()} ({_figures(self.faults)})",
            f"longest call: {self.longest[0]:.2f} s ({self.longest[1]}) of at most {LONGEST:.2f} s,"
            f" and the process was late by up to {self.late:.2f} s",
            f"wrong: {len(self.wrong)}",
            *self.wrong[:20],
        ]
        return "\n".join(lines)


def _figures(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


def vendor_options(ring: Ring, driver: str | None) -> dict[str, Any]:
    """How coodie connects to the ring: what comes back is connected to again within a second."""
    if driver == "acsylla":
        return {"port": ring.port, "driver": driver, "constant_reconnect_delay_ms": 500}
    from cassandra.policies import ConstantReconnectionPolicy

    policy: Any = ConstantReconnectionPolicy(0.5, None)
    patient = {**PATIENT, "max_schema_agreement_wait": 60}
    return {"port": ring.port, "reconnection_policy": policy, **patient}


async def connect(ring: Ring, driver: str | None = None) -> None:
    """Open the connection of both doors, and make the tables."""
    options = vendor_options(ring, driver)
    await aio.init_coodie(ring.hosts, **options)
    await aio.create_keyspace(KEYSPACE, replication_factor=3)
    await aio.init_coodie(ring.hosts, keyspace=KEYSPACE, **options)
    await aio.sync_all(*MODELS)


async def run(ring: Ring, order: Order, tell: Any = print) -> Result:
    """Do what is ordered, on a ring that is whole; it is whole again afterwards."""
    await connect(ring, order.driver)
    try:
        return await _run(ring, order, tell)
    finally:
        await aio.close()


async def _run(ring: Ring, order: Order, tell: Any) -> Result:
    doors = [aio] if order.driver == "acsylla" else [aio, sync]
    hands = [_hand(door, number, order.seed) for door in doors for number in range(order.hands)]
    loop = asyncio.get_running_loop()

    def asked() -> int:
        return sum(hand.asked.total() for hand in hands)

    def tell_asked(line: str) -> None:
        tell(f"{asked():6} operations  {line}")

    mischief = Mischief(ring, order.seed, order.hold, list(order.faults), partial(migrate, loop, doors), tell_asked)
    end = None if order.seconds is None else time.monotonic() + order.seconds

    def is_over() -> bool:
        is_enough = asked() >= order.operations and mischief.rounds >= 1
        if is_enough or (end is not None and time.monotonic() > end):
            mischief.over.set()
        return mischief.over.is_set()

    pace, draw, late = Pace(order.rate, len(hands), is_over), drawing(order.kinds), Lateness()
    with ThreadPoolExecutor(len(hands) + 2) as threads:
        harm = loop.run_in_executor(threads, mischief.run)
        watch = asyncio.ensure_future(late.watch(is_over))
        at_work = [
            asyncio.ensure_future(pace.awork(hand, draw))
            if hand.door is aio
            else loop.run_in_executor(threads, pace.work, hand, draw)
            for hand in hands
        ]
        try:
            await asyncio.gather(harm, watch, *at_work)
        finally:
            mischief.over.set()  # an interrupted run ends soon, too
        await look(hands)
        cluster = await loop.run_in_executor(threads, whole, ring, [hand.journal for hand in hands])
    result = Result(faults=Counter(mischief.happened), late=late.seconds, conditions=told(hands))
    for hand in hands:
        result.asked += hand.asked
        result.told += hand.told
        result.longest = max(result.longest, hand.longest)
    result.wrong = [*mischief.troubles, *differences([hand.journal for hand in hands], cluster)]
    return result


def migrate(loop: asyncio.AbstractEventLoop, doors: list[Any]) -> None:
    """Change the schema, and change it back by the other door if there is one."""
    migrations = aio.Migrations(MIGRATIONS)
    asyncio.run_coroutine_threadsafe(_connected(migrations), loop).result()
    asyncio.run_coroutine_threadsafe(migrations.up(timeout=30, fail_on=None), loop).result()
    if sync in doors:
        sync.Migrations(MIGRATIONS).down(timeout=30)
    else:
        asyncio.run_coroutine_threadsafe(migrations.down(timeout=30), loop).result()


async def _connected(migrations: aio.Migrations) -> None:
    """Return when the client has a node again: the ring is whole, but another fault has just ended."""
    end = time.monotonic() + PATIENCE
    while not await _answers(migrations) and time.monotonic() < end:  # noqa: ASYNC110 -- no event tells of it
        await asyncio.sleep(0.2)


async def _answers(migrations: aio.Migrations) -> bool:
    try:
        await migrations.status()
    except Unavailable:
        return False
    return True


def _hand(door: Any, number: int, seed: int) -> Hand:
    name = f"{door.__name__.removeprefix('coodie.')}{number}"
    return Hand(name, door, Random(f"{seed} {name}"))
