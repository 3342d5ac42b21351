"""Materialized views: their rows follow from those of their base table. What a server said of them is in the corpus."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from coodie.cql.message import Options, Statement
from coodie.drivers.errors import RequestRejected
from coodie.testing import Clock, MemoryDriver, NotSupportedByMemoryDriver

SCHEMA = """
CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
USE shop;
CREATE TABLE items (shelf int, place int, name text, price int, PRIMARY KEY (shelf, place));
CREATE MATERIALIZED VIEW by_name AS SELECT name, shelf, place FROM items
    WHERE name IS NOT NULL AND shelf IS NOT NULL AND place > 0 PRIMARY KEY (name, shelf, place);
CREATE MATERIALIZED VIEW by_place AS SELECT * FROM items WHERE shelf IS NOT NULL AND place IS NOT NULL
    PRIMARY KEY (place, shelf) WITH CLUSTERING ORDER BY (shelf DESC) AND comment = 'it''s a view';
"""


@pytest.fixture
def memory() -> MemoryDriver:
    memory = MemoryDriver(clock=Clock())
    memory.run(SCHEMA)
    memory.run("""
        INSERT INTO items (shelf, place, name) VALUES (1, 1, 'tea');
        INSERT INTO items (shelf, place, name) VALUES (2, 1, 'tea');
        INSERT INTO items (shelf, place, name) VALUES (2, 2, 'salt');
        INSERT INTO items (shelf, place, name) VALUES (3, 0, 'tea');
        INSERT INTO items (shelf, place) VALUES (4, 1)
    """)
    return memory


def keys(memory: MemoryDriver, view: str) -> list[tuple[Any, ...]]:
    return [(row.get("name"), row["shelf"], row["place"]) for row in memory.rows(view)]


def test_a_view_shows_rows_whose_key_is_there_and_that_meet_its_where(memory: MemoryDriver) -> None:
    assert sorted(keys(memory, "by_name")) == [("salt", 2, 2), ("tea", 1, 1), ("tea", 2, 1)]
    assert [row["shelf"] for row in memory.rows("by_place") if row["place"] == 1] == [4, 2, 1]


def test_each_change_of_the_table_shows_at_once(memory: MemoryDriver) -> None:
    memory.run("UPDATE items SET name = 'oil' WHERE shelf = 1 AND place = 1; DELETE FROM items WHERE shelf = 2")
    assert keys(memory, "by_name") == [("oil", 1, 1)]
    memory.run("TRUNCATE items")
    assert memory.rows("by_name") == memory.rows("by_place") == []


def test_a_row_goes_with_the_ttl_of_its_key_column(memory: MemoryDriver) -> None:
    memory.run("UPDATE items USING TTL 10 SET name = 'ice' WHERE shelf = 1 AND place = 1")
    assert ("ice", 1, 1) in keys(memory, "by_name")
    memory.clock.tick(10)
    assert ("ice", 1, 1) not in keys(memory, "by_name")
    assert [row["name"] for row in memory.rows("by_place") if row["shelf"] == 1] == [None]


def test_a_row_lives_by_what_it_does_not_show(memory: MemoryDriver) -> None:
    memory.run("""
        CREATE MATERIALIZED VIEW places AS SELECT shelf, place FROM items WHERE shelf IS NOT NULL AND place IS NOT NULL
            PRIMARY KEY (place, shelf);
        TRUNCATE items;
        UPDATE items USING TTL 10 SET price = 5 WHERE shelf = 7 AND place = 7
    """)
    assert len(memory.rows("places")) == 1
    memory.clock.tick(10)
    assert memory.rows("places") == []


def test_pages_and_conditions_go_through_both_doors(memory: MemoryDriver) -> None:
    query = Statement("SELECT shelf FROM by_place WHERE place = ?", (1,), options=Options(fetch_size=2))
    first = memory.execute(query)

    async def second() -> list[Any]:
        options = Options(fetch_size=2, paging_state=first.paging_state)
        return list((await memory.aexecute(query.with_options(options))).rows)

    assert (list(first.rows), trio.run(second)) == ([(4,), (2,)], [(1,)])


@pytest.mark.parametrize("text", ["INSERT INTO by_place (place, shelf) VALUES (1, 1)", "DELETE FROM by_name"])
def test_a_view_takes_no_writes(memory: MemoryDriver, text: str) -> None:
    where = " WHERE name = 'tea'" if text.startswith("DELETE") else ""
    with pytest.raises(RequestRejected, match="Cannot directly modify a materialized view"):
        memory.execute(Statement(text + where))
    with pytest.raises(RequestRejected, match="Cannot directly modify a materialized view"):
        memory.load({"by_name": [{"name": "x", "shelf": 1, "place": 1}]})


def test_what_is_built_from_a_dump_has_the_same_views(memory: MemoryDriver) -> None:
    again = MemoryDriver(clock=Clock())
    again.run(memory.dump())
    assert again.dump() == memory.dump()
    for view in ("by_name", "by_place"):
        assert again.rows(f"shop.{view}") == memory.rows(view)
    columns = "SELECT view_name, where_clause, include_all_columns, comment FROM system_schema.views"
    assert again.execute(Statement(columns)).rows == memory.execute(Statement(columns)).rows


def test_a_restored_or_forked_engine_has_its_own(memory: MemoryDriver) -> None:
    state, other = memory.snapshot(), memory.fork()
    before = memory.rows("by_name")
    memory.run("DROP MATERIALIZED VIEW by_place; DELETE FROM items WHERE shelf = 2")
    assert other.rows("by_name") == before
    assert other.rows("by_place")
    memory.restore(state)
    assert memory.rows("by_name") == before
    assert memory.rows("by_place")


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("CREATE TABLE by_name (k int PRIMARY KEY)", "the name of a materialized view"),
        (
            "CREATE MATERIALIZED VIEW v AS SELECT * FROM items WHERE shelf = null AND place IS NOT NULL "
            "PRIMARY KEY (shelf, place)",
            "compares with null",
        ),
    ],
)
def test_what_makes_a_server_fail_is_refused_by_name(memory: MemoryDriver, text: str, feature: str) -> None:
    with pytest.raises(NotSupportedByMemoryDriver, match=feature):
        memory.run(text)
