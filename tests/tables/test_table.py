import pytest

from coodie.cql.message import Kind, Page
from coodie.cql.render_ddl import render_ddl
from coodie.cql.types import parse_type
from coodie.exceptions import SchemaMismatch
from coodie.tables.ddl import additions, creation
from coodie.tables.introspect import columns_question, found_columns
from coodie.tables.table import Column, ColumnKind, Index, Table

INT, TEXT = parse_type("int"), parse_type("text")
SHOP = Column("shop", TEXT, ColumnKind.PARTITION_KEY)
N = Column("n", INT, ColumnKind.CLUSTERING, True)
OWNER = Column("owner", TEXT, ColumnKind.STATIC)
NOTE = Column("note", TEXT)
TABLE = Table("orders", (NOTE, N, OWNER, SHOP), ("shop",), ("n",), indexes=(Index("note"), Index("owner", "by_owner")))


def texts(nodes):
    return [render_ddl(node) for node in nodes]


def test_a_table_knows_its_key_and_its_columns():
    assert TABLE.primary_key == ("shop", "n")
    assert [column.name for column in TABLE.ordered_columns] == ["shop", "n", "note", "owner"]
    assert TABLE.types == {"note": TEXT, "n": INT, "owner": TEXT, "shop": TEXT}
    assert TABLE.by_name["n"] is N


def test_a_table_is_created_key_first_then_its_indexes():
    assert texts(creation(TABLE, "ks")) == [
        "CREATE TABLE IF NOT EXISTS ks.orders (shop text, n int, note text, owner text STATIC, "
        "PRIMARY KEY ((shop), n)) WITH CLUSTERING ORDER BY (n DESC)",
        "CREATE INDEX IF NOT EXISTS ON ks.orders (note)",
        "CREATE INDEX IF NOT EXISTS by_owner ON ks.orders (owner)",
    ]


INDEXES = ["CREATE INDEX IF NOT EXISTS ON orders (note)", "CREATE INDEX IF NOT EXISTS by_owner ON orders (owner)"]


@pytest.mark.parametrize(
    ("has", "added"),
    [
        ([SHOP, N, OWNER, NOTE], []),
        ([SHOP, N, OWNER, NOTE, Column("older", INT)], []),
        ([SHOP, N, NOTE], ["ALTER TABLE orders ADD owner text STATIC"]),
        ([SHOP, N], ["ALTER TABLE orders ADD note text, owner text STATIC"]),
    ],
)
def test_only_what_is_missing_is_added(has, added):
    assert texts(additions(TABLE, None, has)) == added + INDEXES


@pytest.mark.parametrize(
    ("has", "message"),
    [
        ([SHOP, N, OWNER, Column("note", INT)], r"orders\.note differs: .*wants text.*the table has int"),
        ([SHOP, N, Column("owner", TEXT), NOTE], r"text \(static\).*text \(regular\)"),
        ([SHOP, Column("n", INT, ColumnKind.CLUSTERING), OWNER], r"clustering DESC.*\(clustering\)"),
        ([SHOP, OWNER, NOTE], "no key column 'n'"),
        ([Column("shop", TEXT), N], "partition_key.*regular"),
    ],
)
def test_what_differs_is_told_with_both_sides(has, message):
    with pytest.raises(SchemaMismatch, match=message):
        additions(TABLE, None, has)


def test_the_question_is_bound_and_its_answer_gives_columns():
    question = columns_question("ks", "orders")
    assert question.values == ("ks", "orders")
    assert (question.kind, question.idempotent) == (Kind.READ, True)
    rows = [
        ("shop", "text", "partition_key", "none"),
        ("n", "int", "clustering", "desc"),
        ("owner", "text", "static", "none"),
        ("tags", "set<frozen<list<int>>>", "regular", "none"),
    ]
    found = found_columns(Page(("column_name", "type", "kind", "clustering_order"), rows))
    assert found == [SHOP, N, OWNER, Column("tags", parse_type("set<frozen<list<int>>>"))]


def test_tables_compare_by_what_they_are():
    assert Table("orders", TABLE.columns, ("shop",), ("n",), indexes=TABLE.indexes) == TABLE
    assert Table("orders", TABLE.columns, ("shop",), ("n",)) != TABLE
