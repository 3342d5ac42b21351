"""What a schema is after a statement, and the rows of system_schema that say what a schema is.

COODIE_SCHEMAS says how many made-up schemas are tried.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_values import how_many
from schemas import schemas

from coodie.cql.nodes import SchemaStatement
from coodie.cql.parsing.statements import parse
from coodie.cql.types import Udt, parse_type
from coodie.exceptions import InvalidQueryError
from coodie.schema import Column, ColumnKind, Danger, Index, Schema, Table, View, diff, statements
from coodie.tables.apply import apply, apply_all
from coodie.tables.indexes import default_name, target_of
from coodie.tables.introspect import found_schema
from coodie.tables.system_rows import system_rows
from coodie.tables.table import UserType

NOTHING = Schema("ks")
many = settings(max_examples=how_many("COODIE_SCHEMAS", 100))


def as_listed(schema: Schema, *, named: bool = False) -> Schema:
    """The schema as a server lists it: key columns first, each index with the part that it is on, and its name."""

    def listed(table: Table) -> Table:
        indexes = [
            replace(
                each,
                target=target_of(each, table.types[each.column]),
                name=default_name(table, each) if named and each.name is None else each.name,
            )
            for each in table.indexes
        ]
        return replace(table, columns=table.ordered_columns, indexes=tuple(indexes))

    return replace(schema, tables=tuple(map(listed, schema.tables)))


def after(*texts: str, schema: Schema = NOTHING) -> Schema:
    nodes = [parse(text) for text in texts]
    assert all(isinstance(node, SchemaStatement) for node in nodes)
    return apply_all(schema, nodes)  # type: ignore[arg-type]


@many
@given(schemas())
def test_the_statements_of_a_schema_make_that_schema(schema: Schema) -> None:
    made = after(*statements(schema))
    assert made == as_listed(schema)
    # IF NOT EXISTS: the second time they change nothing.
    assert after(*statements(schema), schema=made) == made


@many
@given(schemas())
def test_the_system_tables_of_a_schema_say_that_schema(schema: Schema) -> None:
    listed = as_listed(schema, named=True)
    assert found_schema("ks", system_rows(listed)) == listed


BASE = after(
    "CREATE TYPE ks.inner (a int)",
    "CREATE TYPE ks.outer (i frozen<inner>, b text)",
    "CREATE TABLE ks.t (p int, c int, s text STATIC, v text, u frozen<outer>, l list<frozen<outer>>, "
    "PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c DESC) AND comment = 'x'",
    "CREATE INDEX ON ks.t (v)",
    "CREATE TABLE ks.w (p int PRIMARY KEY, v text)",
    "CREATE MATERIALIZED VIEW ks.w_view AS SELECT * FROM ks.w WHERE p IS NOT NULL AND v IS NOT NULL AND v != 'p' "
    "PRIMARY KEY (v, p)",
)


def table(schema: Schema, name: str = "t") -> Table:
    return next(each for each in schema.tables if each.name == name)


def test_a_new_column_comes_last_and_a_view_of_all_columns_gets_it_too() -> None:
    found = after("ALTER TABLE ks.w ADD (x int, y set<text>)", schema=BASE)
    assert list(table(found, "w").types) == ["p", "v", "x", "y"]
    assert list(found.views[0].table.types) == ["p", "v", "x", "y"]


def test_a_dropped_column_is_remembered_and_limits_what_comes_back() -> None:
    found = after("DROP INDEX ks.t_v_idx", "ALTER TABLE ks.t DROP v", schema=BASE)
    assert table(found).dropped == (Column("v", parse_type("text")),)
    assert "v" in table(after("ALTER TABLE ks.t ADD v text", schema=found)).types
    with pytest.raises(InvalidQueryError, match="whose type text the server still reads old files with"):
        after("ALTER TABLE ks.t ADD v int", schema=found)


def test_a_renamed_key_has_its_new_name_in_the_views_and_their_restrictions() -> None:
    found = after('ALTER TABLE ks.w RENAME p TO "P q"', schema=BASE)
    assert table(found, "w").partition_key == ("P q",)
    (view,) = found.views
    assert (view.table.primary_key, view.where) == (("v", "P q"), ('"P q" IS NOT NULL', "v IS NOT NULL", "v != 'p'"))


def test_options_are_merged() -> None:
    found = after("ALTER TABLE ks.t WITH cdc = true AND comment = 'y'", schema=BASE)
    assert table(found).options == (("comment", "y"), ("cdc", True))
    found = after("ALTER MATERIALIZED VIEW ks.w_view WITH comment = 'z'", schema=BASE)
    assert found.views[0].table.options == (("comment", "z"),)


def test_the_fields_of_a_type_change_wherever_the_type_stands() -> None:
    found = after("ALTER TYPE ks.inner ADD z text", "ALTER TYPE ks.inner RENAME a TO aa", schema=BASE)
    inner = (("aa", parse_type("int")), ("z", parse_type("text")))
    assert [each.fields for each in found.types if each.name == "inner"] == [inner]
    for column in ("u", "l"):
        outer = table(found).types[column]
        outer = outer if isinstance(outer, Udt) else outer.element  # type: ignore[attr-defined]
        assert dict(outer.fields)["i"].fields == inner  # type: ignore[attr-defined]


def test_fields_are_renamed_all_at_once() -> None:
    found = after("ALTER TYPE ks.outer RENAME i TO b AND b TO i", schema=BASE)
    assert [name for name, _ in found.types[1].fields] == ["b", "i"]
    assert after("ALTER TYPE ks.inner RENAME a TO a", schema=BASE) == BASE


def test_what_goes_is_gone() -> None:
    found = after(
        "DROP MATERIALIZED VIEW ks.w_view", "DROP TABLE ks.w", "DROP TABLE ks.t", "DROP TYPE ks.outer", schema=BASE
    )
    assert found == Schema("ks", (UserType("inner", (("a", parse_type("int")),), "ks"),))
    assert after("DROP KEYSPACE ks", schema=BASE) == NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE IF NOT EXISTS ks.t (a int PRIMARY KEY)",
        "CREATE TABLE IF NOT EXISTS ks.w_view (a int PRIMARY KEY)",
        "CREATE TYPE IF NOT EXISTS ks.inner (z int)",
        "CREATE INDEX IF NOT EXISTS ON ks.t (v)",
        "ALTER TABLE IF EXISTS ks.nope ADD a int",
        "ALTER TABLE ks.t ADD IF NOT EXISTS v int",
        "ALTER TABLE ks.t DROP IF EXISTS nope",
        "ALTER TABLE ks.t RENAME IF EXISTS nope TO a",
        "ALTER TYPE IF EXISTS ks.nope ADD a int",
        "ALTER TYPE ks.inner ADD IF NOT EXISTS a text",
        "ALTER TYPE ks.inner RENAME IF EXISTS nope TO b",
        "ALTER MATERIALIZED VIEW IF EXISTS ks.nope WITH comment = 'x'",
        "DROP TABLE IF EXISTS ks.nope",
        "DROP INDEX IF EXISTS ks.nope",
        "DROP TYPE IF EXISTS ks.nope",
        "DROP MATERIALIZED VIEW IF EXISTS ks.nope",
        "TRUNCATE ks.t",
        "ALTER TABLE ks.t ALTER v MASKED WITH DEFAULT",
    ],
)
def test_what_says_if_changes_nothing(text: str) -> None:
    assert after(text, schema=BASE) == BASE


def view(columns: str, key: str) -> str:
    restrictions = " AND ".join(f"{name} IS NOT NULL" for name in key.split(", "))
    return f"CREATE MATERIALIZED VIEW ks.x AS SELECT {columns} FROM ks.t WHERE {restrictions} PRIMARY KEY ({key})"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("CREATE TABLE ks.t (a int PRIMARY KEY)", "there is a ks.t already"),
        ("CREATE TABLE ks.n (a int PRIMARY KEY, b frozen<nope>)", "there is no type ks.nope"),
        ("CREATE TABLE ks.n (a int, PRIMARY KEY (a, b))", "the key of ks.n has no column b"),
        ("CREATE TYPE ks.inner (z int)", "there is a ks.inner already"),
        ("CREATE INDEX ON ks.t (v)", "there is such an index on ks.t already"),
        ("CREATE INDEX t_v_idx ON ks.w (v)", "there is such an index on ks.w already"),
        ("CREATE INDEX ON ks.t (nope)", "ks.t has no column nope"),
        ("CREATE INDEX ON ks.t (p)", "ks.t.p is the whole partition key, which has no index"),
        (
            "CREATE MATERIALIZED VIEW ks.x AS SELECT nope FROM ks.w WHERE p IS NOT NULL PRIMARY KEY (p)",
            "ks.x has no column nope of its table",
        ),
        (view("p, c, s", "p, c"), "ks.x cannot have the static column s"),
        (view("*", "p, c"), "ks.x cannot have the static column s"),
        (view("p, v", "v, p"), "ks.x has no c in its key, which is in the key of its table"),
        (
            view("p, c, v, u", "v, u, p, c"),
            "ks.x has 2 columns in its key that are not in the key of its table; one may be",
        ),
        (view("p, c, l", "l, p, c"), "ks.x has l in its key, which is not frozen"),
        ("ALTER TABLE ks.nope ADD a int", "there is no ks.nope"),
        ("ALTER TABLE ks.t ADD v int", "ks.t has a column v already"),
        ("ALTER TABLE ks.t DROP nope", "there is no column ks.t.nope"),
        ("ALTER TABLE ks.t DROP p", "ks.t.p belongs to the primary key, so it cannot be dropped"),
        ("ALTER TABLE ks.t DROP v", "ks.t.v has an index, which must be dropped first"),
        ("ALTER TABLE ks.w DROP v", "ks.w has views, which must be dropped before any of its columns"),
        ("ALTER TABLE ks.t RENAME v TO x", "ks.t.v is not in the primary key; only columns of the key can be renamed"),
        ("ALTER TABLE ks.t RENAME p TO c", "ks.t has a column c already"),
        ("ALTER TYPE ks.inner ADD a text", "ks.inner has a field a already"),
        ("ALTER TYPE ks.inner RENAME nope TO b", "ks.inner has no field nope"),
        ("ALTER TYPE ks.outer RENAME i TO b", "ks.outer would have two fields of one name"),
        ("DROP TABLE ks.w", "ks.w has views, which must be dropped first"),
        ("DROP TABLE ks.w_view", "there is no ks.w_view"),
        ("DROP TYPE ks.inner", "ks.inner is the type of a column or field, which must be dropped first"),
        ("DROP INDEX ks.nope", "there is no ks.nope"),
        ("DROP TABLE other.t", "other.t is in another keyspace"),
        ("DROP KEYSPACE other", "is in another keyspace"),
    ],
)
def test_what_cannot_be_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        after(text, schema=BASE)
    assert str(caught.value).endswith(why), caught.value


def test_a_table_of_counters_has_no_index() -> None:
    with pytest.raises(InvalidQueryError, match=r"ks\.n has counters, so it has no indexes"):
        after(
            "CREATE TABLE ks.n (a int, b int, c counter, PRIMARY KEY (a, b))", "CREATE INDEX ON ks.n (b)", schema=BASE
        )


def test_a_value_that_is_not_frozen_has_no_index() -> None:
    with pytest.raises(InvalidQueryError, match=r"ks\.n\.u is not frozen, so it has no index"):
        after("CREATE TABLE ks.n (a int PRIMARY KEY, u inner)", "CREATE INDEX ON ks.n (u)", schema=BASE)


def test_an_index_has_a_name_whether_it_was_given_one_or_not() -> None:
    assert table(BASE).indexes == (Index("v"),)
    assert table(after("DROP INDEX ks.t_v_idx", schema=BASE)).indexes == ()


def test_a_view_takes_types_from_its_table() -> None:
    (view,) = BASE.views
    assert view == View(
        Table(
            "w_view",
            (
                Column("p", parse_type("int"), ColumnKind.CLUSTERING),
                Column("v", parse_type("text"), ColumnKind.PARTITION_KEY),
            ),
            ("v",),
            ("p",),
            "ks",
        ),
        "w",
        ("p IS NOT NULL", "v IS NOT NULL", "v != 'p'"),
        True,
    )


def test_every_statement_has_its_effect() -> None:
    for node in SchemaStatement.__args__:
        if node.__name__ not in ("CreateKeyspace", "AlterKeyspace"):
            continue
        assert apply(BASE, node("ks", ())) == BASE


@st.composite
def older(draw: st.DrawFn, schema: Schema) -> Schema:
    """A schema that lacks some of what the other one has: views, tables, indexes, columns outside the key."""
    tables = []
    for table in draw(st.lists(st.sampled_from(schema.tables), unique_by=lambda table: table.name)):
        key = set(table.primary_key)
        used = {column.name for view in schema.views if view.base == table.name for column in view.table.columns}
        kept = [column for column in table.columns if column.name in key | used or draw(st.booleans())]
        names = {column.name for column in kept}
        indexes = [index for index in table.indexes if index.column in names and draw(st.booleans())]
        tables.append(replace(table, columns=tuple(kept), indexes=tuple(indexes)))
    there = {table.name for table in tables}
    views = [view for view in schema.views if view.base in there and not view.all_columns and draw(st.booleans())]
    return Schema(schema.keyspace, schema.types, tuple(tables), tuple(views))


@given(st.data())
def test_the_changes_between_two_schemas_make_one_of_the_other(data: st.DataObject) -> None:
    wanted = data.draw(schemas())
    found = after(*statements(data.draw(older(wanted))))
    changes = diff(wanted, found)
    assume(all(change.danger is not Danger.IMPOSSIBLE for change in changes))
    made = apply_all(found, [node for change in changes for node in change.nodes])
    assert diff(wanted, made) == []
    assert (changes == []) == (made == found)


def test_a_view_has_the_order_of_its_table_where_it_says_none() -> None:
    table = "CREATE TABLE ks.t (a int, b int, c int, PRIMARY KEY (a, b, c)) WITH CLUSTERING ORDER BY (b DESC, c DESC)"
    view = (
        "CREATE MATERIALIZED VIEW ks.v AS SELECT a, b, c FROM ks.t WHERE a IS NOT NULL AND b IS NOT NULL "
        "AND c IS NOT NULL PRIMARY KEY ((a), b, c) WITH CLUSTERING ORDER BY (b ASC)"
    )
    made = after(table, view).views[0].table
    assert [(name, made.by_name[name].descending) for name in made.clustering_key] == [("b", False), ("c", True)]


def test_an_index_on_a_frozen_collection_is_on_full_of_it() -> None:
    table = "CREATE TABLE ks.n (a int PRIMARY KEY, l frozen<list<int>>)"
    with pytest.raises(InvalidQueryError, match=r"ks\.n\.l is frozen, so its index is on FULL of it"):
        after(table, "CREATE INDEX ON ks.n (l)", schema=BASE)
    (index,) = after(table, "CREATE INDEX ON ks.n (FULL(l))").tables[0].indexes
    assert index.target == "full"
