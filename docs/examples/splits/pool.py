"""All rows of a table, read by a pool of processes:  python pool.py"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from readings import Reading, connect, lines


def main() -> None:
    # A process that is forked would share the sockets of this one.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=connect) as pool:
        for part in pool.map(lines, Reading.splits(16)):
            print(*part, sep="\n", end="\n" if part else "")


if __name__ == "__main__":
    main()
