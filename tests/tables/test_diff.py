"""What lies between two schemas: for each kind of difference the CQL, the danger and the reason, as a snapshot."""

from dataclasses import replace
from itertools import permutations

import pytest

from coodie.cql.types import COUNTER, Udt, parse_type
from coodie.exceptions import InvalidQueryError
from coodie.schema import (
    Column,
    ColumnKind,
    Danger,
    Index,
    Keyspace,
    Schema,
    Side,
    Table,
    UserType,
    View,
    described,
    diff,
    keyspace_changes,
    statements,
)
from coodie.testing.snapshot import HEAD, CqlSnapshotExtension

INT, TEXT, FLOATS = parse_type("int"), parse_type("text"), parse_type("vector<float, 3>")
KEY, AT = Column("shop", TEXT, ColumnKind.PARTITION_KEY), Column("At", INT, ColumnKind.CLUSTERING, True)
ADDRESS = UserType("Address", (("street", TEXT), ("zip", TEXT)), "ks")
ADDRESS_TYPE = Udt("Address", ADDRESS.fields)


def table(*columns, indexes=(), options=(), dropped=(), name="orders"):
    return Table(name, (KEY, AT, *columns), ("shop",), ("At",), "ks", indexes, options, dropped)


def view(*columns, where=("shop IS NOT NULL", '"At" IS NOT NULL'), base="orders", descending=False, options=()):
    key = Column("At", INT, ColumnKind.PARTITION_KEY), Column("shop", TEXT, ColumnKind.CLUSTERING, descending)
    return View(Table("by_at", (*key, *columns), ("At",), ("shop",), "ks", (), options), base, where)


def tables(*found, types=()):
    return Schema("ks", types, found)


NOTE, TAGS = Column("note", TEXT), Column("tags", parse_type("set<text>"))
MAP, KEPT = Column("attrs", parse_type("map<text, int>")), Column("kept", parse_type("frozen<list<int>>"))

CASES = {
    "nothing": (tables(table(NOTE)), tables(table(NOTE))),
    "a_new_table": (
        tables(table(NOTE, Column("home", ADDRESS_TYPE), indexes=(Index("note"),)), types=(ADDRESS,)),
        tables(),
    ),
    "a_table_too_many": (tables(), tables(table(NOTE), types=(ADDRESS,))),
    "new_columns": (
        tables(table(NOTE, Column("owner", INT, ColumnKind.STATIC), Column("select", INT))),
        tables(table()),
    ),
    "columns_too_many": (
        tables(table()),
        tables(table(NOTE, Column("u", replace(ADDRESS_TYPE, frozen=False)), indexes=(Index("note", "Ix"),))),
    ),
    "another_type": (tables(table(NOTE)), tables(table(Column("note", INT)))),
    "another_type_in_the_key": (
        tables(table()),
        tables(replace(table(), columns=(KEY, replace(AT, type=TEXT)))),
    ),
    "a_counter_among_others": (tables(table(NOTE, Column("n", COUNTER))), tables(table(NOTE))),
    "a_counter_in_a_table_of_keys": (tables(table(Column("n", COUNTER))), tables(table())),
    "another_counter": (
        tables(table(Column("n", COUNTER), Column("m", COUNTER), NOTE)),
        tables(table(Column("n", COUNTER))),
    ),
    "frozen_and_not": (
        tables(table(Column("tags", parse_type("frozen<set<text>>")), MAP)),
        tables(table(TAGS, Column("attrs", parse_type("frozen<map<text, int>>")))),
    ),
    "static_and_not": (
        tables(table(NOTE)),
        tables(table(Column("note", TEXT, ColumnKind.STATIC))),
    ),
    "another_order": (
        tables(table()),
        tables(replace(table(), columns=(KEY, replace(AT, descending=False)))),
    ),
    "another_key": (
        tables(table()),
        tables(Table("orders", (replace(AT, kind=ColumnKind.PARTITION_KEY), KEY), ("At", "shop"), (), "ks")),
    ),
    "a_key_of_more_columns": (
        tables(table()),
        tables(Table("orders", (KEY, AT, Column("n", INT, ColumnKind.CLUSTERING)), ("shop",), ("At", "n"), "ks")),
    ),
    "a_column_that_was_dropped": (
        tables(table(NOTE, TAGS, Column("owner", INT, ColumnKind.STATIC))),
        tables(table(dropped=(Column("note", parse_type("ascii")), Column("tags", TEXT), Column("owner", INT)))),
    ),
    "options": (
        tables(
            table(
                options=(
                    ("gc_grace_seconds", 60),
                    ("comment", "it's"),
                    ("compaction", (("class", "LeveledCompactionStrategy"),)),
                    ("compression", (("class", "ZstdCompressor"),)),
                    ("default_time_to_live", 60),
                    ("cdc", True),
                    ("tombstone_gc", (("mode", "repair"),)),
                )
            )
        ),
        tables(
            table(
                options=(
                    ("gc_grace_seconds", 864000),
                    ("comment", ""),
                    ("compaction", (("class", "a.b.SizeTieredCompactionStrategy"), ("min_threshold", "4"))),
                    ("compression", (("class", "org.apache.cassandra.io.compress.LZ4Compressor"),)),
                    ("default_time_to_live", 0),
                )
            )
        ),
    ),
    "options_that_are_tuned": (
        tables(
            table(
                options=(
                    ("gc_grace_seconds", 10),
                    ("compaction", (("class", "A"), ("max_threshold", 20))),
                    ("default_time_to_live", 0),
                )
            )
        ),
        tables(
            table(
                options=(
                    ("gc_grace_seconds", 5),
                    ("compaction", (("class", "x.A"), ("max_threshold", "32"))),
                    ("default_time_to_live", 60),
                )
            )
        ),
    ),
    "new_indexes": (
        tables(
            table(
                NOTE,
                MAP,
                KEPT,
                Column("near", FLOATS),
                indexes=(
                    Index("note", "Note ix".replace(" ", "_")),
                    Index("attrs"),
                    Index("attrs", None, "entries"),
                    Index("kept"),
                    Index("near", None, None, "sai", (("similarity_function", "COSINE"),)),
                ),
            )
        ),
        tables(table(NOTE, MAP, KEPT, Column("near", FLOATS))),
    ),
    "indexes_that_differ": (
        tables(table(NOTE, TAGS, indexes=(Index("note", "a", None, "sai", (("ascii", True),)), Index("tags", "mine")))),
        tables(
            table(
                NOTE,
                TAGS,
                indexes=(
                    Index("note", "a", None, "sai"),
                    Index("tags", "yours", "values"),
                    Index("At", "more"),
                ),
            )
        ),
    ),
    "an_index_of_this_name_on_another_column": (
        tables(table(NOTE, TAGS, indexes=(Index("note", "mine"),))),
        tables(table(NOTE, TAGS, indexes=(Index("tags", "mine", "values"),))),
    ),
    "types_that_grow": (
        tables(types=(replace(ADDRESS, fields=(("Land", TEXT), *ADDRESS.fields)),)),
        tables(types=(replace(ADDRESS, fields=(*ADDRESS.fields, ("old", INT))),)),
    ),
    "a_type_that_differs": (tables(types=(replace(ADDRESS, fields=(("zip", INT),)),)), tables(types=(ADDRESS,))),
    "a_new_view": (Schema("ks", (), (), (view(NOTE),)), Schema("ks")),
    "a_view_that_differs": (
        Schema("ks", (), (), (view(NOTE, descending=True),)),
        Schema("ks", (), (), (view(where=('"At" > 5', "shop IS NOT NULL")),)),
    ),
    "a_view_of_another_table": (Schema("ks", (), (), (view(),)), Schema("ks", (), (), (view(base="visits"),))),
    "a_view_of_other_rows": (
        Schema("ks", (), (), (view(where=("shop IS NOT NULL", '"At" > 5')),)),
        Schema("ks", (), (), (view(where=('"At" > 6', "shop IS NOT NULL")),)),
    ),
    "a_view_with_another_option": (
        Schema("ks", (), (), (view(options=(("comment", "x"), ("compaction", (("class", "A"),)))),)),
        Schema("ks", (), (), (view(NOTE, options=(("comment", ""), ("compaction", (("class", "x.B"),)))),)),
    ),
    "a_view_too_many": (Schema("ks"), Schema("ks", (), (), (view(),))),
    "a_view_in_the_place_of_a_table": (
        tables(table(name="by_at")),
        Schema("ks", (), (), (view(),)),
    ),
}


def shown(changes):
    """The statements of each change under what it is."""
    parts = []
    for change in changes:
        told = "\n".join(f"-- {line.removeprefix('- ')}" for line in described([change]).splitlines())
        parts.append("\n".join([told, *(f"{text};" for text in change.statements)]))
    return "\n\n".join([HEAD, *(parts or ["-- no difference"])]) + "\n"


@pytest.mark.parametrize("case", CASES)
def test_the_changes_between_two_schemas(case, snapshot):
    changes = diff(*CASES[case])
    assert shown(changes) == snapshot(extension_class=CqlSnapshotExtension)


@pytest.mark.parametrize("case", CASES)
def test_every_schema_is_what_it_is_itself(case):
    wanted, found = CASES[case]
    assert [change for change in diff(wanted, wanted) if change.name.split()[-1] != "cdc"] == []
    assert diff(found, found) == []


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_made_has_no_statements_and_all_else_has(case):
    for change in diff(*CASES[case]):
        assert (change.danger is Danger.IMPOSSIBLE) == (change.statements == ())
        assert change.why
        assert (change.wanted is None) == (change.side is Side.EXTRA)


def test_the_order_of_columns_that_are_no_key_is_none():
    assert diff(tables(table(NOTE, TAGS)), tables(table(TAGS, NOTE))) == []


def test_an_index_that_says_little_leaves_the_others_theirs():
    wanted = table(NOTE, indexes=(Index("note"), Index("note", None, None, "sai"), Index("note", "mine")))
    found = (Index("note", "a", None, "sai"), Index("note", "mine"), Index("note", "orders_note_idx"))

    for indexes in permutations(found):
        assert diff(tables(wanted), tables(table(NOTE, indexes=indexes))) == []


def test_fields_of_types_are_frozen_whether_it_is_said_or_not():
    said, unsaid = (UserType("t", (("l", parse_type(kind)),), "ks") for kind in ("frozen<list<int>>", "list<int>"))
    assert diff(tables(types=(said,)), tables(types=(unsaid,))) == []


@pytest.mark.parametrize(
    ("new", "old", "fits"),
    [
        ("text", "text", True),
        ("text", "ascii", True),
        ("ascii", "text", False),
        ("blob", "varint", True),
        ("blob", "int", False),
        ("list<uuid>", "list<timeuuid>", True),
        ("list<uuid>", "frozen<list<timeuuid>>", False),
        ("list<int>", "set<int>", False),
        ("set<text>", "set<ascii>", True),
        ("set<uuid>", "set<timeuuid>", False),
        ("map<text, uuid>", "map<ascii, timeuuid>", True),
        ("map<uuid, text>", "map<timeuuid, ascii>", False),
        ("tuple<text, int>", "tuple<ascii>", True),
        ("tuple<text>", "tuple<ascii, int>", False),
        ("vector<text, 2>", "vector<ascii, 2>", False),
        ("frozen<address>", "frozen<address>", False),
        ("counter", "counter", False),
        ("bigint", "counter", False),
    ],
)
def test_which_type_a_column_may_have_whose_name_another_one_had(new, old, fits):
    wanted, dropped = (Column("note", parse_type(kind)) for kind in (new, old))
    (change,) = diff(tables(table(wanted)), tables(table(dropped=(dropped,))))

    assert (change.danger, change.blocks) == ((Danger.SAFE, False) if fits else (Danger.IMPOSSIBLE, True))
    assert (change.found is not None and f"note {dropped.type} (regular) before" in change.found) is not fits


def test_a_change_says_what_it_is_in_one_line():
    (change,) = diff(tables(table(NOTE)), tables(table(Column("note", INT))))
    assert str(change).startswith(
        "column ks.orders.note: wanted note text (regular), found note int (regular) (impossible: "
    )


def test_an_index_on_a_column_that_is_not_there_is_refused():
    wanted = tables(table(NOTE, indexes=(Index("nope"),)))
    with pytest.raises(
        InvalidQueryError, match=r"ks\.orders has an index on 'nope', and no such column; it has shop, At, note"
    ):
        diff(wanted, tables(table(NOTE)))
    with pytest.raises(InvalidQueryError, match="nope"):
        statements(wanted)


SIMPLE = (("class", "SimpleStrategy"), ("replication_factor", "3"))


@pytest.mark.parametrize(
    ("wanted", "found", "changes"),
    [
        (SIMPLE, (("replication_factor", "3"), ("class", "org.apache.cassandra.locator.SimpleStrategy")), 0),
        (SIMPLE, (("class", "SimpleStrategy"), ("replication_factor", "1")), 1),
        (
            (("class", "NetworkTopologyStrategy"), ("replication_factor", "3")),
            (("class", "x.NetworkTopologyStrategy"), ("dc1", "3"), ("dc2", "3")),
            0,
        ),
        (
            (("class", "NetworkTopologyStrategy"), ("replication_factor", "3")),
            (("class", "x.NetworkTopologyStrategy"), ("dc1", "3"), ("dc2", "2")),
            1,
        ),
        (
            (("class", "NetworkTopologyStrategy"), ("dc1", "3")),
            (("class", "x.NetworkTopologyStrategy"), ("dc1", "3")),
            0,
        ),
    ],
)
def test_keyspaces_compare_by_what_they_do(wanted, found, changes):
    assert len(keyspace_changes(Keyspace("Ks", wanted), Keyspace("Ks", found))) == changes


def test_changes_of_a_keyspace(snapshot):
    wanted = Keyspace("Ks", SIMPLE, False)
    single = Keyspace("Ks", (("class", "SimpleStrategy"), ("replication_factor", "1")))
    changes = [*keyspace_changes(wanted, None), *keyspace_changes(wanted, single), *keyspace_changes(single, wanted)]
    assert shown(changes) == snapshot(extension_class=CqlSnapshotExtension)


@pytest.mark.parametrize(
    ("wanted", "found", "hint"),
    [
        ("bigint", "int", "mark the field with Int()"),
        ("bigint", "varint", "mark the field with VarInt()"),
        ("double", "float", "mark the field with Float()"),
        ("text", "ascii", "mark the field with Ascii()"),
        ("text", "inet", "mark the field with Inet()"),
        ("uuid", "timeuuid", "mark the field with TimeUUID()"),
        ("timeuuid", "uuid", "leave TimeUUID() out"),
        ("bigint", "timestamp", "mark the field with Timestamp()"),
        ("timestamp", "bigint", None),
        ("inet", "text", None),
        ("list<bigint>", "list<int>", "mark what is in it with Int()"),
        ("map<text, bigint>", "map<text, smallint>", "mark what is in it with SmallInt()"),
        ("set<text>", "frozen<set<text>>", "mark the field with Frozen()"),
        ("frozen<set<text>>", "set<text>", "mark it with Frozen(False)"),
        ("text", "int", None),
        ("list<bigint>", "set<int>", None),
    ],
)
def test_rule_25_where_a_marker_is_the_answer_it_is_named(wanted, found, hint):
    def table(cql_type):
        return Table("t", (Column("id", INT, ColumnKind.PARTITION_KEY), Column("v", parse_type(cql_type))), ("id",))

    (change,) = diff(Schema("ks", (), (table(wanted),)), Schema("ks", (), (table(found),)))
    assert change.why.startswith(f"{hint}, and the model fits the table") == (hint is not None)
    assert "Cassandra cannot change the type of a column" in change.why
