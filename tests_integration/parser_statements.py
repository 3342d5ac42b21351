"""Statements that the parser and the server take, or refuse, and the known differences between them."""

from __future__ import annotations

TABLES = (
    "CREATE TYPE addr (street text, zip int)",
    """
    CREATE TABLE t (k int, k2 int, c int, d int, s int STATIC, a int, b text, f double, l list<int>, st set<text>,
        m map<text, int>, fm frozen<map<text, int>>, u addr, fu frozen<addr>, tp tuple<int, text>, dur duration,
        bl blob, json text, "Q" int, PRIMARY KEY ((k, k2), c, d))
    """,
    """
    CREATE TABLE one (k int PRIMARY KEY, a int, b text, st set<text>, m map<text, int>, l list<int>, u addr, as addr,
        v vector<float, 3>)
    """,
    "CREATE TABLE n (k int PRIMARY KEY, c counter)",
    "CREATE CUSTOM INDEX ON one (v) USING 'StorageAttachedIndex'",
)
KEY = "k = 1 AND k2 = 2"
ROW = f"{KEY} AND c = 3 AND d = 4"

# Taken by both: and the names of marks, and of a SELECT's columns, are the same.
TAKEN = f"""
SELECT a FROM t;
SELECT a, json, "Q" AS "X" FROM t;;
SELECT DISTINCT k, k2 FROM t
SELECT JSON * FROM t
SELECT json json FROM t
SELECT json AS a, json AS as FROM t
SELECT JSON as FROM one
SELECT JSON as.zip, a FROM one
SELECT JSON as AS a FROM one
SELECT count(*), COUNT(1), count(a), count('x'), system.count(5), count(null) FROM t
SELECT a + 1, (a + 1) * 2, a - -1, -a, a % c FROM t
SELECT (int) ?, (int) -5, (text) :x, (double) -Infinity, (map<text, int>) {{'x': a}} FROM t
SELECT CAST(a AS text), token(k, k2), max(a), now(), system.uuid() FROM t
SELECT writetime(a), maxwritetime(st), ttl(b), writetime(m['x']), writetime(u.street) FROM t
SELECT m['x'], m[?], m['a'..'b'], m['a'..], m[..?], u.street, fu.zip FROM t
SELECT [a, c], {{a, c}}, (a, c) FROM t
SELECT (duration) 1y2mo3w4d5h6m7s8ms9us10ns AS x, (duration) P1Y2M3DT4H5M6S AS y, (duration) -P3W AS z FROM t
SELECT (duration) P0001-02-03T04:05:06 AS x, (blob) 0xAF AS y, (text) $$it's$$ AS z FROM t
SELECT similarity_cosine(v, [1, 2, 3]) FROM one
SELECT a FROM t WHERE k = ? AND k2 = :"K"
SELECT a FROM t WHERE k IN ? AND k2 IN (?, 2)
SELECT a FROM t WHERE k IN () AND k2 IN :l
SELECT a FROM t WHERE {KEY} AND (c, d) > (?, ?)
SELECT a FROM t WHERE {KEY} AND (c, d) > ?
SELECT a FROM t WHERE {KEY} AND (c, d) IN ?
SELECT a FROM t WHERE {KEY} AND (c, d) IN (?, ?)
SELECT a FROM t WHERE {KEY} AND (c, d) IN ((?, 1), (2, :x))
SELECT a FROM t WHERE ((k = 1)) AND (k2 = 2) AND (c) = (?)
SELECT a FROM t WHERE token(k, k2) > ? AND token(k, k2) <= token(1, 2)
SELECT a FROM t WHERE m CONTAINS ? AND m CONTAINS KEY ? AND m[?] = ? AND st CONTAINS 'x' ALLOW FILTERING
SELECT a FROM t WHERE fu = {{street: 'x', zip: ?}} AND tp = (?, 'x') AND fm = {{'x': 1}} ALLOW FILTERING
SELECT a FROM t WHERE k = 1 + (int) ? AND k2 = - (int) ?
SELECT a FROM t WHERE k = (int) ? / 2 AND k2 = (int) ? * 2
SELECT a FROM t WHERE k = (1 + 2) * 3 AND k2 = (int) ?
SELECT a FROM t GROUP BY k, k2, c
SELECT a FROM t WHERE {KEY} ORDER BY c DESC, d DESC
SELECT a FROM one ORDER BY v ANN OF ? LIMIT ?
SELECT a FROM t PER PARTITION LIMIT ? LIMIT :n ALLOW FILTERING
INSERT INTO t (k, k2, c, d) VALUES (?, :x, :"Y", 4) IF NOT EXISTS USING TTL ?
INSERT INTO t (k, k2, c, d) VALUES (?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?
INSERT INTO t (k, k2, c, d, l, st, m, tp, fu) VALUES (1, 2, 3, 4, [], {{}}, {{'a': 1}}, (?, ?), {{street: ?}})
INSERT INTO t (k, k2, c, d, a) VALUES (1, 2, 3, 4, (int) ?)
INSERT INTO t JSON ? DEFAULT UNSET IF NOT EXISTS
INSERT INTO t JSON '{{"k": 1}}' DEFAULT NULL USING TTL 5
UPDATE t USING TTL ? AND TIMESTAMP ? SET a = ?, b = 'x', m = m + ?, st = st - ?, l = ? + l WHERE {ROW}
UPDATE t SET l += ?, st -= {{'x'}}, m[?] = ?, u.street = ?, m = m - ? WHERE {ROW}
UPDATE n SET c = c + ? WHERE k = ?
UPDATE n SET c = c -1 WHERE k = 1
UPDATE n SET c -= ? WHERE k = 1
UPDATE one SET a = 1 WHERE k = ? IF a = ? AND b != ? AND st CONTAINS ? AND m CONTAINS KEY ? AND a IN ?
UPDATE one SET a = 1 WHERE k = 1 IF m[?] IN ? AND u.street IN (?, ?) AND m[?] > ? AND u.zip = ?
DELETE m[?], u.street FROM t USING TIMESTAMP ? WHERE {ROW}
DELETE FROM t WHERE {KEY} AND c > ? AND c < 9
DELETE FROM one WHERE k = ? IF EXISTS
BEGIN UNLOGGED BATCH USING TIMESTAMP ? DELETE FROM one WHERE k = ? INSERT INTO one (k) VALUES (?); APPLY BATCH
BEGIN COUNTER BATCH UPDATE n SET c += 1 WHERE k = ? APPLY BATCH;
BEGIN BATCH APPLY BATCH
TRUNCATE one
TRUNCATE TABLE one
CREATE TABLE x (a int, b text STATIC, c int, PRIMARY KEY ((a), c),) WITH CLUSTERING ORDER BY (c DESC) AND cdc = true
CREATE TABLE x (a int PRIMARY KEY,, b int,,,)
CREATE INDEX ON one ()
SELECT system.token(k, k2) FROM t
CREATE TABLE IF NOT EXISTS x (a int PRIMARY KEY, b frozen<addr>, c vector<float, 3>) WITH caching = {{'keys': 'ALL'}}
CREATE TABLE x (a int, b int, PRIMARY KEY (a, b)) WITH COMPACT STORAGE AND comment = 'x'
CREATE TABLE x (PRIMARY KEY (a), a int) WITH id = 5a1c395e-b41f-11e5-9f22-ba0be0483c18
ALTER TABLE one ADD IF NOT EXISTS (z int, y text)
ALTER TABLE IF EXISTS one DROP IF EXISTS (a, b) USING TIMESTAMP 5
ALTER TABLE one RENAME IF EXISTS k TO kk AND a TO aa
ALTER TABLE one ALTER IF EXISTS a DROP MASKED
ALTER TABLE one WITH comment = 'x' AND gc_grace_seconds = 3
CREATE INDEX IF NOT EXISTS i ON one (entries(m)) USING 'sai' WITH OPTIONS = {{'case_sensitive': false}}
CREATE INDEX ON t (full(fm))
CREATE CUSTOM INDEX ON one (a, b) USING 'x.Y'
CREATE MATERIALIZED VIEW v1 AS SELECT * FROM one WHERE k IS NOT NULL AND a > 5 PRIMARY KEY (a, k) WITH comment = 'x'
CREATE MATERIALIZED VIEW v1 AS SELECT k, a FROM one PRIMARY KEY (a, k)
ALTER MATERIALIZED VIEW IF EXISTS v1 WITH comment = 'x'
CREATE TYPE IF NOT EXISTS a2 (x int, y frozen<list<text>>, z frozen<addr>,)
ALTER TYPE IF EXISTS addr ADD IF NOT EXISTS z int
ALTER TYPE addr RENAME zip TO z AND street TO s
DROP TABLE IF EXISTS one
DROP MATERIALIZED VIEW IF EXISTS v1
CREATE KEYSPACE x WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}} AND durable_writes = false
ALTER KEYSPACE IF EXISTS x WITH durable_writes = true
DROP FUNCTION IF EXISTS plus(int, int)
CREATE TRIGGER tr ON one USING 'x'
GRANT SELECT ON TABLE one TO bob
LIST ALL PERMISSIONS OF bob
DESCRIBE TABLES
"""

REFUSED = """
SELECT FROM t
SELECT a, FROM t
SELECT a FROM t WHERE expr (i, 'x')
SELECT a FROM t WHERE k = -now()
SELECT a FROM t WHERE k = -null
SELECT a FROM t WHERE k = -0x12
SELECT -640fb254-2f6d-acfc-d384-de4abc5c5109 FROM t
SELECT a FROM t WHERE k = - - 1
SELECT a FROM t WHERE (c, d) IN ((1, 2), ?)
SELECT DISTINCT * k FROM t
SELECT a FROM t WHERE k = ttl(1)
SELECT a FROM t WHERE k = key(1)
SELECT writetime(1) FROM t
SELECT x.json(1) FROM t
SELECT a FROM t WHERE k = CAST(-? AS int)
SELECT a FROM t WHERE k = CAST(1 + 1 AS int)
SELECT a FROM t WHERE k = (int) - 5
SELECT a FROM t WHERE k = (map<SELECT text, int>) 5
SELECT a FROM t WHERE k = (tuple<int int>) 5
CREATE TABLE x (a int PRIMARY KEY) WITH comment = - 5
SELECT a b FROM t
SELECT a AS FROM t
SELECT a -1 FROM t
SELECT m[..] FROM t
SELECT a FROM t WHERE
SELECT a FROM t WHERE k = b
SELECT a FROM t WHERE k = 1 OR k2 = 3
SELECT a FROM t WHERE (k = 1 AND k2 = 2)
SELECT a FROM t WHERE a IS NULL
SELECT a FROM t WHERE a NOT IN (1)
SELECT a FROM t WHERE u.street = 'x'
SELECT a FROM t WHERE m['x'] IN (1)
SELECT a FROM t WHERE b = "x"
SELECT a FROM t WHERE (c, d) = 1
SELECT CAST(a AS list<int>) FROM t
SELECT a FROM t LIMIT 1.5
SELECT a FROM t LIMIT 1 + 1
SELECT a FROM t LIMIT 3 PER PARTITION LIMIT 2
SELECT a FROM t ALLOW FILTERING LIMIT 3
SELECT (double) .5 FROM t
SELECT a FROM t -- comment
SELECT a FROM t; SELECT a FROM t
INSERT INTO t (k) USING TTL 5 VALUES (1)
INSERT INTO t (k) VALUES (1) USING TTL 5 IF NOT EXISTS
INSERT INTO t VALUES (1)
INSERT INTO t (k,) VALUES (1)
INSERT INTO t JSON 5
INSERT INTO t JSON '{}' DEFAULT
INSERT INTO t (k) VALUES (default)
INSERT INTO t (k) VALUES (1-1)
UPDATE t SET m['x'] += 1 WHERE k = 1
UPDATE t SET a = c WHERE k = 1
UPDATE n SET c = c * 2 WHERE k = 1
UPDATE one SET a = 1
UPDATE one SET a = 1 WHERE k = 1 IF NOT EXISTS
UPDATE one SET a = 1 WHERE k = 1 IF EXISTS AND a = 1
UPDATE one SET a = 1 WHERE k = 1 IF a LIKE 'x'
UPDATE one SET a = 1 WHERE k = 1 IF m['x'] CONTAINS 3
UPDATE one SET a = 1 WHERE k = 1 IF (a = 1)
DELETE * FROM t WHERE k = 1
DELETE FROM t USING TTL 5 WHERE k = 1
DELETE FROM one
BEGIN LOGGED BATCH DELETE FROM one WHERE k = 1; APPLY BATCH
BEGIN BATCH SELECT * FROM one; APPLY BATCH
BEGIN BATCH DELETE FROM one WHERE k = 1;; APPLY BATCH
BEGIN BATCH DELETE FROM one WHERE k = 1
CREATE TABLE x ()
CREATE TABLE x (a int PRIMARY KEY) WITH comment = ?
CREATE TABLE x (a int PRIMARY KEY) WITH comment = 'x', cdc = true
CREATE TABLE x (a int PRIMARY KEY) WITH cdc = true AND cdc = true
CREATE TABLE x (a int, PRIMARY KEY (a)) WITH CLUSTERING ORDER BY (a)
CREATE TABLE x LIKE one
CREATE SCHEMA x WITH replication = {}
ALTER KEYSPACE x
ALTER TABLE one ADD z int, y text
ALTER TABLE one DROP a, b
ALTER TABLE one WITH CLUSTERING ORDER BY (a DESC)
ALTER TYPE addr DROP zip
ALTER TYPE addr ALTER IF EXISTS zip TYPE bigint
DROP TABLE one, t
CREATE TYPE a2 ()
CREATE INDEX ON one
CREATE INDEX k.i ON one (a)
USE
TRUNCATE
DESCRIBE
EXPLAIN SELECT * FROM one
"""

# Known differences, each with its reason.
ONLY_OURS = {
    "SELECT a FROM t WHERE k = 1 AND k2 = 2 AND c BETWEEN ? AND ?": "servers have BETWEEN since Cassandra 5.1",
}
ONLY_THEIRS = {
    "INSERT INTO t (k, k2, c, d) VALUES (1, 2, 3, 4) USING TTL 5 AND TTL 6": "it takes the last",
    "CREATE TABLE x (a int PRIMARY KEY, b 'org.apache.cassandra.db.marshal.UTF8Type')": "a class is no type here",
    "CREATE KEYSPACE x WITH durable_writes = true": "it refuses when it executes",
    "CREATE CUSTOM INDEX ON one (b)": "it refuses when it executes",
    "CREATE INDEX ON one (b) USING 'sai' WITH comment = 'x'": "it refuses when it executes",
    "CREATE MATERIALIZED VIEW v1 AS SELECT a AS b FROM one WHERE k > 1 PRIMARY KEY (a)": "it refuses when it executes",
}
NAMED_OTHERWISE = {
    # coodie calls these by the columns that they are compared with, so that their types are known.
    "SELECT a FROM t WHERE token(k, k2) > token(?, ?)": (("k", "k2"), ("arg0(system.token)", "arg1(system.token)")),
    # Whether a column is a list or a map is not seen in a text.
    f"UPDATE t SET l[?] = 1 WHERE {ROW}": (("key(l)",), ("idx(l)",)),
}
