"""Hands: workers of one door each, that carry out operations which are written once for both doors.

An operation is a generator. It yields calls, and is sent what each gave, or thrown what it raised.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from coodie.exceptions import DriverError, OutcomeUnknown

from .journal import Journal, Outcome
from .models import TIMEOUT

Steps = Generator["Call", Any, None]


@dataclass(frozen=True)
class Call:
    """One call of a door. `is_one` says that it is one request, so that its timeout holds for the whole call."""

    run: Callable[[], Any]
    is_one: bool = True


@dataclass
class Hand:
    """A worker: its door, which is `coodie.aio` or `coodie.sync`, what it draws from, and what it noted."""

    name: str
    door: Any
    random: Random
    journal: Journal = field(default_factory=Journal)
    memory: dict[Any, Any] = field(default_factory=dict[Any, Any])
    """Documents that are kept from one operation to the next, as an application would."""
    asked: Counter[str] = field(default_factory=Counter[str])
    told: Counter[str] = field(default_factory=Counter[str])
    longest: tuple[float, str] = (0.0, "")
    _tokens: int = 0

    def token(self) -> str:
        """A value that nobody else writes."""
        self._tokens += 1
        return f"{self.name}-{self._tokens}"

    def note(self, outcome: Outcome) -> Outcome:
        """Count an outcome."""
        self.told[outcome.value] += 1
        return outcome

    def took(self, seconds: float, call: Call, kind: str) -> None:
        """Keep the longest call of those that are one request."""
        if call.is_one:
            self.longest = max(self.longest, (seconds, kind))

    def strange(self, kind: str, error: Exception) -> None:
        """Note an error that is none of those an operation may end with."""
        self.journal.wrong.append(f"{kind} raised {type(error).__name__}: {error}"[:500])


def write(hand: Hand, call: Callable[[], Any]) -> Generator[Call, Any, tuple[Outcome, Any]]:
    """Make a call that writes, and say how it ended and what it gave."""
    try:
        result = yield Call(call)
    except OutcomeUnknown:
        return hand.note(Outcome.UNKNOWN), None
    except DriverError:
        return hand.note(Outcome.REFUSED), None
    return hand.note(Outcome.DONE), result


def read(call: Callable[[], Any], *, is_one: bool = True) -> Generator[Call, Any, Any]:
    """Make a call that reads. Returns None if it was refused."""
    try:
        return (yield Call(call, is_one))
    except OutcomeUnknown:
        raise
    except DriverError:
        return None


def carry_out(hand: Hand, kind: str, steps: Steps) -> None:
    """Carry out an operation of the sync door, in this thread."""
    hand.asked[kind] += 1
    try:
        call = next(steps)
        while True:
            started = time.monotonic()
            try:
                result = call.run()
            except Exception as error:  # noqa: BLE001 -- the operation decides
                hand.took(time.monotonic() - started, call, kind)
                call = steps.throw(error)
            else:
                hand.took(time.monotonic() - started, call, kind)
                call = steps.send(result)
    except StopIteration:
        pass
    except Exception as error:  # noqa: BLE001 -- told at the end
        hand.strange(kind, error)


async def acarry_out(hand: Hand, kind: str, steps: Steps) -> None:
    """Carry out an operation of the async door, in this task."""
    hand.asked[kind] += 1
    try:
        call = next(steps)
        while True:
            started = time.monotonic()
            try:
                result = call.run()
                if inspect.isawaitable(result):
                    result = await result
            except Exception as error:  # noqa: BLE001 -- the operation decides
                hand.took(time.monotonic() - started, call, kind)
                call = steps.throw(error)
            else:
                hand.took(time.monotonic() - started, call, kind)
                call = steps.send(result)
    except StopIteration:
        pass
    except Exception as error:  # noqa: BLE001 -- told at the end
        hand.strange(kind, error)


@dataclass
class Pace:
    """How many operations there are, how fast they begin, and when there are enough."""

    rate: float
    hands: int
    is_over: Callable[[], bool]

    def work(self, hand: Hand, draw: Callable[[Hand], tuple[str, Steps]]) -> None:
        """Have a hand of the sync door work until it is over."""
        due = time.monotonic()
        while not self.is_over():
            carry_out(hand, *draw(hand))
            due = self._next(due)
            time.sleep(max(0, due - time.monotonic()))

    async def awork(self, hand: Hand, draw: Callable[[Hand], tuple[str, Steps]]) -> None:
        """Have a hand of the async door work until it is over."""
        due = time.monotonic()
        while not self.is_over():
            await acarry_out(hand, *draw(hand))
            due = self._next(due)
            await asyncio.sleep(max(0, due - time.monotonic()))

    def _next(self, due: float) -> float:
        # A hand that waited for a node makes up for a second of it, and no more.
        return max(due, time.monotonic() - 1) + self.hands / self.rate


class Lateness:
    """How late this process was, at most: the machine does more than the test, and a late call may be no fault."""

    def __init__(self) -> None:
        self.seconds = 0.0

    async def watch(self, is_over: Callable[[], bool], step: float = 0.05) -> None:
        """Look again and again how late the event loop is."""
        while not is_over():
            started = time.monotonic()
            await asyncio.sleep(step)
            self.seconds = max(self.seconds, time.monotonic() - started - step)


LONGEST = TIMEOUT + 1
"""How long a call may take at most, on a machine that has time for it."""
