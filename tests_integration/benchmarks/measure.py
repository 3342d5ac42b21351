"""Measures two ways of doing the same thing, interleaved in one run, and prints how they compare.

CPU time is that of the whole process, the driver's own threads included. The ratio is the median over rounds of one
round's ratio, so that a slow spell of the machine hits both sides.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Case:
    """One comparison: each side does the work ``count`` times per round; ``operations`` is how many one time is."""

    name: str
    raw: Callable[[int], object]
    ours: Callable[[int], object]
    count: int
    limit: float | None = None
    operations: int = 1


@dataclass(frozen=True)
class Cost:
    """Microseconds per operation; or the ratio of those of the two sides."""

    cpu: float
    wall: float


def cost(work: Callable[[int], object], case: Case) -> Cost:
    """Do one round's work and give what it cost per operation."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    work(case.count)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    operations = case.count * case.operations
    return Cost(cpu / operations * 1e6, wall / operations * 1e6)


def compare(case: Case, rounds: int) -> Cost:
    """Run the rounds, print a line, and give the ratios of CPU time and of wall time."""
    raws, ours = [], []
    for number in range(rounds + 1):
        pair = [(case.raw, raws), (case.ours, ours)]
        for work, costs in pair if number % 2 else reversed(pair):
            measured = cost(work, case)
            if number:  # the first round warms up
                costs.append(measured)
    cpu = median(our.cpu / raw.cpu for our, raw in zip(ours, raws, strict=True))
    wall = median(our.wall / raw.wall for our, raw in zip(ours, raws, strict=True))
    raw_cpu, our_cpu = median(c.cpu for c in raws), median(c.cpu for c in ours)
    verdict = "" if case.limit is None else f"  limit {case.limit:.2f}  {'ok' if cpu <= case.limit else 'MISSED'}"
    print(f"{case.name:<34} {raw_cpu:>9.1f} {our_cpu:>9.1f}   cpu {cpu:>5.2f}   wall {wall:>5.2f}{verdict}", flush=True)
    return Cost(cpu, wall)


def report(cases: list[Case], rounds: int, only: str = "") -> dict[str, Cost]:
    """Compare each case whose name has ``only`` in it, and give the ratios by the names of the cases."""
    print(f"{'':<34} {'raw µs':>9} {'ours µs':>9}   ratio of CPU and of wall time, median of {rounds} rounds")
    return {case.name: compare(case, rounds) for case in cases if only in case.name}
