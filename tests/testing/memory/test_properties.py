"""What holds of the engine whatever is written: pages, limits, orders, and the order of timestamped writes."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from coodie.cql.message import Options, Statement
from coodie.testing import Clock, MemoryDriver

SCHEMA = """
CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
USE ks;
CREATE TABLE t (p int, c int, d text, s int static, v int, PRIMARY KEY (p, c, d))
    WITH CLUSTERING ORDER BY (c ASC, d DESC);
"""
TEMPLATE = MemoryDriver(clock=Clock())
TEMPLATE.run(SCHEMA)

small = st.integers(-1, 2)
rows = st.lists(st.tuples(small, small, st.sampled_from(["", "a", "b"]), st.none() | small), max_size=12)
writes = st.lists(
    st.one_of(
        st.builds("INSERT INTO t (p, c, d, v) VALUES ({}, {}, 'a', {}) USING TIMESTAMP {}".format, *[small] * 3, small),
        st.builds("UPDATE t USING TIMESTAMP {} SET v = {} WHERE p = {} AND c = {} AND d = 'a'".format, *[small] * 4),
        st.builds("UPDATE t USING TIMESTAMP {} SET s = {} WHERE p = {}".format, *[small] * 3),
        st.builds("DELETE FROM t USING TIMESTAMP {} WHERE p = {} AND c >= {}".format, *[small] * 3),
        st.builds("DELETE FROM t USING TIMESTAMP {} WHERE p = {} AND c = {} AND d <= 'a'".format, *[small] * 3),
        st.builds("DELETE FROM t USING TIMESTAMP {} WHERE p = {} AND (c, d) > ({}, 'a')".format, *[small] * 3),
        st.builds("DELETE v FROM t USING TIMESTAMP {} WHERE p = {} AND c = {} AND d = 'a'".format, *[small] * 3),
        st.builds("DELETE FROM t USING TIMESTAMP {} WHERE p = {}".format, *[small] * 2),
    ),
    max_size=8,
)


def filled(found: list[tuple[Any, ...]]) -> MemoryDriver:
    memory = TEMPLATE.fork()
    memory.load({"t": [{"p": p, "c": c, "d": d} | ({} if v is None else {"v": v}) for p, c, d, v in found]})
    return memory


def ask(memory: MemoryDriver, cql: str, *values: Any, size: int = 0) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    state = None
    while True:
        page = memory.execute(Statement(cql, values, options=Options(fetch_size=size, paging_state=state)))
        found += page.rows
        state = page.paging_state
        if state is None:
            return found


@settings(max_examples=40, deadline=None)
@given(rows, st.integers(1, 5))
def test_the_size_of_pages_never_changes_the_rows(found: list[tuple[Any, ...]], size: int) -> None:
    memory = filled(found)
    for cql in ("SELECT * FROM t", "SELECT p, c FROM t WHERE p IN (0, 1)", "SELECT p, count(*) FROM t GROUP BY p, c"):
        assert ask(memory, cql, size=size) == ask(memory, cql)


@settings(max_examples=40, deadline=None)
@given(rows, st.integers(1, 5))
def test_a_limit_gives_the_first_rows(found: list[tuple[Any, ...]], limit: int) -> None:
    memory = filled(found)
    assert ask(memory, "SELECT * FROM t LIMIT ?", limit, size=2) == ask(memory, "SELECT * FROM t")[:limit]


@settings(max_examples=40, deadline=None)
@given(rows)
def test_the_opposite_order_is_the_reverse(found: list[tuple[Any, ...]]) -> None:
    memory = filled(found)
    plain = ask(memory, "SELECT * FROM t WHERE p = 1")
    assert ask(memory, "SELECT * FROM t WHERE p = 1 ORDER BY c DESC, d ASC") == plain[::-1]


@settings(max_examples=40, deadline=None)
@given(rows, st.integers(-(2**63) + 1, 2**63 - 1))
def test_ranges_of_tokens_cut_the_ring(found: list[tuple[Any, ...]], token: int) -> None:
    memory = filled(found)
    below = ask(memory, "SELECT * FROM t WHERE token(p) <= ?", token)
    assert below + ask(memory, "SELECT * FROM t WHERE token(p) > ?", token) == ask(memory, "SELECT * FROM t")


@settings(max_examples=40, deadline=None)
@given(rows, small)
def test_a_filter_its_opposite_and_null_are_all(found: list[tuple[Any, ...]], bound: int) -> None:
    memory = filled(found)
    everything = ask(memory, "SELECT * FROM t")
    parts = [ask(memory, f"SELECT * FROM t WHERE v {sign} ? ALLOW FILTERING", bound) for sign in ("<", ">=")]
    nulls = [row for row in everything if row[-1] is None]
    assert sorted(map(repr, parts[0] + parts[1] + nulls)) == sorted(map(repr, everything))


@settings(max_examples=40, deadline=None)
@given(writes, st.randoms(use_true_random=False))
def test_writes_with_timestamps_come_to_the_same_in_any_order_and_twice(texts: list[str], random: Any) -> None:
    one, other = TEMPLATE.fork(), TEMPLATE.fork()
    again = texts * 2
    random.shuffle(again)
    for memory, order in ((one, texts), (other, again)):
        for text in order:
            memory.run(text)
    assert one.rows("t") == other.rows("t")


@settings(max_examples=40, deadline=None)
@given(rows)
def test_what_a_snapshot_holds_can_be_restored(found: list[tuple[Any, ...]]) -> None:
    memory = filled(found)
    before, state = memory.dump(cells=True), memory.snapshot()
    memory.run("UPDATE t SET v = 9, s = 9 WHERE p = 1 AND c = 1 AND d = 'a'; DELETE FROM t WHERE p = 0")
    memory.restore(state)
    assert memory.dump(cells=True) == before


@settings(max_examples=40, deadline=None)
@given(writes, small)
def test_a_dump_of_all_cells_builds_the_same_cells_and_deletions(texts: list[str], timestamp: int) -> None:
    memory = TEMPLATE.fork()
    for text in texts:
        memory.run(text)
    again = MemoryDriver(clock=Clock())
    again.run(f"{memory.dump(cells=True)} USE ks")
    assert again.dump(cells=True) == memory.dump(cells=True)
    places = [(p, c, d) for p in (-1, 0, 1, 2) for c in (-1, 0, 1, 2) for d in ("", "a", "b")]
    for each in (memory, again):
        for p, c, d in places:
            each.run(f"UPDATE t USING TIMESTAMP {timestamp} SET v = 1 WHERE p = {p} AND c = {c} AND d = '{d}'")
    assert again.rows("t") == memory.rows("t")
