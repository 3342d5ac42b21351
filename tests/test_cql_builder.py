from datetime import datetime, timezone

import pytest

from coodie.cql_builder import (
    build_batch,
    build_count,
    build_create_table,
    build_delete,
    build_insert,
    build_select,
    build_update,
)
from coodie.exceptions import InvalidQueryError
from coodie.types import cql_type_of


@pytest.mark.parametrize(
    ("built", "cql", "params"),
    [
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
    ],
)
def test_what_is_built(built, cql, params):
    assert built == (cql, params)
    assert cql.count("?") == len(params)


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
        (lambda: build_insert("t", None, {"a": 1}, ttl=-1), "a TTL is a number of seconds from 0"),
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
            "cannot stand together",
        ),
        (lambda: build_delete("t", None, {}), "needs a WHERE"),
        (lambda: build_delete("t", None, {"id": 1}, if_exists=True, timestamp=1), "takes no timestamp"),
        (lambda: build_delete("t", None, {"id": 1}, columns="name"), "as a list, not as one text"),
        (lambda: build_select("t", None, []), "needs the names of the columns"),
        (lambda: build_select("t", None, "abc"), "as a list, not as one text"),
        (lambda: build_select("t", None, ["a"], {"id__in": "abc"}), "id__in takes a list of values, not a str"),
        (lambda: build_select("t", None, ["a"], limit=0), "a limit takes a number of rows from 1 up, not 0"),
        (lambda: build_batch([]), "at least one statement"),
        (lambda: build_batch(INSERTS, batch_type="BULK"), "'LOGGED', 'UNLOGGED' or 'COUNTER', not 'BULK'"),
        (lambda: build_batch(INSERTS, batch_type="COUNTER", timestamp=1), "a counter batch takes no timestamp"),
        (lambda: build_batch(["DELETE FROM t"]), "takes pairs of CQL and values"),
        (lambda: build_batch([("", [])]), "this one is empty"),
        (lambda: build_batch([("DELETE FROM t WHERE a = ?", "x")]), "one for each [?], not a str"),
        (lambda: build_batch([("SELECT a FROM t", [])]), "only INSERT, UPDATE and DELETE may be in a batch: SELECT a"),
        (lambda: build_create_table("t", None, {"a": "int"}, []), "needs a partition key"),
        (lambda: build_create_table("t", None, {"a": "int"}, ["b"]), "'b' is no column of t; it has: a"),
        (lambda: build_create_table("t", None, {"a": "int"}, ["a"], ["b"]), "'b' is no column of t"),
        (lambda: build_create_table("t", None, {"a": "int"}, ["a"], static=["b"]), "'b' is no column of t"),
        (lambda: build_create_table("t", None, {"id": "int"}, ["id"], static="id"), "as a list, not as one text"),
        (
            lambda: build_create_table("t", None, {"a": "int; DROP TABLE y"}, ["a"]),
            "column 'a': 'int; .*is no CQL type",
        ),
        (lambda: build_create_table("t", None, {"a": int}, ["a"]), "column 'a' is a CqlType or its text, not a type"),
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
