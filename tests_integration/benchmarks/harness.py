"""What the test harness costs its users:  python -m tests_integration.benchmarks.harness

Importing the plugin, which every pytest in a project with coodie does; and recording, by statement. It needs no
cluster. Each figure is the best of several rounds: what the code takes when the machine leaves it alone.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from time import process_time
from uuid import UUID

from coodie.cql.message import Batch, Kind, Mark, Statement
from coodie.cql.types import parse_type
from coodie.testing import RecordingDriver

IMPORT = """
import sys, time
import pytest
before = set(sys.modules)
start = time.perf_counter()
import coodie.testing.plugin
took = time.perf_counter() - start
print(took * 1000, *sorted(set(sys.modules) - before))
"""

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)
ROW = {
    "id": ("uuid", UUID(int=7)),
    "email": ("text", "ann@example.org"),
    "at": ("timestamp", NOW),
    "visits": ("int", 5),
    "tags": ("set<text>", {"vip", "new"}),
}
MARKS = tuple(Mark(name, parse_type(kind)) for name, (kind, _) in ROW.items())
VALUES = tuple(value for _, value in ROW.values())
INSERT = Statement(f"INSERT INTO users ({', '.join(ROW)}) VALUES ({', '.join('?' for _ in ROW)})", VALUES, MARKS)
SELECT = Statement("SELECT id, email FROM users WHERE id = ?", VALUES[:1], MARKS[:1], Kind.READ)
COUNT = 2000


def importing() -> tuple[float, list[str]]:
    """Milliseconds, and the modules that are loaded."""
    runs = [
        subprocess.run([sys.executable, "-c", IMPORT], check=True, capture_output=True, text=True) for _ in range(7)
    ]
    found = min((run.stdout.split() for run in runs), key=lambda words: float(words[0]))
    return float(found[0]), found[1:]


def best(work: Callable[[], object], statements: int = COUNT) -> float:
    """Microseconds of processor time by statement."""
    took = []
    for _ in range(7):
        start = process_time()
        work()
        took.append(process_time() - start)
    return min(took) / statements * 1e6


def writes() -> None:
    recorder = RecordingDriver()
    for _ in range(COUNT):
        recorder.execute(INSERT)


def writes_from_a_loop() -> None:
    async def run() -> None:
        recorder = RecordingDriver()
        for _ in range(COUNT):
            await recorder.aexecute(INSERT)

    asyncio.run(run())


def batches() -> None:
    recorder = RecordingDriver()
    batch = Batch((INSERT,) * 20)
    for _ in range(COUNT // 20):
        recorder.execute(batch)


def scripted_reads() -> None:
    recorder = RecordingDriver()
    rule = recorder.on("select", table="users", where={"id": VALUES[0]})
    rule.returns([{"id": VALUES[0], "email": VALUES[1]}]).times(None)
    for _ in range(COUNT):
        recorder.execute(SELECT)


def spied_writes() -> None:
    recorder = RecordingDriver(RecordingDriver())
    for _ in range(COUNT):
        recorder.execute(INSERT)


def main() -> None:
    """Print the figures."""
    took, modules = importing()
    print(f"importing the plugin          {took:6.2f} ms    limit 20   {len(modules)} modules: {', '.join(modules)}")
    for name, work, limit in (
        ("a write of five values", writes, "limit 15"),
        ("the same, awaited", writes_from_a_loop, "limit 15"),
        ("the same, in batches of 20", batches, "limit 15"),
        ("a read that a rule answers", scripted_reads, ""),
        ("a write through two recorders", spied_writes, ""),
    ):
        print(f"{name:<30}{best(work):6.2f} µs    {limit}".rstrip())


if __name__ == "__main__":
    main()
