"""ORDER BY ... ANN OF: the exact nearest neighbours. What a server said of it is in the corpus."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
import trio

from coodie.cql.message import Options, Statement
from coodie.drivers.errors import RequestRejected
from coodie.testing import MemoryDriver, NotSupportedByMemoryDriver

Vector = tuple[float, ...]


def dot(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


DISTANCES: dict[str, Callable[[Vector, Vector], float]] = {
    "cosine": lambda one, other: -dot(one, other) / math.sqrt(dot(one, one) * dot(other, other)),
    "euclidean": math.dist,
    "dot_product": lambda one, other: -dot(one, other),
}


def made(similarity: str = "cosine") -> MemoryDriver:
    memory = MemoryDriver()
    memory.run(f"""
        CREATE KEYSPACE ks WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}; USE ks;
        CREATE TABLE t (p int, c int, v vector<float, 3>, a int, PRIMARY KEY (p, c));
        CREATE CUSTOM INDEX ON t (v) USING 'sai' WITH OPTIONS = {{'similarity_function': '{similarity}'}};
        CREATE CUSTOM INDEX ON t (a) USING 'sai'
    """)
    return memory


def filled(similarity: str) -> tuple[MemoryDriver, list[tuple[int, Vector]]]:
    memory, chance = made(similarity), random.Random(7)
    points = [(each, tuple(chance.randint(-8, 8) / 4 or 0.125 for _ in range(3))) for each in range(60)]
    memory.load({"t": [{"p": each % 5, "c": each, "v": list(v), "a": each % 2} for each, v in points]})
    return memory, points


@pytest.mark.parametrize("similarity", DISTANCES)
def test_the_nearest_rows_come_first(similarity: str) -> None:
    memory, points = filled(similarity)
    wanted = (0.3, -1.1, 0.7)
    query = Statement("SELECT c FROM t ORDER BY v ANN OF ? LIMIT ?", (list(wanted), 10))

    async def through_the_other_door() -> Any:
        return await memory.aexecute(query)

    found = [c for (c,) in memory.execute(query).rows]
    distances = {each: DISTANCES[similarity](v, wanted) for each, v in points}
    assert [round(distances[c], 4) for c in found] == [round(each, 4) for each in sorted(distances.values())[:10]]
    assert trio.run(through_the_other_door).rows == memory.execute(query).rows


def test_what_an_index_finds_may_stand_beside_it() -> None:
    memory, _ = filled("cosine")
    ordered = "ORDER BY v ANN OF [1, 0, 0] LIMIT 60"
    everything = list(memory.execute(Statement(f"SELECT p, c FROM t {ordered}")).rows)
    odd = memory.execute(Statement(f"SELECT p, c FROM t WHERE a = 1 {ordered}")).rows
    of_one = memory.execute(Statement(f"SELECT p, c FROM t WHERE p = 2 AND c > 20 {ordered}")).rows
    assert odd == [(p, c) for p, c in everything if c % 2]
    assert of_one == [(p, c) for p, c in everything if p == 2 and c > 20]


def test_all_rows_are_on_one_page_with_a_warning() -> None:
    memory, _ = filled("cosine")
    query = Statement("SELECT c FROM t ORDER BY v ANN OF [1, 0, 0] LIMIT 4", options=Options(fetch_size=3))
    page = memory.execute(query)
    assert (len(page.rows), page.paging_state) == (4, None)
    assert ["do not support paging" in each for each in page.warnings] == [True]


@pytest.mark.parametrize("vector", [[0, 0, 0], [math.nan, 0, 0], [math.inf, 0, 0], [1e18, 0, 0]])
def test_a_vector_that_makes_a_server_fail_is_refused_by_name(vector: list[float]) -> None:
    memory = made()
    with pytest.raises(NotSupportedByMemoryDriver, match="its index cannot hold"):
        memory.execute(Statement("INSERT INTO t (p, c, v) VALUES (1, 1, ?)", (vector,)))
    with pytest.raises(NotSupportedByMemoryDriver, match="its index cannot hold"):
        memory.execute(Statement("SELECT c FROM t ORDER BY v ANN OF ? LIMIT 1", (vector,)))
    assert memory.rows("t") == []


def test_an_index_keeps_its_similarity_in_a_dump() -> None:
    memory, _ = filled("euclidean")
    again = MemoryDriver(keyspace="ks")
    again.run(memory.dump())
    query = Statement("SELECT c FROM t ORDER BY v ANN OF [1, 2, 3] LIMIT 20")
    assert again.execute(query).rows == memory.execute(query).rows


def test_a_vector_without_an_index_is_no_order() -> None:
    memory = made()
    memory.run("CREATE TABLE plain (k int PRIMARY KEY, v vector<float, 2>)")
    with pytest.raises(RequestRejected, match="ANN ordering by vector requires the column to be indexed"):
        memory.execute(Statement("SELECT k FROM plain ORDER BY v ANN OF [1, 0] LIMIT 2"))
