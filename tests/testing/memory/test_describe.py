"""DESCRIBE. That a server gives the same texts is tested in ``tests_integration/memory/test_wire.py``."""

from __future__ import annotations

import pytest

from coodie.cql.message import Statement
from coodie.exceptions import RequestRejected
from coodie.testing.memory.driver import MemoryDriver

DDL = """
CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
CREATE TYPE ks.u (a int, b frozen<list<text>>);
CREATE TABLE ks.t (p int, c int, s text static, v int, l list<int>, b text, PRIMARY KEY (p, c))
    WITH CLUSTERING ORDER BY (c DESC) AND comment = 'it''s' AND compaction = {'class': 'LeveledCompactionStrategy'};
CREATE TABLE ks."Case" (p int PRIMARY KEY, u frozen<u>);
CREATE INDEX ix ON ks.t (l); CREATE CUSTOM INDEX sai ON ks.t (v) USING 'sai'
"""
TABLE = """CREATE TABLE ks.t (
    p int,
    c int,
    s text static,
    b text,
    v int,
    l list<int>,
    PRIMARY KEY (p, c)
) WITH CLUSTERING ORDER BY (c DESC)
    AND additional_write_policy = '99p'
    AND allow_auto_snapshot = true
    AND bloom_filter_fp_chance = 0.1
    AND caching = {'keys': 'ALL', 'rows_per_partition': 'NONE'}
    AND cdc = false
    AND comment = 'it''s'
    AND compaction = {'class': 'org.apache.cassandra.db.compaction.LeveledCompactionStrategy', 'max_threshold': '32', \
'min_threshold': '4'}
    AND compression = {'chunk_length_in_kb': '16', 'class': 'org.apache.cassandra.io.compress.LZ4Compressor'}
    AND memtable = 'default'
    AND crc_check_chance = 1.0
    AND default_time_to_live = 0
    AND extensions = {}
    AND gc_grace_seconds = 864000
    AND incremental_backups = true
    AND max_index_interval = 2048
    AND memtable_flush_period_in_ms = 0
    AND min_index_interval = 128
    AND read_repair = 'BLOCKING'
    AND speculative_retry = '99p';"""


@pytest.fixture
def memory() -> MemoryDriver:
    made = MemoryDriver()
    made.run(DDL)
    return made


def rows(memory: MemoryDriver, cql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in memory.execute(Statement(cql)).rows]


def test_a_table_comes_with_its_indexes(memory: MemoryDriver) -> None:
    assert rows(memory, "DESCRIBE TABLE ks.t") == [
        ("ks", "table", "t", TABLE),
        ("ks", "index", "ix", "CREATE INDEX ix ON ks.t (values(l));"),
        ("ks", "index", "sai", "CREATE CUSTOM INDEX sai ON ks.t (v) USING 'sai';"),
    ]


def test_a_keyspace_comes_with_all_that_is_in_it(memory: MemoryDriver) -> None:
    found = rows(memory, "DESC KEYSPACE ks")
    assert [row[1:3] for row in found] == [
        *(("keyspace", "ks"), ("type", "u"), ("table", '"Case"')),
        *(("table", "t"), ("index", "ix"), ("index", "sai")),
    ]
    assert rows(memory, "DESCRIBE SCHEMA") == found
    assert rows(memory, "DESCRIBE ONLY KEYSPACE ks") == found[:1]


def test_a_schema_is_built_again_from_its_description(memory: MemoryDriver) -> None:
    again = MemoryDriver()
    again.run("\n".join(str(row[3]) for row in rows(memory, "DESCRIBE SCHEMA")))
    assert rows(again, "DESCRIBE SCHEMA") == rows(memory, "DESCRIBE SCHEMA")


def test_lists_are_of_the_keyspace_in_use_or_of_all(memory: MemoryDriver) -> None:
    assert ("system", "table", "local") in rows(memory, "DESCRIBE TABLES")
    memory.run("USE ks")
    assert rows(memory, "DESCRIBE TABLES") == [("ks", "table", '"Case"'), ("ks", "table", "t")]
    assert rows(memory, "DESCRIBE TYPES") == [("ks", "type", "u")]
    assert ("system", "keyspace", "system") in rows(memory, "DESCRIBE KEYSPACES")
    assert len(memory.execute(Statement("DESCRIBE CLUSTER")).columns) == 4


def test_a_name_is_looked_for_among_keyspaces_tables_and_indexes(memory: MemoryDriver) -> None:
    assert rows(memory, "DESCRIBE ks") == rows(memory, "DESCRIBE KEYSPACE ks")
    assert rows(memory, "DESCRIBE ks.ix") == rows(memory, "DESCRIBE INDEX ks.ix")
    assert rows(memory, "DESCRIBE ks.t") == rows(memory, "DESCRIBE TABLE ks.t")


@pytest.mark.parametrize(
    ("cql", "told"),
    [
        ("DESCRIBE TABLE ks.nosuch", "Table 'nosuch' not found in keyspace 'ks'"),
        ("DESCRIBE nosuch", "'nosuch' not found in keyspaces"),
        ("DESCRIBE KEYSPACE", "No keyspace specified and no current keyspace"),
        ("DESCRIBE TABLE ks.t.x", "line 1:19 no viable alternative at input '.'"),
        ("DESCRIBE FULL TABLES", "line 1:14 no viable alternative at input 'TABLES'"),
        ("DESCRIBE", "line 0:-1 no viable alternative"),
    ],
)
def test_what_is_not_there_is_told(memory: MemoryDriver, cql: str, told: str) -> None:
    with pytest.raises(RequestRejected, match=told.replace("(", r"\(")):
        memory.execute(Statement(cql))


def test_it_tells_of_the_schema_as_it_is(memory: MemoryDriver) -> None:
    rows(memory, "DESCRIBE ks.t")
    memory.run("ALTER TABLE ks.t ADD more int")
    assert "    more int,\n" in str(rows(memory, "DESCRIBE ks.t")[0][3])
