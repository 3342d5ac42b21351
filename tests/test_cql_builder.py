from datetime import datetime, timezone

import pytest

from coodie.cql.parsing.statements import parse
from coodie.cql.rendering.ddl import render_ddl
from coodie.cql.rendering.statements import render
from coodie.cql.types import Native
from coodie.cql_builder import (
    build_alter_keyspace,
    build_batch,
    build_count,
    build_counter_update,
    build_create_index,
    build_create_keyspace,
    build_create_materialized_view,
    build_create_table,
    build_create_type,
    build_delete,
    build_drop_index,
    build_drop_keyspace,
    build_drop_materialized_view,
    build_drop_table,
    build_drop_type,
    build_insert,
    build_insert_json,
    build_select,
    build_truncate,
    build_update,
)
from coodie.exceptions import InvalidQueryError
from coodie.types import cql_type_of

BUILT = [
    (build_insert("t", None, {"a": 1}), "INSERT INTO t (a) VALUES (?)", [1]),
    (build_insert("Order", "Shop", {"select": 1}), 'INSERT INTO "Shop"."Order" ("select") VALUES (?)', [1]),
    (
        build_insert("t", "ks", {"a": 1, "b": None}, ttl=60, timestamp=7),
        "INSERT INTO ks.t (a, b) VALUES (?, ?) USING TTL ? AND TIMESTAMP ?",
        [1, None, 60, 7],
    ),
    (
        build_insert("t", None, {"a": 1}, timestamp=datetime(1970, 1, 1, 0, 0, 1, tzinfo=timezone.utc)),
        "INSERT INTO t (a) VALUES (?) USING TIMESTAMP ?",
        [1, 1_000_000],
    ),
    (
        build_insert("t", None, {"a": 1}, if_not_exists=True, ttl=5),
        "INSERT INTO t (a) VALUES (?) IF NOT EXISTS USING TTL ?",
        [1, 5],
    ),
    (
        build_update("t", "ks", {"a": 1, "b": 2}, {"id": 3}),
        "UPDATE ks.t SET a = ?, b = ? WHERE id = ?",
        [1, 2, 3],
    ),
    (
        build_update("t", None, {"a": 1}, {"id__in": [1, 2], "n": 3}, ttl=60, timestamp=7),
        "UPDATE t USING TTL ? AND TIMESTAMP ? SET a = ? WHERE id IN ? AND n = ?",
        [60, 7, 1, [1, 2], 3],
    ),
    (
        build_update("t", None, {"a": 1}, {"id": 2}, if_exists=True),
        "UPDATE t SET a = ? WHERE id = ? IF EXISTS",
        [1, 2],
    ),
    (
        build_update("t", None, {"a": 1}, {"id": 2}, if_conditions={"a": 3, "b__ne": None, "c__in": [4]}),
        "UPDATE t SET a = ? WHERE id = ? IF a = ? AND b != ? AND c IN ?",
        [1, 2, 3, None, [4]],
    ),
    (build_delete("t", None, {"id": 1}), "DELETE FROM t WHERE id = ?", [1]),
    (build_delete("t", None, {"id__": 1, "gt": 2}), "DELETE FROM t WHERE id__ = ? AND gt = ?", [1, 2]),
    (
        build_delete("t", "ks", {"id": 1, "n__gte": 2}, columns=["a", "B"], timestamp=7),
        'DELETE a, "B" FROM ks.t USING TIMESTAMP ? WHERE id = ? AND n >= ?',
        [7, 1, 2],
    ),
    (
        build_delete("t", None, {"id": 1}, if_conditions={"a__lt": 2}),
        "DELETE FROM t WHERE id = ? IF a < ?",
        [1, 2],
    ),
    (build_delete("t", None, {"id": 1}, if_exists=True), "DELETE FROM t WHERE id = ? IF EXISTS", [1]),
    (build_select("t", None, ["a", "B"]), 'SELECT a, "B" FROM t', []),
    (
        build_select("t", "ks", ["a"], {"id": 1, "n__gt": 2}, order_by=["-n", "m"], limit=5, per_partition_limit=3),
        "SELECT a FROM ks.t WHERE id = ? AND n > ? ORDER BY n DESC, m ASC PER PARTITION LIMIT ? LIMIT ?",
        [1, 2, 3, 5],
    ),
    (
        build_select(
            "t", None, ["a"], {"tags__contains": 1, "m__contains_key": 2, "s__like": "x%"}, allow_filtering=True
        ),
        "SELECT a FROM t WHERE tags CONTAINS ? AND m CONTAINS KEY ? AND s LIKE ? ALLOW FILTERING",
        [1, 2, "x%"],
    ),
    (build_select("t", None, ["a"], {"x__y": 1}), "SELECT a FROM t WHERE x__y = ?", [1]),
    (build_select("t", None, ["a"], {"__in": 1}), 'SELECT a FROM t WHERE "__in" = ?', [1]),
    (build_select("t", None, ["a"], {"x__in": (1, 2)}), "SELECT a FROM t WHERE x IN ?", [[1, 2]]),
    (build_count("t", "ks"), "SELECT count(*) FROM ks.t", []),
    (
        build_count("t", None, {"a": 1}, allow_filtering=True),
        "SELECT count(*) FROM t WHERE a = ? ALLOW FILTERING",
        [1],
    ),
    (build_insert_json("t", "ks", '{"a": 1}'), "INSERT INTO ks.t JSON ?", ['{"a": 1}']),
    (
        build_insert_json("t", None, "{}", default_unset=True, if_not_exists=True, ttl=60),
        "INSERT INTO t JSON ? DEFAULT UNSET IF NOT EXISTS USING TTL ?",
        ["{}", 60],
    ),
    (build_select("t", None, ["a", "b"], {"id": 1}, json=True), "SELECT JSON a, b FROM t WHERE id = ?", [1]),
    (
        build_select("t", "ks", ["a"], {"id": 1}, writetime=["a", "B"], ttl=["a"]),
        'SELECT a, writetime(a), writetime("B"), ttl(a) FROM ks.t WHERE id = ?',
        [1],
    ),
    (build_select("t", None, [], writetime=["a"]), "SELECT writetime(a) FROM t", []),
    (
        build_select("t", None, ["a"], {"attrs__entry": ("k", 1)}, allow_filtering=True),
        "SELECT a FROM t WHERE attrs[?] = ? ALLOW FILTERING",
        ["k", 1],
    ),
    (
        build_counter_update("t", "ks", {"views": 1, "Likes": -2}, {"id": 3}),
        'UPDATE ks.t SET views = views + ?, "Likes" = "Likes" + ? WHERE id = ?',
        [1, -2, 3],
    ),
    (
        build_delete("t", "ks", {"id": 1}, columns=["a", ("attrs", "k"), ("items", 0)], timestamp=7),
        "DELETE a, attrs[?], items[?] FROM ks.t USING TIMESTAMP ? WHERE id = ?",
        ["k", 0, 7, 1],
    ),
    (
        build_update(
            "t",
            None,
            {"a": 1, "l__append": [2], "l2__prepend": [3], "s__add": {4}, "m__update": {5: 6}, "s2__remove": {7}},
            {"id": 8},
        ),
        "UPDATE t SET a = ?, l = l + ?, l2 = ? + l2, s = s + ?, m = m + ?, s2 = s2 - ? WHERE id = ?",
        [1, [2], [3], {4}, {5: 6}, {7}, 8],
    ),
    (
        build_update(
            "t", None, {"m__put": ("k", 1), "l__set": (0, 2)}, {"id": 3}, if_conditions={"m__entry": ("k", 4)}
        ),
        "UPDATE t SET m[?] = ?, l[?] = ? WHERE id = ? IF m[?] = ?",
        ["k", 1, 0, 2, 3, "k", 4],
    ),
]


@pytest.mark.parametrize(("built", "cql", "params"), BUILT)
def test_what_is_built(built, cql, params):
    assert built == (cql, params)
    assert cql.count("?") == len(params)
    assert render(parse(cql)).cql == cql


SCHEMA = [
    (
        build_create_keyspace("ks"),
        "CREATE KEYSPACE IF NOT EXISTS ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}",
    ),
    (
        build_create_keyspace("Order", dc_replication_map={"it's": 3}, durable_writes=False, if_not_exists=False),
        "CREATE KEYSPACE \"Order\" WITH replication = {'class': 'NetworkTopologyStrategy', 'it''s': '3'} "
        "AND durable_writes = false",
    ),
    (
        build_alter_keyspace("ks", replication_factor=2, durable_writes=True),
        "ALTER KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '2'} "
        "AND durable_writes = true",
    ),
    (build_drop_keyspace("ks"), "DROP KEYSPACE IF EXISTS ks"),
    (build_drop_keyspace("Select", if_exists=False), 'DROP KEYSPACE "Select"'),
    (build_drop_table("t", "ks"), "DROP TABLE IF EXISTS ks.t"),
    (build_drop_table("T", None, if_exists=False), 'DROP TABLE "T"'),
    (build_truncate("t", "ks"), "TRUNCATE TABLE ks.t"),
    (build_create_index("t", "ks", "a"), "CREATE INDEX IF NOT EXISTS ON ks.t (a)"),
    (
        build_create_index("t", None, "M", index_name="by_m", target="keys", if_not_exists=False),
        'CREATE INDEX by_m ON t (keys("M"))',
    ),
    (
        build_create_index("t", "ks", "v", using="sai", options={"similarity_function": "COSINE"}),
        "CREATE CUSTOM INDEX IF NOT EXISTS ON ks.t (v) USING 'StorageAttachedIndex' "
        "WITH OPTIONS = {'similarity_function': 'COSINE'}",
    ),
    (build_drop_index("by_m", "ks"), "DROP INDEX IF EXISTS ks.by_m"),
    (
        build_create_type("address", "ks", {"street": "text", "Phones": "list<text>"}),
        'CREATE TYPE IF NOT EXISTS ks.address (street text, "Phones" frozen<list<text>>)',
    ),
    (build_drop_type("address", "ks"), "DROP TYPE IF EXISTS ks.address"),
    (
        build_create_materialized_view("by_name", "ks", "t", ["name", "ts", "id"], ["name"], ["-ts", "id"]),
        "CREATE MATERIALIZED VIEW IF NOT EXISTS ks.by_name AS SELECT name, ts, id FROM ks.t "
        "WHERE name IS NOT NULL AND ts IS NOT NULL AND id IS NOT NULL PRIMARY KEY ((name), ts, id) "
        "WITH CLUSTERING ORDER BY (ts DESC, id ASC)",
    ),
    (
        build_create_materialized_view(
            "by_name",
            None,
            "t",
            ["name", "id"],
            ["name", "id"],
            where="name IS NOT NULL AND id > 5",
            options={"comment": "it's"},
            if_not_exists=False,
        ),
        "CREATE MATERIALIZED VIEW by_name AS SELECT name, id FROM t WHERE name IS NOT NULL AND id > 5 "
        "PRIMARY KEY ((name, id)) WITH comment = 'it''s'",
    ),
    (build_drop_materialized_view("by_name", "ks"), "DROP MATERIALIZED VIEW IF EXISTS ks.by_name"),
]


@pytest.mark.parametrize(("built", "cql"), SCHEMA)
def test_what_is_built_of_the_schema(built, cql):
    assert built == cql
    assert render_ddl(parse(cql)) == cql


INSERTS = [("INSERT INTO t (a) VALUES (?)", [1]), ("INSERT INTO t (a) VALUES (?);", (2,))]
BODY = "  INSERT INTO t (a) VALUES (?);\n  INSERT INTO t (a) VALUES (?);\nAPPLY BATCH"


@pytest.mark.parametrize(
    ("options", "begin", "params"),
    [
        ({}, "BEGIN BATCH\n", [1, 2]),
        ({"logged": True}, "BEGIN BATCH\n", [1, 2]),
        ({"logged": False}, "BEGIN UNLOGGED BATCH\n", [1, 2]),
        ({"batch_type": "UNLOGGED"}, "BEGIN UNLOGGED BATCH\n", [1, 2]),
        ({"batch_type": "COUNTER"}, "BEGIN COUNTER BATCH\n", [1, 2]),
        ({"logged": False, "batch_type": "LOGGED"}, "BEGIN BATCH\n", [1, 2]),
        ({"timestamp": 7}, "BEGIN BATCH USING TIMESTAMP ?\n", [7, 1, 2]),
    ],
)
def test_build_batch(options, begin, params):
    assert build_batch(INSERTS, **options) == (begin + BODY, params)


def test_build_create_table():
    columns = {"id": "uuid", "Ts": "timestamp", "tags": "set<frozen<list<int>>>", "owner": cql_type_of(str)}
    assert build_create_table("t", "ks", columns, ["id"], ["-Ts"], static=["owner"], options={"comment": "x"}) == (
        'CREATE TABLE IF NOT EXISTS ks.t (id uuid, "Ts" timestamp, tags set<frozen<list<int>>>, owner text STATIC, '
        'PRIMARY KEY ((id), "Ts")) WITH CLUSTERING ORDER BY ("Ts" DESC) AND comment = \'x\''
    )
    assert build_create_table("t", None, {"a": "int", "b": "int"}, ["a", "b"], if_not_exists=False) == (
        "CREATE TABLE t (a int, b int, PRIMARY KEY ((a, b)))"
    )


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (lambda: build_insert("t", None, {}), "at least one value"),
        (lambda: build_insert("t", None, {"a": 1}, if_not_exists=True, timestamp=1), "takes no timestamp"),
        (lambda: build_insert("t", None, {"a": 1}, ttl=-1), "a TTL must be a number of seconds from 0"),
        (lambda: build_insert("x; DROP TABLE y", None, {"a": 1}), "table name 'x; DROP TABLE y' may hold only letters"),
        (lambda: build_insert("t", "x; DROP TABLE y", {"a": 1}), "keyspace name 'x; DROP TABLE y' may hold only"),
        (lambda: build_insert("t", None, {"": 1}), "an identifier is empty"),
        (lambda: build_update("t", None, {}, {"id": 1}), "at least one column to set"),
        (lambda: build_update("t", None, {"a": 1}, {}), "needs a WHERE"),
        (lambda: build_update("t", None, {"a": 1}, {"id": 1}, if_exists=True, timestamp=1), "takes no timestamp"),
        (
            lambda: build_update("t", None, {"a": 1}, {"id": 1}, if_conditions={"a": 1}, timestamp=1),
            "takes no timestamp",
        ),
        (
            lambda: build_update("t", None, {"a": 1}, {"id": 1}, if_exists=True, if_conditions={"a": 1}),
            "exclude each other",
        ),
        (lambda: build_update("t", None, {"a": 1}, {"id": 1}, if_conditions={}), "if_conditions is empty"),
        (lambda: build_delete("t", None, {"id": 1}, if_conditions={}), "if_conditions is empty"),
        (lambda: build_delete("t", None, {"id": 1}, if_conditions=0), "must be a mapping from column names to values"),
        (lambda: build_delete("t", None, {}), "needs a WHERE"),
        (lambda: build_delete("t", None, {"id": 1}, if_exists=True, timestamp=1), "takes no timestamp"),
        (lambda: build_delete("t", None, {"id": 1}, columns="name"), "a list of columns, not a str"),
        (lambda: build_select("t", None, []), "needs the names of the columns"),
        (lambda: build_select("t", None, "abc"), "a list of column names, not a str"),
        (lambda: build_select("t", None, ["a"], {"id__in": "abc"}), "id__in takes a list of values, not a str"),
        (lambda: build_select("t", None, ["a"], limit=0), "a limit takes a number of rows of at least 1, not 0"),
        (lambda: build_batch([]), "at least one statement"),
        (lambda: build_batch(INSERTS, batch_type="BULK"), "'LOGGED', 'UNLOGGED' or 'COUNTER', not 'BULK'"),
        (lambda: build_batch(INSERTS, batch_type="COUNTER", timestamp=1), "a counter batch takes no timestamp"),
        (lambda: build_batch(["DELETE FROM t"]), "takes pairs of CQL and values"),
        (lambda: build_batch([("", [])]), "not an empty one"),
        (lambda: build_batch([("DELETE FROM t WHERE a = ?", "x")]), "for each :name, not a str"),
        (lambda: build_batch([("SELECT a FROM t", [])]), "only INSERT, UPDATE and DELETE may be in a batch: SELECT a"),
        (lambda: build_create_table("t", None, {"a": "int"}, []), "needs a partition key"),
        (lambda: build_create_table("t", None, {"a": "int"}, ["b"]), "'b' is not a column of t; it has: a"),
        (lambda: build_create_table("t", None, {"a": "int"}, ["a"], ["b"]), "'b' is not a column of t"),
        (lambda: build_create_table("t", None, {"a": "int"}, ["a"], static=["b"]), "'b' is not a column of t"),
        (
            lambda: build_create_table("t", None, {"id": "int"}, ["id"], static="id"),
            "a list of column names, not a str",
        ),
        (
            lambda: build_create_table("t", None, {"a": "int; DROP TABLE y"}, ["a"]),
            "column 'a': 'int; .*is not a CQL type",
        ),
        (lambda: build_create_table("t", None, {"a": int}, ["a"]), "column 'a' is a CqlType or its text, not a type"),
        (
            lambda: build_create_table("t", None, {"a": Native("int); DROP TABLE y; --")}, ["a"]),
            "column 'a': .*is not a CQL type",
        ),
        (
            lambda: build_create_table("t", None, "a", ["a"]),
            "columns must be a mapping from column names to values, not a str",
        ),
        (lambda: build_insert_json("t", None, {"a": 1}), "json must be a str, as json.dumps.. returns it, not a dict"),
        (lambda: build_update("t", None, {"m__put": "ab"}, {"id": 1}), "m__put takes a pair"),
        (lambda: build_select("t", None, ["a"], {"m__entry": "ab"}), "m__entry takes a pair"),
        (lambda: build_select("t", None, ["a"], json="yes"), "json must be True or False, not a str"),
        (lambda: build_delete("t", None, {"id": 1}, columns=[("attrs",)]), "names, or pairs of a name and a key"),
        (lambda: build_counter_update("t", None, {}, {"id": 1}), "at least one counter"),
        (lambda: build_counter_update("t", None, {"n": "1"}, {"id": 1}), "counter n changes by an int, not by a str"),
        (lambda: build_counter_update("t", None, {"n": 1}, {}), "needs a WHERE"),
        (lambda: build_create_keyspace("x y"), "only letters, digits and underscores"),
        (lambda: build_create_keyspace("ks", replication_factor=0), "0 is not a valid number of copies"),
        (lambda: build_create_keyspace("ks", durable_writes="no"), "durable_writes must be True or False, not a str"),
        (lambda: build_alter_keyspace("ks"), "needs a replication factor, a map of them, or durable_writes"),
        (lambda: build_drop_table("x; y", "ks"), "table name 'x; y' may hold only"),
        (lambda: build_drop_table("t", "ks", if_exists="no"), "if_exists must be True or False, not a str"),
        (lambda: build_drop_index("x y", "ks"), "index name 'x y' may hold only"),
        (lambda: build_drop_type(None, "ks"), "a name must be a str, not None"),
        (lambda: build_create_index("t", "ks", "a", target="keys(a)); --"), "target is one of 'keys', 'values'"),
        (lambda: build_create_index("t", "ks", "a", options={"x": "y"}), "only an index of a class has options"),
        (lambda: build_create_index("t", "ks", "a", using=5), "using is 'sai', or the name of the class"),
        (lambda: build_create_type("a", "ks", {}), "at least one field"),
        (
            lambda: build_create_materialized_view("v", "ks", "t", ["a"], ["b"]),
            "'b' is not a column of v; it has: a",
        ),
        (
            lambda: build_create_materialized_view("v", "ks", "t", ["a"], ["a"], where="a > 1 PRIMARY KEY (a); --"),
            "line 1",
        ),
    ],
)
def test_what_cannot_be_built_is_refused(build, why):
    with pytest.raises(InvalidQueryError, match=why):
        build()


def test_values_are_never_pasted():
    evil = "'; DROP TABLE t; --"
    cql, params = build_update("t", None, {"a": evil}, {"id": evil}, if_conditions={"b": evil})
    assert "DROP" not in cql
    assert params == [evil] * 3


@pytest.mark.parametrize(
    "build",
    [
        lambda: build_create_table("t", "k", {"a": ["int); DROP TABLE x; --"]}, ["a"]),
        lambda: build_create_table("t", "k", {"a": "int"}, "a"),
        lambda: build_select("t", "k", ["a"], limit="x"),
        lambda: build_select("t", "k", ["a"], limit=True),
        lambda: build_select("t", "k", ["a"], order_by="abc"),
        lambda: build_batch(["x"]),
    ],
)
def test_what_is_no_cql_is_refused(build):
    with pytest.raises(InvalidQueryError):
        build()


def test_half_of_a_surrogate_pair_is_no_name():
    with pytest.raises(InvalidQueryError, match="surrogate"):
        build_select("events", None, ["\ud800"])
