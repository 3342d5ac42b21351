"""Many steps without Hypothesis: ``python -m tests_integration.memory.machine.soak STEPS [SEED] [TABLE ...]``."""

from __future__ import annotations

import os
import random
import secrets
import sys
from time import monotonic

from tests_integration.conftest import connected
from tests_integration.memory.machine.both import Both, Difference, own_second
from tests_integration.memory.machine.run import Machine, made
from tests_integration.memory.machine.shapes import TABLES
from tests_integration.server import find_cluster


def main(steps: int, seed: int, names: list[str], most: int = 25, seeds: str = os.environ.get("SHOW", "")) -> int:
    """Run so many steps; print what differs, and the seed that makes it again."""
    differences = 0
    with find_cluster() as cluster, connected(cluster) as session, own_second():
        keyspace = f"machine_{secrets.token_hex(4)}"
        session.execute(
            f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        )
        both: Both = made(session, keyspace)
        start = monotonic()
        try:
            while both.count < steps:
                generator = random.Random(seed)
                machine = Machine(both, generator.choice, generator.choice(names), base=seed * 3)
                try:
                    for _ in range(30):
                        machine.step()
                    machine.check()
                except Difference as difference:
                    differences += 1
                    difference.before = difference.before if len(seeds) else ()
                    print(f"--- seed {seed} {machine.table.name}{difference}", flush=True)
                    if differences >= most:
                        break
                seed += 1
        finally:
            session.execute(f"DROP KEYSPACE {keyspace}")
        print(f"{both.count} statements, {differences} differences, {both.count / (monotonic() - start):.0f} a second")
    return differences


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1, sys.argv[3:] or list(TABLES)))
