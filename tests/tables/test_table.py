"""A table as a value, and the texts that create it."""

from coodie.cql.types import parse_type
from coodie.tables.ddl import statements
from coodie.tables.introspect import found_schema, question
from coodie.tables.table import Column, ColumnKind, Index, Schema, Table

INT, TEXT = parse_type("int"), parse_type("text")
SHOP = Column("shop", TEXT, ColumnKind.PARTITION_KEY)
N = Column("n", INT, ColumnKind.CLUSTERING, True)
OWNER = Column("owner", TEXT, ColumnKind.STATIC)
NOTE = Column("note", TEXT)
KEYS = {"partition_key": ("shop",), "clustering_key": ("n",), "keyspace": "ks"}
TABLE = Table("orders", (NOTE, N, OWNER, SHOP), **KEYS, indexes=(Index("note"), Index("owner", "by_owner")))


def test_a_table_knows_its_key_and_its_columns():
    assert TABLE.primary_key == ("shop", "n")
    assert [column.name for column in TABLE.ordered_columns] == ["shop", "n", "note", "owner"]
    assert TABLE.types == {"note": TEXT, "n": INT, "owner": TEXT, "shop": TEXT}
    assert TABLE.by_name["n"] is N


def test_a_table_is_created_key_first_then_its_indexes():
    assert statements(Schema("ks", (), (TABLE,), ())) == [
        "CREATE TABLE IF NOT EXISTS ks.orders (shop text, n int, note text, owner text STATIC, "
        "PRIMARY KEY ((shop), n)) WITH CLUSTERING ORDER BY (n DESC)",
        "CREATE INDEX IF NOT EXISTS ON ks.orders (note)",
        "CREATE INDEX IF NOT EXISTS by_owner ON ks.orders (owner)",
    ]


def test_the_question_is_bound():
    asked = question("columns", "Ks", "orders")
    assert asked.values == ("Ks", "orders")
    assert asked.idempotent
    assert asked.cql.endswith("FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?")


def test_the_answer_gives_the_table_whatever_the_order_of_its_rows():
    rows = [
        {"column_name": "owner", "type": "text", "kind": "static", "position": -1, "clustering_order": "none"},
        {"column_name": "n", "type": "int", "kind": "clustering", "position": 0, "clustering_order": "desc"},
        {"column_name": "b", "type": "int", "kind": "partition_key", "position": 1, "clustering_order": "none"},
        {"column_name": "a", "type": "text", "kind": "partition_key", "position": 0, "clustering_order": "none"},
        {
            "column_name": "t",
            "type": "set<frozen<list<int>>>",
            "kind": "regular",
            "position": -1,
            "clustering_order": "none",
        },
    ]
    (found,) = found_schema("ks", {"columns": [{"table_name": "orders", **row} for row in rows]}).tables
    assert (found.name, found.keyspace, found.partition_key, found.clustering_key) == (
        "orders",
        "ks",
        ("a", "b"),
        ("n",),
    )
    assert found.by_name["n"] == N
    assert found.by_name["owner"] == OWNER
    assert found.types["t"] == parse_type("set<frozen<list<int>>>")


def test_types_of_the_answer_come_in_the_order_in_which_they_can_be_made():
    rows = [
        {"type_name": "a", "field_names": ["b", "n"], "field_types": ["frozen<b>", "int"]},
        {"type_name": "b", "field_names": ["c"], "field_types": ["list<frozen<c>>"]},
        {"type_name": "c", "field_names": ["n"], "field_types": ["int"]},
    ]
    types = found_schema("ks", {"types": rows}).types
    assert [each.name for each in types] == ["c", "b", "a"]
    assert dict(types[2].fields)["b"].fields == types[1].fields
    assert types[2].fields[1] == ("n", INT)


def test_a_type_that_cql_has_no_word_for_is_a_type_of_its_own():
    row = {"column_name": "t", "type": "'org.example.Odd'", "kind": "regular", "position": -1}
    (found,) = found_schema("ks", {"columns": [{"table_name": "t", **row}]}).tables
    assert str(found.types["t"]) == "'org.example.Odd'"


def test_a_clause_of_a_view_that_cql_has_no_words_for_is_kept_as_it_is():
    column = {"table_name": "v", "column_name": "a", "type": "int", "kind": "partition_key", "position": 0}
    view = {"view_name": "v", "base_table_name": "t", "include_all_columns": True}
    for clause, where in [("a is not null AND b>5", ("a IS NOT NULL", "b > 5")), ("a ~ 'x", ("a ~ 'x",))]:
        (found,) = found_schema("ks", {"columns": [column], "views": [{**view, "where_clause": clause}]}).views
        assert found.where == where


def test_tables_compare_by_what_they_are():
    same = Table("orders", TABLE.columns, **KEYS, indexes=TABLE.indexes)
    assert same == TABLE
    assert Table("orders", TABLE.columns, **KEYS) != TABLE
