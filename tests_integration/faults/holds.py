"""What the cluster holds, asked without coodie and past all gates."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from cassandra import ConsistencyLevel
from cassandra.query import SimpleStatement

from .journal import Cluster, Held, Journal, Key
from .ring import Ring

KEYSPACE = "faults"

Ask = Callable[[str], list[Any]]


def whole(ring: Ring, journals: list[Journal], patience: float = 120) -> Cluster:
    """Return what the cluster holds when every batch is whole, or when that has been waited for long enough.

    A batch that was left half done is completed by the nodes that logged it, after some seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        cluster = read(ring)
        found = {key: values for journal in journals for key, values in journal.possible.items() if key[0] == "parts"}
        if all(cluster.places.get(key) in values for key, values in found.items()) or time.monotonic() > deadline:
            return cluster
        time.sleep(1)


def read(ring: Ring) -> Cluster:
    """Read all tables."""
    with ring.members[0].node.session() as session:

        def ask(text: str) -> list[Any]:
            statement = SimpleStatement(text, consistency_level=ConsistencyLevel.QUORUM, fetch_size=2000)
            return list(session.execute(statement, timeout=60))

        return contents(ask)


def contents(ask: Ask) -> Cluster:
    """Read all tables by a function that gives the rows of a query."""
    return Cluster(
        places=dict(_places(ask)),
        claims={row.id: row.owner for row in _rows(ask, "claims")},
        totals={row.id: Held(row.count, row.version, frozenset(row.done)) for row in _rows(ask, "totals")},
        counters={row.id: row.views for row in _rows(ask, "pages")},
    )


def _places(ask: Ask) -> Iterator[tuple[Key, Any]]:
    for row in _rows(ask, "rows"):
        yield ("rows", row.hand, row.number, "a"), row.a
        yield ("rows", row.hand, row.number, "b"), row.b
    for row in _rows(ask, "marks"):
        yield ("marks", row.hand, row.number), row.a
    for row in _rows(ask, "loads"):
        yield ("loads", row.load, row.number), row.a
    parts = Counter(row.batch for row in _rows(ask, "parts"))
    yield from ((("parts", batch), count) for batch, count in parts.items())
    for row in _rows(ask, "bags"):
        yield from ((("tags", row.id, tag), 1) for tag in row.tags or ())
        yield from ((("log", row.id, entry), count) for entry, count in Counter(row.log or ()).items())
        yield from ((("pairs", row.id, name), value) for name, value in (row.pairs or {}).items())


def _rows(ask: Ask, table: str) -> list[Any]:
    return ask(f"SELECT * FROM {KEYSPACE}.fault_{table}")
