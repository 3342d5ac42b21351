"""A whole table, each row once, while others write to it:  python -m tests_integration.benchmarks.scan [--rows N]

It is read in 1, 8 and 32 splits, by a process that is killed again and again and goes on from its state, and with rows
that do not fit. Each line says how many rows that took how long. The cluster is the one in $COODIE_HOSTS, else one that
is started; `tests_integration/test_scan.py` is the short form.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from coodie import ClusteringKey, DecodeError, PrimaryKey
from coodie.sync import Document, close, execute_raw, init_coodie, read_split, save_many
from tests_integration.benchmarks.adapter import KEYSPACE, session
from tests_integration.server.client import PATIENT
from tests_integration.workers import start, wait_for_line

EACH = 10
"""How many rows a partition has: row n has the key (n // 10, n % 10)."""
CHUNK = 1000
"""After how many rows the process that is killed stores its state."""
UNFIT = 100


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    value: int

    class Settings:
        name = "scanned"


class Tally:
    """How often each of the first ``count`` rows was handed out, and which others."""

    def __init__(self, count: int) -> None:
        self.seen = bytearray(count)
        self.others: set[int] = set()

    def add(self, reading: Reading) -> None:
        self.add_number(number_of(reading))

    def add_number(self, number: int) -> None:
        if 0 <= number < len(self.seen):
            self.seen[number] += 1
        else:
            assert number not in self.others, "a row that was written meanwhile was handed out twice"
            self.others.add(number)

    def check(self) -> None:
        assert set(self.seen) <= {1}, {times: self.seen.count(times) for times in set(self.seen)}


def number_of(reading: Reading) -> int:
    return reading.sensor * EACH + reading.at


def fill(count: int) -> None:
    """Make the table with so many rows."""
    Reading.sync_table()
    Reading.truncate()
    rows = (Reading(sensor=number // EACH, at=number % EACH, value=number) for number in range(count))
    save_many(rows, 200, by_partition=True).raise_if_failed()


@contextmanager
def writing(count: int) -> Iterator[list[int]]:
    """Write to the table all through a block: new partitions, new rows in old ones, and other values in old rows."""
    written, over = [0], threading.Event()

    def write() -> None:
        source = random.Random(1)
        while not over.wait(0.002):
            written[0] += 1
            number = source.randrange(count)
            Reading(sensor=-written[0], at=0, value=1).save()
            Reading(sensor=number // EACH, at=count + written[0], value=1).save()
            Reading(sensor=number // EACH, at=number % EACH, value=-1).save()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        over.set()
        thread.join()


def is_old(reading: Reading, count: int) -> bool:
    return reading.sensor >= 0 and reading.at < EACH and number_of(reading) < count


def in_splits(count: int, splits: int) -> int:
    """Read the table in so many splits while it is written to; the number of rows that were written meanwhile."""
    tally = Tally(count)
    with writing(count) as written:
        for split in Reading.splits(splits):
            for reading in read_split(split, concurrency=4):
                if is_old(reading, count):
                    tally.add(reading)
    tally.check()
    return written[0]


def killed(count: int, hosts: str, keyspace: str, times: int) -> int:
    """Read the table by a process that is killed so often; the number of states that were stored."""
    source, tally, stored = random.Random(2), Tally(count), 0
    with TemporaryDirectory() as folder, writing(count):
        for kills in range(times + 1):
            worker = start("benchmarks.scan", "--worker", folder, "--hosts", hosts, "--keyspace", keyspace)
            for _ in range(source.randint(1, max(1, count // CHUNK // times)) if kills < times else 0):
                wait_for_line(worker)
                stored += 1
            if kills < times:
                worker.kill()
            out, err = worker.communicate()
            stored += len(out.splitlines())
            assert kills < times or worker.returncode == 0, err
        with Path(folder, "rows").open("rb") as file:
            found = array("q", file.read())
    for number in found:
        tally.add_number(number)
    tally.check()
    return stored


def work(folder: Path) -> None:
    """Read on from where the last state says, and store rows and state together after each chunk."""
    at, rows = folder / "state", folder / "rows"
    before = json.loads(at.read_text()) if at.exists() else {"state": None, "bytes": 0}
    with rows.open("r+b" if rows.exists() else "w+b") as file:
        file.truncate(before["bytes"])  # what was written behind the state is read again
        file.seek(0, 2)
        scan = Reading.scan(state=before["state"])

        def store(chunk: list[int]) -> None:
            file.write(array("q", chunk).tobytes())
            file.flush()
            (folder / "new").write_text(json.dumps({"state": scan.state(), "bytes": file.tell()}))
            (folder / "new").replace(at)
            print("stored", flush=True)
            chunk.clear()

        chunk: list[int] = []
        for number, reading in enumerate(scan, 1):
            if reading.sensor >= 0 and reading.at < EACH:
                chunk.append(number_of(reading))
            if number % CHUNK == 0:
                store(chunk)
        store(chunk)


def unfit(count: int) -> int:
    """Read the table with rows that do not fit the model: each of them once, and each other one."""
    for number in range(UNFIT):
        execute_raw(f"INSERT INTO {Reading.table_name()} (sensor, at) VALUES (?, 0)", [count + number])
    errors: list[DecodeError] = []
    tally = Tally(count)
    for reading in Reading.scan(unreadable=errors.append):
        if is_old(reading, count):
            tally.add(reading)
    tally.check()
    for number in range(UNFIT):
        execute_raw(f"DELETE FROM {Reading.table_name()} WHERE sensor = ?", [count + number])
    assert sorted((error.key or {})["sensor"] for error in errors) == [count + number for number in range(UNFIT)]
    return len(errors)


def checks(count: int, hosts: str, keyspace: str, kills: int) -> Iterable[tuple[str, Callable[[], int]]]:
    """What is checked, by name; each gives a number that is worth telling."""
    for splits in (1, 8, 32):
        yield f"{splits} splits; writes meanwhile", lambda splits=splits: in_splits(count, splits)  # type: ignore[misc]
    yield f"killed {kills} times; states stored", lambda: killed(count, hosts, keyspace, kills)
    yield "with unreadable=; rows that do not fit", lambda: unfit(count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--hosts", help=argparse.SUPPRESS)
    parser.add_argument("--keyspace", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        init_coodie(options.hosts.split(","), keyspace=options.keyspace, **PATIENT)
        work(options.worker)
        close()
        return
    with session() as opened:
        init_coodie(session=opened, keyspace=KEYSPACE)
        try:
            began = time.perf_counter()
            fill(options.rows)
            print(f"{options.rows:,} rows written in {time.perf_counter() - began:.0f} s", flush=True)
            hosts = ",".join(f"{host.address}:{host.endpoint.port}" for host in opened.cluster.metadata.all_hosts())
            for name, check in checks(options.rows, hosts, KEYSPACE, options.kills):
                began = time.perf_counter()
                told = check()
                print(f"each row once, {time.perf_counter() - began:>5.0f} s, {name}: {told:,}", flush=True)
        finally:
            close()


if __name__ == "__main__":
    sys.exit(main())
