"""Many threads on one engine through the raw door: conditions are linearizable."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from coodie.testing import MemoryDriver

THREADS, EACH = 50, 2


def test_a_counter_made_of_conditions_ends_exact(memory: MemoryDriver, session: Any) -> None:
    session.execute("CREATE TABLE c (k int PRIMARY KEY, v int)")
    session.execute("INSERT INTO c (k, v) VALUES (1, 0)")
    read = session.prepare("SELECT v FROM c WHERE k = 1")
    swap = session.prepare("UPDATE c SET v = ? WHERE k = 1 IF v = ?")
    hit = session.prepare("UPDATE n SET hits = hits + 1 WHERE p = 1")

    def work(_: int) -> None:
        for _ in range(EACH):
            while True:
                value = session.execute(read, timeout=120).one().v
                if session.execute(swap, (value + 1, value), timeout=120).was_applied:
                    break
            session.execute(hit, timeout=120)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert memory.rows("ks.c") == [{"k": 1, "v": THREADS * EACH}]
    assert memory.rows("ks.n") == [{"p": 1, "hits": THREADS * EACH}]
