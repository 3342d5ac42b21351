"""Faults: each harms the ring, holds it for a while, and undoes what it did; which node and how, a seed decides."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from random import Random
from threading import Event

from coodie.exceptions import CoodieError

from .net import Ends, Gate, Weather
from .ring import Member, Ring


@dataclass(frozen=True)
class Scene:
    """What a fault works with: the ring, what it draws from, and the holding."""

    ring: Ring
    random: Random
    hold: Callable[[], object]
    migrate: Callable[[], object]
    """Changes the schema and changes it back, while the work goes on."""

    def member(self) -> Member:
        return self.random.choice(self.ring.members)

    def members(self, count: int) -> list[Member]:
        return self.random.sample(self.ring.members, count)


Fault = Callable[[Scene], None]


def kill(scene: Scene) -> None:
    """A node is killed, and comes back."""
    member = scene.member()
    member.node.kill()
    scene.hold()


def pause(scene: Scene) -> None:
    """A node stands still: its connections stay open, and it knows nothing of the time that went by."""
    scene.member().node.pause()
    scene.hold()


def restart(scene: Scene) -> None:
    """A node is stopped as an administrator would, and started again."""
    scene.member().node.restart()
    scene.hold()


def rolling(scene: Scene) -> None:
    """All nodes are restarted, one after the other."""
    for member in scene.members(len(scene.ring.members)):
        member.node.restart()
        scene.ring.wait_whole()


def quorum(scene: Scene) -> None:
    """Of three nodes two are gone: one killed, and one killed or paused."""
    first, second = scene.members(2)
    first.node.kill()
    scene.random.choice([second.node.kill, second.node.pause])()
    scene.hold()


def delay(scene: Scene) -> None:
    """What clients and a node say to each other takes longer."""
    with _weather(scene.member().client_gate, Weather(delay=scene.random.uniform(0.1, 1))):
        scene.hold()


def drop(scene: Scene) -> None:
    """Requests to a node, its answers, or both vanish, and nobody is told."""
    requests, answers = scene.random.choice([(True, False), (False, True), (True, True)])
    with _weather(scene.member().client_gate, Weather(loses=True, requests=requests, answers=answers)):
        scene.hold()


def cut(scene: Scene) -> None:
    """Connections of clients end in the middle of a frame, again and again."""
    requests = scene.random.choice([True, False])
    with _weather(scene.member().client_gate, Weather(halves=Ends.CUT, requests=requests, answers=not requests)):
        scene.hold()


def half(scene: Scene) -> None:
    """A node gives half an answer, and then nothing more."""
    with _weather(scene.member().client_gate, Weather(halves=Ends.SILENT, requests=False)):
        scene.hold()


def ended(scene: Scene) -> None:
    """All connections of clients end at once; then a node cannot be connected to."""
    for member in scene.ring.members:
        member.client_gate.cut()
    scene.member().client_gate.shut()
    scene.hold()


def partition(scene: Scene) -> None:
    """One node and the other two do not hear each other; clients reach all of them."""
    one, *others = scene.members(len(scene.ring.members))
    one.lose(*others)
    for other in others:
        other.lose(one)
    scene.hold()


def oneway(scene: Scene) -> None:
    """One node hears the others, and they do not hear it; or the reverse."""
    one, *others = scene.members(len(scene.ring.members))
    if scene.random.random() < 0.5:
        one.lose(*others)
    else:
        for other in others:
            other.lose(one)
    scene.hold()


def clock(scene: Scene) -> None:
    """The clock of a node jumps, and then back.

    Not far ahead: a batch that was left half done is completed when its time, by that clock, has come.
    """
    scene.member().set_clock(scene.random.choice([-3_600_000, -60_000, -5_000, 5_000, 20_000]))
    scene.hold()


def migrations(scene: Scene) -> None:
    """Columns and indexes come and go under load."""
    scene.migrate()


FAULTS: dict[str, Fault] = {
    each.__name__: each
    for each in (
        kill,
        pause,
        restart,
        rolling,
        quorum,
        delay,
        drop,
        cut,
        half,
        ended,
        partition,
        oneway,
        clock,
        migrations,
    )
}


@dataclass
class Mischief:
    """Faults without end, one at a time, each round in another order; the ring is whole again before the next one."""

    ring: Ring
    seed: int
    hold: float
    names: list[str] = field(default_factory=lambda: list(FAULTS))
    migrate: Callable[[], object] = lambda: None
    tell: Callable[[str], object] = lambda _: None
    happened: list[str] = field(default_factory=list[str])
    troubles: list[str] = field(default_factory=list[str])
    """Errors of coodie in a fault itself, a migration."""
    over: Event = field(default_factory=Event)

    def run(self) -> None:
        """Do mischief until it is `over`, in a thread of its own; the ring is whole at the end."""
        random = Random(self.seed)
        scene = Scene(self.ring, random, lambda: self.over.wait(self.hold), self.migrate)
        try:
            for name in self._names(random):
                self._do(name, scene)
                if self.over.wait(self.hold):
                    return
        finally:
            self.over.set()
            self.ring.heal()

    @property
    def rounds(self) -> int:
        """How often each fault has happened, at least."""
        return min(map(self.happened.count, self.names))

    def _names(self, random: Random) -> Iterator[str]:
        for _ in count():
            yield from random.sample(self.names, len(self.names))

    def _do(self, name: str, scene: Scene) -> None:
        started = time.monotonic()
        try:
            FAULTS[name](scene)
        except CoodieError as error:
            self.troubles.append(f"{name} raised {type(error).__name__}: {error}")
        held = time.monotonic() - started
        self.ring.heal()
        self.happened.append(name)
        self.tell(f"{name}: {held:.1f} s, whole after {time.monotonic() - started - held:.1f} s more")


@contextmanager
def _weather(gate: Gate, weather: Weather) -> Iterator[None]:
    gate.change(weather)
    try:
        yield
    finally:
        with suppress(RuntimeError):
            gate.heal()
