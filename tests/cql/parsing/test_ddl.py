"""From the text of a schema statement to its node."""

import pytest

from coodie.cql.nodes import (
    AddColumns,
    AddField,
    AlterKeyspace,
    AlterOptions,
    ColumnDefinition,
    CreateIndex,
    CreateKeyspace,
    CreateTable,
    CreateType,
    CreateView,
    Drop,
    DropColumns,
    DropKeyspace,
    MaskColumn,
    Name,
    Opaque,
    OrderBy,
    RenameColumns,
    RenameFields,
    Truncate,
)
from coodie.cql.parsing.statements import parse
from coodie.cql.rendering.ddl import render_ddl
from coodie.cql.types import NATIVE, Udt, parse_type
from coodie.exceptions import InvalidQueryError

T = Name("t")
KT = Name("t", "ks")
INT, TEXT = NATIVE["int"], NATIVE["text"]
SIMPLE = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
REPLICATION = (("class", "SimpleStrategy"), ("replication_factor", "1"))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        (
            "CREATE TABLE t (a int PRIMARY KEY)",
            CreateTable(T, (ColumnDefinition("a", INT),), ("a",), if_not_exists=False),
        ),
        (
            'create columnfamily if not exists ks.t (a int, "B" varchar static, c frozen<ks.addr>, '
            "PRIMARY KEY ((a, c), \"B\"),) WITH CLUSTERING ORDER BY (\"B\" DESC) AND comment = 'it''s' "
            "AND gc_grace_seconds = 5 AND cdc = true AND bloom_filter_fp_chance = 0.5 "
            "AND compaction = {'class': 'X', 'n': 1, 'on': false}",
            CreateTable(
                KT,
                (ColumnDefinition("a", INT), ColumnDefinition("B", TEXT, True), ColumnDefinition("c", Udt("addr"))),
                ("a", "c"),
                ("B",),
                (OrderBy("B", True),),
                (
                    ("comment", "it's"),
                    ("gc_grace_seconds", 5),
                    ("cdc", True),
                    ("bloom_filter_fp_chance", 0.5),
                    ("compaction", (("class", "X"), ("n", 1), ("on", False))),
                ),
            ),
        ),
        (
            "CREATE TABLE t (PRIMARY KEY (a), a list<frozen<map<int, text>>> MASKED WITH mask_inner(1, null))",
            CreateTable(
                T,
                (ColumnDefinition("a", parse_type("list<map<int, text>>"), mask="mask_inner(1, null)"),),
                ("a",),
                if_not_exists=False,
            ),
        ),
        ("ALTER TABLE t ADD a int", AddColumns(T, (ColumnDefinition("a", INT),))),
        (
            "ALTER TABLE t ADD (a int, b text STATIC)",
            AddColumns(T, (ColumnDefinition("a", INT), ColumnDefinition("b", TEXT, True))),
        ),
        ("ALTER TABLE t DROP a", DropColumns(T, ("a",))),
        ("ALTER TABLE t DROP (a, b)", DropColumns(T, ("a", "b"))),
        ("ALTER TABLE t WITH comment = 'x' AND cdc = false", AlterOptions(T, (("comment", "x"), ("cdc", False)))),
        (
            "ALTER MATERIALIZED VIEW ks.t WITH caching = {}",
            AlterOptions(KT, (("caching", ()),), "MATERIALIZED VIEW"),
        ),
        ("CREATE INDEX ON t (a)", CreateIndex(T, "a", if_not_exists=False)),
        ("CREATE INDEX IF NOT EXISTS i ON ks.t (keys(m))", CreateIndex(KT, "m", "i", target="keys")),
        ('CREATE INDEX ON t (values("M"))', CreateIndex(T, "M", None, False, "values")),
        ("CREATE INDEX ON t (values)", CreateIndex(T, "values", None, False)),
        ("CREATE INDEX ON t (a) USING 'SAI'", CreateIndex(T, "a", None, False, None, "sai")),
        (
            "CREATE CUSTOM INDEX ON t (a) USING 'org.apache.cassandra.index.sai.StorageAttachedIndex' "
            "WITH OPTIONS = {'case_sensitive': false}",
            CreateIndex(T, "a", None, False, None, "sai", (("case_sensitive", "false"),)),
        ),
        ("CREATE CUSTOM INDEX ON t (a) USING 'x.Y'", CreateIndex(T, "a", None, False, None, "x.Y")),
        (
            "CREATE MATERIALIZED VIEW ks.v AS SELECT * FROM t WHERE a IS NOT NULL AND (b, c) > (1, 2) AND d = 'x;' "
            "PRIMARY KEY (a, b) WITH CLUSTERING ORDER BY (b ASC) AND comment = 'x'",
            CreateView(
                Name("v", "ks"),
                T,
                (),
                ("a IS NOT NULL", "(b, c) > (1, 2)", "d = 'x;'"),
                ("a",),
                ("b",),
                (OrderBy("b"),),
                (("comment", "x"),),
                False,
            ),
        ),
        (
            "CREATE MATERIALIZED VIEW v AS SELECT A FROM t WHERE A is  not null AND b>$$x$$ PRIMARY KEY (A)",
            CreateView(Name("v"), T, ("a",), ("a IS NOT NULL", "b > 'x'"), ("a",), if_not_exists=False),
        ),
        ("CREATE TYPE IF NOT EXISTS ks.t (a int, b text)", CreateType(KT, (("a", INT), ("b", TEXT)))),
        ("ALTER TABLE IF EXISTS t ADD a int", AddColumns(T, (ColumnDefinition("a", INT),), if_exists=True)),
        ("ALTER TABLE t ADD IF NOT EXISTS a int", AddColumns(T, (ColumnDefinition("a", INT),), if_not_exists=True)),
        ("ALTER TABLE t DROP a USING TIMESTAMP 5", DropColumns(T, ("a",), timestamp=5)),
        ("ALTER TABLE IF EXISTS t DROP IF EXISTS (a, b)", DropColumns(T, ("a", "b"), True, True)),
        ("ALTER TABLE ks.t RENAME a TO b AND c TO d", RenameColumns(KT, (("a", "b"), ("c", "d")))),
        ("ALTER TABLE IF EXISTS t RENAME IF EXISTS a TO b", RenameColumns(T, (("a", "b"),), True, True)),
        ("ALTER TABLE t ALTER a MASKED WITH DEFAULT", MaskColumn(T, "a", "DEFAULT")),
        ("ALTER TABLE IF EXISTS t ALTER IF EXISTS a DROP MASKED", MaskColumn(T, "a", None, True, True)),
        ("ALTER TABLE IF EXISTS t WITH cdc = true", AlterOptions(T, (("cdc", True),), if_exists=True)),
        ("ALTER TYPE t ADD a int", AddField(T, "a", INT)),
        ("ALTER TYPE IF EXISTS t ADD IF NOT EXISTS a int", AddField(T, "a", INT, True, True)),
        ("ALTER TYPE t RENAME a TO b", RenameFields(T, (("a", "b"),))),
        (
            "ALTER TYPE IF EXISTS t RENAME IF EXISTS a TO b AND c TO d",
            RenameFields(T, (("a", "b"), ("c", "d")), True, True),
        ),
        ("DROP TABLE IF EXISTS ks.t", Drop("TABLE", KT)),
        ("DROP COLUMNFAMILY t", Drop("TABLE", T, False)),
        ("DROP MATERIALIZED VIEW t;", Drop("MATERIALIZED VIEW", T, False)),
        ("DROP INDEX ks.t", Drop("INDEX", KT, False)),
        ("DROP TYPE IF EXISTS t", Drop("TYPE", T)),
        ("TRUNCATE t", Truncate(T)),
        ("TRUNCATE TABLE ks.t", Truncate(KT)),
        (f"CREATE KEYSPACE ks WITH replication = {SIMPLE}", CreateKeyspace("ks", REPLICATION, if_not_exists=False)),
        (
            f"CREATE KEYSPACE IF NOT EXISTS ks WITH durable_writes = false AND replication = {SIMPLE}",
            CreateKeyspace("ks", REPLICATION, False),
        ),
        ("ALTER KEYSPACE ks WITH durable_writes = true", AlterKeyspace("ks", None, True)),
        ("ALTER KEYSPACE IF EXISTS ks WITH durable_writes = true", AlterKeyspace("ks", None, True, True)),
        ("DROP KEYSPACE IF EXISTS ks", DropKeyspace("ks")),
    ],
)
def test_a_schema_statement(text, node):
    assert parse(text) == node
    assert parse(render_ddl(node)) == node


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("CREATE FUNCTION ks.f (a int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS $$ a; b; $$", "ks.f"),
        ("CREATE OR REPLACE FUNCTION f () CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'x;'", "f"),
        ("DROP FUNCTION IF EXISTS f (int)", "f"),
        ("CREATE AGGREGATE IF NOT EXISTS agg(int) SFUNC f STYPE int INITCOND 0", "agg"),
        ("CREATE TRIGGER tr ON ks.t USING 'x'", "ks.t"),
        ("GRANT SELECT ON TABLE ks.t TO bob", "ks.t"),
        ("CREATE ROLE bob WITH PASSWORD = 'x;y'", None),
        ("LIST ROLES", None),
        ("CREATE TABLE ks.t (a int, b int, PRIMARY KEY (a, b)) WITH cdc = true AND COMPACT STORAGE", "ks.t"),
        ("DESCRIBE TABLES", None),
        ("ALTER TABLE t ALTER a TYPE bigint", "t"),
        ("CREATE CUSTOM INDEX ON t (a, b) USING 'x.Y'", "t"),
        ("CREATE INDEX ON t (a) USING 'legacy_local_table'", "t"),
    ],
)
def test_what_has_no_node_keeps_its_text(text, about):
    name = Name(*reversed(about.split("."))) if about is not None else None
    assert parse(f" {text} ;") == Opaque(text, name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CREATE TABLE t (a int)", "column 22: a table has one PRIMARY KEY, and this one none"),
        ("CREATE TABLE t (a int PRIMARY KEY, b int PRIMARY KEY)", "a table has one PRIMARY KEY, and this one 2"),
        ("CREATE TABLE t (a int PRIMARY KEY) WITH cdc = true AND cdc = true", "the option cdc is given a second time"),
        ("CREATE TABLE t (a int PRIMARY KEY) WITH comment = ?", "column 51: a value was expected here, not '?'"),
        (
            "CREATE TABLE t (a 'x.Type' PRIMARY KEY)",
            "column 19: coodie does not know the type that the Java class 'x.Type' makes",
        ),
        ("CREATE TABLE t (a list<int PRIMARY KEY)", "a type was expected here"),
        ("CREATE TABLE t (a list<int, int> PRIMARY KEY)", "is not a CQL type"),
        ("CREATE TABLE t (a int PRIMARY KEY) WITH CLUSTERING ORDER BY (a)", "ASC was expected here"),
        ("ALTER TABLE t WITH CLUSTERING ORDER BY (a DESC)", "the order and the storage of a table cannot be"),
        ("ALTER TABLE t", "ADD, DROP, RENAME, ALTER or WITH was expected here"),
        ("ALTER KEYSPACE ks", "WITH was expected here"),
        ("CREATE KEYSPACE ks", "a keyspace needs WITH replication"),
        (f"CREATE KEYSPACE ks WITH replication = {SIMPLE} AND x = 1", "a keyspace takes replication"),
        ("CREATE CUSTOM INDEX ON t (a)", "USING and the class of the index was expected here"),
        (
            "CREATE MATERIALIZED VIEW v AS SELECT * FROM t WHERE a > ? PRIMARY KEY (a)",
            "a view takes no bind marks",
        ),
        ("CREATE SCHEMA ks", "what to CREATE was expected here, not 'SCHEMA'"),
        ("DROP TABLE a, b", "the end of the statement was expected here, not ','"),
        ("DESCRIBE", "more of the statement was expected here"),
        ("CREATE FUNCTION f () AS 'x", "a string begins here and never ends"),
        ("ALTER TABLE t DROP a USING TIMESTAMP 'x'", "a number of microseconds was expected here"),
        ("ALTER TABLE t ALTER a", "TYPE, MASKED WITH or DROP MASKED was expected here"),
        ("ALTER TYPE t DROP a", "ALTER was expected here, not 'DROP'"),
    ],
)
def test_what_is_no_ddl_is_refused(text, message):
    with pytest.raises(InvalidQueryError) as caught:
        parse(text)
    assert message in str(caught.value)
