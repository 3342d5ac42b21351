"""Many steps: ``python -m tests_integration.memory.machine.soak STEPS [SEED] [TABLE ...]``.

``... soak --shrink SEED [TABLE ...]`` makes the smallest transcript of the difference that a seed made, with the same
tables.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from time import monotonic

from tests_integration.memory.line import Flow, Line
from tests_integration.memory.machine.both import Apart, Both, Difference
from tests_integration.memory.machine.run import Library, Machine, made
from tests_integration.memory.machine.shapes import SCANNED, TABLES
from tests_integration.memory.machine.transcript import transcript
from tests_integration.server import find_cluster

WIDTH = 16
"""How many runs are in flight."""
STEPS = 30
"""The steps of a run."""
RUNS = 600
"""So many runs use the same library of statements."""
MOST = 40
"""After so many differences it ends."""


class Soak:
    """Runs one after another, several at a time."""

    def __init__(self, both: Both, steps: int, seed: int, names: list[str]) -> None:
        self.both, self.steps, self.seed, self.names = both, steps, seed, names
        self.differences: dict[int, Difference] = {}
        """By their seeds."""
        self._busy: set[str] = set()
        self._later: list[int] = []
        self._library = Library(-1)

    def run(self) -> None:
        """Runs, several at a time, until there are enough steps. Of tables that are scanned, each has one at a time."""
        width = WIDTH if set(self.names).difference(SCANNED) else len(self.names)
        self.both.line.together(self._flows(), width)

    def _flows(self) -> Iterator[Flow[None]]:
        while self.both.count < self.steps and len(self.differences) < MOST:
            seed = next((each for each in self._later if self.name(each) not in self._busy), None)
            if seed is not None:
                self._later.remove(seed)
            else:
                seed, self.seed = self.seed, self.seed + 1
                if self.name(seed) in self._busy:
                    self._later.append(seed)
                    continue
            yield self.one(seed)

    def name(self, seed: int) -> str:
        """The table of a run."""
        return random.Random(seed).choice(self.names)

    def machine(self, seed: int) -> Machine:
        """What makes a run."""
        if self._library.seed != seed // RUNS:
            self._library = Library(seed // RUNS)
        return Machine(self.both, random.Random(seed).choice, self.name(seed), next(self.both.bases), self._library)

    def one(self, seed: int) -> Flow[None]:
        """One run; what differs is kept."""
        machine = self.machine(seed)
        try:
            if machine.name in SCANNED:
                self._busy.add(machine.name)
                yield from machine.empty()
            yield from machine.run(STEPS)
        except Apart:
            pass
        except Difference as difference:
            self.differences[seed] = difference
            print(f"--- seed {seed} {machine.name}{difference}", flush=True)
        finally:
            self._busy.discard(machine.name)

    def shrunk(self, seed: int) -> Difference | None:
        """The difference of a run without all statements that it does not need; None if it does not come again."""
        found = self._again(seed, frozenset())
        skipped: frozenset[int] = frozenset()
        for at in reversed(range(STEPS + 1)):
            again = self._again(seed, skipped | {at}) if found is not None else None
            if again is not None and found is not None and len(again.before) < len(found.before):
                found, skipped = again, skipped | {at}
        return found

    def _again(self, seed: int, skipped: frozenset[int]) -> Difference | None:
        machine = self.machine(seed)
        machine.skipped = skipped
        try:
            if machine.name in SCANNED:
                self.both.line.wait(machine.empty())
            self.both.line.wait(machine.run(STEPS))
        except Apart:
            pass
        except Difference as difference:
            return difference
        return None


def main(steps: int, seed: int, names: list[str]) -> int:
    """Run so many steps; print what differs, and the seed that makes it again."""
    with find_cluster() as cluster, Line(cluster) as line, made(line, names) as both:
        start = monotonic()
        soak = Soak(both, steps, seed, names)
        try:
            soak.run()
        finally:
            print(
                f"{both.count} steps, {len(soak.differences)} differences, {both.refused} refused by name, "
                f"{both.count / (monotonic() - start):.0f} a second, seeds {seed} to {soak.seed - 1}, "
                f"excused: {dict(both.excused.most_common())}"
            )
    return len(soak.differences)


def shrink(seed: int, names: list[str]) -> int:
    """Print the transcript of the difference that a seed makes, without the statements that it does not need."""
    with find_cluster() as cluster, Line(cluster) as line, made(line, names) as both:
        soak = Soak(both, 0, seed, names)
        found = soak.shrunk(seed)
        if found is not None:
            print(*transcript(both, soak.name(seed), found), sep="\n")
            print(found, file=sys.stderr)
    return int(found is not None)


if __name__ == "__main__":
    given = [each for each in sys.argv[1:] if not each.startswith("--")]
    tables = given[2:] or [*TABLES, *SCANNED]
    if "--shrink" in sys.argv:
        sys.exit(shrink(int(given[0]), given[1:] or [*TABLES, *SCANNED]))
    sys.exit(main(int(given[0]), int(given[1]) if len(given) > 1 else 1, tables))
