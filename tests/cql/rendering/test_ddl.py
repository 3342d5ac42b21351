import pytest

from coodie.cql.nodes import (
    AddColumns,
    ColumnDefinition,
    CreateIndex,
    CreateKeyspace,
    CreateTable,
    Drop,
    DropKeyspace,
    Name,
    OrderBy,
    Truncate,
)
from coodie.cql.rendering.ddl import option_literal, render_ddl
from coodie.cql.types import NATIVE, Set
from coodie.exceptions import InvalidQueryError

T = Name("t", "ks")
ID = ColumnDefinition("id", NATIVE["int"])
N = ColumnDefinition("N", NATIVE["text"])
TAGS = ColumnDefinition("tags", Set(NATIVE["text"]), static=True)


@pytest.mark.parametrize(
    ("node", "cql"),
    [
        (CreateTable(T, (ID,), ("id",)), "CREATE TABLE IF NOT EXISTS ks.t (id int, PRIMARY KEY (id))"),
        (
            CreateTable(T, (ID, N, TAGS), ("id",), ("N",), (OrderBy("N", True),), (("comment", "a'b"),), False),
            'CREATE TABLE ks.t (id int, "N" text, tags set<text> STATIC, PRIMARY KEY ((id), "N")) '
            "WITH CLUSTERING ORDER BY (\"N\" DESC) AND comment = 'a''b'",
        ),
        (
            CreateTable(T, (ID, N), ("id", "N")),
            'CREATE TABLE IF NOT EXISTS ks.t (id int, "N" text, PRIMARY KEY ((id, "N")))',
        ),
        (
            CreateTable(T, (ID, N), ("id",), ("N",), (OrderBy("N"),)),
            'CREATE TABLE IF NOT EXISTS ks.t (id int, "N" text, PRIMARY KEY ((id), "N"))',
        ),
        (
            CreateTable(T, (ID,), ("id",), options=(("compaction", (("class", "X"), ("n", 1))), ("cdc", True))),
            "CREATE TABLE IF NOT EXISTS ks.t (id int, PRIMARY KEY (id)) "
            "WITH compaction = {'class': 'X', 'n': 1} AND cdc = true",
        ),
        (AddColumns(T, (N, TAGS)), 'ALTER TABLE ks.t ADD ("N" text, tags set<text> STATIC)'),
        (CreateIndex(T, "N"), 'CREATE INDEX IF NOT EXISTS ON ks.t ("N")'),
        (CreateIndex(T, "n", "By_n", False), 'CREATE INDEX "By_n" ON ks.t (n)'),
        (Truncate(T), "TRUNCATE TABLE ks.t"),
        (Drop("TABLE", T), "DROP TABLE IF EXISTS ks.t"),
        (Drop("INDEX", T, False), "DROP INDEX ks.t"),
        (
            CreateKeyspace("ks", (("class", "SimpleStrategy"), ("replication_factor", "1"))),
            "CREATE KEYSPACE IF NOT EXISTS ks "
            "WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}",
        ),
        (
            CreateKeyspace("Ks", (("class", "x"),), False, False),
            "CREATE KEYSPACE \"Ks\" WITH replication = {'class': 'x'} AND durable_writes = false",
        ),
        (DropKeyspace("ks"), "DROP KEYSPACE IF EXISTS ks"),
        (DropKeyspace("ks", False), "DROP KEYSPACE ks"),
    ],
)
def test_the_text_of_a_schema_statement(node, cql):
    assert render_ddl(node) == cql


@pytest.mark.parametrize(
    ("node", "why"),
    [
        (CreateTable(Name("x; DROP TABLE y"), (ID,), ("id",)), "table name 'x; DROP TABLE y' may hold only letters"),
        (CreateTable(Name("t", "k s"), (ID,), ("id",)), "keyspace name 'k s'"),
        (CreateIndex(T, "n", "x; DROP TABLE y"), "index name 'x; DROP TABLE y'"),
        (CreateKeyspace("x y", ()), "keyspace name 'x y'"),
        (DropKeyspace(""), "name of a keyspace is empty"),
        (Drop("TABLE", Name("a.b")), "table name 'a.b'"),
        (Truncate(Name("")), "name of a table is empty"),
        (CreateTable(T, (ID,), ("id",), options=(("comment", None),)), "option 'comment' takes .*, not None"),
        (CreateTable(T, (ID,), ("id",), options=(("comment", [1]),)), "option 'comment' takes .*, not a list"),
        (CreateTable(T, (ID,), ("id",), options=(("x", (("a", None),)),)), "option 'x' takes .*, not None"),
    ],
)
def test_wrong_names_and_options_are_refused(node, why):
    with pytest.raises(InvalidQueryError, match=why):
        render_ddl(node)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (0.5, "0.5"),
        (True, "true"),
        ("it's", "'it''s'"),
        ({"a": 1, "b'": "x"}, "{'a': 1, 'b''': 'x'}"),
        ({}, "{}"),
        (float("inf"), "Infinity"),
    ],
)
def test_the_literal_of_an_option(value, text):
    assert option_literal(value, "x") == text
