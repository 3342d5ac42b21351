"""The memory of rows as a table of Arrow, and as documents:  python -m tests_integration.benchmarks.arrow [--rows N]

Each is read in a process of its own, and the memory is what Python and Arrow have allocated meanwhile, once the rows
are there and at the peak. The cluster is the one in $COODIE_HOSTS, else one that is started.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pyarrow

from coodie.sync import arrow_batches, close, init_coodie, save_many, to_arrow
from tests_integration.benchmarks.adapter import KEYSPACE, session
from tests_integration.benchmarks.documents import Event, made
from tests_integration.server.client import PATIENT

KINDS: dict[str, Callable[[], Any]] = {
    "documents": lambda: Event.find().all(),
    "table": lambda: to_arrow(Event.find()),
    "table by a scan": lambda: to_arrow(Event.scan()),
    "batches, one at a time": lambda: sum(batch.num_rows for batch in arrow_batches(Event.find())),
}


def measure(kind: str, hosts: list[str], port: int) -> tuple[int, float, float]:
    """The number of rows, and their megabytes in the end and at the peak."""
    init_coodie(hosts, port=port, keyspace=KEYSPACE, **PATIENT)
    to_arrow(Event.find().limit(10))
    gc.collect()
    before = pyarrow.total_allocated_bytes()
    tracemalloc.start()
    rows = KINDS[kind]()
    gc.collect()
    size, peak = tracemalloc.get_traced_memory()
    size += pyarrow.total_allocated_bytes() - before
    peak += pyarrow.default_memory_pool().max_memory() - before
    close()
    return rows if isinstance(rows, int) else len(rows), size / 1e6, peak / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    count = parser.parse_args().rows
    with session() as opened:
        init_coodie(session=opened, keyspace=KEYSPACE)
        save_many(made(Event, number) for number in range(count)).raise_if_failed()
        close()
        (host,) = opened.cluster.contact_points[:1]
        spawn = multiprocessing.get_context("spawn")
        sizes: dict[str, float] = {}
        for kind in KINDS:
            with ProcessPoolExecutor(1, mp_context=spawn) as pool:
                rows, sizes[kind], peak = pool.submit(measure, kind, [str(host)], opened.cluster.port).result()
            print(f"{kind:<24} {rows:>9,} rows {sizes[kind]:>8.1f} MB, at the peak {peak:>7.1f} MB", flush=True)
    print(f"documents take {sizes['documents'] / sizes['table']:.1f} times the memory of a table")


if __name__ == "__main__":
    main()
