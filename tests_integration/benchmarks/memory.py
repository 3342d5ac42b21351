"""The in-memory Cassandra beside a plain dict:  python -m tests_integration.benchmarks.memory [--rounds N] [--only X]

Each case is as many microseconds as its line says, and a ratio to what a dict does in the same time, so that machines
can be compared. Last come what cannot be compared so: the memory of 100,000 rows, and the start of the port.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from coodie.cql.message import Options, Statement
from coodie.testing import MemoryDriver
from tests_integration.benchmarks.measure import Case, report

SCHEMA = """
CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; USE ks;
CREATE TABLE t (p int, c int, a text, b int, d double, PRIMARY KEY (p, c));
"""
INSERT = "INSERT INTO t (p, c, a, b, d) VALUES (?, ?, ?, ?, ?)"
GET = "SELECT p, c, a, b, d FROM t WHERE p = ? AND c = ?"
PAGE = "SELECT p, c, a, b, d FROM t WHERE p = ?"
ROWS = 100


def filled(tables: int = 0) -> MemoryDriver:
    memory = MemoryDriver()
    memory.run(SCHEMA)
    for number in range(tables):
        memory.run(f"CREATE TABLE t{number} (k int PRIMARY KEY, v int)")
    for each in range(ROWS):
        memory.execute(Statement(INSERT, (1, each, "text", each, 0.5)))
    return memory


def times(work: Callable[[], object]) -> Callable[[int], object]:
    def run(count: int) -> None:
        for _ in range(count):
            work()

    return run


def cases() -> list[Case]:
    memory, template = filled(), filled(20)
    many = filled()
    for each in range(1000):
        many.execute(Statement(INSERT, (each, 1, "text", 1, 0.5)))
    state = many.snapshot()
    plain: dict[tuple[int, int], Any] = {(1, each): (1, each, "text", each, 0.5) for each in range(ROWS)}
    insert, get = Statement(INSERT, (1, 5, "text", 5, 0.5)), Statement(GET, (1, 5))
    page = Statement(PAGE, (1,), options=Options(fetch_size=ROWS))

    def put() -> None:
        plain[1, 5] = (1, 5, "text", 5, 0.5)

    def of_dict() -> Any:
        return plain[1, 5]

    def all_of_dict() -> Any:
        return [plain[1, each] for each in range(ROWS)]

    def prepared() -> object:
        return memory.engine.prepare(GET, "ks")

    lookup = times(of_dict)
    return [
        Case("fresh engine", lookup, times(MemoryDriver), 300),
        Case("fork of 20 tables", lookup, times(template.fork), 300),
        Case("snapshot of 1,000 partitions", lookup, times(many.snapshot), 300),
        Case("restore of 1,000 partitions", lookup, times(lambda: many.restore(state)), 300),
        Case("parse and plan, cached", lookup, times(prepared), 5000),
        Case("insert of 5 columns", times(put), times(lambda: memory.execute(insert)), 2000),
        Case("get by key", lookup, times(lambda: memory.execute(get)), 2000),
        Case("page of 100 rows", times(all_of_dict), times(lambda: memory.execute(page)), 100),
        *raw_door(memory),
    ]


def raw_door(memory: MemoryDriver) -> list[Case]:
    """What the driver's own session costs on top of the engine, threads and frames included."""
    session = memory.session("ks")
    insert, get = session.prepare(INSERT), session.prepare(GET)
    statement, query = Statement(INSERT, (1, 5, "text", 5, 0.5)), Statement(GET, (1, 5))
    return [
        Case(
            "raw door beside ours: insert",
            times(lambda: memory.execute(statement)),
            times(lambda: session.execute(insert, (1, 5, "text", 5, 0.5))),
            500,
        ),
        Case(
            "raw door beside ours: get",
            times(lambda: memory.execute(query)),
            times(lambda: session.execute(get, (1, 5))),
            500,
        ),
    ]


def size_of_rows(count: int = 100_000) -> float:
    """Megabytes of so many rows of 3 columns beside their key, a thousand in a partition."""
    memory = MemoryDriver()
    memory.run(SCHEMA)
    tracemalloc.start()
    for each in range(count):
        memory.execute(Statement(INSERT, (each // 1000, each % 1000, "text", each, 0.5)))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / 1e6


def start_of_port() -> float:
    """Seconds until the port listens in a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "coodie.testing.memory", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        took = time.perf_counter() - began
        process.terminate()
    return took


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    report(cases(), arguments.rounds, arguments.only)
    if not arguments.only:
        print(f"100,000 rows: {size_of_rows():.0f} MB, goal 150")
        print(f"start of the port: {start_of_port():.2f} s, goal 1")


if __name__ == "__main__":
    main()
