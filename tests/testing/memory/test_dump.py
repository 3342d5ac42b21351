"""``MemoryDriver.dump()``: a script that builds the same again."""

from __future__ import annotations

import pytest

from coodie.testing import Clock
from coodie.testing.memory.driver import MemoryDriver

KEYSPACE = "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};"
SCRIPTS = {
    "schema": """
        CREATE KEYSPACE "Other" WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}
            AND durable_writes = false;
        CREATE TYPE ks.inner (a int); CREATE TYPE ks.outer (i frozen<inner>, l list<int>);
        CREATE TABLE ks."Tx" ("p q" int, b text, c int, d int, s text static, o frozen<outer>, n outer,
            PRIMARY KEY (("p q", b), c, d)) WITH CLUSTERING ORDER BY (c DESC, d ASC) AND comment = 'it''s' AND
            default_time_to_live = 60 AND compaction = {'class': 'LeveledCompactionStrategy'};
        CREATE TABLE ks.t (p int PRIMARY KEY, v text, w int, l list<int>, m map<text, int>);
        CREATE INDEX ON ks.t (v); CREATE INDEX named ON ks.t (keys(m));
        CREATE CUSTOM INDEX ON ks.t (w) USING 'StorageAttachedIndex'
    """,
    "rows": """
        CREATE TABLE ks.t (p int, c text, s int static, v text, w double, PRIMARY KEY (p, c));
        INSERT INTO ks.t (p, c, v, w) VALUES (1, 'it''s', 'a', 1.5); INSERT INTO ks.t (p, c) VALUES (1, '');
        UPDATE ks.t SET v = 'only cells' WHERE p = 2 AND c = 'x'; INSERT INTO ks.t (p, s) VALUES (3, 7);
        INSERT INTO ks.t (p, s, c, v) VALUES (4, 8, 'x', ''); DELETE v FROM ks.t WHERE p = 1 AND c = 'it''s';
        DELETE FROM ks.t WHERE p = 4 AND c = 'x'
    """,
    "collections": """
        CREATE TYPE ks.u (a int, b text);
        CREATE TABLE ks.t (p int PRIMARY KEY, l list<int>, s set<text>, m map<int, frozen<list<text>>>, n u,
            f frozen<u>, t tuple<int, text>, v vector<float, 2>, fm frozen<map<text, frozen<set<int>>>>);
        INSERT INTO ks.t (p, l, s, m, n, f, t, v, fm) VALUES (1, [3, 1, 2], {'b', 'a'}, {1: ['x']}, {a: 1}, {b: 'y'},
            (1, null), [0.5, 1], {'k': {2, 1}});
        UPDATE ks.t SET l = [0] + l, s = s - {'a'} WHERE p = 1; INSERT INTO ks.t (p, l) VALUES (2, [])
    """,
    "types": """
        CREATE TABLE ks.t (p int PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean, d date, de decimal, dob double,
            du duration, f float, ie inet, si smallint, ti time, ts timestamp, tu timeuuid, tn tinyint, u uuid,
            vi varint);
        INSERT INTO ks.t (p, a, b, bl, bo, d, de, dob, du, f, ie, si, ti, ts, tu, tn, u, vi) VALUES (1, 'a', -5, 0xcafe,
            true, '-5877641-06-23', 1.50, NaN, 1mo2d3h, -Infinity, '::1', 1, '08:30:00.000000005', -1000000000000000000,
            50554d6e-29bb-11e5-b345-feff819cdc9f, 3, 00000000-0000-0000-0000-000000000000, 123456789012345678901234);
        INSERT INTO ks.t (p, b, vi, de, u) VALUES (2, blob_as_bigint(0x), blob_as_varint(0x), blob_as_decimal(0x),
            blob_as_uuid(0x))
    """,
    "counters": """
        CREATE TABLE ks.t (p int, c int, n counter, s counter static, PRIMARY KEY (p, c));
        UPDATE ks.t SET n = n + 5, s = s - 2 WHERE p = 1 AND c = 1; UPDATE ks.t SET n = n - 7 WHERE p = 1 AND c = 2
    """,
    "ttls": """
        CREATE TABLE ks.t (p int PRIMARY KEY, v int, w int, l list<int>, s set<int>) WITH default_time_to_live = 100;
        INSERT INTO ks.t (p, v, w, l) VALUES (1, 1, 1, [1]) USING TTL 50;
        UPDATE ks.t USING TTL 20 SET w = 2 WHERE p = 1;
        UPDATE ks.t USING TTL 30 SET l = l + [2], s = {5} WHERE p = 1;
        INSERT INTO ks.t (p, v) VALUES (2, 2) USING TTL 0;
        INSERT INTO ks.t (p, v) VALUES (3, 3)
    """,
}


def built(script: str) -> MemoryDriver:
    memory = MemoryDriver(clock=Clock())
    memory.run(script)
    return memory


def everything(memory: MemoryDriver) -> dict[str, list[dict[str, object]]]:
    """What queries tell of the schema but for identities, and of the data."""
    tables = ("keyspaces", "tables", "columns", "types", "indexes")
    found = {name: memory.rows(f"system_schema.{name}") for name in tables}
    for row in found["tables"]:
        del row["id"]
    for space in memory.engine.schema.keyspaces.values():
        if not space.partial:
            found |= {f'"{space.name}"."{name}"': memory.rows(f'"{space.name}"."{name}"') for name in space.tables}
    return found


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_is_built_from_a_dump_is_the_same(name: str) -> None:
    memory = built(KEYSPACE + SCRIPTS[name])
    again = built(memory.dump())
    assert repr(everything(again)) == repr(everything(memory))
    assert again.dump() == memory.dump()


def test_rows_go_when_they_would_have_gone() -> None:
    memory = built(KEYSPACE + SCRIPTS["ttls"])
    memory.clock.tick(5)
    again = built(memory.dump())
    for _ in range(22):
        assert repr(again.rows("ks.t")) == repr(memory.rows("ks.t"))
        for each in (memory, again):
            each.clock.tick(5)
    assert [row["p"] for row in again.rows("ks.t")] == [2]


def test_a_dump_tells_of_no_time() -> None:
    memory = built(KEYSPACE + SCRIPTS["rows"])
    later = MemoryDriver(clock=Clock())
    later.clock.tick(1000)
    later.run(KEYSPACE + SCRIPTS["rows"])
    assert later.dump() == memory.dump()
    assert "INSERT INTO ks.t (p, c, w) VALUES (1, 'it''s', 1.5);\n" in memory.dump()


def test_nothing_is_dumped_of_an_empty_engine() -> None:
    assert MemoryDriver().dump() == ""


CELLS = {
    "ranges": (
        """CREATE TABLE ks.t (p int, c int, d decimal, s int static, v int, PRIMARY KEY (p, c, d))
            WITH CLUSTERING ORDER BY (c ASC, d DESC);
        DELETE FROM ks.t USING TIMESTAMP 5 WHERE p = 1 AND c >= 1 AND c < 4;
        DELETE FROM ks.t USING TIMESTAMP 7 WHERE p = 1 AND c = 2 AND d > 1.50;
        DELETE FROM ks.t USING TIMESTAMP 6 WHERE p = 2 AND c = 2;
        DELETE FROM ks.t USING TIMESTAMP 6 WHERE p = 2 AND c > 7;
        DELETE FROM ks.t USING TIMESTAMP 8 WHERE p = 3""",
        [
            "DELETE FROM ks.t USING TIMESTAMP 5 WHERE p = 1 AND c >= 1 AND c < 2",
            "DELETE FROM ks.t USING TIMESTAMP 7 WHERE p = 1 AND c = 2 AND d > 1.50",
            "DELETE FROM ks.t USING TIMESTAMP 5 WHERE p = 1 AND c = 2 AND d <= 1.50",
            "DELETE FROM ks.t USING TIMESTAMP 5 WHERE p = 1 AND c > 2 AND c < 4",
            "DELETE FROM ks.t USING TIMESTAMP 6 WHERE p = 2 AND c = 2",
            "DELETE FROM ks.t USING TIMESTAMP 6 WHERE p = 2 AND c > 7",
            "DELETE FROM ks.t USING TIMESTAMP 8 WHERE p = 3",
        ],
    ),
    "a TTL by default": (
        """CREATE TABLE ks.t (p int PRIMARY KEY, v int) WITH default_time_to_live = 9;
        INSERT INTO ks.t (p, v) VALUES (1, 1) USING TIMESTAMP 1 AND TTL 0;
        UPDATE ks.t USING TIMESTAMP 2 SET v = 2 WHERE p = 2""",
        [
            "INSERT INTO ks.t (p) VALUES (1) USING TIMESTAMP 1 AND TTL 0",
            "UPDATE ks.t USING TIMESTAMP 1 AND TTL 0 SET v = 1 WHERE p = 1",
            "UPDATE ks.t USING TIMESTAMP 2 AND TTL 9 SET v = 2 WHERE p = 2",
        ],
    ),
    "a dropped column": (
        """CREATE TABLE ks.t (p int PRIMARY KEY, v int, s set<int>);
        UPDATE ks.t USING TIMESTAMP 1 SET v = 1, s = {1} WHERE p = 1;
        UPDATE ks.t USING TIMESTAMP 9 SET v = 1, s = s + {2} WHERE p = 2;
        ALTER TABLE ks.t DROP v USING TIMESTAMP 5; ALTER TABLE ks.t ADD v int;
        ALTER TABLE ks.t DROP s USING TIMESTAMP 5; ALTER TABLE ks.t ADD s set<int>""",
        [
            "UPDATE ks.t USING TIMESTAMP 9 SET v = 1 WHERE p = 2",
            "UPDATE ks.t USING TIMESTAMP 9 SET s = s + {2} WHERE p = 2",
        ],
    ),
    "counters": (
        """CREATE TABLE ks.t (p int, c int, n counter, PRIMARY KEY (p, c));
        UPDATE ks.t SET n = n + 5 WHERE p = 1 AND c = 1; DELETE FROM ks.t WHERE p = 1 AND c = 1;
        DELETE FROM ks.t WHERE p = 1 AND c > 1; UPDATE ks.t SET n = n + 2 WHERE p = 1 AND c = 2;
        UPDATE ks.t SET n = n + 3 WHERE p = 2 AND c = 1; DELETE n FROM ks.t WHERE p = 2 AND c = 1""",
        [
            "UPDATE ks.t SET n = n + 5 WHERE p = 1 AND c = 1",
            "DELETE FROM ks.t WHERE p = 1 AND c = 1",
            "DELETE FROM ks.t WHERE p = 1 AND c > 1",
            "UPDATE ks.t SET n = n + 2 WHERE p = 1 AND c = 2",
            "DELETE n FROM ks.t WHERE p = 2 AND c = 1",
        ],
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_all_cells_are_dumped_as_statements_with_their_times(name: str) -> None:
    script, told = CELLS[name]
    memory = built(KEYSPACE + script)
    dumped = [text.removesuffix(";") for text in memory.dump(cells=True).splitlines()]
    assert [text for text in dumped if not text.startswith("CREATE")] == told
    again = built(memory.dump(cells=True))
    assert again.dump(cells=True) == memory.dump(cells=True)
    assert again.dump() == memory.dump()


def test_what_has_expired_does_not_come_back_with_all_cells() -> None:
    memory = built(
        KEYSPACE + "CREATE TABLE ks.t (p int PRIMARY KEY, v int, s set<int>);"
        "INSERT INTO ks.t (p, v, s) VALUES (1, 1, {1}) USING TIMESTAMP 5 AND TTL 10"
    )
    memory.clock.tick(10)
    assert "-- an INSERT with p = 1 at 5 has expired\n" in memory.dump(cells=True)
    again = built(memory.dump(cells=True))
    for each in (memory, again):
        each.run("UPDATE ks.t USING TIMESTAMP 4 SET v = 2, s = s + {1} WHERE p = 1")
        assert each.rows("ks.t") == []
