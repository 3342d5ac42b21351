"""The same frames go to the server and to the engine: what comes back is the same, to the byte where it can be."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from struct import Struct

import pytest

from coodie.cql.message import Statement
from coodie.testing.memory.driver import MemoryDriver
from coodie.testing.memory.wire import frames, segments
from coodie.testing.memory.wire.frames import Frame
from coodie.testing.memory.wire.stream import Exchange
from tests_integration.server import Found

pytestmark = pytest.mark.needs_server("the engine is compared with it")

HEADER = Struct(">BBhBi")
ONE = b"\x00\x01"
"""The consistency ONE."""


def request(version: int, opcode: int, body: bytes) -> bytes:
    return HEADER.pack(version, 0, 1, opcode, len(body)) + body


def startup(version: int) -> bytes:
    return request(version, frames.STARTUP, frames.short(1) + frames.string("CQL_VERSION") + frames.string("3.0.0"))


class OnServer:
    """A socket to the real server."""

    def __init__(self, found: Found, version: int) -> None:
        self.socket = socket.create_connection((found.hosts[0], found.port), 300)
        self.version = version
        self.got = b""
        self.segmented = False
        assert self.send(startup(version))[1] == frames.READY
        self.segmented = version == 5

    def send(self, data: bytes) -> tuple[int, int, bytes]:
        self.socket.sendall(segments.packed(data) if self.segmented else data)
        _, flags, _, opcode, length = HEADER.unpack(self.take(HEADER.size))
        return flags, opcode, self.take(length)

    def take(self, count: int) -> bytes:
        raw = b""
        while len(self.got) < count:
            raw += self.socket.recv(1 << 16)
            if not self.segmented:
                self.got, raw = self.got + raw, b""
            while self.segmented and (found := segments.unpack(raw, 0)) is not None:
                self.got, raw = self.got + found[0], raw[found[1] :]
        taken, self.got = self.got[:count], self.got[count:]
        return taken


class OnEngine:
    """A client of the engine."""

    def __init__(self, memory: MemoryDriver, version: int) -> None:
        self.exchange = Exchange(memory.server, lambda event: None)
        self.segmented = False
        assert self.send(startup(version))[1] == frames.READY
        self.segmented = version == 5

    def send(self, data: bytes) -> tuple[int, int, bytes]:
        found: list[Frame] = list(self.exchange.answers(segments.packed(data) if self.segmented else data))
        assert len(found) == 1
        return found[0].flags, found[0].opcode, found[0].body


def text(cql: str) -> bytes:
    data = cql.encode()
    return frames.integer(len(data)) + data


DDL = [
    "CREATE TYPE {ks}.u (a int, b frozen<list<text>>)",
    "CREATE TABLE {ks}.t (p int, c int, s text static, v int, l list<int>, PRIMARY KEY (p, c))",
    "CREATE TABLE {ks}.n (p int, c counter, PRIMARY KEY (p))",
    "CREATE TABLE {ks}.ty (p int PRIMARY KEY, a ascii, bi bigint, bl blob, bo boolean, d date, de decimal, do double,"
    " du duration, f float, ie inet, si smallint, ti time, ts timestamp, tu timeuuid, tn tinyint, u uuid, vi varint,"
    " l list<frozen<set<int>>>, m map<text, frozen<u>>, fu frozen<u>, nu u, t tuple<int, frozen<list<text>>>,"
    " ve vector<float, 3>, vl vector<frozen<list<int>>, 2>, vu vector<frozen<u>, 2>,"
    " vt vector<frozen<tuple<int, text>>, 2>, vm vector<frozen<map<int, text>>, 2>, vs vector<frozen<set<int>>, 2>,"
    " vv vector<vector<int, 2>, 2>, lv list<frozen<vector<int, 2>>>, fm frozen<map<int, frozen<list<u>>>>)",
    'CREATE TABLE {ks}."Case" ("P q" int, b text, c int, d int, s text static, s2 set<int> static, v frozen<u>, n u,'
    """ PRIMARY KEY (("P q", b), c, d)) WITH CLUSTERING ORDER BY (c DESC, d ASC) AND comment = 'it''s' AND"""
    " compaction = {{'class': 'LeveledCompactionStrategy'}} AND compression = {{'enabled': false}} AND"
    " speculative_retry = '50ms' AND gc_grace_seconds = 5 AND caching = {{'keys': 'NONE'}}",
    "CREATE INDEX IF NOT EXISTS sai ON {ks}.ty (a) USING 'sai' WITH OPTIONS = {{'case_sensitive': false}}",
    "CREATE INDEX ix ON {ks}.t (v)",
    "CREATE INDEX IF NOT EXISTS ix ON {ks}.t (v)",
    "CREATE TABLE IF NOT EXISTS {ks}.t (p int PRIMARY KEY)",
    "CREATE TABLE {ks}.t (p int PRIMARY KEY)",
    "CREATE KEYSPACE {ks} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}",
    "ALTER TABLE {ks}.t ADD w text",
    "ALTER TABLE {ks}.t DROP w",
    "CREATE TYPE {ks}.other (a int)",
    "ALTER TYPE {ks}.other ADD z int",
    "ALTER KEYSPACE {ks} WITH durable_writes = false",
    "DROP INDEX {ks}.ix",
    "DROP TABLE IF EXISTS {ks}.nosuch",
    "DROP KEYSPACE nosuch",
    "CREATE TABLE {ks}.gone (p int PRIMARY KEY)",
    "DROP TABLE {ks}.gone",
]
QUERIES = [
    "SELECT * FROM {ks}.ty",
    "SELECT * FROM {ks}.t",
    "INSERT INTO {ks}.t (p, c, v, s, l) VALUES (1, 2, 3, 'x', [1, 2])",
    "INSERT INTO {ks}.t (p, c, v) VALUES (1, 2, 3) IF NOT EXISTS",
    "INSERT INTO {ks}.t (p, c, v) VALUES (1, 3, 3) IF NOT EXISTS",
    "UPDATE {ks}.t SET v = 4 WHERE p = 1 AND c = 2 IF v = 9",
    "UPDATE {ks}.n SET c = c + 1 WHERE p = 1",
    "SELECT p, c, v, s, l FROM {ks}.t WHERE p = 1",
    "SELECT count(*), max(v) FROM {ks}.t",
    "SELECT c FROM {ks}.n",
    "SELECT nope FROM {ks}.t",
    "SELECT",
    "",
    "SELECT p / 0 FROM {ks}.t",
    "BEGIN BATCH INSERT INTO {ks}.t (p, c) VALUES (1, 9);"
    " UPDATE {ks}.t SET v = 1 WHERE p = 1 AND c = 9 IF v = 4; APPLY BATCH",
    "BEGIN UNLOGGED BATCH INSERT INTO {ks}.t (p, c) VALUES (2, 9); APPLY BATCH",
    "TRUNCATE {ks}.n",
    "USE {ks}",
    "USE nosuch",
    "SELECT * FROM t WHERE p = 1",
]
DESCRIBED = [
    "DESCRIBE TABLE {ks}.t",
    "DESC TABLE {ks}.ty",
    "DESCRIBE {ks}.n",
    'DESCRIBE TABLE {ks}."Case"',
    "DESCRIBE TYPE {ks}.u",
    "DESCRIBE TYPE {ks}.u WITH INTERNALS",
    "DESCRIBE INDEX {ks}.sai",
    "DESCRIBE {ks}.sai",
    "DESCRIBE KEYSPACE {ks}",
    "DESCRIBE ONLY KEYSPACE {ks}",
    "DESCRIBE {ks}",
    "DESCRIBE KEYSPACE system_virtual_schema",
    "DESCRIBE TABLE {ks}.nosuch",
    "DESCRIBE TYPE {ks}.nosuch",
    "DESCRIBE INDEX {ks}.nosuch",
    "DESCRIBE MATERIALIZED VIEW {ks}.nosuch",
    "DESCRIBE FUNCTION {ks}.nosuch",
    "DESCRIBE AGGREGATE {ks}.nosuch",
    "DESCRIBE FUNCTIONS",
    "DESCRIBE AGGREGATES",
    "DESCRIBE {ks}.nosuch",
    "DESCRIBE nosuch",
    "DESCRIBE TABLE nosuch.t",
    "DESCRIBE KEYSPACE nosuch",
    "DESCRIBE KEYSPACE",
    "DESCRIBE TABLE t",
    "DESCRIBE",
    "USE {ks}",
    "DESCRIBE TABLES",
    "DESCRIBE TYPES",
    "DESCRIBE KEYSPACE",
    "DESCRIBE TABLE t",
    "DESCRIBE t",
    "DESCRIBE nosuch",
]
OPTIONS = [
    "compaction = {{'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': 100}}",
    "compaction = {{'class': 'TimeWindowCompactionStrategy', 'compaction_window_size': 1}}",
    "compaction = {{'class': 'UnifiedCompactionStrategy'}}",
    "compaction = {{'class': 'SizeTieredCompactionStrategy', 'max_threshold': 20, 'enabled': false}}",
    "compaction = {{'class': 'LeveledCompactionStrategy'}} AND bloom_filter_fp_chance = 0.2",
    "compression = {{'class': 'SnappyCompressor'}}",
    "compression = {{'class': 'LZ4Compressor', 'chunk_length_in_kb': 64}}",
    "compression = {{'class': 'ZstdCompressor', 'compression_level': 3}}",
    "compression = {{'enabled': false}}",
    "caching = {{'keys': 'NONE'}}",
    "caching = {{'rows_per_partition': 10}}",
    "speculative_retry = '95PERCENTILE' AND additional_write_policy = '50ms'",
    "speculative_retry = 'NONE'",
    "speculative_retry = 'MIN(99PERCENTILE,50ms)'",
    "read_repair = 'none' AND crc_check_chance = 0.5 AND bloom_filter_fp_chance = 1",
    "comment = 'it''s' AND default_time_to_live = 7 AND gc_grace_seconds = 5 AND memtable = 'default'",
    "allow_auto_snapshot = false AND incremental_backups = false AND cdc = true",
    "min_index_interval = 3 AND max_index_interval = 4 AND memtable_flush_period_in_ms = 9",
]
"""Of tables, which the server keeps in its own spelling."""

OF_SYSTEM = {
    "keyspaces": "*",
    "columns": "*",
    "types": "*",
    "indexes": "*",
    "views": "*",
    "triggers": "*",
    "functions": "*",
    "dropped_columns": "keyspace_name, table_name, column_name, kind, type",
    "tables": "table_name, additional_write_policy, allow_auto_snapshot, bloom_filter_fp_chance, caching, cdc, comment,"
    " compaction, compression, crc_check_chance, dclocal_read_repair_chance, default_time_to_live, extensions, flags,"
    " gc_grace_seconds, incremental_backups, max_index_interval, memtable, memtable_flush_period_in_ms,"
    " min_index_interval, read_repair, read_repair_chance, speculative_retry",
}
"""What stands in the system's tables, but for identities and times."""

PREPARED = [
    "SELECT p, c, l FROM {ks}.t WHERE p = ? AND c = ?",
    "SELECT p FROM {ks}.t WHERE c = ? AND p = ? ALLOW FILTERING",
    "SELECT p FROM {ks}.t WHERE p IN (?, ?)",
    "SELECT p FROM {ks}.t WHERE p IN ?",
    "SELECT p FROM {ks}.t WHERE p = 1",
    "SELECT p FROM {ks}.t WHERE token(p) > ? LIMIT ?",
    "SELECT * FROM {ks}.ty WHERE p = :key",
    "INSERT INTO {ks}.t (p, c, l) VALUES (?, ?, ?) USING TTL ? AND TIMESTAMP ?",
    "INSERT INTO {ks}.ty (p, fu, t, nu) VALUES (?, {{a: ?}}, (?, ?), ?)",
    "UPDATE {ks}.t SET l = ? WHERE p = 1 AND c = 1 IF l = ?",
    "UPDATE {ks}.n SET c = c + ? WHERE p = ?",
    "DELETE FROM {ks}.t WHERE p = 1",
    "BEGIN BATCH INSERT INTO {ks}.t (p, c) VALUES (?, ?); DELETE FROM {ks}.t WHERE p = ?; APPLY BATCH",
    "BEGIN COUNTER BATCH UPDATE {ks}.n SET c = c + ? WHERE p = ?; APPLY BATCH",
    "TRUNCATE {ks}.t",
    "CREATE TABLE IF NOT EXISTS {ks}.t (p int PRIMARY KEY)",
    "SELECT nope FROM {ks}.t",
]
RAW = [
    (frames.STARTUP, frames.short(0)),
    (frames.REGISTER, frames.strings(["FOO"])),
    (frames.REGISTER, frames.strings(["SCHEMA_CHANGE"])),
    (frames.EXECUTE, frames.short_bytes(b"abcd") + ONE + b"\0\0\0\0"),
    (frames.BATCH, b"\x09\0\0" + ONE + b"\0\0\0\0"),
    (frames.BATCH, b"\x00\0\0" + ONE + b"\0\0\0\0"),
    (frames.QUERY, text("SELECT key FROM system.local") + b"\x00\x4d\0\0\0\0"),
    (frames.READY, b""),
]


@pytest.fixture(scope="module")
def keyspace(session: object) -> Iterator[str]:
    name = f"wire_{secrets.token_hex(4)}"
    session.execute(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    yield name
    session.execute(f"DROP KEYSPACE IF EXISTS {name}")


@pytest.fixture(scope="module")
def memory(keyspace: str) -> MemoryDriver:
    made = MemoryDriver()
    replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
    made.execute(Statement(f"CREATE KEYSPACE {keyspace} WITH replication = {replication}"))
    return made


def told(answer: tuple[int, int, bytes], opcode: int, version: int) -> tuple[int, int, bytes]:
    """An answer without the identity of the columns, which each server makes for itself."""
    flags, kind, body = answer
    if version == 5 and kind == frames.RESULT and opcode == frames.PREPARE:
        at = 4 + 2 + 16
        if flags & frames.WITH_WARNINGS:
            at += 4 + int.from_bytes(body[2:4], "big")
        return flags, kind, body[:at] + body[at + 2 + 16 :]
    return flags, kind, body


@pytest.fixture(params=[3, 4, 5])
def version(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture
def both(cluster: Found, memory: MemoryDriver, version: int) -> Iterator[tuple[OnServer, OnEngine]]:
    server = OnServer(cluster, version)
    yield server, OnEngine(memory, version)
    server.socket.close()


def parameters(version: int) -> bytes:
    return ONE + (b"\0\0\0\0" if version == 5 else b"\0")


def differences(both: tuple[OnServer, OnEngine], version: int, opcode: int, bodies: list[bytes]) -> list[object]:
    """Of the requests that are answered otherwise: the request, the server's answer, the engine's."""
    found: list[object] = []
    for body in bodies:
        wanted, got = (told(each.send(request(version, opcode, body)), opcode, version) for each in both)
        if wanted != got:
            found.append((body, wanted, got))
    return found


def test_statements_on_the_schema_are_answered_alike(
    cluster: Found, memory: MemoryDriver, keyspace: str, session: object
) -> None:
    both = OnServer(cluster, 4), OnEngine(memory, 4)
    tables = [f"CREATE TABLE {{ks}}.o{number} (p int PRIMARY KEY) WITH {each}" for number, each in enumerate(OPTIONS)]
    bodies = [text(cql.format(ks=keyspace)) + parameters(4) for cql in DDL + tables]
    assert differences(both, 4, frames.QUERY, bodies) == []
    both[0].socket.close()


def test_queries_are_answered_alike(both: tuple[OnServer, OnEngine], keyspace: str, version: int) -> None:
    bodies = [text(cql.format(ks=keyspace)) + parameters(version) for cql in QUERIES]
    assert differences(both, version, frames.QUERY, bodies) == []


def test_tables_of_the_system_hold_the_same(both: tuple[OnServer, OnEngine], keyspace: str, version: int) -> None:
    asked = [
        f"SELECT {what} FROM system_schema.{name} WHERE keyspace_name = '{keyspace}'"
        for name, what in OF_SYSTEM.items()
    ]
    asked += [
        "SELECT * FROM system.peers",
        "SELECT * FROM system.peers_v2",
        "SELECT key, partitioner FROM system.local",
    ]
    asked += ["SELECT * FROM system_virtual_schema.tables WHERE keyspace_name = 'system_virtual_schema'"]
    bodies = [text(cql) + parameters(version) for cql in asked]
    assert differences(both, version, frames.QUERY, bodies) == []


def test_descriptions_are_the_same_text(both: tuple[OnServer, OnEngine], keyspace: str, version: int) -> None:
    bodies = [text(cql.format(ks=keyspace)) + parameters(version) for cql in DESCRIBED]
    assert differences(both, version, frames.QUERY, bodies) == []


def test_prepared_statements_are_told_alike(both: tuple[OnServer, OnEngine], keyspace: str, version: int) -> None:
    flags = b"\0\0\0\0" if version == 5 else b""
    bodies = [text(cql.format(ks=keyspace)) + flags for cql in PREPARED]
    assert differences(both, version, frames.PREPARE, bodies) == []


def test_a_keyspace_that_is_used_counts_for_prepared_statements_alike(
    both: tuple[OnServer, OnEngine], keyspace: str, version: int
) -> None:
    use = [text(f"USE {keyspace}") + parameters(version)]
    assert differences(both, version, frames.QUERY, use) == []
    flags = b"\0\0\0\0" if version == 5 else b""
    bodies = [text(cql) + flags for cql in ("SELECT p FROM t", "SELECT c FROM t", f"SELECT p FROM {keyspace}.t")]
    assert differences(both, version, frames.PREPARE, bodies) == []


@pytest.mark.parametrize(("opcode", "body"), RAW)
def test_frames_that_ask_for_no_statement_are_answered_alike(
    both: tuple[OnServer, OnEngine], version: int, opcode: int, body: bytes
) -> None:
    if opcode == frames.BATCH and version < 5:
        body = body[:-3]
    if opcode == frames.EXECUTE and version == 5:
        body = frames.short_bytes(b"abcd") + body
    assert differences(both, version, opcode, [body]) == []
